"""Validation while a net trains.

The average goes through the pipeline and the metrics of the app, and the best is kept.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sr_models import archs
from sr_models.archs import Repairs
from sr_models.checkpoints.card import BEFORE_LAST, Measurement
from sr_models.errors import SRError
from sr_models.imaging.degradations import Degradation
from sr_models.imaging.picture import crop_to_multiple, quantize, to_tensor
from sr_models.imaging.sources import rgb_pictures
from sr_models.inference.restorer import Restorer
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import Absent
from sr_models.metrics.fidelity import psnr
from sr_models.metrics.perceptual import lpips
from sr_models.train.checkpoint import write_checkpoint
from sr_models.train.curve import COLUMNS, write_curve
from sr_models.train.objectives import Watches
from sr_models.train.run import Run
from sr_models.train.schedule import learning_rate_factor


class Validation:
    """Score a net on whole pictures through the pipeline and the metrics of the app: mean Y-PSNR in dB."""

    def __init__(self, paths: Sequence[Path], degrade: Degradation, scale: int, device: torch.device) -> None:
        self.protocol = f"Y of BT.601, border {scale}, 8 bit, LR by {degrade}"
        self.pairs: list[tuple[Tensor, Tensor]] = []
        self.damaged = 0
        for i, array in enumerate(rgb_pictures(paths)):
            self.damaged += array is None
            if array is not None:
                hr = to_tensor(crop_to_multiple(array, scale))
                self.pairs.append((degrade(hr, torch.Generator().manual_seed(i)), hr))
        if not self.pairs:
            raise SRError("no_pictures", path=", ".join(map(str, paths)))
        self.plain = Upscaler(archs.build("bicubic", scale=scale), "bicubic", device=str(device))
        self.bicubic = self.score(self.plain)
        self.bicubic_lpips: float | None = None

    def score(self, upscaler: Upscaler) -> float:
        """Return the mean over the pictures."""
        return self._mean(upscaler, lambda sr, hr: psnr(sr, hr, border=upscaler.scale)) or 0.0

    def lpips(self, upscaler: Upscaler) -> float | None:
        """Return the mean LPIPS (Alex), None where its weights are not there."""
        return self._mean(upscaler, lambda sr, hr: lpips(sr, hr, border=upscaler.scale))

    def result(self, metric: str, value: float, bicubic: float, digits: int) -> Measurement:
        """Return a number and bicubic's, rounded, as a result for the card."""
        return Measurement("validation", metric, round(value, digits), round(bicubic, digits), self.protocol)

    def lpips_result(self, distance: float) -> Measurement:
        """Return a mean LPIPS as a result, beside bicubic's, which is measured once."""
        if self.bicubic_lpips is None:
            self.bicubic_lpips = self.lpips(self.plain) or math.inf
        return self.result("lpips_alex", distance, self.bicubic_lpips, 4)

    def _mean(self, upscaler: Upscaler, measure: Callable[[Tensor, Tensor], float | Absent]) -> float | None:
        values = [measure(quantize(upscaler(lr)).cpu(), hr) for lr, hr in self.pairs]
        known = [v for v in values if not isinstance(v, Absent)]
        return float(np.mean(known)) if known else None


@dataclass(frozen=True)
class Verdict:
    """Hold what one validation found: Y-PSNR and bicubic's in dB, results for the card, and the score."""

    psnr: float | None = None
    bicubic: float | None = None
    results: tuple[Measurement, ...] = ()
    score: float | None = None  # the net with the highest is kept; None: this one


def validate(run: Run, validation: Validation | None, dataset: str, say: Callable[[str], None]) -> None:
    """Log a point of the curve and keep the averaged net where it is the best so far; without validation, always.

    Raise SRError when the loss is not finite, or when the net stays below bicubic.
    """
    terms = run.take_logs()
    run.workers.lead(lambda: _validate(run, terms, validation, dataset, say))
    (run.validation_seconds,) = run.workers.agree(run.validation_seconds)  # all must know when the next one is due


def _validate(
    run: Run, terms: dict[str, float], validation: Validation | None, dataset: str, say: Callable[[str], None]
) -> None:
    recipe, loss = run.choices.recipe, terms.pop("loss", None)
    if loss is not None and not math.isfinite(loss):
        raise SRError("not_finite", step=run.step)
    run.check_finite()
    if loss is None and run.best_path.is_file():
        return  # nothing was trained since the last time
    if isinstance(run.objective, Watches) and (reason := run.objective.trouble()):
        say(str(SRError("collapsed", step=run.step, reason=reason)))
    verdict = Verdict()
    words = f"step {run.step}, {run.seconds / 60:.1f} min: loss {loss or 0:.5f}"
    if validation is None:
        say(words + _listed(terms))
    else:
        verdict = _judge(run, validation, terms)
        say(f"{words}{_listed(terms)}, validation {verdict.psnr:.3f} dB ({validation.bicubic:.3f})")
        patience = math.inf if recipe.patience is None else 60 * recipe.patience
        if run.seconds > patience and (verdict.psnr or 0.0) < validation.bicubic:
            raise SRError("no_gain", minutes=run.seconds / 60, value=verdict.psnr, baseline=validation.bicubic)
    rate = recipe.learning_rate * learning_rate_factor(run.progress)
    numbers = run.step, run.seconds, rate, loss, verdict.psnr, verdict.bicubic
    run.rows.append(dict(zip(COLUMNS, numbers, strict=True)) | terms)
    write_curve(run.rows, run.choices.name, run.choices.folder)
    if verdict.score is None or verdict.score > run.best or recipe.choose == "last":
        run.best = run.best if verdict.score is None else verdict.score
        write_checkpoint(run, dataset, verdict.results)


def _listed(terms: dict[str, float]) -> str:
    return "".join(f", {name} {term:.3g}" for name, term in terms.items())


def _judge(run: Run, validation: Validation, terms: dict[str, float]) -> Verdict:
    """Measure the averaged net; where the recipe chooses by LPIPS, that goes to the terms of the curve too."""
    began = time.perf_counter()
    net = run.averaged_net()
    made = Restorer if isinstance(net, Repairs) else Upscaler
    upscaler = made(net, run.choices.name, device=str(run.device))
    value = score = validation.score(upscaler)
    results = [validation.result("psnr_y", value, validation.bicubic, 3)]
    run.validation = results[0].value
    if run.before_last is not None:
        results.append(validation.result(BEFORE_LAST, run.before_last, validation.bicubic, 3))
    if run.choices.recipe.choose == "lpips":
        score = None  # without LPIPS the last is kept: PSNR would choose the one that was trained least
        if (distance := validation.lpips(upscaler)) is not None:
            terms["lpips_alex"], score = distance, -distance
            results.append(validation.lpips_result(distance))
    run.validation_seconds = time.perf_counter() - began
    return Verdict(value, validation.bicubic, tuple(results), score)
