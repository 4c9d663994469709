"""What the page does with a picture: prepare it, describe it, run a net on it, measure the files. Plain data, no layout."""

import functools
import json
import logging
import math
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models.checkpoints.recommend import recommend
from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_PIXELS, read
from sr_models.imaging.encode import EXTENSION, describe_file, encode, format_choice, read_exif
from sr_models.imaging.heatmap import error_map
from sr_models.imaging.picture import Picture, fit
from sr_models.pipelines import inputs as pipeline_inputs
from sr_models.pipelines import readouts
from sr_models.pipelines.inputs import check_output
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarge, enlarged, write_picture, write_png
from sr_models.web import middleware, storage
from sr_models.web.components.upload import open_upload, stem
from sr_models.web.components.viewer import Show
from sr_models.web.i18n import duration, error_text, text
from sr_models.web.nets import card_of, cards, default, nets, runner, title
from sr_models.web.pages.upscale import side_by_side
from sr_models.web.pages.upscale.result import UpscaleResult
from sr_models.web.requests import Prepared, Settings, prepare, resolve

UNASKED_SECONDS = 5  # a run that is estimated at no more begins by itself
X4_PIXELS = 2**20  # a picture with more is enlarged by 2 at first
SHOW_SECONDS = 0.2  # between two pictures of the growing mosaic


FULL_QUALITY = 90  # a JPEG below it gets the hint


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
    better = recommend(scale, list(cards())).get("photo")
    words = [text(marks, lang)] + ([text("hint_photo", lang, net=title(better, scale, lang))] if better else [])
    return " ".join(words)


def suggested(path: str, net: str, scale: int) -> str:
    """Return the net to begin with: for photos and scans where there is one, unless the visitor chose another net."""
    photo = recommend(scale, list(cards())).get("photo")
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
            check_output(picture, scale, MAX_PIXELS, target=target)
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


def estimate(settings: Settings) -> float:
    """Return about how many seconds a run takes; raise SRError where it is not possible."""
    picture = open_upload(settings.path)
    scale, target = resolve(settings, picture)
    shrunk = scale if settings.mode == "test" else 1
    width, height = picture.width // shrunk, picture.height // shrunk
    if settings.net not in nets(scale) or min(width, height) < 1:
        prepare(settings)  # it says why not
    if settings.mode != "test":
        check_output(picture, scale, MAX_PIXELS, target)
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
        plain = enlarged(runner("bicubic", 2), lr)
        encode(plain)
        encode(plain)  # bicubic's file and the net's
        times.append(time.perf_counter() - begun)
    return min(times) / (4 * lr.shape[0] * lr.shape[1])


