"""One training run in its folder: net, average, progress, curve, checkpoint and the state to go on from."""

import contextlib
import csv
import dataclasses
import inspect
import json
import math
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from sr_models import archs
from sr_models.archs import Collapses, Contains, Grows
from sr_models.checkpoints.card import Base, Card, Measurement, Relation, read_bases, read_card
from sr_models.checkpoints.catalog import locate
from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.degradations import Downscale
from sr_models.inference.device import choose_device, reports_bf16
from sr_models.train.ema import Ema
from sr_models.train.objectives import OBJECTIVES
from sr_models.train.recipe import Recipe
from sr_models.train.workers import Workers

VALIDATE_SECONDS = 90.0
VALIDATE_SHARE = 0.05  # of the time at most
TAUGHT = ("pixel", "recurrent")  # objectives that look at a teacher's pictures
MAX_PART = 15 * 2**20  # bytes of one file of the state: some ways off a machine carry no more than 16 MB
COLUMNS = ("step", "seconds", "learning_rate", "loss", "validation", "bicubic")


class Run:
    """One training run in its folder: net, average, progress, curve and state."""

    def __init__(
        self,
        recipe: Recipe,
        scale: int,
        out: Path,
        *,
        minutes: float | None = None,
        steps: int | None = None,
        device: str | None = None,
        graph: bool = True,
    ) -> None:
        self.recipe, self.scale, self.out = recipe, scale, out
        self.workers = Workers()
        self.steps = steps
        self.budget = 60 * (minutes or recipe.minutes)
        self.device = choose_device(self.workers.device or device)
        torch.manual_seed(recipe.seed)
        if "scale" in recipe.config:
            raise SRError(
                "bad_recipe", path=recipe.name, reason="its config names the scale, which is an argument of the run"
            )
        self.net: Any = archs.build(recipe.architecture, scale=scale, **recipe.config)
        self.bases: tuple[Base, ...] = ()
        if recipe.base:
            self._take_base(recipe.base)
        if recipe.teacher:
            self._take_teacher()
        self.net.to(self.device, memory_format=torch.channels_last).train()
        make = OBJECTIVES[recipe.objective]
        parameters = list(inspect.signature(make).parameters.items())[5:]  # after the net, the rate, the machine's own
        defaults = {key: p.default for key, p in parameters if not callable(p.default)}
        if wrong := [key for key in recipe.options if key not in defaults]:
            raise SRError("bad_config", name=recipe.objective, key=wrong[0], known=", ".join(defaults))
        for key, value in recipe.options.items():
            if wanted := _not_like(value, defaults[key]):
                raise SRError("bad_recipe", path=recipe.name, reason=f"its {key} is {value}, no {wanted}")
        self.objective = make(
            self.net,
            recipe.learning_rate,
            self._autocast(),
            average=self.workers.average,
            graph=graph and self.device.type == "cuda" and self.workers.count == 1,
            **recipe.options,
        )
        if not any(p.requires_grad for p in self.net.parameters()):
            raise SRError("bad_recipe", path=recipe.name, reason="it freezes all that could learn")
        self.ema = Ema(self.net, recipe.ema)
        self.step, self.seconds, self.best = 0, 0.0, -math.inf
        self.validation: float | None = None  # the last Y-PSNR
        self.before_last: float | None = None  # that at the start of the last stage
        self.validation_seconds = 0.0  # that the last one took
        self.logs: list[dict[str, Tensor]] = []  # since the last point of the curve
        self.best_path = out / f"{self.name}.safetensors"
        self.rows: list[dict[str, Any]] = []

    def _autocast(self) -> Callable[[], Any]:
        name = os.environ.get("SR_LAB_DTYPE") or ("bfloat16" if reports_bf16(self.device) else "float32")
        if name == "float32":
            return contextlib.nullcontext
        return lambda: torch.autocast(self.device.type, torch.bfloat16)

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return f"{self.recipe.name}_x{self.scale}"

    @property
    def progress(self) -> float:
        """How much of the run is done, in [0, 1]."""
        return min(self.step / self.steps if self.steps else self.seconds / self.budget, 1.0)

    def due(self, step: int, seconds: float) -> bool:
        """Say whether to validate, the last time having been at `step` and `seconds`.

        Twenty times over a run by steps, else after 90 seconds, or more where validation takes long.
        """
        if self.steps:
            return 20 * self.step // self.steps > 20 * step // self.steps
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

    def _take_base(self, name: str) -> None:
        """Put the net of weights/ that this one contains into its `base`, or start where the one that it continues ends."""
        path = locate(f"{name}_x{self.scale}")
        base, card = read_checkpoint(path)
        part: Any = self.net.contained() if isinstance(self.net, Contains) else self.net
        try:
            part.load_state_dict(base.state_dict())
        except RuntimeError as error:
            raise SRError("other_base", base=card.name, net=self.recipe.architecture) from error
        how: Relation = "continues" if part is self.net else "contains"
        self.bases = (Base(card.name, sha256(path), how),)

    def _take_teacher(self) -> None:
        """Name the teacher among the bases; raise SRError where its stored pictures cannot be the target."""
        path = locate(f"{self.recipe.teacher}_x{self.scale}")
        if self.recipe.objective not in TAUGHT:
            reason = f"a teacher goes with the objectives {' and '.join(TAUGHT)}"
        elif not isinstance(self.recipe.degradation(self.scale), Downscale):
            reason = "a teacher sees LR without damage, and its degradation is another"
        else:
            self.bases += (Base(read_card(path).name, sha256(path), "teacher"),)
            return
        raise SRError("bad_recipe", path=self.recipe.name, reason=reason)

    def warm_start(self, path: Path) -> None:
        """Copy from a checkpoint every weight that fits; the rest, such as another scale's tail, stays new.

        A smaller net of the same architecture and scale is grown, where the net can. A net that is contained stays that
        of this scale.
        """
        base, card = read_checkpoint(path)
        net: Any = self.net
        fits = net.collapse() if isinstance(net, Collapses) else net
        shapes = {k: v.shape for k, v in fits.state_dict().items()}
        state = base.state_dict()
        if isinstance(net, Grows) and (card.architecture, card.scale) == (self.recipe.architecture, self.scale):
            state = net.grown_from(state)
        state = {k: v for k, v in state.items() if shapes.get(k) == v.shape}
        if self.recipe.base:
            state = {k: v for k, v in state.items() if not k.startswith("base.")}
        if isinstance(net, Collapses):
            net.load_collapsed(state)
        else:
            self.net.load_state_dict(state, strict=False)
        self.ema = Ema(cast(nn.Module, net), self.recipe.ema)
        kept = (base for base in self.bases if base.relation != "warm_start")
        self.bases = (Base(card.name, sha256(path), "warm_start"), *kept)

    def average(self) -> Any:
        """Return the averaged net in plain form."""
        net = archs.build(self.recipe.architecture, scale=self.scale, **self.recipe.config)
        net.load_state_dict(self.ema.shadow)
        return net.collapse() if isinstance(net, Collapses) else net

    def write_checkpoint(self, path: Path, dataset: str, results: tuple[Measurement, ...]) -> None:
        """Write the averaged net with its card."""
        net = self.average()
        card = Card(
            name=self.name,
            architecture=self.recipe.architecture,
            config=net.config,
            scale=self.scale,
            bases=self.bases,
            trained_for=self.recipe.trained_for,
            invents=self.recipe.invents,
            recipe=json.loads(json.dumps(_facts(self.recipe))),
            dataset=dataset,
            license="CC-BY-SA-4.0",
            device=self._device_name(),
            steps=self.step,
            seconds=round(self.seconds, 1),
            commit=_commit(),
            results=results,
        )
        save_checkpoint(net, card, path)
        for name, companion in self.objective.companions.items():
            self._write_companion(name, companion, card, path)

    def _write_companion(self, name: str, net: Any, card: Card, beside: Path) -> None:
        """Write a net that the objective trained beside the main one, such as its critic, in plain form."""
        name = f"{self.recipe.name}_{name}_x{self.scale}"
        plain = net.collapse() if isinstance(net, Collapses) else net
        facts = {"name": name, "architecture": plain.architecture, "config": plain.config}
        facts |= {"bases": (), "results": (), "invents": False}
        save_checkpoint(plain, dataclasses.replace(card, **facts), beside.with_name(f"{name}.safetensors"))

    def _device_name(self) -> str:
        """Return what the run takes: the GPU's name, or the CPU's threads."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}" if self.device.type == "cpu" else self.device.type

    def save_state(self) -> None:
        """Store all that is needed to go on, as safetensors and JSON; the old state stays until the new one is whole.

        Raise SRError, and keep the old state, where the weights are not finite.
        """
        self.check_finite()
        new, old, current = (self.out / name for name in ("state.new", "state.old", "state"))
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        moments = {}
        for o, optimizer in enumerate(self.objective.optimizers):
            for i, slot in optimizer.state_dict()["state"].items():
                moments |= {f"{o}.{i}.{key}": value for key, value in slot.items()}
        parts = {"net": self.net.state_dict(), "ema": self.ema.shadow, "moments": moments}
        parts |= {name: net.state_dict() for name, net in self.objective.companions.items()}
        for name, tensors in parts.items():
            for i, part in enumerate(in_parts(tensors)):
                file = new / (f"{name}.{i}.safetensors" if i else f"{name}.safetensors")
                file.write_bytes(save({k: v.cpu().contiguous() for k, v in part.items()}))
        facts = {"step": self.step, "seconds": self.seconds, "best": self.best, "rows": self.rows}
        facts["bases"] = [dataclasses.asdict(base) for base in self.bases]
        facts["before_last"] = self.before_last
        facts["run"] = self._identity()
        (new / "state.json").write_text(json.dumps(facts), encoding="utf-8")
        shutil.rmtree(old, ignore_errors=True)
        if current.exists():
            current.rename(old)
        new.rename(current)
        shutil.rmtree(old, ignore_errors=True)

    def _identity(self) -> dict[str, Any]:
        """What must agree for a state to be continued."""
        return json.loads(json.dumps({"scale": self.scale, "steps": self.steps, **_facts(self.recipe)}))

    def load_state(self) -> None:
        """Go on from the stored state."""
        place = next((p for n in ("state", "state.old") if (p := self.out / n / "state.json").is_file()), None)
        if place is None:
            raise SRError("no_state", path=self.out)
        facts = json.loads(place.read_text(encoding="utf-8"))
        mine = self._identity()
        if different := [k for k, value in facts["run"].items() if k in mine and mine[k] != value]:
            reason = f"its {different[0]} is {facts['run'][different[0]]}"
            raise SRError("state_mismatch", path=self.out, reason=reason)

        def stored(name: str) -> dict[str, Tensor]:
            return {k: v for file in place.parent.glob(f"{name}.*safetensors") for k, v in load_file(file).items()}

        moments = stored("moments")
        self.net.load_state_dict(stored("net"))
        self.ema.load(stored("ema"))
        for name, companion in self.objective.companions.items():
            companion.load_state_dict(stored(name))
        for o, optimizer in enumerate(self.objective.optimizers):
            state = optimizer.state_dict()
            for key, value in moments.items():
                which, index, slot = key.split(".")
                if int(which) == o:
                    state["state"].setdefault(int(index), {})[slot] = value
            optimizer.load_state_dict(state)
        self.step, self.seconds, self.best = facts["step"], facts["seconds"], facts["best"]
        self.bases, self.rows, self.before_last = read_bases(facts), facts["rows"], facts.get("before_last")

    def log(self, row: dict[str, Any]) -> None:
        """Add a row to the curve and draw it."""
        self.rows.append(row)
        with (self.out / "curve.csv").open("w", newline="") as file:
            writer: Any = csv.DictWriter(file, list(dict.fromkeys(key for row in self.rows for key in row)))
            writer.writeheader()
            writer.writerows(self.rows)
        draw_curve(self.rows, self.name, self.out / "curve.png")


def in_parts(tensors: dict[str, Tensor], limit: int = MAX_PART) -> Iterator[dict[str, Tensor]]:
    """Split tensors, in order, into parts of at most `limit` bytes; a larger tensor has a part of its own."""
    part, size = {}, 0
    for key, value in tensors.items():
        if part and size + value.nbytes > limit:
            yield part
            part, size = {}, 0
        part[key] = value
        size += value.nbytes
    yield part


def draw_curve(rows: list[dict[str, Any]], title: str, path: Path) -> None:
    """Draw training loss and validation together, and the loss's terms below; without matplotlib only the CSV is kept."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return
    terms = [key for key in rows[-1] if key not in COLUMNS]
    figure = Figure(figsize=(8, 4.5 + 1.5 * len(terms)), layout="constrained")
    left, *below = figure.subplots(1 + len(terms), squeeze=False, height_ratios=[3, *[1] * len(terms)])[:, 0]
    minutes = [r["seconds"] / 60 for r in rows]
    if rows[0]["validation"] is not None:
        scores = [r["validation"] for r in rows]
        left.plot(minutes, scores, color="#2457e6", marker="o", markersize=3, label="validation")
        left.axhline(rows[0]["bicubic"], color="#666666", linestyle="--", label="bicubic")
    left.set(xlabel="minutes of training", ylabel="validation, Y-PSNR (dB)", title=title)
    right = left.twinx()
    losses = [math.nan if r["loss"] is None else r["loss"] for r in rows]
    right.plot(minutes, losses, color="#d9822b", linewidth=1, label="training loss")
    right.set(ylabel="training loss", yscale="linear" if min(losses, default=0) <= 0 else "log")
    left.legend(handles=left.get_legend_handles_labels()[0] + right.get_legend_handles_labels()[0], loc="center right")
    for term, axes in zip(terms, below, strict=True):
        axes.plot(minutes, [r.get(term, math.nan) for r in rows], color="#2457e6", linewidth=1)
        axes.set(ylabel=term)
    figure.savefig(path, dpi=100)


def _facts(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as data that JSON can hold."""
    facts = dataclasses.asdict(recipe)
    for field in ("degradation", "validation"):
        facts[field] = repr(getattr(recipe, field)(2)).replace("scale=2", "scale")
    return facts


def _not_like(value: Any, default: Any) -> str:
    """Return what an option should be where it is not of its default's kind, else nothing."""
    if isinstance(default, str):
        return "" if isinstance(value, str) else "text"
    if isinstance(default, tuple):
        texts = isinstance(value, (list, tuple)) and all(isinstance(v, str) and v for v in value)
        return "" if texts else "list of texts"
    return "" if isinstance(value, (int, float)) else "number"


def _commit() -> str | None:
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent)
    except OSError:
        return None
    return found.stdout.strip() or None
