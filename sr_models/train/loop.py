"""The training loop: draw, step, average, and every few minutes validate, draw the curve and store the state."""

import contextlib
import csv
import dataclasses
import json
import math
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from sr_models import checkpoint, registry
from sr_models.errors import SRError
from sr_models.image import crop_to_multiple, quantize, to_tensor
from sr_models.metrics.fidelity import psnr
from sr_models.pipeline import Upscaler, choose_device, reports_bf16
from sr_models.registry import Collapses
from sr_models.train.data import Crops, load_tiles, rgb_pictures
from sr_models.train.ema import Ema
from sr_models.train.objectives import OBJECTIVES, Batch
from sr_models.train.recipe import Recipe
from sr_models.train.schedule import learning_rate_factor, stage_at

VALIDATE_SECONDS = 90.0
STATE_SECONDS = 300.0
HOPELESS_SECONDS = 600.0  # by then a net that is not above bicubic will not be
COLUMNS = ("step", "seconds", "learning_rate", "loss", "validation", "bicubic")


class Validation:
    """Score a net on whole pictures through the pipeline and the metrics of the app: mean Y-PSNR in dB."""

    def __init__(self, paths: list[Path], recipe: Recipe, scale: int, device: torch.device) -> None:
        self.device = device
        degrade = recipe.degradation(scale)
        self.pairs: list[tuple[Tensor, Tensor]] = []
        for i, array in enumerate(rgb_pictures(paths)):
            if array is not None:
                hr = to_tensor(crop_to_multiple(array, scale))
                self.pairs.append((degrade(hr, torch.Generator().manual_seed(i)), hr))
        if not self.pairs:
            raise SRError("no_pictures", path=", ".join(map(str, paths)))
        self.bicubic = self.score(Upscaler(registry.build("bicubic", scale=scale), "bicubic", device=str(device)))

    def score(self, upscaler: Upscaler) -> float:
        """Return the mean over the pictures."""
        s = upscaler.scale
        values = [psnr(quantize(upscaler(lr)).cpu(), hr, border=s) for lr, hr in self.pairs]
        return float(np.mean([v for v in values if v is not None]))


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
    ) -> None:
        self.recipe, self.scale, self.out = recipe, scale, out
        self.steps = steps
        self.budget = 60 * (minutes or recipe.minutes)
        self.device = choose_device(device)
        torch.manual_seed(recipe.seed)
        self.net: Any = registry.build(recipe.architecture, scale=scale, **recipe.config)
        self.net.to(self.device, memory_format=torch.channels_last).train()
        self.objective = OBJECTIVES[recipe.objective](self.net, recipe.learning_rate, self._autocast())
        self.ema = Ema(self.net, recipe.ema)
        self.step, self.seconds, self.best = 0, 0.0, -math.inf
        self.losses: list[Tensor] = []  # since the last point of the curve
        self.base: dict[str, str] | None = None
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

    def mark(self) -> int:
        """Count the validations that are due by now: twenty over a run by steps, else one every 90 seconds."""
        return 20 * self.step // self.steps if self.steps else int(self.seconds / VALIDATE_SECONDS)

    def check_finite(self) -> None:
        """Raise SRError where a weight is not a finite number of float16, as files hold it."""
        if not all(torch.isfinite(p.half()).all() for p in self.net.parameters()):
            raise SRError("not_finite", step=self.step)

    def take_loss(self) -> float | None:
        """Return the mean loss since the last call, None where there was no step; raise SRError if not finite."""
        losses, self.losses = self.losses, []
        if not losses:
            return None
        mean = float(torch.stack(losses).mean())
        if not math.isfinite(mean):
            raise SRError("not_finite", step=self.step)
        return mean

    def warm_start(self, path: Path) -> None:
        """Copy from a checkpoint every weight that fits; the rest, such as another scale's tail, stays new."""
        base, card = checkpoint.read(path)
        net: Any = self.net
        fits = net.collapse() if isinstance(net, Collapses) else net
        shapes = {k: v.shape for k, v in fits.state_dict().items()}
        state = {k: v for k, v in base.state_dict().items() if shapes.get(k) == v.shape}
        if isinstance(net, Collapses):
            net.load_collapsed(state)
        else:
            net.load_state_dict(state, strict=False)
        self.ema = Ema(cast(nn.Module, net), self.recipe.ema)
        self.base = {"name": card.name, "sha256": checkpoint.sha256(path)}

    def average(self) -> Any:
        """Return the averaged net in plain form."""
        net = registry.build(self.recipe.architecture, scale=self.scale, **self.recipe.config)
        net.load_state_dict(self.ema.shadow)
        return net.collapse() if isinstance(net, Collapses) else net

    def write_checkpoint(self, path: Path, dataset: str, results: tuple[checkpoint.Result, ...]) -> None:
        """Write the averaged net with its card."""
        net = self.average()
        card = checkpoint.Card(
            name=self.name,
            architecture=self.recipe.architecture,
            config=net.config,
            scale=self.scale,
            base=self.base,
            trained_for=self.recipe.trained_for,
            invents=False,
            recipe=json.dumps(_facts(self.recipe), sort_keys=True),
            dataset=dataset,
            license="CC-BY-SA-4.0",
            steps=self.step,
            seconds=round(self.seconds, 1),
            commit=_commit(),
            results=results,
        )
        checkpoint.save(net, card, path)

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
        for name, tensors in parts.items():
            (new / f"{name}.safetensors").write_bytes(save({k: v.cpu().contiguous() for k, v in tensors.items()}))
        facts = {"step": self.step, "seconds": self.seconds, "best": self.best, "base": self.base, "rows": self.rows}
        facts["run"] = self._identity()
        (new / "state.json").write_text(json.dumps(facts))
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
        facts = json.loads(place.read_text())
        mine = self._identity()
        if different := [k for k in mine if facts["run"].get(k) != mine[k]]:
            reason = f"its {different[0]} is {facts['run'].get(different[0])}"
            raise SRError("state_mismatch", path=self.out, reason=reason)
        self.net.load_state_dict(load_file(place.with_name("net.safetensors")))
        self.ema.load(load_file(place.with_name("ema.safetensors")))
        moments = load_file(place.with_name("moments.safetensors"))
        for o, optimizer in enumerate(self.objective.optimizers):
            state = optimizer.state_dict()
            for key, value in moments.items():
                which, index, slot = key.split(".")
                if int(which) == o:
                    state["state"].setdefault(int(index), {})[slot] = value
            optimizer.load_state_dict(state)
        self.step, self.seconds, self.best = facts["step"], facts["seconds"], facts["best"]
        self.base, self.rows = facts["base"], facts["rows"]

    def log(self, row: dict[str, Any]) -> None:
        """Add a row to the curve and draw it."""
        self.rows.append(row)
        with (self.out / "curve.csv").open("w", newline="") as file:
            writer: Any = csv.DictWriter(file, list(COLUMNS))
            writer.writeheader()
            writer.writerows(self.rows)
        draw_curve(self.rows, self.name, self.out / "curve.png")


