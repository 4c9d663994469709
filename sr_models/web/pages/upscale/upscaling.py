"""A run of the page: bicubic at once, the net tile by tile, the files, their numbers. Plain data, no layout."""

import hashlib
import json
import math
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models.checkpoints.catalog import split_name
from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.decode import read
from sr_models.imaging.encode import describe_file, format_choice, output_suffix
from sr_models.imaging.heatmap import error_map
from sr_models.imaging.keep import printed_at
from sr_models.imaging.options import FORMAT, QUALITY
from sr_models.imaging.picture import fit
from sr_models.inference.options import LOADING, TILE
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines import inputs as pipeline_inputs
from sr_models.pipelines import readouts
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarge, enlarged, write_png
from sr_models.web import requests, storage
from sr_models.web.components.sheet import write_thumbnail
from sr_models.web.components.viewer import Show
from sr_models.web.i18n import duration, text
from sr_models.web.lent import Borrowed
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import large, moving, side_by_side
from sr_models.web.pages.upscale.describe import learn
from sr_models.web.pages.upscale.moving import all_frames
from sr_models.web.pages.upscale.request import MODE, NET, OTHER, SCALE, Request, Resolved, inputs_of, resolve
from sr_models.web.pages.upscale.result import UpscaleResult, write_result

SHOW_SECONDS = 0.2  # between two pictures of the growing mosaic


def run(request: Request, lang: str, before: UpscaleResult | None = None) -> Iterator[dict[str, Any]]:
    """Run a net; yield changes: `status`, `show` (for the viewer), `tiles` (done, total), at the end `outcome`.

    Where `before`, what stood there, is another mix of the same, the view stays where it is. It ends early, without an
    outcome, when the visitor brings a new picture.
    """
    newest = storage.newest(request.visitor)
    started = time.perf_counter()
    resolved = resolve(request)
    resolved.check()
    if resolved.shrinks:
        yield from large.shrink(resolved, lang)
        return
    folder = storage.visitor_folder(request.visitor) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    bicubic = _bicubic(resolved)
    show = _first_show(resolved, bicubic, lang, before)
    yield {"show": show, "status": text("starting", lang)}
    net = Borrowed(resolved.upscaler, name=request[NET], **request.values.of(LOADING))
    array = np.empty(0)
    for change, grown in _tiles(net, resolved, show, folder, lang):
        array = grown
        if storage.superseded(request.visitor, newest, folder):
            return
        yield change
    if storage.superseded(request.visitor, newest, folder):
        return
    movie = folder / "animation" / f"{file_stem(resolved)}{found.suffix}" if (found := all_frames(resolved)) else None
    for change in _frames(resolved, movie, lang) if movie else ():
        if storage.superseded(request.visitor, newest, folder):
            return
        yield change
    outcome = replace(_finish(resolved, array, bicubic, folder, started), mark=newest, device=net.device)
    outcome = _as_animation(outcome, movie, found.frames) if movie and found else outcome
    learn(resolved, outcome.seconds)
    outcome = outcome if resolved.target else replace(outcome, view=show.id)  # of one size: the view stays as it is
    words = net.said(lang) + text("done_measuring", lang, seconds=duration(outcome.seconds))
    yield {"outcome": outcome, "status": words}


def _frames(resolved: Resolved, path: Path, lang: str) -> Iterator[dict[str, Any]]:
    """Yield what each finished frame of an animation changes."""
    begun = time.perf_counter()
    for step in moving.enlarge(resolved, path):
        spent = time.perf_counter() - begun
        if spent > 60 * requests.DEADLINE_MINUTES:
            raise SRError("too_slow", minutes=requests.DEADLINE_MINUTES)
        left = math.ceil(spent / step.done * (step.total - step.done))
        words = text("frame", lang, done=step.done, total=step.total, seconds=left)
        yield {"tiles": (step.done, step.total), "status": words}


def _as_animation(outcome: UpscaleResult, path: Path, frames: int) -> UpscaleResult:
    """Offer an animation for download; the viewer shows its first frame as the file holds it."""
    write_png(read_result(str(path)), Path(outcome.result))
    return replace(outcome, download=str(path), sha256=sha256(path), frames=frames)


