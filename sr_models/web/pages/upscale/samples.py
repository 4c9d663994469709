"""Possible pictures of a net that draws several: one after another, shown beside the mean, with where they differ."""

import json
import math
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.heatmap import SPREAD_TOP, spread_map
from sr_models.imaging.picture import fit
from sr_models.inference.options import SAMPLES, SAMPLING, TEMPERATURE, TILE
from sr_models.metrics import diversity
from sr_models.pipelines.readouts import psnr_of
from sr_models.pipelines.upscale import draw_samples, write_png
from sr_models.web import requests, storage
from sr_models.web.components.compare_list import Row
from sr_models.web.components.viewer import MAX_PICTURES
from sr_models.web.i18n import duration, error_text, text
from sr_models.web.pack import pack
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.compare import FIRST
from sr_models.web.pages.upscale.request import Resolved, resolve
from sr_models.web.pages.upscale.result import Compared, UpscaleResult

MEAN, ORIGINAL, MAP = "mean", "original", "spread"
Yielded = tuple[Compared | None, str, UpscaleResult | None]


def is_of_samples(compared: Compared | None) -> bool:
    """Say whether what stands in the grid are samples, and not other nets."""
    return compared is not None and compared.request is None


def first_choice(compared: Compared) -> list[str]:
    """Return what goes into the viewer unasked: the mean, the first samples, the original and the map."""
    keys = [key for key in compared.there if key != FIRST]
    last = [key for key in (ORIGINAL, MAP) if key in keys]
    drawn = [key for key in keys if key not in last]
    return [*drawn[: MAX_PICTURES - len(last)], *last]


def draw(outcome: UpscaleResult, lang: str) -> Iterator[Yielded]:
    """Draw the samples that the request of a measured result asks for, beside the result, which is the mean.

    Yield what there is, None where nothing is new, and the words for it; the last comes with the result that holds them
    all. Raise storage.Superseded when the visitor goes on to something else.
    """
    if not (outcome.request and Path(outcome.result).is_file()):
        raise SRError("gone")
    drawing = _Drawing(outcome, resolve(outcome.request), lang)
    try:
        yield from drawing.run()
        upscaling.check_newest(outcome)
    except storage.Superseded:
        drawing.undo()
        raise


