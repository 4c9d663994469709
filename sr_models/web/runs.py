"""What the page does with a picture: prepare it, describe it, run a net on it, measure the files. Plain data, no layout."""

import functools
import json
import logging
import math
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models import formats, job
from sr_models.errors import SRError
from sr_models.image import MAX_PIXELS, Picture, fit, read
from sr_models.loader import DEFAULT_SCALE, scales_of
from sr_models.picks import picks
from sr_models.pipeline import Upscaler
from sr_models.web import limits, share
from sr_models.web.maps import error_map
from sr_models.web.nets import card_of, cards, default, knows_many, nets, partner_of, runner, title
from sr_models.web.outcome import Outcome
from sr_models.web.text import duration, error_text, text
from sr_models.web.upload import open_upload, stem
from sr_models.web.viewer import Show

UNASKED_SECONDS = 5  # a run that is estimated at no more begins by itself
X4_PIXELS = 2**20  # a picture with more is enlarged by 2 at first
SHOW_SECONDS = 0.2  # between two pictures of the growing mosaic
OTHER = 0  # instead of a scale: the size is given in words
# The names of the page's values that a run depends on.
ASKED = ("picture", "mode", "net", "scale", "size", "kernel", "blur", "noise", "jpeg", "seed", "tile", "ensemble")
ASKED += (
    "alpha",
    "format",
    "quality",
    "metadata",
    "original",
    "samples",
    "temperature",
    "answer_seed",
    "consistent",
    "mix",
)
FULL_QUALITY = 90  # a JPEG below it gets the hint


@dataclass(frozen=True)
class Settings:
    """Hold what the visitor chose; `damage` counts in a test only, `original` where the visitor has both."""

    visitor: str
    path: str | None
    mode: str  # "enlarge" | "test" | "both"
    net: str
    scale: int  # OTHER: as `size` says
    damage: job.Damage = field(default_factory=job.Damage)
    original: str | None = None
    size: str = ""
    ensemble: bool = False
    tile: int = 0  # 0: as the device likes it
    alpha: str = "keep"
    format: str = "png"
    quality: int = 90
    metadata: bool = False
    mix: float = 1.0  # of a net that invents: 0 is the measured net that it continues
    samples: int = 0  # possible answers of a net that knows many
    temperature: float = job.TEMPERATURE
    answer_seed: int = 0
    consistent: bool = True

    @property
    def ground(self) -> str:
        """Return what becomes of transparent parts: a JPEG has none, they are laid on white."""
        return "white" if (self.format, self.alpha) == ("jpeg", "keep") else self.alpha

    @staticmethod
    def of(v: dict[str, Any]) -> "Settings":
        """Make them of the page's values by name, the visitor and those of ASKED.

        A net that is not there at a scale just chosen gives way to the default, as it is about to on the page.
        """
        damage = job.Damage(v["kernel"], v["blur"] or 0, v["noise"] or 0, int(v["jpeg"] or 0), int(v["seed"] or 0))
        plain = ("visitor", "mode", "net", "scale", "original", "size", "ensemble", "alpha", "format", "metadata")
        numbers = {key: int(v[key] or 0) for key in ("tile", "quality")}
        settings = Settings(path=v["picture"], damage=damage, **numbers, **{key: v[key] for key in plain})
        there = settings.scale == OTHER or settings.net in nets(settings.scale)
        settings = settings if there else replace(settings, net=default(settings.scale))
        if partner_of(settings.net, net_scale(settings)):
            share = 1.0 if v["mix"] is None else float(v["mix"])
            return replace(settings, mix=round(share, 3))
        if settings.ensemble or not knows_many(settings.net, net_scale(settings)):
            return settings
        drawn = {"temperature": float(v["temperature"] or 0), "answer_seed": int(v["answer_seed"] or 0)}
        return replace(settings, samples=int(v["samples"] or 0), consistent=v["consistent"], **drawn)


