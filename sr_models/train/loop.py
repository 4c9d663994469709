"""The training loop: draw, step, average, and every few minutes validate, draw the curve and store the state."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from sr_models.errors import SRError
from sr_models.imaging.digits import read_digits
from sr_models.imaging.kinds import name_some
from sr_models.train.choices import Choices
from sr_models.train.data import Crops, Digits, load_tiles
from sr_models.train.objectives import Batch, set_rate
from sr_models.train.recipe import Stage
from sr_models.train.run import Run, start
from sr_models.train.schedule import learning_rate_factor, stage_at
from sr_models.train.state import load_state, save_state, would_lose
from sr_models.train.teacher import targets
from sr_models.train.validation import Validation, validate

TEACHERS = Path("runs/teachers")
STATE_SECONDS = 300.0
PAUSED_SECONDS = 60.0  # a step that took longer was held up from outside: no more of it counts


def train(choices: Choices, say: Callable[[str], None] = print, look: Callable[[Run], None] = lambda run: None) -> Path:
    """Train as `choices` ask and return the path of the best checkpoint by validation; `look` sees each point of the
    curve.

    Without `val` the last average is kept. By `steps` the result is exactly reproducible on one device, also
    through `resume`; by `minutes` the schedule follows the training time. Ctrl-C stops between two steps, keeps
    the state and raises KeyboardInterrupt. Raise SRError when the loss is not finite, or the net stays below bicubic.
    Processes that `accelerate launch` started share every batch; the first validates, logs and writes.
    """
    if not (choices.resume or choices.overwrite) and would_lose(choices.folder, choices.name):
        raise SRError("run_is_there", path=choices.folder)
    run = start(choices)
    if choices.resume:
        load_state(run)
    elif choices.warm_start:
        run.warm_start(choices.warm_start)
    choices.folder.mkdir(parents=True, exist_ok=True)
    say = say if run.workers.first else lambda _: None
    crops, dataset = _crops(run, say)
    validation = None
    if choices.val and run.workers.first:
        validation = Validation(choices.val, choices.recipe.validation(choices.scale), choices.scale, run.device)
        if validation.damaged:
            say(f"validation is over {len(validation.pairs)} pictures; skipped {validation.damaged} damaged")
    show = _progress(run, say) if run.workers.first else lambda: None

    def check() -> None:
        validate(run, validation, dataset, say)
        look(run)

    if _steps(run, crops, show, check):
        run.workers.lead(lambda: save_state(run))
        say(f"stopped at step {run.step}; go on with --resume")
        raise KeyboardInterrupt
    say(f"{run.step} steps in {run.seconds / 60:.1f} min; checkpoint {run.best_path}")
    return run.best_path


def _crops(run: Run, say: Callable[[str], None]) -> tuple[Crops, str]:
    """Read the pictures, and have the teacher, where there is one, make its own.

    Return the crops and the data's words.
    """
    choices, recipe, workers = run.choices, run.choices.recipe, run.workers
    scale = choices.scale
    if recipe.data == "digits":
        digits, labels = (part[: recipe.count] for part in read_digits(choices.data, train=True))
        share = recipe.batch, recipe.seed, run.device, workers.rank, workers.count
        say(f"{len(digits)} digits")
        return Digits(digits, labels, *share), f"{len(digits)} digits of MNIST"
    tiles = load_tiles(choices.data, max(stage.patch for stage in recipe.stages) * scale)
    many, side = len(tiles.pixels), tiles.pixels.shape[-1]
    shared = f"; {workers.count} processes share a batch" if workers.count > 1 else ""
    say(f"{many} tiles of {side} px; skipped {tiles.damaged} damaged, {tiles.small} too small{shared}")
    if tiles.others:
        say(name_some([Path(name) for name in tiles.others]))
    teacher_targets = None
    if recipe.teacher:
        side -= side % scale
        tiles = replace(tiles, pixels=tiles.pixels[..., :side, :side].contiguous())
        make = partial(targets, recipe.teacher, tiles.pixels, recipe.degradation(scale), scale, TEACHERS)
        workers.lead(lambda: make(device=choices.device, say=say))  # once, for all processes
        teacher_targets = make(device=choices.device)
    crops = Crops(
        tiles.pixels,
        recipe.batch,
        recipe.seed,
        run.device,
        workers.rank,
        workers.count,
        teacher_targets=teacher_targets,
        grid=scale,
    )
    return crops, f"{many} tiles of {side} px from {', '.join(p.name for p in choices.data)}"


def _steps(run: Run, crops: Crops, show: Callable[[], None], check: Callable[[], None]) -> bool:
    """Train until the budget is used, with `check` and a stored state now and then; return whether it was stopped."""
    stages = run.choices.recipe.stages
    validated, stored = (run.step, run.seconds), run.seconds
    halt, stage = 0.0, stage_at(stages, run.progress)
    with _stoppable() as stop:
        while run.progress < 1 and not halt:
            began = time.perf_counter()
            _step(run, crops, stage)
            took = min(time.perf_counter() - began, PAUSED_SECONDS)
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
                run.workers.lead(lambda: save_state(run))
    if halt and run.progress < 1:
        return True
    check()
    run.workers.lead(lambda: save_state(run))
    return False


def _step(run: Run, crops: Crops, stage: Stage) -> None:
    """Take one step of the objective, at the rate of this place in the run, and average."""
    recipe, scale = run.choices.recipe, run.choices.scale
    for optimizer in run.objective.optimizers:
        set_rate(optimizer, recipe.learning_rate * learning_rate_factor(run.progress))
    side = stage.patch * scale
    hr, target = crops.draw(run.step, side), crops.draw_teacher_target(run.step, side)
    generators = crops.generators(run.step)
    lr = recipe.degradation(scale)(hr, generators)
    labels = crops.draw_labels(run.step)
    batch = Batch(lr, hr, stage.loss, crops.seed_of(run.step), run.progress, generators, target, labels)
    run.logs.append(run.objective.step(batch))
    run.step += 1
    run.ema.update(run.net, run.step)


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
    """Return a function that shows progress and speed: a bar, or without tqdm a line after 10 s and each minute."""

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