def _bicubic(resolved: Resolved) -> Path:
    """Return the file of what bicubic makes of the inputs: made once, whoever asks for it."""
    request = resolved.request
    folder = hashlib.sha256(repr(inputs_of(request)).encode()).hexdigest()[:32]
    path = storage.visitor_folder(request.visitor) / folder
    path /= f"{requests.stem(request.picture)}_bicubic_x{resolved.scale}.png"
    try:
        os.utime(path)  # its hour begins anew
    except FileNotFoundError:
        write_png(enlarged(NETS.runner("bicubic", resolved.scale), resolved.inputs.lr), path)
    return path


def bicubic_alone(request: Request, lang: str) -> Show:
    """Enlarge by bicubic; return what the viewer shows of it. No original is needed for it."""
    resolved = resolve(request.with_(mode="enlarge") if request[MODE] == "both" else request)
    show = _first_show(resolved, _bicubic(resolved), lang)
    return show if request[MODE] != "both" or request.original else replace(show, waiting="")  # nothing is at work


def _first_show(resolved: Resolved, bicubic: Path, lang: str, before: UpscaleResult | None = None) -> Show:
    """Return what the viewer shows of bicubic's picture while the net works."""
    height, width, channels = resolved.inputs.lr.shape
    height, width = height * resolved.scale, width * resolved.scale
    left = str(bicubic), text("left", lang, size=f"×{resolved.scale}")
    waiting = text("waiting", lang, net=NETS.title(resolved.request[NET], lang))
    how: dict[str, Any] = {"see_through": channels in (2, 4), "lang": lang, "subject": resolved.request.subject}
    show = Show(width, height, (left,), waiting=waiting, **how)
    return replace(show, id=before.viewed) if before and same_view(before, resolved.request, width, height) else show


def _tiles(
    net: Borrowed, resolved: Resolved, show: Show, folder: Path, lang: str
) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """Yield what each finished tile changes, and the growing result."""
    begun = shown = time.perf_counter()
    tile = resolved.request[TILE] or None
    for step in enlarge(net, resolved.inputs.lr, tile=tile, depth=resolved.depth):
        now = time.perf_counter()
        if now - begun > 60 * requests.DEADLINE_MINUTES:
            raise SRError("too_slow", minutes=requests.DEADLINE_MINUTES)
        left_over = math.ceil((now - begun) / step.done * (step.total - step.done))
        change: dict[str, Any] = {"tiles": (step.done, step.total)}
        change["status"] = net.said(lang) + text("tile", lang, done=step.done, total=step.total, seconds=left_over)
        if step.total > 1:
            path = folder / "tiles" / f"{step.done}.png"
            write_png(step.tile, path)
            show = show.with_tile(str(path), step.left, step.top)
            if now - shown > SHOW_SECONDS:
                change["show"], shown = show, now
        yield change, step.array


def _finish(resolved: Resolved, array: np.ndarray, bicubic: Path, folder: Path, started: float) -> UpscaleResult:
    """Bring the net's result and bicubic's to the size asked for, and write them and what belongs to them."""
    request, scale, hr = resolved.request, resolved.scale, resolved.inputs.hr
    if resolved.target:
        plain = fit(read_result(str(bicubic)), resolved.target)
        array, bicubic = fit(array, resolved.target), folder / bicubic.name
        write_png(plain, bicubic)
    part, dpi = resolved.part, 0
    whole = part["of_width"] * array.shape[1] // part["width"] if part else 0
    if whole and (printed := printed_at(Path(request.picture).read_bytes(), whole)):
        dpi = round(printed[0])  # the part is as large on paper as it was in the whole
    download = folder / f"{file_stem(resolved)}{output_suffix(request[FORMAT])}"
    made: dict[str, Any] = {"net": request[NET], "scale": scale, "bicubic": str(bicubic), "part": part}
    made |= {"resized": resolved.target is not None, "invents": resolved.upscaler.invents}
    outcome = write_result(request, array, download, started, dpi, **made)
    if hr is None:
        return outcome
    original, error = str(folder / "original.png"), str(folder / "error.png")
    write_png(hr, Path(original))
    write_png(error_map(read_result(outcome.download), hr), Path(error))
    return replace(outcome, original=original, error=error)


def file_stem(resolved: Resolved) -> str:
    """Return what a result's file is called: picture, part, net and scale, or the size where one was asked for."""
    part, name = resolved.part, name_of(resolved.upscaler, resolved.target)
    which = f"_part_{part['left']}_{part['top']}" if part else ""
    return f"{requests.stem(resolved.request.picture)}{which}_{name}"


