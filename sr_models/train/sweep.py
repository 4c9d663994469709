"""Compare learning rates: one short run each, the same crops, no checkpoint kept."""

import dataclasses
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.evaluation.report import Sweep
from sr_models.files import write_atomically
from sr_models.inference.device import choose_device
from sr_models.inference.upscaler import Upscaler
from sr_models.train.choices import Choices
from sr_models.train.loop import train
from sr_models.train.validation import Validation

RESULTS = Path("training/results")


def sweep(
    choices: Choices, rates: Sequence[float], *, results: Path = RESULTS, say: Callable[[str], None] = print
) -> Path:
    """Train once per rate, print a table of validation Y-PSNR in dB, and return the path of the numbers as JSON.

    A budget in `steps` compares fairly on a busy machine. A run that fails has no number.
    """
    if not choices.val:
        raise SRError("sweep_needs_val")
    recipe, scale = choices.recipe, choices.scale
    validation = Validation(choices.val, recipe.validation(scale), scale, choose_device(choices.device))
    rows: list[dict[str, Any]] = []
    for rate in rates:
        row: dict[str, Any] = {"learning_rate": rate, "psnr_y": None}
        try:
            with tempfile.TemporaryDirectory() as folder:
                other = dataclasses.replace(recipe, learning_rate=rate)
                trial = dataclasses.replace(choices, recipe=other, val=None, out=Path(folder))
                net, card = read_checkpoint(train(trial, lambda _: None))
            value = validation.score(Upscaler(net, card.name, device=choices.device))
            row |= {"psnr_y": round(value, 3), "bicubic": round(validation.bicubic, 3), "protocol": validation.protocol}
            row |= {"steps": card.steps, "seconds": card.seconds, "dataset": card.dataset, "base": card.started_from}
            say(f"{rate:8.0e}  {value:.3f} dB ({validation.bicubic:.3f})  {card.steps} steps, {card.seconds:.0f} s")
        except SRError as error:
            row["reason"] = str(error)
            say(f"{rate:8.0e}  {error}")
        rows.append(row)
    options = [f"{key}_{value}" for key, value in recipe.options.items()]  # runs that differ in them stand side by side
    options += [f"by_{recipe.teacher}"] if recipe.teacher else []
    found = Sweep(recipe.name, scale, rows, re.sub(r"[^\w.]+", "_", "_".join(options)))
    path = results / found.file_name
    write_atomically(path, (json.dumps(found.to_json(), indent=1) + "\n").encode())  # rates with all their digits
    return path
