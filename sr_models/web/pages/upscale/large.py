"""Pictures that are too large to be run in one piece: a view of them, a plain shrink, and what is said of both."""

import html
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

import sr_models
from sr_models.imaging.decode import MAX_BYTES, MAX_PIXELS, size_within
from sr_models.imaging.encode import describe_file, format_choice, output_suffix
from sr_models.imaging.options import FORMAT, QUALITY
from sr_models.imaging.picture import Picture, fit, to_8_bit
from sr_models.pipelines.inputs import laid
from sr_models.pipelines.upscale import write_png
from sr_models.web import requests, storage
from sr_models.web.components.viewer import Show
from sr_models.web.i18n import duration, text
from sr_models.web.pages.upscale.request import (
    MAX_RESULT,
    MIDDLE,
    MODE,
    SCALE,
    Request,
    Resolved,
    asked,
    in_parts,
    part_side,
)
from sr_models.web.pages.upscale.result import write_result

VIEW_PIXELS = 2 * 10**6
USUAL_SIZE = "1920"
SMALLEST_SCALE = 2


def limits(lang: str) -> str:
    """Return what this server takes, in the words of the errors that refuse more."""
    return text("limits", lang, megabytes=MAX_BYTES // 2**20, pixels=MAX_PIXELS, result=MAX_RESULT)


def place(centre: str) -> str:
    """Return the centre of a part, "x y" as shares of the picture, as a request keeps it; the middle for nonsense."""
    try:
        x, y = (min(max(float(word), 0.0), 1.0) for word in centre.split())
    except ValueError:
        return MIDDLE
    return MIDDLE if x != x or y != y else f"{x:.5f} {y:.5f}"


def is_large(request: Request) -> bool:
    """Say whether there is more than one way with a picture: too large at its scale, or at any where a size is set."""
    return in_parts(request if request[SCALE] else request.with_(scale=SMALLEST_SCALE))


def view(request: Request, lang: str) -> Show:
    """Return what the viewer shows of a picture that is too large: a smaller copy, and the frame of a part."""
    picture = requests.open_upload(request.picture)
    path = Path(f"{request.picture}.view.png")
    if not storage.is_of_a_visitor(request.picture):
        path = storage.visitor_folder(request.visitor) / f"{uuid.uuid4().hex}.png"
    width, height = size_within(picture.width, picture.height, VIEW_PIXELS)
    if not path.is_file():
        write_png(smaller_copy(picture.array, (width, height)), path)
    words = text("large_view", lang, width=width, height=height, of=f"{picture.width}×{picture.height}")
    side = round(part_side(request) * width / picture.width) if in_parts(request) else 0
    how: dict[str, Any] = {"see_through": picture.mode in ("LA", "RGBA"), "lang": lang}
    how |= {"subject": replace(request, part="").subject, "id": str(path.stem)}
    return Show(width, height, ((str(path), words),), frame=side, framed=True, **how)


def smaller_copy(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink (H, W, C) to 8 bits and `size` (width, height), for looking at alone: quick, not exact."""
    flat = to_8_bit(array)
    image = Image.fromarray(flat[:, :, 0] if flat.shape[2] == 1 else flat)
    small = np.asarray(image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))
    return small if small.ndim == 3 else small[:, :, None]


def _words(request: Request, picture: Picture, lang: str) -> str:
    """Say why there are several ways, and what each does."""
    scale = request[SCALE] or SMALLEST_SCALE
    factor = scale if request[MODE] == "enlarge" else 1
    size = {"width": picture.width, "height": picture.height, "side": part_side(request.with_(scale=scale))}
    return text("large_words", lang, **size, scale=factor, limit=MAX_RESULT)


def offer(request: Request, lang: str) -> dict[str, Any]:
    """Offer the ways with a picture that is too large to be run in one piece; hide them for any other."""
    if not request.picture or not is_large(request):
        return {"large": gr.update(visible=False)}
    told = f"<p>{html.escape(_words(request, requests.open_upload(request.picture), lang))}</p>"
    return {"large": gr.update(visible=True), "large_words": told}


def framed(v: dict[str, Any]) -> dict[str, Any]:
    """Return what puts a picture that is too large into the viewer, where no result stands there."""
    request = asked(v)
    return {"viewer": view(request, v["lang"])} if not v["outcome"] and in_parts(request) else {}


def shrink(resolved: Resolved, lang: str) -> Iterator[dict[str, Any]]:
    """Shrink the whole picture to the size asked for, without a net; yield changes as `upscaling.run` does."""
    request, started = resolved.request, time.perf_counter()
    assert resolved.target
    yield {"status": text("shrinking", lang)}
    folder = storage.visitor_folder(request.visitor) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    array = fit(laid(resolved.picture.array, request.ground), resolved.target)
    width, height = resolved.target
    download = folder / f"{requests.stem(request.picture)}_{width}x{height}{output_suffix(request[FORMAT])}"
    whole = resolved.picture
    made: dict[str, Any] = {"net": "", "scale": 1, "bicubic": "", "shrunk_from": (whole.width, whole.height)}
    outcome = write_result(request, array, download, started, resized=True, **made)
    receipt = download.with_suffix(".json")
    facts = {
        "program": f"sr-models {sr_models.__version__}",
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "checkpoint": None,
        "mode": "shrink",
        "kernel": "bicubic, antialiased",
        "alpha": request.ground,
        "target": resolved.target,
        "format": describe_file(format_choice(request[FORMAT])[0], array, request[QUALITY]),
        "input": {"width": whole.width, "height": whole.height, "bits": whole.depth, "notes": whole.notes},
        "output": {"width": width, "height": height, "sha256": outcome.sha256},
        "seconds": round(outcome.seconds, 3),
        "invents_detail": False,
        "readouts": None,
    }
    receipt.write_text(json.dumps(facts, indent=1) + "\n")
    said = text("done", lang, seconds=duration(outcome.seconds))
    yield {"outcome": replace(outcome, receipt=str(receipt)), "status": said}