def run(settings: Settings, lang: str, before: UpscaleResult | None = None) -> Iterator[dict[str, Any]]:
    """Run a net; yield changes: `status`, `show` (for the viewer), `tiles` (done, total), at the end `outcome`.

    Where `before`, what stood there, is another mix of the same, the view stays where it is. It ends early, without an
    outcome, when the visitor brings a new picture.
    """
    newest = storage.newest(settings.visitor)
    started = time.perf_counter()
    prepared = prepare(settings)
    inputs, scale = prepared.inputs, prepared.inputs.scale
    folder = storage.visitor_folder(settings.visitor) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    _, depth = format_choice(settings.format)
    bicubic = folder / f"{stem(settings.path or '')}_bicubic_x{scale}.png"
    plain = enlarged(runner("bicubic", scale), inputs.lr)
    write_png(plain, bicubic)
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
    for step in enlarge(prepared.upscaler, inputs.lr, tile=settings.tile or None, depth=depth):
        if superseded(settings.visitor, newest, folder):
            return
        array, now = step.array, time.perf_counter()
        if now - begun > 60 * middleware.DEADLINE_MINUTES:
            raise SRError("too_slow", minutes=middleware.DEADLINE_MINUTES)
        left_over = math.ceil((now - begun) / step.done * (step.total - step.done))
        change: dict[str, Any] = {"tiles": (step.done, step.total)}
        change["status"] = text("tile", lang, done=step.done, total=step.total, seconds=left_over)
        if step.total > 1:
            path = folder / "tiles" / f"{step.done}.png"
            write_png(step.tile, path)
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
) -> UpscaleResult:
    """Bring the net's result and bicubic's to the size asked for, and write them and what belongs to them."""
    scale, hr = prepared.inputs.scale, prepared.inputs.hr
    kind, _ = format_choice(settings.format)
    bicubic = folder / f"{stem(settings.path or '')}_bicubic_x{scale}.png"
    if prepared.target:
        array, plain = fit(array, prepared.target), fit(plain, prepared.target)
        write_png(plain, bicubic)
    exif = read_exif(Path(settings.path or "").read_bytes()) if settings.metadata else b""
    download = folder / f"{stem(settings.path or '')}_{prepared.upscaler.name}{EXTENSION[kind]}"
    digest = write_picture(array, download, kind, quality=settings.quality, exif=exif)
    result = download
    if kind == "tiff":  # browsers do not show it: the viewer gets the same pixels as PNG
        result = download.with_suffix(".png")
        write_png(array, result)
    seconds = time.perf_counter() - started
    original = error = ""
    if hr is not None:
        original, error = str(folder / "original.png"), str(folder / "error.png")
        write_png(hr, Path(original))
        write_png(error_map(read_result(str(download)), hr), Path(error))
    height, width, channels = array.shape
    return UpscaleResult(
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


def same_view(before: UpscaleResult, settings: Settings, width: int, height: int) -> bool:
    """Say whether a result is what these settings give but for the share of the mix, and of this size."""
    old = before.settings
    like = old and old.mix != settings.mix and replace(old, mix=settings.mix) == settings
    return bool(like) and (before.width, before.height) == (width, height)


class Superseded(Exception):
    """Say that the visitor brought a new picture meanwhile."""


def superseded(visitor: str, newest: str, folder: Path) -> bool:
    """Say whether the visitor went on to something else since `newest`, or deleted their pictures."""
    now = storage.newest(visitor)
    return (now not in ("", newest)) or not folder.is_dir()


def check_newest(outcome: UpscaleResult) -> None:
    """Raise Superseded where the visitor went on since the run of this outcome began."""
    if superseded(outcome.settings.visitor if outcome.settings else "", outcome.mark, Path(outcome.result).parent):
        raise Superseded


def measure(outcome: UpscaleResult) -> UpscaleResult:
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
    measured = readouts.measure(prepared.upscaler, inputs, result, bicubic, check=lambda: check_newest(outcome))
    kind, _ = format_choice(settings.format)
    written = make_receipt(
        prepared.upscaler,
        inputs,
        measured,
        seconds=outcome.seconds,
        result_sha256=outcome.sha256,
        notes=prepared.picture.notes,
        tile=settings.tile or None,
        format=describe_file(kind, result, settings.quality),
        alpha=settings.ground,
        target=prepared.target,
    )
    path = Path(outcome.download).with_suffix(".json")
    path.write_text(json.dumps(written, indent=1) + "\n")
    outcome = replace(outcome, readouts=measured, receipt=str(path), invents=written["invents_detail"])
    shutil.rmtree(folder / "tiles", ignore_errors=True)  # the whole picture stands
    return with_share(outcome, folder)


def with_share(outcome: UpscaleResult, folder: Path) -> UpscaleResult:
    """Write the side-by-side picture and the thumbnail of a measured outcome into `folder`."""
    bicubic, result = read_result(outcome.bicubic), read_result(outcome.result)
    original = read_result(outcome.original) if outcome.original else None
    thumbnail, sheet = folder / "thumbnail.png", folder / f"{Path(outcome.download).stem}_side_by_side.png"
    write_png(side_by_side.thumbnail(result), thumbnail)
    write_png(side_by_side.comparison_sheet(outcome, bicubic, result, original), sheet)
    return replace(outcome, thumbnail=str(thumbnail), share=str(sheet))


def receipt(outcome: UpscaleResult) -> dict[str, Any]:
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
    lr = pipeline_inputs.prepare(part, settings.scale, settings.damage).lr
    path = storage.visitor_folder(settings.visitor) / f"{uuid.uuid4().hex}.png"
    write_png(lr.repeat(2, 0).repeat(2, 1), path)
    return path
