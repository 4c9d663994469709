"""Pictures drawn of nothing: what a classifier reads in them, their enlargement, one sheet or many files, a receipt."""

import hashlib
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import sr_models
from sr_models.checkpoints.card import Card
from sr_models.checkpoints.catalog import DEFAULT_SCALE, list_checkpoints, locate, with_cascades
from sr_models.checkpoints.recommend import default_net, recommend
from sr_models.evaluation.digits import SURE
from sr_models.files import jsonable, sha256
from sr_models.imaging.encode import encode_png
from sr_models.imaging.mark import marked
from sr_models.imaging.options import IF_EXISTS
from sr_models.imaging.picture import to_array, to_tensor
from sr_models.inference.load import load, load_plain
from sr_models.inference.options import COUNT, DRAW_SEED, DRAW_TEMPERATURE, DRAWN_SIZE, ENLARGED
from sr_models.inference.sampler import Sampler, parse_size
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Values
from sr_models.pipelines.made_of import place
from sr_models.pipelines.receipt import made_with
from sr_models.pipelines.upscale import write_bytes


@dataclass(frozen=True)
class Reading:
    """Say what a classifier takes a picture for, and how probable that is."""

    name: str
    probability: float

    @property
    def is_sure(self) -> bool:
        """Say whether it has no doubt."""
        return self.probability > SURE


class Reader:
    """Read drawn pictures by the net that recognises those of their kind."""

    def __init__(self, net: Any, card: Card) -> None:
        self.net, self.name = net, card.name

    def read(self, pictures: Sequence[np.ndarray]) -> list[Reading]:
        """Return what is read in pictures (H, W, C) uint8, all of the size that the net learned from."""
        batch = torch.cat([to_tensor(picture) for picture in pictures]).to(next(self.net.parameters()).device)
        with torch.inference_mode():
            best = self.net(batch).softmax(1).max(1)
        return [Reading(self.net.classes[i], float(p)) for p, i in zip(best.values, best.indices, strict=True)]


def reader_for(card: Card, device: str | None = None) -> Reader | None:
    """Return what reads the pictures of a net; None where nothing learned from the same ones."""
    found = next((c for c in list_checkpoints("classify") if c.trained_for == card.trained_for), None)
    return Reader(*load_plain(found.name, "classify", device)) if found else None


class Enlarger:
    """Enlarge drawn pictures by one upscaler, in one or more passes."""

    def __init__(self, upscaler: Upscaler, passes: int) -> None:
        self.upscaler, self.passes = upscaler, passes
        self.scale = upscaler.scale**passes

    def enlarge(self, picture: np.ndarray) -> np.ndarray:
        """Return a picture (H, W, C) uint8 `scale` times as large; it is rounded once, at the end."""
        x = to_tensor(picture).to(self.upscaler.device)
        for _ in range(self.passes):
            x = self.upscaler(x)
        return to_array(x)

    def told(self) -> dict[str, Any]:
        """Return what a receipt tells of it."""
        runs = {"checkpoint": self.upscaler.checkpoint, "checkpoint_sha256": self.upscaler.sha256}
        return {**runs, "passes": self.passes, "scale": self.scale, "precision": str(self.upscaler.dtype)[6:]}


def enlarger_for(card: Card, scale: int = DEFAULT_SCALE, device: str | None = None) -> Enlarger:
    """Return what enlarges the pictures of a net: what learned to enlarge such drawings, else the net for photos.

    A net of a smaller scale goes over a picture again and again.
    """
    for own in list_checkpoints("enlarge"):
        step = own.scale or 1
        passes = round(math.log(scale, step)) if step > 1 else 0
        if own.trained_for == card.trained_for and passes and step**passes == scale:
            net, found = load_plain(own.name, "enlarge", device)
            digest = sha256(locate(own.name))
            upscaler = Upscaler(net, own.name, device=device, dtype="float32", card=found, sha256=digest)
            return Enlarger(upscaler, passes)
    cards = with_cascades()
    name = recommend(scale, cards).get("photo") or default_net(scale, cards)
    return Enlarger(load(name, scale, device), 1)


