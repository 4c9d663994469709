"""How the tests of training ask for a run: by a recipe, and without a word on the way."""

from pathlib import Path
from typing import Any

from sr_models.train import loop, run
from sr_models.train.choices import Choices
from sr_models.train.recipe import Recipe


def quiet(_: str) -> None:
    """Say nothing."""


def train(recipe: Recipe, **choices: Any) -> Path:
    """Train by `recipe` and return the checkpoint."""
    return loop.train(Choices(recipe=recipe, **choices), quiet)


def start(recipe: Recipe, out: Path, **choices: Any) -> run.Run:
    """Build a run at x2 on the CPU that has no pictures yet."""
    return run.start(Choices(recipe=recipe, scale=2, data=(), out=out, device="cpu", **choices))
