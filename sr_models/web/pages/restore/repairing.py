"""A run of the page: the repair tile by tile, what stands beside it, files and numbers. Plain data, no layout."""

import base64
import hashlib
import io
import json
import math
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sr_models.errors import SRError
from sr_models.files import jsonable, sha256
from sr_models.imaging.decode import read
from sr_models.imaging.encode import describe_file, format_choice, output_suffix
from sr_models.imaging.options import FORMAT, OUTPUT, QUALITY
from sr_models.imaging.picture import Picture, as_8_bit, to_8_bit, to_array
from sr_models.inference.options import TILE
from sr_models.metrics import METRICS, known
from sr_models.metrics.diagnose import diagnose
from sr_models.pipelines.receipt import made_with
from sr_models.pipelines.region import region_around
from sr_models.pipelines.restore import Work, repair
from sr_models.pipelines.upscale import write_output, write_png
from sr_models.web import requests, storage
from sr_models.web.components.sheet import sheet, write_thumbnail
from sr_models.web.components.viewer import Show
from sr_models.web.i18n import duration, text
from sr_models.web.pages.restore.request import HOLES, Request, Resolved, main_of, resolve
from sr_models.web.pages.restore.result import KEYS, Numbers, RepairResult, Steps, names, protocol

SHOW_SECONDS = 0.2  # between two pictures of the growing result
PREVIEW = 128  # px, the side of what the strength is shown on
MARGIN = 32  # px around it for a method that looks at the whole picture


def before_of(resolved: Resolved) -> Path:
    """Return the file that shows what is repaired: written once, whoever asks for it."""
    request = resolved.request
    holes = request.mask if request.damage is not None else ""  # where nothing is tested, they are marked and no more
    folder = hashlib.sha256(f"{request.picture} {request.damage} {holes}".encode()).hexdigest()[:32]
    path = storage.visitor_folder(request.visitor) / folder / f"{requests.stem(request.picture)}_before.png"
    try:
        os.utime(path)  # its hour begins anew
    except FileNotFoundError:
        write_png(to_8_bit(resolved.given), path)
    return path


def show_before(resolved: Resolved, lang: str, waiting: str = "") -> Show:
    """Return what the viewer shows while nothing is repaired."""
    height, width, channels = resolved.array.shape
    label = text("damaged" if resolved.original is not None else "as_it_came", lang)
    how: dict[str, Any] = {"see_through": channels in (2, 4), "lang": lang, "subject": resolved.request.subject}
    return Show(width, height, ((str(before_of(resolved)), label),), waiting=waiting, **how)


def run(request: Request, lang: str) -> Iterator[dict[str, Any]]:
    """Repair; yield changes: `status`, `show` (for the viewer), `tiles` (done, total), at the end `outcome`.

    It ends early, without an outcome, when the visitor goes on to something else.
    """
    newest, started = storage.newest(request.visitor), time.perf_counter()
    resolved = resolve(request)
    if request[HOLES] and resolved.holes is None:
        raise SRError("mask_empty")
    folder = storage.visitor_folder(request.visitor) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    show = show_before(resolved, lang, text("waiting", lang, net=names(steps_of(resolved.works), lang)))
    yield {"show": show, "status": text("repair_begins", lang)}
    results: list[np.ndarray] = []
    for works, names_them in ((resolved.works, True), (resolved.others, False)):
        for change, array in _tiles(works, resolved, show if names_them else None, folder, lang):
            if storage.superseded(request.visitor, newest, folder):
                return
            if change:
                yield change
            if array.size:
                results.append(array)
        if names_them and resolved.others:
            seconds = time.perf_counter() - started
            yield {"status": text("other_begins", lang, seconds=duration(seconds))}
    if storage.superseded(request.visitor, newest, folder):
        return
    other = results[1] if len(results) > 1 else None
    outcome = finish(resolved, results[0], other, before_of(resolved), folder, time.perf_counter() - started)
    outcome = replace(outcome, mark=newest)
    yield {"outcome": outcome, "status": text("done", lang, seconds=duration(outcome.seconds))}


