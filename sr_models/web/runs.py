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
from sr_models.web import limits
from sr_models.web.nets import nets, runner, title
from sr_models.web.text import error_text, text
from sr_models.web.upload import open_upload, stem
from sr_models.web.viewer import Show

UNASKED_SECONDS = 5  # a run that is estimated at no more begins by itself
X4_PIXELS = 2**20  # a picture with more is enlarged by 2 at first
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
    line = text("facts", lang, **size, mode=picture.mode, depth=picture.depth, format=picture.format)
    if mode != "test":
        line += text("facts_result", lang, width=picture.width * scale, height=picture.height * scale)
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
        return facts(open_upload(path), mode, scale, lang)
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
        "status": text("done", lang, seconds=seconds),
        "finished": Finished(settings, str(bicubic), str(result), digest, seconds, width, height),
    }


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