@dataclass(frozen=True)
class Prepared:
    """Hold a decoded picture, the inputs of its run, the net, and the size asked for, None for the net's own."""

    picture: Picture
    inputs: job.Inputs
    upscaler: Upscaler
    target: tuple[int, int] | None

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of the result."""
        height, width = (n * self.inputs.scale for n in self.inputs.lr.shape[:2])
        return self.target or (width, height)


def resolve(settings: Settings, picture: Picture) -> tuple[int, tuple[int, int] | None]:
    """Return the scale of the net and, where a size was asked for, the result's (width, height)."""
    if settings.scale != OTHER:
        return settings.scale, None
    if settings.mode != "enlarge":
        raise SRError("size_in_test")
    target = job.target_size(settings.size, picture.width, picture.height)
    scales = scales_of(settings.net, cards()) or (DEFAULT_SCALE,)  # a net that is not there is told of later
    return job.scale_for(target, picture.width, picture.height, scales), target


def prepare(settings: Settings) -> Prepared:
    """Decode the picture, load the net and make the inputs of the run; raise SRError with a sentence."""
    alpha = settings.ground
    picture = open_upload(settings.path)
    scale, target = resolve(settings, picture)
    if settings.net not in nets(scale):
        raise SRError("net_not_there", net=settings.net, scale=scale)
    if settings.mode == "both":
        if not settings.original:
            raise SRError("no_original")
        inputs = job.pair(picture, open_upload(settings.original), scale, limit=MAX_PIXELS, alpha=alpha)
    else:
        damage = settings.damage if settings.mode == "test" else None
        inputs = job.prepare(picture, scale, damage, limit=MAX_PIXELS, alpha=alpha, target=target)
    return Prepared(picture, inputs, runner(settings.net, scale, settings.ensemble, settings.mix), target)


def explain(error: Exception, lang: str) -> str:
    """Return what to tell the visitor; what should not happen goes to the log in full."""
    if not isinstance(error, SRError):
        logging.getLogger(__name__).exception("unexpected", exc_info=error)
        error = SRError("unexpected")
    return error_text(error, lang)