def draw_curve(rows: list[dict[str, Any]], title: str, path: Path) -> None:
    """Draw training loss and validation together; without matplotlib only the CSV is kept."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    left = figure.subplots()
    minutes = [r["seconds"] / 60 for r in rows]
    if rows[0]["validation"] is not None:
        scores = [r["validation"] for r in rows]
        left.plot(minutes, scores, color="#2457e6", marker="o", markersize=3, label="validation")
        left.axhline(rows[0]["bicubic"], color="#666666", linestyle="--", label="bicubic")
    left.set(xlabel="minutes of training", ylabel="validation, Y-PSNR (dB)", title=title)
    right = left.twinx()
    losses = [math.nan if r["loss"] is None else r["loss"] for r in rows]
    right.plot(minutes, losses, color="#d9822b", linewidth=1, label="training loss")
    right.set(ylabel="training loss", yscale="log")
    left.legend(handles=left.get_legend_handles_labels()[0] + right.get_legend_handles_labels()[0], loc="center right")
    figure.savefig(path, dpi=100)


def _facts(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as data that JSON can hold."""
    facts = dataclasses.asdict(recipe)
    facts["degradation"] = repr(recipe.degradation(2)).replace("scale=2", "scale")
    return facts


def _commit() -> str | None:
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent)
    except OSError:
        return None
    return found.stdout.strip() or None


