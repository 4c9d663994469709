"""One training run under way: its net, objective and average, and how far it is."""

import contextlib
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sr_models import archs
from sr_models.archs import Collapses
from sr_models.checkpoints.card import Base, read_card
from sr_models.checkpoints.catalog import locate
from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.inference.device import choose_device, reports_bf16
from sr_models.train import objectives
from sr_models.train.choices import Choices
from sr_models.train.ema import Ema
from sr_models.train.initial_weights import take_base, take_fitting
from sr_models.train.workers import Workers

VALIDATE_SECONDS = 90.0
VALIDATE_SHARE = 0.05  # of the time at most


@dataclass
class Run:
    """Hold what training changes, beside the choices, which it does not."""

    choices: Choices
    workers: Workers
    device: torch.device
    net: Any
    bases: tuple[Base, ...]  # what it started from, and its teacher
    objective: objectives.Objective
    ema: Ema
    step: int = 0
    seconds: float = 0.0  # of training; validation does not count
    best: float = -math.inf
    validation: float | None = None  # the last Y-PSNR
    before_last: float | None = None  # that at the start of the last stage
    validation_seconds: float = 0.0  # that the last one took
    logs: list[dict[str, Tensor]] = field(default_factory=list)  # since the last point of the curve
    rows: list[dict[str, Any]] = field(default_factory=list)  # of the curve

    @property
    def best_path(self) -> Path:
        """The file of the checkpoint."""
        return self.choices.folder / f"{self.choices.name}.safetensors"

    @property
    def progress(self) -> float:
        """How much of the run is done, in [0, 1]."""
        steps, budget = self.choices.steps, self.choices.budget
        return min(self.step / steps if steps else self.seconds / budget, 1.0)

    def due(self, step: int, seconds: float) -> bool:
        """Say whether to validate, the last time having been at `step` and `seconds`.

        Twenty times over a run by steps, else after 90 seconds, or more where validation takes long.
        """
        if steps := self.choices.steps:
            return 20 * self.step // steps > 20 * step // steps
        return self.seconds - seconds >= max(VALIDATE_SECONDS, self.validation_seconds / VALIDATE_SHARE)

    def check_finite(self) -> None:
        """Raise SRError where a weight is not a finite number of float16, as files hold it."""
        if not all(torch.isfinite(p.half()).all() for p in self.net.parameters()):
            raise SRError("not_finite", step=self.step)

    def take_logs(self) -> dict[str, float]:
        """Return the mean of each term since the last call, over all processes; empty where there was no step."""
        logs, self.logs = self.logs, []
        keys = dict.fromkeys(key for log in logs for key in log)  # some terms are not taken at every step
        return {k: self.workers.mean(float(torch.stack([log[k] for log in logs if k in log]).mean())) for k in keys}

    def warm_start(self, path: Path) -> None:
        """Copy from a checkpoint every weight that fits; the average begins there."""
        start = take_fitting(self.net, path, but_base=bool(self.choices.recipe.base))
        self.ema = Ema(self.net, self.choices.recipe.ema)
        self.bases = (start, *(base for base in self.bases if base.relation != "warm_start"))

    def averaged_net(self) -> Any:
        """Return the averaged net in plain form."""
        recipe = self.choices.recipe
        net = archs.build(recipe.architecture, scale=self.choices.scale, **recipe.config)
        net.load_state_dict(self.ema.shadow)
        return net.collapse() if isinstance(net, Collapses) else net


def start(choices: Choices) -> Run:
    """Build what the choices ask for, on its device and with its first weights; raise SRError for what is missing."""
    recipe, workers = choices.recipe, Workers()
    device = choose_device(workers.device or choices.device)
    torch.manual_seed(recipe.seed)
    net: Any = archs.build(recipe.architecture, scale=choices.scale, **recipe.config)
    bases = (take_base(net, recipe.base),) if recipe.base else ()
    if recipe.teacher:
        path = locate(f"{recipe.teacher}_x{choices.scale}")
        bases += (Base(read_card(path).name, sha256(path), "teacher"),)
    net.to(device, memory_format=torch.channels_last).train()
    graph = choices.graph and device.type == "cuda" and workers.count == 1
    setup = objectives.Setup(net, recipe.learning_rate, _autocast(device), workers.average, graph)
    objective = objectives.get(recipe.objective).make(setup, recipe.options)
    if not any(p.requires_grad for p in net.parameters()):
        raise SRError("bad_recipe", path=recipe.name, reason="it freezes all that could learn")
    return Run(choices, workers, device, net, bases, objective, Ema(net, recipe.ema))


def _autocast(device: torch.device) -> Callable[[], contextlib.AbstractContextManager[Any]]:
    """Return the context of forward passes: bfloat16 where the processor reports it, or what SR_LAB_DTYPE says."""
    name = os.environ.get("SR_LAB_DTYPE") or ("bfloat16" if reports_bf16(device) else "float32")
    return contextlib.nullcontext if name == "float32" else lambda: torch.autocast(device.type, torch.bfloat16)