def facts(settings: Settings, picture: Picture, scale: int, target: tuple[int, int] | None, lang: str) -> str:
    """Describe a picture in one line: size, mode, depth, and what was done to it."""
    mode, kept = settings.mode, settings.mode == "enlarge" and settings.ground == "keep"
    size = {"width": picture.width, "height": picture.height}
    cut = {key: value // scale * scale for key, value in size.items()}
    line = text("facts", lang, **size, mode=picture.mode, depth=picture.depth, format=picture.format)
    if picture.jpeg_quality:
        line += text("facts_quality", lang, quality=picture.jpeg_quality)
    if mode != "test":
        width, height = target or (picture.width * scale, picture.height * scale)
        line += text("facts_result", lang, width=width, height=height)
        line += text("facts_resized", lang, scale=scale) if target else ""
    elif cut != size:
        line += text("facts_cut", lang, **cut)
    notes = list(picture.notes) + (["alpha"] if kept and picture.mode in ("LA", "RGBA") else [])
    return "; ".join([line, *(text(f"note_{note}", lang) for note in notes)])


def _marks(picture: Picture) -> str | None:
    """Return the code of what a net for clean pictures would enlarge: marks of compression, or grain."""
    if picture.jpeg_quality and picture.jpeg_quality < FULL_QUALITY:
        return "hint_jpeg"
    return "hint_scan" if "scan" in picture.notes else None


def hint(picture: Picture, net: str, scale: int, lang: str) -> str:
    """Warn where the net would enlarge the marks of compression or grain, and name a better one; "" elsewhere."""
    marks, card = _marks(picture), card_of(net, scale)
    if not marks or (card and card.trained_for == "photo"):
        return ""
    better = picks(scale, list(cards())).get("photo")
    words = [text(marks, lang)] + ([text("hint_photo", lang, net=title(better, scale, lang))] if better else [])
    return " ".join(words)


def suggested(path: str, net: str, scale: int) -> str:
    """Return the net to begin with: for photos and scans where there is one, unless the visitor chose another net."""
    photo = picks(scale, list(cards())).get("photo")
    if not photo or net not in (default(scale), photo):
        return net
    try:
        return photo if _marks(open_upload(path)) else default(scale)
    except SRError:
        return net


def describe(settings: Settings, lang: str, *, seconds: float | None = None) -> str:
    """Describe the upload, or say why it cannot be used; "" where there is none."""
    if not settings.path:
        return ""
    try:
        picture = open_upload(settings.path)
        scale, target = resolve(settings, picture)
        if settings.mode != "test":
            job.check_output(picture, scale, MAX_PIXELS, target=target)
        line = facts(settings, picture, scale, target, lang)
        said = hint(picture, settings.net, scale, lang) if settings.mode == "enlarge" else ""
        if seconds is not None:
            line += text("facts_seconds", lang, seconds=duration(seconds))
        return "\n\n".join(part for part in (line, said) if part)
    except Exception as error:
        return explain(error, lang)


def is_large(path: str) -> bool:
    """Say whether a picture is enlarged by 2 at first, and not by 4."""
    try:
        picture = open_upload(path)
    except SRError:
        return False
    return picture.width * picture.height > X4_PIXELS


def net_scale(settings: Settings) -> int:
    """Return the scale whose nets are offered: that of the size asked for, 4 where there is none yet."""
    try:
        return resolve(settings, open_upload(settings.path))[0]
    except SRError:
        return settings.scale or 4


def estimate(settings: Settings) -> float:
    """Return about how many seconds a run takes; raise SRError where it is not possible."""
    picture = open_upload(settings.path)
    scale, target = resolve(settings, picture)
    shrunk = scale if settings.mode == "test" else 1
    width, height = picture.width // shrunk, picture.height // shrunk
    if settings.net not in nets(scale) or min(width, height) < 1:
        prepare(settings)  # it says why not
    if settings.mode != "test":
        job.check_output(picture, scale, MAX_PIXELS, target)
    net = runner(settings.net, scale, settings.ensemble).seconds(width, height, settings.samples)
    passes = 2 if picture.mode in ("LA", "RGBA") and shrunk == 1 and settings.ground == "keep" else 1
    return passes * net + _pace_of_files() * height * width * scale**2


@functools.cache
def _pace_of_files() -> float:
    """Return the seconds that bicubic and the files of a run take for each pixel of the result, measured once."""
    lr = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8).repeat(2, 0).repeat(2, 1)
    times = []
    for _ in range(3):  # the least: the first pays for what is set up once, others for what else the machine does
        begun = time.perf_counter()
        plain = job.enlarged(runner("bicubic", 2), lr)
        formats.encode(plain)
        formats.encode(plain)  # bicubic's file and the net's
        times.append(time.perf_counter() - begun)
    return min(times) / (4 * lr.shape[0] * lr.shape[1])


