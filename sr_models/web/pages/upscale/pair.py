"""Two pictures that a visitor has already: shown and measured as they are. No net runs, nothing is enlarged."""

import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import sr_models
from sr_models.errors import SRError
from sr_models.imaging.picture import Picture, to_8_bit
from sr_models.pipelines.readouts import measure_pair
from sr_models.pipelines.upscale import write_png
from sr_models.web import requests, storage
from sr_models.web.components.sheet import write_thumbnail
from sr_models.web.components.viewer import Show
from sr_models.web.i18n import duration, text
from sr_models.web.pages.upscale import side_by_side, upscaling
from sr_models.web.pages.upscale.request import Request, effective, two_pictures
from sr_models.web.pages.upscale.result import UpscaleResult
from sr_models.web.requests import open_upload


def run(request: Request, lang: str, before: UpscaleResult | None = None) -> Iterator[dict[str, Any]]:
    """Show two pictures; yield changes as `upscaling.run` does. Raise SRError where they are not of one size."""
    newest, started = storage.newest(request.visitor), time.perf_counter()
    first, second = two_pictures(request)
    folder = _new_folder(request)
    files = [_shown(picture, folder / f"{number}.png") for number, picture in enumerate((first, second), 1)]
    seconds = time.perf_counter() - started
    outcome = UpscaleResult(
        id=uuid.uuid4().hex,
        net="",
        scale=1,
        width=first.width,
        height=first.height,
        bicubic="",
        result=files[0],
        original=files[1],
        download=str(folder / f"{requests.stem(request.picture)}.json"),
        sha256="",
        seconds=seconds,
        request=effective(request),
        see_through=any(picture.mode in ("LA", "RGBA") for picture in (first, second)),
        mark=newest,
        pair=names(request),
    )
    done = {"outcome": outcome, "tiles": (1, 1)}
    yield {**done, "show": outcome.show(lang), "status": text("done_measuring", lang, seconds=duration(seconds))}


def measure(outcome: UpscaleResult) -> UpscaleResult:
    """Measure two pictures, and write their receipt, side-by-side picture and thumbnail; raise as `upscaling` does."""
    request = outcome.request
    if not request or not Path(outcome.result).is_file():
        raise SRError("gone")
    first, second = two_pictures(request)
    measured = measure_pair(first.array, second.array, check=lambda: upscaling.check_newest(outcome))
    folder, outcome = Path(outcome.result).parent, replace(outcome, readouts=measured)
    facts = {
        "program": f"sr-models {sr_models.__version__}",
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "checkpoint": None,
        "mode": "pair",
        "first": _facts(request.picture, first),
        "second": _facts(request.original, second),
        "readouts": measured.to_json(),
    }
    receipt = Path(outcome.download)
    receipt.write_text(json.dumps(facts, indent=1) + "\n")
    thumbnail, sheet = folder / "thumbnail.webp", receipt.with_name(f"{receipt.stem}_side_by_side.png")
    write_thumbnail(first.array, thumbnail)
    write_png(side_by_side.sheet_of_pair(outcome, first.array, second.array), sheet)
    return replace(outcome, receipt=str(receipt), thumbnail=str(thumbnail), sheet=str(sheet))


def alone(request: Request, lang: str) -> Show | None:
    """Return what the viewer shows while one picture is missing or the two cannot be compared; None for none at all."""
    for path, name in zip((request.picture, request.original), names(request), strict=True):
        try:
            picture = open_upload(path)
        except SRError:
            continue
        file = _shown(picture, _new_folder(request) / "1.png")
        how: dict[str, Any] = {"see_through": picture.mode in ("LA", "RGBA"), "lang": lang, "subject": request.subject}
        return Show(picture.width, picture.height, ((file, name),), **how)
    return None


def names(request: Request) -> tuple[str, str]:
    """Return the names of the two files, numbered where they are the same."""
    first, second = Path(request.picture).name, Path(request.original).name
    return (first, second) if first != second else (f"1: {first}", f"2: {second}")


def _new_folder(request: Request) -> Path:
    folder = storage.visitor_folder(request.visitor) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    return folder


def _shown(picture: Picture, path: Path) -> str:
    """Write a picture as it is measured, in 8 bits and upright, in a kind that every browser shows."""
    write_png(to_8_bit(picture.array), path)
    return str(path)


def _facts(path: str, picture: Picture) -> dict[str, Any]:
    size = {"width": picture.width, "height": picture.height, "bits": picture.depth, "notes": picture.notes}
    return {"name": Path(path).name, **size, "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()}
