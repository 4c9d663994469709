"""Train a VAE of digits for a short while in several ways, which differ in one choice each, and measure each."""

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from sr_models.checkpoints.format import read_checkpoint
from sr_models.evaluation.digits import again, bound_of, draw, see
from sr_models.evaluation.report import DigitCurves
from sr_models.imaging.digits import read_digits
from sr_models.imaging.picture import quantize
from sr_models.inference.device import choose_device
from sr_models.inference.load import load_plain
from sr_models.metrics.frechet import frechet_distance
from sr_models.train.choices import Choices
from sr_models.train.loop import train
from sr_models.train.recipe import Recipe
from sr_models.train.snapshots import Snapshots

CHOICES: dict[str, tuple[float, ...]] = {
    "latent_dim": (2, 8, 32, 128),
    "pictures": (500, 5000, 60000),
    "beta": (0.1, 1, 4, 10),
}
SEEN = 5000  # training pictures on which the bound is measured, at most


def with_choice(recipe: Recipe, choice: str, value: float) -> Recipe:
    """Return the recipe with one choice changed, its second head left alone: all of the budget is the VAE's."""
    options, config, count = {**recipe.options, "enlarge": 0.0}, dict(recipe.config), recipe.count
    if choice == "latent_dim":
        config["latent_dim"] = int(value)
    elif choice == "beta":
        options["beta"] = float(value)
    else:
        count = int(value)
    return dataclasses.replace(recipe, options=options, config=config, count=count)


def measure_curves(
    recipe: Recipe,
    data: Sequence[Path],
    steps: int,
    classifier: str,
    device: str | None = None,
    *,
    choices: dict[str, tuple[float, ...]] = CHOICES,
    snapshots: Path | None = None,
    say: Callable[[str], None] = print,
) -> Iterator[DigitCurves]:
    """Train `recipe` for `steps` at each value of each choice, and yield what the runs of a choice reach.

    A run that two choices share is trained once. `snapshots`: a folder for the stages of each run.
    """
    where = choose_device(device)
    judge = load_plain(classifier, "classify", device)[0]
    (train_pictures, _), (hr, labels) = (read_digits(data, train=part) for part in (True, False))
    hr, labels = hr.to(where).float() / 255, labels.to(where)
    true = see(judge, hr).features
    known: list[tuple[Recipe, dict[str, Any]]] = []

    stages = Snapshots(hr, labels) if snapshots else None

    def reached(mine: Recipe, name: str) -> dict[str, Any]:
        net = _trained(mine, data, steps, device, stages).to(where)
        if stages and snapshots:
            stages.write(snapshots / name)
        own = train_pictures[: mine.count][:SEEN].to(where).float() / 255
        seen = see(judge, quantize(again(net, hr))).classes.argmax(1)
        return {
            "train": bound_of(net, own),
            "test": bound_of(net, hr),
            "recognised": round(100 * float((seen == labels).float().mean()), 2),
            "frechet": round(frechet_distance(see(judge, draw(net, len(hr)).to(where)).features, true), 3),
        }

    for choice, values in choices.items():
        rows: list[dict[str, Any]] = []
        for value in values:
            mine = with_choice(recipe, choice, value)
            if len(train_pictures) == mine.count:
                mine = dataclasses.replace(mine, count=None)
            found = next((found for other, found in known if other == mine), None) or reached(
                mine, f"{choice}_{value:g}"
            )
            known.append((mine, found))
            rows.append({"value": value, **found})
            say(f"{choice} {value:g}: {found}")
        yield DigitCurves(recipe.name, choice, steps, rows)


def _trained(
    recipe: Recipe, data: Sequence[Path], steps: int, device: str | None, stages: Snapshots | None
) -> torch.nn.Module:
    with tempfile.TemporaryDirectory() as folder:
        asked = {"scale": recipe.only_scale or 1, "data": data, "steps": steps, "out": Path(folder), "device": device}
        path = train(Choices(recipe=recipe, **asked), lambda _: None, stages.take if stages else lambda _: None)
        return read_checkpoint(path)[0].eval().requires_grad_(False)
