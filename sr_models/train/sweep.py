"""Compare learning rates: one short run each, the same crops, no checkpoint kept."""

import dataclasses
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.evaluation.report import Sweep
from sr_models.files import write_atomically
from sr_models.inference.device import choose_device
from sr_models.inference.upscaler import Upscaler
from sr_models.train.loop import Validation, train
from sr_models.train.recipe import Recipe

RESULTS = Path("training/results")


def sweep(
    recipe: Recipe,
    rates: list[float],
    *,
    scale: int,
    val: list[Path] | None,
    device: str | None = None,
    results: Path = RESULTS,
    say: Callable[[str], None] = print,
    **arguments: Any,
) -> Path:
    """Train once per rate, print a table of validation Y-PSNR in dB, and return the path of the numbers as JSON.

    `arguments` go to `train`; a budget in `steps` compares fairly on a busy machine. A run that fails has no number.
    """
    if not val:
        raise SRError("sweep_needs_val")
    validation = Validation(val, recipe, scale, choose_device(device))
    rows: list[dict[str, Any]] = []
    for rate in rates:
        row: dict[str, Any] = {"learning_rate": rate, "psnr_y": None}
        try:
            with tempfile.TemporaryDirectory() as folder:
                trial = dataclasses.replace(recipe, learning_rate=rate)
                arguments |= {"out": Path(folder), "device": device, "say": lambda _: None}
                net, card = read_checkpoint(train(trial, scale=scale, **arguments))
            value = validation.score(Upscaler(net, card.name, device=device))
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
