"""How the tests of training ask for a run: by a recipe, and without a word on the way."""

from pathlib import Path
from typing import Any

from sr_models.imaging.degradations import Blur, Chain, Downscale, Jpeg, Noise
from sr_models.train import loop, run
from sr_models.train.choices import Choices
from sr_models.train.recipe import Recipe, Stage

RECIPE = Recipe(
    name="tiny",
    architecture="espcn",
    learning_rate=2e-3,
    config={"width": 8, "mapping": 8},
    stages=(Stage(0.8, "l1", 12), Stage(0.2, "mse", 16)),
    batch=4,
    ema=0.9,
)

DAMAGE = {
    "degradation": lambda scale: Chain((Blur((0.0, 1.6)), Downscale(scale), Noise((0.0, 15.0)), Jpeg((40, 95)))),
    "validation": lambda scale: Chain((Blur(0.8), Downscale(scale), Noise(5.0), Jpeg(60))),
}


def quiet(_: str) -> None:
    """Say nothing."""


def train(recipe: Recipe, **choices: Any) -> Path:
    """Train by `recipe` and return the checkpoint."""
    return loop.train(Choices(recipe=recipe, **choices), quiet)


def start(recipe: Recipe, out: Path, **choices: Any) -> run.Run:
    """Build a run at x2 on the CPU that has no pictures yet."""
    return run.start(Choices(recipe=recipe, scale=2, data=(), out=out, device="cpu", **choices))
