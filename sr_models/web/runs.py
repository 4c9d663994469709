"""What the page does with a picture: describe it, run a net on it, measure the files. Plain data, no layout."""

import html
import json
import logging
import math
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sr_models import job
from sr_models.errors import SRError
from sr_models.image import MAX_PIXELS, Picture, read
from sr_models.picks import by_validation
from sr_models.web import limits
from sr_models.web.nets import cards, nets, runner, title
from sr_models.web.text import error_text, text
from sr_models.web.upload import open_upload, stem
from sr_models.web.viewer import MAX_PICTURES, Show

UNASKED_SECONDS = 5  # a run that is estimated at no more begins by itself
X4_PIXELS = 2**20  # a picture with more is enlarged by 2 at first
REGION = 96  # LR px, the side of what is compared
SHOW_SECONDS = 0.2  # between two pictures of the growing mosaic


@dataclass(frozen=True)
class Settings:
    """Hold what the visitor chose; `damage` counts in a test only, `original` where the visitor has both."""

    visitor: str
    path: str | None
    mode: str  # "enlarge" | "test" | "both"
    net: str
    scale: int
    damage: job.Damage
    original: str | None = None

    def inputs(self) -> tuple[Picture, job.Inputs]:
        """Decode the picture and make the inputs of the run; raise SRError with a sentence."""
        if self.net not in nets(self.scale):
            raise SRError("net_not_there", net=self.net, scale=self.scale)
        picture = open_upload(self.path)
        if self.mode == "both":
            if not self.original:
                raise SRError("no_original")
            return picture, job.pair(picture, open_upload(self.original), self.scale, limit=MAX_PIXELS)
        damage = self.damage if self.mode == "test" else None
        return picture, job.prepare(picture, self.scale, damage, limit=MAX_PIXELS)


@dataclass(frozen=True)
class Finished:
    """Hold the settings and the files of a run that came to its end."""

    settings: Settings
    bicubic: str
    result: str
    sha256: str
    seconds: float
    width: int
    height: int


def explain(error: Exception, lang: str) -> str:
    """Return what to tell the visitor; what should not happen goes to the log in full."""
    if not isinstance(error, SRError):
        logging.getLogger(__name__).exception("unexpected", exc_info=error)
        error = SRError("unexpected")
    return error_text(error, lang)