def _tiles(
    works: tuple[Work, ...], resolved: Resolved, show: Show | None, folder: Path, lang: str
) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """Yield what each finished tile changes, and at the end the result; where `show` is given, the tiles too."""
    begun = shown = time.perf_counter()
    array, how = resolved.given, {"tile": TILE.default or None, "depth": resolved.depth}
    for step in repair(list(works), array, resolved.holes, **how) if works else ():
        now = time.perf_counter()
        if now - begun > 60 * requests.DEADLINE_MINUTES:
            raise SRError("too_slow", minutes=requests.DEADLINE_MINUTES)
        left_over = math.ceil((now - begun) / step.done * (step.total - step.done))
        change: dict[str, Any] = {"tiles": (step.done, step.total)}
        change["status"] = text("tile", lang, done=step.done, total=step.total, seconds=left_over)
        if step.total == 1:
            change = {}
        elif show:
            path = folder / "tiles" / f"{uuid.uuid4().hex}.png"
            write_png(to_8_bit(step.tile), path)
            show = show.with_tile(str(path), step.left, step.top)
            if now - shown > SHOW_SECONDS:
                change["show"], shown = show, now
        yield change, step.array


def finish(
    resolved: Resolved, array: np.ndarray, other: np.ndarray | None, before: Path, folder: Path, seconds: float
) -> RepairResult:
    """Write the result and what belongs to it into `folder`, and measure the files."""
    request, stem = resolved.request, requests.stem(resolved.request.picture)
    paths = {which: folder / f"{stem}_{which}.png" for which in ("restored", "other", "side_by_side")}
    download = paths["restored"].with_suffix(output_suffix(request[FORMAT]))
    given = b"" if request.damage else Path(request.picture).read_bytes()
    write_output(array, download, given, **request.values.of(OUTPUT))
    arrays = {"before": resolved.given, "result": np.asarray(read(download).array)}
    if download != paths["restored"]:
        write_png(to_8_bit(arrays["result"]), paths["restored"])  # what a browser can show of it
    facts: dict[str, Any] = {}
    if other is not None:
        write_png(to_8_bit(other), paths["other"])
        arrays["other"] = read(paths["other"]).array
        facts |= {"other": str(paths["other"]), "other_steps": steps_of(resolved.others)}
    if resolved.original is not None:
        write_png(resolved.original, folder / "original.png")
        facts["original"] = str(folder / "original.png")
        facts["numbers"] = {which: measure(one, resolved.original) for which, one in arrays.items()}
    else:
        facts["read"] = _read_again(resolved, arrays["result"])
    height, width, channels = array.shape
    facts |= {
        "see_through": channels in (2, 4),
        "seconds": seconds,
        "is_large": resolved.is_large,
        "filled": _share(resolved.holes),
        "receipt": str(folder / f"{stem}_restored.json"),
        "draws": resolved.draws,
        "thumbnail": str(folder / "thumbnail.webp"),
        "sheet": str(paths["side_by_side"]),
    }
    write_thumbnail(arrays["result"], folder / "thumbnail.webp")
    outcome = RepairResult(
        id=uuid.uuid4().hex,
        request=request,
        width=width,
        height=height,
        before=str(before),
        result=str(paths["restored"]),
        download=str(download),
        steps=steps_of(resolved.works),
        **facts,
    )
    Path(outcome.receipt).write_text(json.dumps(receipt(resolved, outcome), indent=1) + "\n")
    order = [which for which in ("before", "result", "other") if which in arrays]
    panels = [(arrays[which], outcome.label(which, "en")) for which in order]
    if resolved.original is not None:
        panels.append((resolved.original, "original"))
    lines = [protocol(outcome, "en")] if outcome.numbers else []
    write_png(sheet(panels, "sheet_pair", lines), paths["side_by_side"])
    return outcome