def name_of(upscaler: Upscaler, target: tuple[int, int] | None) -> str:
    """Return what names a net in files: with its scale, or with the size that was asked for."""
    if not target:
        return upscaler.name
    checkpoint, (width, height) = upscaler.checkpoint, target
    return upscaler.name.replace(checkpoint, f"{split_name(checkpoint)[0]}_{width}x{height}", 1)


def same_view(before: UpscaleResult, request: Request, width: int, height: int) -> bool:
    """Say whether a result is what is asked for but for the mix, and of this size."""
    like = before.request and before.request != request and request.like(before.request)
    return bool(like) and (before.width, before.height) == (width, height)


def check_newest(outcome: UpscaleResult) -> None:
    """Raise Superseded where the visitor went on since the run of this outcome began."""
    if storage.superseded(
        outcome.request.visitor if outcome.request else "", outcome.mark, Path(outcome.result).parent
    ):
        raise storage.Superseded


def measure(outcome: UpscaleResult) -> UpscaleResult:
    """Measure the files of a run, and write beside them its receipt, error map, side-by-side picture and thumbnail.

    Raise Superseded when the visitor brings a new picture meanwhile.
    """
    request = outcome.request
    if outcome.shrunk_from:  # its receipt stands, and nothing of it is a guess
        return outcome
    if not (request and Path(outcome.bicubic).is_file() and Path(outcome.download).is_file()):
        raise SRError("gone")
    check_newest(outcome)
    resolved = resolve(request)
    inputs, folder, kind = resolved.inputs, Path(outcome.result).parent, format_choice(request[FORMAT])[0]
    result, bicubic = read_result(outcome.download), read_result(outcome.bicubic)
    measured = readouts.measure(resolved.upscaler, inputs, result, bicubic, check=lambda: check_newest(outcome))
    written = make_receipt(
        resolved.upscaler,
        inputs,
        measured,
        seconds=outcome.seconds,
        result_sha256=outcome.sha256,
        notes=moving.notes(resolved),
        tile=request[TILE] or None,
        format=movie.file() if (movie := all_frames(resolved)) else describe_file(kind, result, request[QUALITY]),
        alpha=request.ground,
        target=resolved.target,
        part=resolved.part,
        device=outcome.device,
    )
    path = Path(outcome.download).with_suffix(".json")
    path.write_text(json.dumps(written, indent=1) + "\n")
    outcome = replace(outcome, readouts=measured, receipt=str(path), invents=written["invents_detail"])
    shutil.rmtree(folder / "tiles", ignore_errors=True)  # the whole picture stands
    return with_sheet(outcome, folder)


def with_sheet(outcome: UpscaleResult, folder: Path) -> UpscaleResult:
    """Write the side-by-side picture and the thumbnail of a measured outcome into `folder`."""
    bicubic, result = read_result(outcome.bicubic), read_result(outcome.result)
    original = read_result(outcome.original) if outcome.original else None
    thumbnail, sheet = folder / "thumbnail.webp", folder / f"{Path(outcome.download).stem}_side_by_side.png"
    write_thumbnail(result, thumbnail)
    write_png(side_by_side.comparison_sheet(outcome, bicubic, result, original), sheet)
    return replace(outcome, thumbnail=str(thumbnail), sheet=str(sheet))


def receipt(outcome: UpscaleResult) -> dict[str, Any]:
    """Read back the receipt of a measured outcome."""
    return json.loads(Path(outcome.receipt).read_text())


def read_result(path: str) -> Any:
    """Read back the pixels of a result, (H, W, C) uint8 or uint16, whatever the size of its file."""
    return read(path, max_bytes=None).array


def preview(request: Request, side: int = 96) -> Path | None:
    """Write the middle of the small picture that a test would make, as the nets see it; None where there is none."""
    if request.degradation is None or not request.picture or request[SCALE] == OTHER:
        return None
    picture, scale = requests.open_upload(request.picture), request[SCALE]
    spans = []
    for length in (picture.height, picture.width):
        span = min(side * scale, length)
        start = (length - span) // 2 // scale * scale
        spans.append(slice(start, start + span))
    part = replace(picture, array=picture.array[spans[0], spans[1]])
    lr = pipeline_inputs.prepare(part, scale, request.degradation).lr
    path = storage.visitor_folder(request.visitor) / f"{uuid.uuid4().hex}.png"
    write_png(lr.repeat(2, 0).repeat(2, 1), path)
    return path