def sheet(pictures: Sequence[np.ndarray], columns: int | None = None) -> np.ndarray:
    """Lay pictures (H, W, C) of one size in rows, as nearly square as they can be; what is left over is black."""
    columns = columns or math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    height, width, channels = pictures[0].shape
    whole = np.zeros((rows * height, columns * width, channels), np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * height, i % columns * width
        whole[top : top + height, left : left + width] = picture
    return whole


def receipt(sampler: Sampler, given: Values, samples: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """Return all that is needed to draw the same again; `samples` says which ones."""
    size = parse_size(given[DRAWN_SIZE]) or (sampler.side, sampler.side)
    return jsonable(
        {
            **made_with(),
            "checkpoint": sampler.name,
            "checkpoint_sha256": sampler.sha256,
            "architecture": sampler.card.architecture,
            "license_of_weights": sampler.card.license,
            "seed": given[DRAW_SEED],
            "temperature": given[DRAW_TEMPERATURE],
            "width": size[1],
            "height": size[0],
            **samples,
            "device": sampler.device.type,
            "precision": "float32",
            "invents_detail": True,
            **facts,
        }
    )


@dataclass(frozen=True)
class Part:
    """Report how far it is: `done` of `total` pictures."""

    done: int
    total: int


@dataclass(frozen=True)
class Made:
    """Report the files that were written, how many were there already, and the seconds for drawing and enlarging."""

    paths: tuple[Path, ...]
    skipped: int
    drawing: float
    enlarging: float


def draw_files(sampler: Sampler, out: Path, given: Values, device: str | None = None) -> Iterator[Part | Made]:
    """Draw into `out`, one sheet where that is a .png, else a file for each picture; yield after each, then what came.

    What is there already is passed over if it was drawn by the same checkpoint and settings, else IF_EXISTS says what
    becomes of it. Raise SRError before anything is drawn.
    """
    count, size = given[COUNT], parse_size(given[DRAWN_SIZE])
    how: dict[str, Any] = {"seed": given[DRAW_SEED], "temperature": given[DRAW_TEMPERATURE], "size": size}
    sampler.check(count, **how)
    scale = int(given[ENLARGED])
    enlarger = enlarger_for(sampler.card, scale, device) if scale > 1 else None
    as_sheet = out.suffix.lower() == ".png"
    digest = _work(sampler, enlarger, given)
    stem = f"{sampler.name}_seed{given[DRAW_SEED]}" + (f"_x{scale}" if enlarger else "")
    planned = [out] if as_sheet else [out / f"{stem}_{k:03d}.png" for k in range(count)]
    marks = [f"{digest}{count}" if as_sheet else f"{digest}{k}" for k in range(len(planned))]
    marks = [hashlib.sha256(mark.encode()).hexdigest() for mark in marks]
    targets = [place(path, mark, 0, given[IF_EXISTS]) for path, mark in zip(planned, marks, strict=True)]
    if not any(targets):
        yield Made((), len(targets), 0.0, 0.0)
        return
    pictures, drawing, enlarging = [], 0.0, 0.0
    begun = time.perf_counter()
    for k, picture in enumerate(sampler.samples(count, **how)):
        now = time.perf_counter()
        drawing += now - begun
        target = None if as_sheet else targets[k]
        if enlarger and (as_sheet or target):
            picture = enlarger.enlarge(picture)
            enlarging += time.perf_counter() - now
        if target:
            write_bytes(marked(encode_png(picture), marks[k]), target)
        if as_sheet:
            pictures.append(picture)
        yield Part(k + 1, count)
        begun = time.perf_counter()
    if as_sheet and targets[0]:
        write_bytes(marked(encode_png(sheet(pictures)), marks[0]), targets[0])
    paths = tuple(path for path in targets if path)
    yield Made(paths, len(targets) - len(paths), drawing, enlarging)


def _work(sampler: Sampler, enlarger: Enlarger | None, given: Values) -> str:
    """Return what the pictures follow from, as text."""
    settings = given.of((DRAW_SEED, DRAW_TEMPERATURE, DRAWN_SIZE))
    by = {"program": sr_models.__version__, "checkpoint": [sampler.name, sampler.sha256], **settings}
    return json.dumps({**by, "enlarged": enlarger.told() if enlarger else None}, sort_keys=True)