def run(settings: Settings, lang: str, before: Outcome | None = None) -> Iterator[dict[str, Any]]:
    """Run a net; yield changes: `status`, `show` (for the viewer), `tiles` (done, total), at the end `outcome`.

    Where `before`, what stood there, is another mix of the same, the view stays where it is. It ends early, without an
    outcome, when the visitor brings a new picture.
    """
    newest = limits.newest(settings.visitor)
    started = time.perf_counter()
    prepared = prepare(settings)
    inputs, scale = prepared.inputs, prepared.inputs.scale
    folder = limits.visitor_folder(settings.visitor) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    _, depth = formats.choice(settings.format)
    bicubic = folder / f"{stem(settings.path or '')}_bicubic_x{scale}.png"
    plain = job.enlarged(runner("bicubic", scale), inputs.lr)
    job.write_png(plain, bicubic)
    see_through = plain.shape[2] in (2, 4)
    left = str(bicubic), text("left", lang, size=f"×{scale}")
    waiting = text("waiting", lang, net=title(settings.net, scale, lang))
    height, width = plain.shape[:2]
    show = Show(width, height, (left,), waiting=waiting, see_through=see_through, lang=lang)
    if before and same_view(before, settings, width, height):
        show = replace(show, id=before.viewed)
    yield {"show": show, "status": text("starting", lang)}
    begun = shown = time.perf_counter()
    array = plain
    for step in job.enlarge(prepared.upscaler, inputs.lr, tile=settings.tile or None, depth=depth):
        if superseded(settings.visitor, newest, folder):
            return
        array, now = step.array, time.perf_counter()
        if now - begun > 60 * limits.DEADLINE_MINUTES:
            raise SRError("too_slow", minutes=limits.DEADLINE_MINUTES)
        left_over = math.ceil((now - begun) / step.done * (step.total - step.done))
        change: dict[str, Any] = {"tiles": (step.done, step.total)}
        change["status"] = text("tile", lang, done=step.done, total=step.total, seconds=left_over)
        if step.total > 1:
            path = folder / "tiles" / f"{step.done}.png"
            job.write_png(step.tile, path)
            show = show.with_tile(str(path), step.left, step.top)
            if now - shown > SHOW_SECONDS:
                change["show"], shown = show, now
        yield change
    if superseded(settings.visitor, newest, folder):
        return
    outcome = replace(_finish(settings, prepared, array, plain, folder, started), mark=newest)
    outcome = outcome if prepared.target else replace(outcome, view=show.id)  # of one size: the view stays as it is
    yield {"outcome": outcome, "status": text("done_measuring", lang, seconds=duration(outcome.seconds))}


def _finish(
    settings: Settings, prepared: Prepared, array: np.ndarray, plain: np.ndarray, folder: Path, started: float
) -> Outcome:
    """Bring the net's result and bicubic's to the size asked for, and write them and what belongs to them."""
    scale, hr = prepared.inputs.scale, prepared.inputs.hr
    kind, _ = formats.choice(settings.format)
    bicubic = folder / f"{stem(settings.path or '')}_bicubic_x{scale}.png"
    if prepared.target:
        array, plain = fit(array, prepared.target), fit(plain, prepared.target)
        job.write_png(plain, bicubic)
    exif = formats.read_exif(Path(settings.path or "").read_bytes()) if settings.metadata else b""
    download = folder / f"{stem(settings.path or '')}_{prepared.upscaler.name}{formats.EXTENSION[kind]}"
    digest = job.write(array, download, kind, quality=settings.quality, exif=exif)
    result = download
    if kind == "tiff":  # browsers do not show it: the viewer gets the same pixels as PNG
        result = download.with_suffix(".png")
        job.write_png(array, result)
    seconds = time.perf_counter() - started
    original = error = ""
    if hr is not None:
        original, error = str(folder / "original.png"), str(folder / "error.png")
        job.write_png(hr, Path(original))
        job.write_png(error_map(read_result(str(download)), hr), Path(error))
    height, width, channels = array.shape
    return Outcome(
        id=uuid.uuid4().hex,
        net=settings.net,
        scale=scale,
        width=width,
        height=height,
        bicubic=str(bicubic),
        result=str(result),
        download=str(download),
        sha256=digest,
        seconds=seconds,
        settings=settings,
        original=original,
        resized=prepared.target is not None,
        see_through=channels in (2, 4),
        invents=prepared.upscaler.invents,
        error=error,
    )


def same_view(before: Outcome, settings: Settings, width: int, height: int) -> bool:
    """Say whether a result is what these settings give but for the share of the mix, and of this size."""
    old = before.settings
    like = old and old.mix != settings.mix and replace(old, mix=settings.mix) == settings
    return bool(like) and (before.width, before.height) == (width, height)


