"""The training loop: draw, step, average, and every few minutes validate, draw the curve and store the state."""

import contextlib
import json
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sr_models import archs
from sr_models.checkpoints.card import BEFORE_LAST, Measurement
from sr_models.errors import SRError
from sr_models.imaging.kinds import name_some
from sr_models.imaging.picture import crop_to_multiple, quantize, to_tensor
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import Absent
from sr_models.metrics.fidelity import psnr
from sr_models.metrics.perceptual import lpips
from sr_models.train.data import Crops, Tiles, load_tiles, rgb_pictures
from sr_models.train.objectives import Batch, set_rate
from sr_models.train.recipe import Recipe
from sr_models.train.run import COLUMNS, Run
from sr_models.train.schedule import learning_rate_factor, stage_at
from sr_models.train.teacher import targets

TEACHERS = Path("runs/teachers")
STATE_SECONDS = 300.0
PAUSED_SECONDS = 60.0  # a step that took longer was held up from outside: no more of it counts


class Validation:
    """Score a net on whole pictures through the pipeline and the metrics of the app: mean Y-PSNR in dB."""

    def __init__(self, paths: list[Path], recipe: Recipe, scale: int, device: torch.device) -> None:
        degrade = recipe.validation(scale)
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

    def looks(self, distance: float) -> Measurement:
        """Return a mean LPIPS as a result, beside bicubic's, which is measured once."""
        if self.bicubic_lpips is None:
            self.bicubic_lpips = self.lpips(self.plain) or math.inf
        return Measurement("validation", "lpips_alex", round(distance, 4), round(self.bicubic_lpips, 4), self.protocol)

    def _mean(self, upscaler: Upscaler, measure: Callable[[Tensor, Tensor], float | Absent]) -> float | None:
        values = [measure(quantize(upscaler(lr)).cpu(), hr) for lr, hr in self.pairs]
        known = [v for v in values if not isinstance(v, Absent)]
        return float(np.mean(known)) if known else None


def _would_lose(folder: Path, name: str) -> bool:
    """Say whether a new run of this name would write over one: its checkpoint, or a state without its checkpoint."""
    files = [folder / place / "state.json" for place in ("state", "state.old")]
    try:
        runs = [json.loads(file.read_text(encoding="utf-8"))["run"] for file in files if file.is_file()]
        held = {f"{run['name']}_x{run['scale']}" for run in runs}
    except (ValueError, KeyError, TypeError):  # whatever it is, it is not ours to lose
        return True
    finished = (folder / f"{name}.safetensors").exists()
    return finished or name in held or any(not (folder / f"{other}.safetensors").exists() for other in held)


def _tell_left_out(tiles: Tiles, validation: Validation | None, say: Callable[[str], None]) -> None:
    if tiles.others:
        say(name_some([Path(name) for name in tiles.others]))
    if validation and validation.damaged:
        say(f"validation is over {len(validation.pairs)} pictures; skipped {validation.damaged} damaged")


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
    overwrite: bool = True,
    warm_start: Path | None = None,
    device: str | None = None,
    graph: bool = True,
    say: Callable[[str], None] = print,
) -> Path:
    """Train `recipe` at `scale` and return the path of the best checkpoint by validation.

    Without `val` the last average is kept. By `steps` the result is exactly reproducible on one device, also
    through `resume`; by `minutes` the schedule follows the training time. Ctrl-C stops between two steps, keeps
    the state and raises KeyboardInterrupt. Without `overwrite`, a run that `out` holds is an SRError; so it is
    when the loss is not finite, or the net stays below bicubic.
    Processes that `accelerate launch` started share every batch; the first validates, logs and writes.
    """
    out = out or Path("runs") / f"{recipe.name}_x{scale}"
    if steps is not None and steps < 1:
        raise SRError("out_of_range", name="steps", value=steps, low=1, high="any")
    if not (resume or overwrite) and _would_lose(out, f"{recipe.name}_x{scale}"):
        raise SRError("run_is_there", path=out)
    run = Run(recipe, scale, out, minutes=minutes, steps=steps, device=device, graph=graph)
    if resume:
        run.load_state()
    elif warm_start:
        run.warm_start(warm_start)
    out.mkdir(parents=True, exist_ok=True)
    workers = run.workers
    say = say if workers.first else lambda _: None
    tiles = load_tiles(data, max(stage.patch for stage in recipe.stages) * scale)
    many, side = len(tiles.pixels), tiles.pixels.shape[-1]
    shared = f"; {workers.count} processes share a batch" if workers.count > 1 else ""
    say(f"{many} tiles of {side} px; skipped {tiles.damaged} damaged, {tiles.small} too small{shared}")
    how: dict[str, Any] = {}
    if recipe.teacher:
        side -= side % scale
        tiles = replace(tiles, pixels=tiles.pixels[..., :side, :side].contiguous())
        make = partial(targets, recipe.teacher, tiles.pixels, recipe.degradation(scale), scale, TEACHERS)
        workers.lead(lambda: make(device=device, say=say))  # once, for all processes
        how = {"taught": make(device=device), "grid": scale}
    crops = Crops(tiles.pixels, recipe.batch, recipe.seed, run.device, workers.rank, workers.count, **how)
    validation = Validation(val, recipe, scale, run.device) if val and workers.first else None
    _tell_left_out(tiles, validation, say)
    dataset = f"{many} tiles of {side} px from {', '.join(p.name for p in data)}"
    show = _progress(run, say) if workers.first else lambda: None
    stopped = _steps(run, crops, show, lambda: validate(run, validation, dataset, say))
    if stopped:
        workers.lead(run.save_state)
        say(f"stopped at step {run.step}; go on with --resume")
        raise KeyboardInterrupt
    say(f"{run.step} steps in {run.seconds / 60:.1f} min; checkpoint {run.best_path}")
    return run.best_path


