"""A recipe: the choices of one net's training, as data. One file per net in `training/recipes`."""

import dataclasses
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sr_models.errors import SRError
from sr_models.imaging.degradations import Degradation, Downscale

DATA = ("pictures", "digits")  # what --data holds: any pictures, or the digits of MNIST with their labels
CHOOSE = ("psnr", "lpips", "last")  # the checkpoint: the best of validation by one of two metrics, or the last


@dataclass(frozen=True)
class Stage:
    """One stretch of the run: its share, its loss by name, and the patch side in LR pixels."""

    share: float
    loss: str  # one of LOSSES, or "none" where the objective has its own
    patch: int


@dataclass(frozen=True)
class Recipe:
    """Say how one net is trained; the scale is an argument of the run."""

    name: str  # the net's name: <architecture>[_<size>][_<variant>]
    architecture: str
    learning_rate: float
    config: dict[str, Any] = field(default_factory=dict)
    degradation: Callable[[int], Degradation] = Downscale  # scale -> what makes LR of HR
    validation: Callable[[int], Degradation] = Downscale  # the same, fixed, for choosing the checkpoint
    objective: str = "pixel"
    options: dict[str, Any] = field(default_factory=dict)  # of the objective
    base: str | None = (
        None  # a net of weights/ that this one contains, frozen, or continues, where its shape is the same
    )
    teacher: str | None = None  # a net of weights/ at this scale: half of the loss looks at its pictures of the tiles
    stages: tuple[Stage, ...] = (Stage(0.85, "l1", 32), Stage(0.15, "mse", 48))
    only_scale: int | None = None  # where there is but one: 1 of a net that repairs
    data: str = "pictures"  # one of DATA
    count: int | None = None  # of digits, how many to learn from; None: all
    batch: int = 16
    minutes: float = 40
    ema: float = 0.999
    seed: int = 0
    patience: float | None = 10  # minutes; by then a net that is not above bicubic will not be. None: goes on
    choose: str = "psnr"  # one of CHOOSE
    trained_for: str = "clean"  # "clean" | "photo" | "digits"
    invents: bool = False

    def facts(self) -> dict[str, Any]:
        """Return the recipe as data that JSON can hold: its fields by name, degradations by kind and without the scale.

        Cards and states from before hold the degradations as text instead.
        """
        degradations = {name: _as_data(getattr(self, name)(2)) for name in ("degradation", "validation")}
        return dataclasses.asdict(self) | degradations


def _as_data(value: Any) -> Any:
    """Return a degradation, or what a field of one holds, as data."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name != "scale"]
        return {"kind": type(value).__name__, **{name: _as_data(getattr(value, name)) for name in names}}
    if isinstance(value, list | tuple):
        return [_as_data(v) for v in value]
    return value if isinstance(value, int | float | str | None) else repr(value)


def load_recipe(path: str | Path) -> Recipe:
    """Run a recipe file, which is Python and yours to trust, and return its `recipe`."""
    if not Path(path).is_file():
        raise SRError("file_missing", path=path)
    try:
        recipe = runpy.run_path(str(path)).get("recipe")
    except Exception as error:
        raise SRError("bad_recipe", path=path, reason=f"{type(error).__name__}: {error}") from error
    if not isinstance(recipe, Recipe):
        raise SRError("bad_recipe", path=path, reason="it defines no `recipe`")
    if abs(sum(stage.share for stage in recipe.stages) - 1) > 1e-6:
        raise SRError("bad_recipe", path=path, reason="the shares of its stages do not add up to 1")
    return recipe