class Superseded(Exception):
    """Say that the visitor brought a new picture meanwhile."""


def superseded(visitor: str, newest: str, folder: Path) -> bool:
    """Say whether the visitor went on to something else since `newest`, or deleted their pictures."""
    now = limits.newest(visitor)
    return (now not in ("", newest)) or not folder.is_dir()


def check_newest(outcome: Outcome) -> None:
    """Raise Superseded where the visitor went on since the run of this outcome began."""
    if superseded(outcome.settings.visitor if outcome.settings else "", outcome.mark, Path(outcome.result).parent):
        raise Superseded


def measure(outcome: Outcome) -> Outcome:
    """Measure the files of a run, and write beside them its receipt, error map, share picture and thumbnail.

    Raise Superseded when the visitor brings a new picture meanwhile.
    """
    settings = outcome.settings
    if not (settings and Path(outcome.bicubic).is_file() and Path(outcome.download).is_file()):
        raise SRError("gone")
    check_newest(outcome)
    prepared = prepare(settings)
    inputs, folder = prepared.inputs, Path(outcome.result).parent
    result, bicubic = read_result(outcome.download), read_result(outcome.bicubic)
    readouts = job.measure(prepared.upscaler, inputs, result, bicubic, check=lambda: check_newest(outcome))
    kind, _ = formats.choice(settings.format)
    written = job.receipt(
        prepared.upscaler,
        inputs,
        readouts,
        seconds=outcome.seconds,
        result_sha256=outcome.sha256,
        notes=prepared.picture.notes,
        tile=settings.tile or None,
        format=formats.describe(kind, result, settings.quality),
        alpha=settings.ground,
        target=prepared.target,
    )
    path = Path(outcome.download).with_suffix(".json")
    path.write_text(json.dumps(written, indent=1) + "\n")
    outcome = replace(outcome, readouts=readouts, receipt=str(path), invents=written["invents_detail"])
    shutil.rmtree(folder / "tiles", ignore_errors=True)  # the whole picture stands
    return with_share(outcome, folder)


def with_share(outcome: Outcome, folder: Path) -> Outcome:
    """Write the side-by-side picture and the thumbnail of a measured outcome into `folder`."""
    bicubic, result = read_result(outcome.bicubic), read_result(outcome.result)
    original = read_result(outcome.original) if outcome.original else None
    thumbnail, sheet = folder / "thumbnail.png", folder / f"{Path(outcome.download).stem}_side_by_side.png"
    job.write_png(share.thumbnail(result), thumbnail)
    job.write_png(share.sheet(outcome, bicubic, result, original), sheet)
    return replace(outcome, thumbnail=str(thumbnail), share=str(sheet))


def receipt(outcome: Outcome) -> dict[str, Any]:
    """Read back the receipt of a measured outcome."""
    return json.loads(Path(outcome.receipt).read_text())


def read_result(path: str) -> Any:
    """Read back the pixels of a result, (H, W, C) uint8 or uint16, whatever the size of its file."""
    return read(path, max_bytes=None).array


def preview(settings: Settings, side: int = 96) -> Path | None:
    """Write the middle of the small picture that a test would make, as the nets will see it; None where there is none."""
    if settings.mode != "test" or not settings.path:
        return None
    picture = open_upload(settings.path)
    spans = []
    for length in (picture.height, picture.width):
        span = min(side * settings.scale, length)
        start = (length - span) // 2 // settings.scale * settings.scale
        spans.append(slice(start, start + span))
    part = replace(picture, array=picture.array[spans[0], spans[1]])
    lr = job.prepare(part, settings.scale, settings.damage).lr
    path = limits.visitor_folder(settings.visitor) / f"{uuid.uuid4().hex}.png"
    job.write_png(lr.repeat(2, 0).repeat(2, 1), path)
    return path