def train(
    recipe: Recipe,
    *,
    scale: int,
    data: list[Path],
    val: list[Path] | None = None,
    minutes: float | None = None,
    steps: int | None = None,
    out: Path | None = None,
    resume: bool = False,
    warm_start: Path | None = None,
    device: str | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Train `recipe` at `scale` and return the path of the best checkpoint by validation.

    Without `val` the last average is kept. By `steps` the result is exactly reproducible on one device, also
    through `resume`; by `minutes` the schedule follows the training time. Ctrl-C stops between two steps, keeps
    the state and raises KeyboardInterrupt. Raise SRError when the loss is not finite, or the net stays below bicubic.
    """
    out = out or Path("runs") / f"{recipe.name}_x{scale}"
    if steps is not None and steps < 1:
        raise SRError("out_of_range", name="steps", value=steps, low=1, high="any")
    run = Run(recipe, scale, out, minutes=minutes, steps=steps, device=device)
    if resume:
        run.load_state()
    elif warm_start:
        run.warm_start(warm_start)
    out.mkdir(parents=True, exist_ok=True)
    tiles = load_tiles(data, max(stage.patch for stage in recipe.stages) * scale)
    count, side = len(tiles.pixels), tiles.pixels.shape[-1]
    say(f"{count} tiles of {side} px; skipped {tiles.damaged} damaged, {tiles.small} too small")
    crops = Crops(tiles.pixels, recipe.batch, recipe.seed, run.device)
    degrade = recipe.degradation(scale)
    validation = Validation(val, recipe, scale, run.device) if val else None
    dataset = f"{count} tiles of {side} px from {', '.join(p.name for p in data)}"
    bar = _progress_bar(run)
    validated, stored = run.mark(), run.seconds
    with _stoppable() as stop:
        while run.progress < 1 and not stop:
            start = time.perf_counter()
            stage = stage_at(recipe.stages, run.progress)
            factor = learning_rate_factor(run.progress)
            for optimizer in run.objective.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = recipe.learning_rate * factor
            hr = crops.draw(run.step, stage.patch * scale)
            generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + run.step + 500_009)
            logs = run.objective.step(Batch(degrade(hr, generator), hr, stage.loss))
            run.step += 1
            run.ema.update(run.net, run.step)
            run.losses.append(logs["loss"])
            run.seconds += time.perf_counter() - start
            bar(run)
            if run.mark() > validated and run.progress < 1:
                validated = run.mark()
                validate(run, validation, dataset, say)
            if run.seconds - stored > STATE_SECONDS:
                stored = run.seconds
                run.save_state()
    if stop:
        run.save_state()
        say(f"stopped at step {run.step}; go on with --resume")
        raise KeyboardInterrupt
    validate(run, validation, dataset, say)
    run.save_state()
    say(f"{run.step} steps in {run.seconds / 60:.1f} min; checkpoint {run.best_path}")
    return run.best_path


def validate(run: Run, validation: Validation | None, dataset: str, say: Callable[[str], None]) -> None:
    """Log a point of the curve and keep the averaged net where it is the best so far; without validation, always.

    Raise SRError when the loss is not finite, or when the net stays below bicubic.
    """
    run.check_finite()
    loss = run.take_loss()
    if loss is None and run.best_path.is_file():
        return  # nothing was trained since the last time
    rate = run.recipe.learning_rate * learning_rate_factor(run.progress)
    value, bicubic, results = None, None, ()
    if validation:
        value = validation.score(Upscaler(run.average(), run.name, device=str(run.device)))
        bicubic = validation.bicubic
        protocol = f"Y of BT.601, border {run.scale}, 8 bit, LR by MATLAB bicubic"
        results = (checkpoint.Result("validation", "psnr_y", round(value, 3), round(bicubic, 3), protocol),)
        words = f"step {run.step}, {run.seconds / 60:.1f} min: loss {loss or 0:.5f}"
        say(f"{words}, validation {value:.3f} dB ({bicubic:.3f})")
        if run.seconds > HOPELESS_SECONDS and value < bicubic:
            raise SRError("no_gain", minutes=run.seconds / 60, value=value, baseline=bicubic)
    run.log(dict(zip(COLUMNS, (run.step, run.seconds, rate, loss, value, bicubic), strict=True)))
    if value is None or value > run.best:
        run.best = value if value is not None else run.best
        run.write_checkpoint(run.best_path, dataset, results)


@contextlib.contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Turn Ctrl-C and SIGTERM into a list that fills, so that a run stops between two steps and not within one."""
    stop: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {s: signal.signal(s, lambda number, _: stop.append(number)) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _progress_bar(run: Run) -> Callable[[Run], None]:
    """Return a function that shows progress; silent without tqdm."""
    try:
        from tqdm import tqdm
    except ImportError:
        return lambda _: None
    bar = tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}", mininterval=1)

    def show(now: Run) -> None:
        if now.progress * 100 - bar.n >= 0.1:
            bar.update(now.progress * 100 - bar.n)
            bar.set_postfix_str(f"step {now.step}, {now.step / max(now.seconds, 1e-9):.1f}/s", refresh=False)

    return show
