"""A run of the page: a sheet of samples, the chosen one enlarged, a walk, the plane. Plain data, no layout."""

import json
import math
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sr_models.checkpoints.catalog import split_name
from sr_models.inference.options import FRAMES
from sr_models.inference.sampler import Place
from sr_models.pipelines.generate import receipt, sheet
from sr_models.pipelines.upscale import write_png
from sr_models.web.components.latent_plane import Plane
from sr_models.web.nets import NETS
from sr_models.web.pages.generate.request import SAMPLE, Request, card_of, count_of
from sr_models.web.pages.generate.result import Drawing, One, Steps

GAP = 8  # px between both stages in the file of one sample
PLANE_STEPS, PLANE_REACH = 21, 3.0  # places on a side, and how far from 0


def draw(request: Request, folder: Path) -> Iterator[tuple[int, int, Drawing | None]]:
    """Draw a sheet into `folder`; yield (done, total, nothing) after each picture, at the end what was drawn."""
    sampler = NETS.sampler(request.generator)
    count = count_of(sampler)
    how = {"seed": request.seed, "temperature": request.temperature}
    pictures, seconds = [], 0.0
    begun = time.perf_counter()
    for picture in sampler.samples(count, **how, first=request.first):
        seconds += time.perf_counter() - begun
        pictures.append(picture)
        yield len(pictures), count, None
        begun = time.perf_counter()
    reader = NETS.reader(request.generator)
    readings = tuple(reader.read(pictures)) if reader else ()
    seconds += time.perf_counter() - begun
    name = f"{sampler.name}_seed{request.seed}_{request.first}-{request.first + count - 1}"
    path = folder / f"{name}.png"
    columns = math.isqrt(count)
    digest = write_png(sheet(pictures, columns), path)
    samples = {"samples": [request.first, request.first + count - 1], "columns": columns}
    sure = {"read_by": reader.name, "read_without_doubt": sum(r.is_sure for r in readings)} if reader else {}
    facts: dict[str, Any] = {"seconds": seconds, "sheet_sha256": digest, **sure}
    told = folder / f"{name}.json"
    told.write_text(json.dumps(receipt(sampler, request.settings, samples, **facts), indent=1) + "\n")
    kind = card_of(request.generator).trained_for
    made = Drawing(uuid.uuid4().hex, request, kind, sampler.side, count, columns, seconds, readings, path, told)
    yield count, count, made


def enlarge(drawing: Drawing, sample: int) -> Drawing:
    """Return the drawing with one of its samples, drawn alone and enlarged; the receipt tells of it."""
    request, folder = drawing.request, drawing.sheet.parent
    sampler, enlarger = NETS.sampler(request.generator), NETS.enlarger(request.generator)
    begun = time.perf_counter()
    picture = sampler.picture(sampler.latent(request.place(sample), request.temperature))
    drawn = time.perf_counter()
    large = enlarger.enlarge(picture)
    seconds = drawn - begun, time.perf_counter() - drawn
    stem = f"{sampler.name}_seed{request.seed}_{sample}"
    paths = {which: folder / f"{stem}{which}.png" for which in ("", f"_x{enlarger.scale}", "_both")}
    files = {}
    for path, array in zip(paths.values(), (picture, large, _beside(picture, large)), strict=True):
        files[path.name] = write_png(array, path)
    told = json.loads(drawing.receipt.read_text())
    reading = drawing.reading(sample)
    read = {"read_as": reading.name, "probability": round(reading.probability, 4)} if reading else {}
    times = {"drawing_seconds": round(seconds[0], 4), "enlarging_seconds": round(seconds[1], 4)}
    one = {"sample": sample, **read, **times, "enlarged_by": enlarger.told(), "files": files}
    drawing.receipt.write_text(json.dumps({**told, "chosen": one}, indent=1) + "\n")
    by = split_name(enlarger.upscaler.checkpoint)[0]
    small, great, both = paths.values()
    return replace(drawing, one=One(sample, small, great, both, enlarger.scale, by, enlarger.passes, seconds))


def _beside(picture: np.ndarray, large: np.ndarray) -> np.ndarray:
    """Return both stages side by side: the drawn one with its pixels as squares, then the enlarged one."""
    times = large.shape[0] // picture.shape[0]
    squares = picture.repeat(times, 0).repeat(times, 1)
    gap = np.zeros((large.shape[0], GAP, large.shape[2]), np.uint8)
    return np.concatenate([squares, gap, large], 1)


def walk(drawing: Drawing, start: Place, end: Place) -> Drawing:
    """Return the drawing with a walk between two places, each frame enlarged as well."""
    request, folder = drawing.request, drawing.sheet.parent
    sampler, enlarger = NETS.sampler(request.generator), NETS.enlarger(request.generator)
    frames = list(sampler.walk(start, end, FRAMES.default, temperature=request.temperature))
    name = f"walk_{uuid.uuid4().hex}"
    strip, large = folder / f"{name}.png", folder / f"{name}_large.png"
    write_png(sheet(frames, len(frames)), strip)
    write_png(sheet([enlarger.enlarge(frame) for frame in frames], len(frames)), large)
    return replace(drawing, steps=Steps(start, end, strip, large, len(frames)))


def ends_of(drawing: Drawing, kept: tuple[Place | None, Place | None]) -> tuple[Place, Place]:
    """Return both ends of the walk: those that the visitor chose, else two of the sheet."""
    first = drawing.request.first
    start, end = kept
    request = drawing.request
    return start or request.place(first + SAMPLE.default), end or request.place(first + drawing.count - 1)


def plane_net() -> str | None:
    """Return the net that draws of two numbers; None where there is none."""
    nets = (card.name for card in NETS.generators())
    return next((name for name in nets if NETS.sampler(name).latent_shape() == (2,)), None)


def plane(name: str, folder: Path) -> Plane:
    """Draw what a net of two numbers draws over the plane, into `folder`."""
    sampler, reader = NETS.sampler(name), NETS.reader(name)
    line = torch.linspace(-PLANE_REACH, PLANE_REACH, PLANE_STEPS)
    pictures = [sampler.picture(torch.stack([x, -y])) for y in line for x in line]
    names = tuple(reading.name for reading in reader.read(pictures)) if reader else ()
    path = folder / f"plane_{sha256_of(name)}.png"
    write_png(sheet(pictures, PLANE_STEPS), path)
    return Plane(path, PLANE_STEPS, PLANE_REACH, names)


def sha256_of(name: str) -> str:
    """Return what changes where another file takes a net's name."""
    return (NETS.sampler(name).sha256 or name)[:16]
