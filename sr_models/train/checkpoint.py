"""The checkpoint that a run writes: the averaged net with its card, and the nets that were trained beside it."""

import dataclasses
import subprocess
from pathlib import Path
from typing import Any

import torch

from sr_models.archs import Collapses
from sr_models.checkpoints.card import Card, Measurement
from sr_models.checkpoints.format import save_checkpoint
from sr_models.train.run import Run


def write_checkpoint(run: Run, dataset: str, results: tuple[Measurement, ...]) -> None:
    """Write the averaged net to `run.best_path`, and beside it the objective's own nets, such as a critic."""
    recipe, net = run.choices.recipe, run.averaged_net()
    card = Card(
        name=run.choices.name,
        architecture=recipe.architecture,
        config=net.config,
        scale=run.choices.scale,
        bases=run.bases,
        trained_for=recipe.trained_for,
        invents=recipe.invents,
        recipe=recipe.facts(),
        dataset=dataset,
        license="CC-BY-SA-4.0",
        device=device_name(run.device),
        steps=run.step,
        seconds=round(run.seconds, 1),
        commit=_commit(),
        results=results,
    )
    save_checkpoint(net, card, run.best_path)
    for kind, companion in run.objective.companions.items():
        name = f"{recipe.name}_{kind}_x{run.choices.scale}"
        plain: Any = companion.collapse() if isinstance(companion, Collapses) else companion
        facts = {"name": name, "architecture": plain.architecture, "config": plain.config}
        facts |= {"bases": (), "results": (), "invents": False}
        save_checkpoint(plain, dataclasses.replace(card, **facts), run.best_path.with_name(f"{name}.safetensors"))


def device_name(device: torch.device) -> str:
    """Return what a run takes: the GPU's name, or the CPU's threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}" if device.type == "cpu" else device.type


def _commit() -> str | None:
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent)
    except OSError:
        return None
    return found.stdout.strip() or None