@dataclass
class _Drawing:
    """Gather what is drawn beside one result."""

    outcome: UpscaleResult
    resolved: Resolved
    lang: str
    compared: Compared = field(init=False)
    arrays: dict[int, np.ndarray] = field(default_factory=dict)
    written: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        about = text("list_whole", self.lang, size=self.outcome.size)
        words: Any = {"title": text("sampling", self.lang), "about": about, "running": True}
        columns = () if self.resolved.inputs.hr is None else ("psnr_y",)
        size = self.outcome.width, self.outcome.height
        self.compared = Compared(uuid.uuid4().hex, *size, columns=columns, subject=self.outcome.subject, **words)

    @property
    def folder(self) -> Path:
        return Path(self.outcome.result).parent

    @property
    def name(self) -> str:
        return f"{requests.stem(self.resolved.request.picture)}_{self.resolved.upscaler.name}"

    def new(self, name: str) -> Path:
        """Return a file to write, unless the visitor went on."""
        upscaling.check_newest(self.outcome)
        self.written.append(self.folder / name)
        return self.written[-1]

    def undo(self) -> None:
        """Delete what was written; the folder may have been deleted meanwhile."""
        for path in self.written:
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def add(self, key: str, path: str, name: str, *, array: np.ndarray | None = None, **facts: Any) -> None:
        """Put a picture into the list, with its PSNR where there is an original."""
        hr = self.resolved.inputs.hr
        value = psnr_of(array, hr, self.outcome.scale) if hr is not None and array is not None else None
        row = Row(key, name, path, {} if value is None else {"psnr_y": value}, **facts)
        compared = replace(self.compared, rows=(*self.compared.rows, row))
        self.compared = compared.choose(first_choice(compared))

    def run(self) -> Iterator[Yielded]:
        """Draw all of them."""
        outcome, lang, begun = self.outcome, self.lang, time.perf_counter()
        plain, mean = (upscaling.read_result(path) for path in (outcome.bicubic, outcome.result))
        self.add(FIRST, outcome.bicubic, text("left", lang, size=outcome.size), array=plain)
        self.add(MEAN, outcome.result, text("samples_mean", lang), array=mean)
        yield self.compared, text("samples_begin", lang, total=self.resolved.request[SAMPLES]), None
        dropped: tuple[int, ...] = ()
        for fresh, words, lately_dropped in self._steps(begun):
            dropped = lately_dropped
            yield (self.compared if fresh else None), words, None
        lost = "".join(" " + error_text(SRError("sample_dropped", sample=k + 1), lang) for k in dropped)
        if not self.arrays:
            self.compared = replace(self.compared, running=False)
            yield self.compared, text("samples_none", lang) + lost, None
            return
        outcome = self._finish(mean, dropped)
        words = "samples_done" if len(self.arrays) > 1 else "samples_one"
        took = duration(time.perf_counter() - begun)
        yield self.compared, text(words, lang, count=len(self.arrays), seconds=took) + lost, outcome

    def _steps(self, begun: float) -> Iterator[tuple[bool, str, tuple[int, ...]]]:
        """Draw tile by tile; yield whether a sample is whole, the words, and which were dropped."""
        request, target = self.resolved.request, self.resolved.target
        how: dict[str, Any] = {"tile": request[TILE] or None, "depth": self.resolved.depth}
        for step in draw_samples(self.resolved.upscaler, self.resolved.inputs.lr, **request.values.of(SAMPLING), **how):
            upscaling.check_newest(self.outcome)
            taken = time.perf_counter() - begun
            if taken > 60 * requests.DEADLINE_MINUTES:
                raise SRError("too_slow", minutes=requests.DEADLINE_MINUTES)
            fresh = sorted(step.arrays.keys() - self.arrays.keys())
            for k in fresh:
                self.arrays[k] = fit(step.arrays[k], target) if target else step.arrays[k]
                path = self.new(f"{self.name}_s{k + 1}.png")
                write_png(self.arrays[k], path)
                self.add(
                    f"s{k + 1}", str(path), text("sample", self.lang, number=k + 1), array=self.arrays[k], invents=True
                )
            left = math.ceil(taken / step.done * (step.total - step.done))
            facts = {"done": step.done, "steps": step.total, "seconds": left, "drawn": len(self.arrays)}
            words = text("samples_drawn", self.lang, total=request[SAMPLES], **facts)
            yield bool(fresh), words, step.dropped

    def _finish(self, mean: np.ndarray, dropped: tuple[int, ...]) -> UpscaleResult:
        """Add the original and the map, write the receipt and the ZIP; return the result that holds them all."""
        outcome, request, lang, hr = self.outcome, self.resolved.request, self.lang, self.resolved.inputs.hr
        if outcome.original:
            self.add(ORIGINAL, outcome.original, text("original", lang))
        drawn = list(self.arrays.values())
        spread: dict[str, Any] = {"count": len(drawn), "temperature": request[TEMPERATURE]}
        if len(drawn) > 1:
            spread["levels"] = float(diversity.spread(drawn).mean())
            levels = diversity.spread(drawn, around=outcome.scale)
            path = self.new(f"{self.name}_spread.png")
            write_png(spread_map(levels), path)
            self.add(MAP, str(path), text("samples_spread", lang), legend=text("legend", lang, top=SPREAD_TOP))
            if hr is not None:
                spread["rank"] = diversity.pooled_rank_correlation(levels, diversity.luma_error(mean, hr))
        self.compared = replace(self.compared, running=False)
        samples = [row.path for key, row in self.compared.there.items() if key[:1] == "s" and key != MAP]
        kept = {"kept": len(drawn), "dropped": [k + 1 for k in dropped], "invents_detail": True}
        facts = {**request.values.of(SAMPLING), **spread, **kept, "files": {Path(p).name: sha256(p) for p in samples}}
        receipt = {**upscaling.receipt(outcome), "samples": facts}
        self.new(Path(outcome.receipt).name).write_text(json.dumps(receipt, indent=1) + "\n")
        files = [Path(row.path) for key, row in self.compared.there.items() if key not in (FIRST, MEAN, ORIGINAL)]
        packed = pack(self.new(f"{self.name}_samples.zip"), files)
        return replace(outcome, samples=self.compared, spread=spread, invents=True, samples_zip=packed)