def _steps(run: Run, crops: Crops, show: Callable[[], None], check: Callable[[], None]) -> bool:
    """Train until the budget is used, with `check` and a stored state now and then; return whether it was stopped."""
    degrade, stages = run.recipe.degradation(run.scale), run.recipe.stages
    validated, stored = (run.step, run.seconds), run.seconds
    halt, stage = 0.0, stage_at(stages, run.progress)
    with _stoppable() as stop:
        while run.progress < 1 and not halt:
            start = time.perf_counter()
            for optimizer in run.objective.optimizers:
                set_rate(optimizer, run.recipe.learning_rate * learning_rate_factor(run.progress))
            side = stage.patch * run.scale
            hr, taught = crops.draw(run.step, side), crops.draw_taught(run.step, side)
            generators = crops.generators(run.step)
            lr = degrade(hr, generators)
            batch = Batch(lr, hr, stage.loss, crops.seed_of(run.step), run.progress, generators, taught)
            run.logs.append(run.objective.step(batch))
            run.step += 1
            run.ema.update(run.net, run.step)
            took = min(time.perf_counter() - start, PAUSED_SECONDS)
            run.seconds, halt = run.workers.agree(run.seconds + took, bool(stop))
            show()
            before, stage = stage, stage_at(stages, run.progress)
            ends = stage is not before and stage is stages[-1]  # the last stage but one
            if (run.due(*validated) or ends) and run.progress < 1:
                check()
                validated = run.step, run.seconds
                if ends:
                    run.before_last = run.validation
            if run.seconds - stored > STATE_SECONDS:
                stored = run.seconds
                run.workers.lead(run.save_state)
    if halt and run.progress < 1:
        return True
    check()
    run.workers.lead(run.save_state)
    return False


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
    loss = terms.pop("loss", None)
    if loss is not None and not math.isfinite(loss):
        raise SRError("not_finite", step=run.step)
    run.check_finite()
    if loss is None and run.best_path.is_file():
        return  # nothing was trained since the last time
    rate = run.recipe.learning_rate * learning_rate_factor(run.progress)
    value, bicubic = None, None
    results: tuple[Measurement, ...] = ()
    score = None
    if validation:
        began = time.perf_counter()
        upscaler = Upscaler(run.average(), run.name, device=str(run.device))
        value = score = validation.score(upscaler)
        bicubic = validation.bicubic
        numbers = round(value, 3), round(bicubic, 3)
        results = (Measurement("validation", "psnr_y", *numbers, validation.protocol),)
        run.validation = numbers[0]
        if run.before_last is not None:
            before = run.before_last, numbers[1]
            results += (Measurement("validation", BEFORE_LAST, *before, validation.protocol),)
        distance = validation.lpips(upscaler) if run.recipe.choose == "lpips" else None
        if run.recipe.choose == "lpips":
            score = None  # without LPIPS the last is kept: PSNR would choose the one that was trained least
        if distance is not None:
            terms["lpips_alex"], score = distance, -distance
            results += (validation.looks(distance),)
        run.validation_seconds = time.perf_counter() - began
        words = f"step {run.step}, {run.seconds / 60:.1f} min: loss {loss or 0:.5f}"
        more = "".join(f", {name} {term:.3g}" for name, term in terms.items())
        say(f"{words}{more}, validation {value:.3f} dB ({bicubic:.3f})")
        patience = run.recipe.patience
        if patience is not None and run.seconds > 60 * patience and value < bicubic:
            raise SRError("no_gain", minutes=run.seconds / 60, value=value, baseline=bicubic)
    run.log(dict(zip(COLUMNS, (run.step, run.seconds, rate, loss, value, bicubic), strict=True)) | terms)
    if score is None or score > run.best or run.recipe.choose == "last":
        run.best = score if score is not None else run.best
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


def _progress(run: Run, say: Callable[[str], None]) -> Callable[[], None]:
    """Return a function that shows progress and speed: a bar, or without tqdm a line after 10 seconds and each minute."""

    def words() -> str:
        return f"step {run.step}, {run.step / max(run.seconds, 1e-9):.1f} steps/s"

    try:
        from tqdm import tqdm
    except ImportError:
        times = count(run.seconds + 10, 60)
        due = [next(times)]

        def tell() -> None:
            if run.seconds > due[0]:
                due[0] = next(times)
                say(f"{run.progress:.0%}, {words()}")

        return tell
    bar = tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}", mininterval=1)

    def show() -> None:
        if run.progress * 100 - bar.n >= 0.1:
            bar.update(run.progress * 100 - bar.n)
            bar.set_postfix_str(words(), refresh=False)

    return show