def facts(picture: Picture, mode: str, scale: int, lang: str) -> str:
    """Describe a picture in one line: size, mode, depth, and what was done to it."""
    size = {"width": picture.width, "height": picture.height}
    cut = {key: value // scale * scale for key, value in size.items()}
    line = text("facts", lang, **size, mode=picture.mode, depth=picture.depth, format=picture.format)
    if mode != "test":
        line += text("facts_result", lang, width=picture.width * scale, height=picture.height * scale)
    elif cut != size:
        line += text("facts_cut", lang, **cut)
    notes = list(picture.notes) + (["alpha"] if picture.mode in ("LA", "RGBA") else [])
    return "; ".join([line, *(text(f"note_{note}", lang) for note in notes)])


def is_large(path: str) -> bool:
    """Say whether a picture is enlarged by 2 at first, and not by 4."""
    try:
        picture = open_upload(path)
    except SRError:
        return False
    return picture.width * picture.height > X4_PIXELS


def estimate(settings: Settings) -> float:
    """Return about how many seconds a run takes; raise SRError where it is not possible."""
    _, inputs = settings.inputs()
    height, width = inputs.lr.shape[:2]
    return runner(settings.net, settings.scale).seconds(width, height)


def describe(path: str | None, mode: str, scale: int, lang: str) -> str:
    """Describe an upload, or say what is wrong with it, as Markdown."""
    if not path:
        return ""
    try:
        picture = open_upload(path)
        if mode != "test":
            job.check_output(picture, scale, MAX_PIXELS)
        return facts(picture, mode, scale, lang)
    except Exception as error:
        return f"**{html.escape(explain(error, lang))}**"


def run(settings: Settings, lang: str) -> Iterator[dict[str, Any]]:
    """Write bicubic's file, then the net's; yield what changes: `show`, `status`, `tiles`, `finished`.

    Raise SRError with a sentence.
    """
    scale, net = settings.scale, settings.net
    _, inputs = settings.inputs()
    assert settings.path is not None
    upscaler = runner(net, scale)
    folder = limits.visitor_folder(settings.visitor) / uuid.uuid4().hex
    bicubic, result = (folder / f"{stem(settings.path)}_{name}.png" for name in (f"bicubic_x{scale}", upscaler.name))
    if bicubic == result:
        bicubic = folder / "bicubic" / bicubic.name
    array = job.enlarged(runner("bicubic", scale), inputs.lr)
    job.write_png(array, bicubic)
    height, width = array.shape[:2]
    left, name = (str(bicubic), text("left", lang, scale=scale)), title(net, scale, lang)
    show = Show(width, height, (left,), waiting=text("waiting", lang, net=name), lang=lang)
    yield {"show": show, "status": text("starting", lang)}
    started = shown = time.perf_counter()
    for step in job.enlarge(upscaler, inputs.lr):
        array, now = step.array, time.perf_counter()
        if now - started > 60 * limits.DEADLINE_MINUTES:
            raise SRError("too_slow", minutes=limits.DEADLINE_MINUTES)
        left_over = math.ceil((now - started) / step.done * (step.total - step.done))
        change: dict[str, Any] = {"tiles": (step.done, step.total)}
        change["status"] = text("tile", lang, done=step.done, total=step.total, seconds=left_over)
        if step.total > 1:
            path = folder / "tiles" / f"{step.done}.png"
            job.write_png(step.tile, path)
            show = show.with_tile(str(path), step.left, step.top)
            if now - shown > SHOW_SECONDS:
                change["show"], shown = show, now
        yield change
    seconds = time.perf_counter() - started
    digest = job.write_png(array, result)
    pictures = [left, (str(result), text("right", lang, net=name, scale=scale))]
    if inputs.hr is not None:
        job.write_png(inputs.hr, folder / "original.png")
        pictures.append((str(folder / "original.png"), text("original", lang)))
    yield {
        "show": replace(show, pictures=tuple(pictures), tiles=()),
        "status": text("done_measuring", lang, seconds=seconds),
        "finished": Finished(settings, str(bicubic), str(result), digest, seconds, width, height),
    }


def compare(settings: Settings, centre: str, lang: str) -> Iterator[dict[str, Any]]:
    """Run the region around `centre` ("x y" in result pixels) through the nets of the scale, the best last.

    Yield `show` after every net, and `status`. At most six pictures: bicubic, nets, the original where there is one.
    """
    scale = settings.scale
    _, inputs = settings.inputs()
    region, margin = _region(inputs, centre)
    height, width = ((part.stop - part.start) * scale for part in region)
    folder = limits.visitor_folder(settings.visitor) / uuid.uuid4().hex
    wanted = by_validation(scale, list(cards()))[: MAX_PICTURES - 1 - (inputs.hr is not None)]
    order = ["bicubic", *reversed(wanted)]
    hr = None
    if inputs.hr is not None:
        hr = inputs.hr[tuple(slice(part.start * scale, part.stop * scale) for part in region)]
    show = Show(width, height, (), mode="side", lang=lang)
    for i, net in enumerate(order):
        array = job.enlarged(runner(net, scale), inputs.lr[margin])
        top, left = ((part.start - wide.start) * scale for part, wide in zip(region, margin, strict=True))
        array = array[top : top + height, left : left + width]
        label = title(net, scale, lang)
        if hr is not None and (value := job.psnr_of(array, hr)) is not None:
            label += f" · {value:.2f} dB"
        path = folder / f"{i}_{net}.png"
        job.write_png(array, path)
        show = replace(show, pictures=(*show.pictures, (str(path), label)))
        yield {"show": show, "status": text("comparing", lang, done=i + 1, total=len(order))}
    if hr is not None:
        job.write_png(hr, folder / "original.png")
        show = replace(show, pictures=(*show.pictures, (str(folder / "original.png"), text("original", lang))))
    size = {"width": width // scale, "height": height // scale}
    measured = text("compared_measured", lang) if hr is not None else ""
    yield {"show": show, "status": text("compared", lang, count=len(order), **size) + measured}


def _region(inputs: job.Inputs, centre: str) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return rows and columns of the region in LR pixels, and the same with a margin that the nets look at."""
    try:
        x, y = (float(word) / inputs.scale for word in centre.split())
    except ValueError:
        x, y = math.nan, math.nan
    places = []
    for length, middle in zip(inputs.lr.shape[:2], (y, x), strict=True):
        side = min(REGION, length)
        start = (length - side) / 2 if math.isnan(middle) else middle - side / 2
        low = round(min(max(start, 0), length - side))
        places.append((slice(low, low + side), slice(max(low - REGION, 0), min(low + side + REGION, length))))
    (rows, wide_rows), (columns, wide_columns) = places
    return (rows, columns), (wide_rows, wide_columns)


def measure(finished: Finished) -> tuple[job.Readouts, dict[str, Any], Path]:
    """Measure the files of a run and write its receipt beside them; return readouts, receipt and its path."""
    if not (Path(finished.bicubic).is_file() and Path(finished.result).is_file()):
        raise SRError("gone")
    picture, inputs = finished.settings.inputs()
    upscaler = runner(finished.settings.net, finished.settings.scale)
    readouts = job.measure(upscaler, inputs, read_result(finished.result), read_result(finished.bicubic))
    seconds, digest = finished.seconds, finished.sha256
    receipt = job.receipt(upscaler, inputs, readouts, seconds=seconds, result_sha256=digest, notes=picture.notes)
    path = Path(finished.result).with_suffix(".json")
    path.write_text(json.dumps(receipt, indent=1) + "\n")
    return readouts, receipt, path


def read_result(path: str) -> Any:
    """Read back the pixels of a result, (H, W, C) uint8 or uint16, whatever the size of its file."""
    return read(path, max_bytes=None).array