def steps_of(works: tuple[Work, ...]) -> Steps:
    """Return which task each step begins with, and by which architecture."""
    return tuple((work.task, work.restorer.net.architecture) for work in works)


def measure(array: np.ndarray, original: np.ndarray) -> Numbers:
    """Return the numbers of a picture (H, W, C) against its original: 8 bits, no border cut; None where one is not."""
    result, hr = as_8_bit(array), as_8_bit(original)
    return {key: known(METRICS[key](result, hr=hr, scale=0)) for key in KEYS}


def _read_again(resolved: Resolved, array: np.ndarray) -> tuple[tuple[str, float, float | None], ...]:
    """Return what was found to be wrong, and what the same reading finds in the result."""
    after = {finding.key: known(finding.value) for finding in diagnose(Picture(array))}
    return tuple((f.key, known(f.value) or 0.0, after[f.key]) for f in resolved.findings if f.is_suggested)


def receipt(resolved: Resolved, outcome: RepairResult) -> dict[str, Any]:
    """Return all that is needed to make the same result again, as data."""
    height, width, _ = resolved.array.shape
    return jsonable(
        {
            **made_with(),
            "steps": [_step(work) for work in resolved.works],
            "beside_it": [_step(work) for work in resolved.others],
            "damage": resolved.request.damage,
            "holes": _told_holes(resolved),
            "input": {
                "width": width,
                "height": height,
                "bits": resolved.picture.depth,
                "notes": resolved.picture.notes,
            },
            "output": {
                "width": width,
                "height": height,
                "sha256": sha256(Path(outcome.download)),
                **describe_file(
                    format_choice(resolved.request[FORMAT])[0],
                    np.empty(0, np.uint16 if resolved.depth == 16 else np.uint8),
                    resolved.request[QUALITY],
                ),
            },
            "seconds": round(outcome.seconds, 3),
            "findings": {f.key: known(f.value) for f in resolved.findings},
            "numbers": outcome.numbers,
            "protocol": {"border": 0, "bits": 8, "luma": "BT.601"},
        }
    )


def _share(holes: np.ndarray | None) -> float:
    return 0.0 if holes is None else float(holes.mean())


def _told_holes(resolved: Resolved) -> dict[str, Any] | None:
    if resolved.holes is None:
        return None
    return {"share": round(_share(resolved.holes), 6), "mask_sha256": sha256(Path(resolved.request.mask))}


def _step(work: Work) -> dict[str, Any]:
    restorer = work.restorer
    return {
        "task": work.task,
        "method": restorer.checkpoint,
        "sha256": restorer.sha256,
        "strength": work.strength,
        "precision": str(restorer.dtype).removeprefix("torch."),
        "device": restorer.device.type,
    }


def preview(request: Request, centre: str) -> tuple[str, str, str, bool]:
    """Return a region around `centre` before and after the step whose strength may be set, as addresses of data, the
    step's architecture, and whether it looks further than is shown to it here; "" where none has a strength.
    """
    resolved = resolve(request)
    work = main_of(resolved.works)
    if work is None:
        return "", "", "", False
    halo = work.restorer.net.halo
    region = region_around(
        resolved.array, centre, PREVIEW, MARGIN if halo is None else halo, work.restorer.net.multiple_of
    )
    part = resolved.array[region.seen_rows, region.seen_columns]
    *_, last = repair([work], part, None, depth=8)
    inner = tuple(
        slice(kept.start - seen.start, kept.stop - seen.start)
        for kept, seen in ((region.rows, region.seen_rows), (region.columns, region.seen_columns))
    )
    told = work.restorer.net.architecture, part.size < resolved.array.size and halo is None
    return _data(region.of(resolved.array)), _data(last.array[inner]), *told


def _data(array: np.ndarray) -> str:
    """Return a small picture as an address that holds it."""
    file = io.BytesIO()
    rgb = to_array(as_8_bit(array))
    Image.fromarray(rgb.squeeze(2) if rgb.shape[2] == 1 else rgb).save(file, "WEBP", lossless=True)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
