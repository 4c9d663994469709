"""Other answers to what stood in the holes of a repaired picture: drawn beside the result, with where they differ."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.heatmap import spread_map
from sr_models.imaging.picture import to_8_bit
from sr_models.inference.options import TILE
from sr_models.metrics import diversity
from sr_models.pipelines.readouts import psnr_of
from sr_models.pipelines.restore import answers
from sr_models.pipelines.upscale import write_png
from sr_models.web import requests, storage
from sr_models.web.i18n import duration, text
from sr_models.web.pack import pack
from sr_models.web.pages.restore.request import resolve
from sr_models.web.pages.restore.result import RepairResult

COUNT = 4  # drawn at a time: with the mean and the map, as many as the viewer holds
TEMPERATURE = 0.7  # at 1 their errors are as large as those of the mean, and holes look noisier than what is around


def draw(outcome: RepairResult, lang: str) -> Iterator[tuple[str, RepairResult | None]]:
    """Draw COUNT answers; yield words for the visitor, at the end with the result that holds them.

    It ends early, without one, when the visitor goes on to something else. Raise SRError where the files are gone.
    """
    folder, visitor = Path(outcome.result).parent, outcome.request.visitor
    if not Path(outcome.result).is_file():
        raise SRError("gone")
    begun, newest = time.perf_counter(), storage.newest(visitor)
    yield text("answers_begin", lang, total=COUNT), None
    resolved, stem = resolve(outcome.request), requests.stem(outcome.request.picture)
    assert resolved.holes is not None
    how: dict[str, Any] = {"seed": outcome.seed, "temperature": TEMPERATURE, "tile": TILE.default or None}
    drawn: list[np.ndarray] = []
    kept: list[tuple[str, float | None]] = []
    for k, array in enumerate(answers(list(resolved.works), resolved.given, resolved.holes, COUNT, **how), start=1):
        if storage.superseded(visitor, newest, folder):
            return
        drawn.append(array)
        path = folder / f"{stem}_answer{k}_seed{outcome.seed}.png"
        write_png(to_8_bit(array), path)
        value = None
        if resolved.original is not None:
            value = psnr_of(to_8_bit(array), resolved.original)
        kept.append((str(path), value))
        yield text("answers_drawn", lang, done=k, total=COUNT), None
    levels = diversity.spread(drawn)
    spread = folder / f"{stem}_spread_seed{outcome.seed}.png"
    write_png(spread_map(levels), spread)
    packed = pack(folder / f"{stem}_answers_seed{outcome.seed}.zip", [*(Path(path) for path, _ in kept), spread])
    facts = {"answers": tuple(kept), "spread": str(spread), "answers_zip": packed, "seed": outcome.seed + 1}
    done = replace(outcome, **facts, levels=float(levels[resolved.holes].mean()))
    _tell(done, outcome.seed)
    seconds = duration(time.perf_counter() - begun)
    said = {"count": COUNT, "levels": f"{done.levels:.1f}", "seconds": seconds, "temperature": TEMPERATURE}
    yield text("answers_done", lang, **said), done


def _tell(outcome: RepairResult, seed: int) -> None:
    """Write into the receipt what was drawn, beside what was drawn before."""
    path = Path(outcome.receipt)
    told = json.loads(path.read_text())
    files = {Path(name).name: sha256(Path(name)) for name, _ in outcome.answers}
    facts = {"seed": seed, "temperature": TEMPERATURE, "spread_levels": round(outcome.levels, 4), "files": files}
    path.write_text(json.dumps({**told, "answers": [*told.get("answers", []), facts]}, indent=1) + "\n")
