"""What a run is asked to do: typed and checked, before any file is touched."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sr_models import archs
from sr_models.errors import SRError
from sr_models.imaging.degradations import Downscale
from sr_models.train import objectives
from sr_models.train.losses import LOSSES
from sr_models.train.recipe import CHOOSE, DATA, Recipe


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Hold a recipe, the scale, the pictures and the budget of one run.

    `steps` or else `minutes` is the budget; without both the recipe's minutes are. `resume` goes on from the state in
    `out`; `warm_start` copies the weights of a checkpoint that fit. `graph` records the step where that is possible.
    Raise SRError for what no run can be asked to do. Without `overwrite`, a run that `out` holds is not begun anew.
    """

    recipe: Recipe
    scale: int
    data: Sequence[Path]
    val: Sequence[Path] | None = None
    minutes: float | None = None
    steps: int | None = None
    out: Path | None = None  # default: runs/<name>
    resume: bool = False
    overwrite: bool = True  # a run that is there may be lost
    warm_start: Path | None = None
    device: str | None = None
    graph: bool = True

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise SRError("out_of_range", name="steps", value=self.steps, low=1, high="any")
        if "scale" in self.recipe.config:
            self._refuse("its config names the scale, which is an argument of the run")
        if self.recipe.only_scale not in (None, self.scale):
            self._refuse(f"its net has scale {self.recipe.only_scale} only, and {self.scale} is asked for")
        named = [("choose", self.recipe.choose, CHOOSE), ("data", self.recipe.data, DATA)]
        named += [("loss", stage.loss, (*LOSSES, "none")) for stage in self.recipe.stages]
        for name, value, known in named:
            if value not in known:
                raise SRError("unknown_choice", name=name, value=value, known=", ".join(known))
        objective = objectives.get(self.recipe.objective)
        objective.read(self.recipe.options)
        if self.val and self.recipe.data == "digits":
            raise SRError("val_of_digits", name=self.recipe.name)
        if self.val and archs.get(self.recipe.architecture).task == "generate":
            raise SRError("val_of_noise", name=self.recipe.name)
        if self.recipe.data == "digits" and self.recipe.teacher:
            self._refuse("a teacher goes with pictures, not with digits")
        if self.recipe.teacher and not objective.takes_teacher:
            fitting = [name for name, entry in objectives.OBJECTIVES.items() if entry.takes_teacher]
            self._refuse(f"a teacher goes with the objectives {' and '.join(fitting)}")
        if self.recipe.teacher and not isinstance(self.recipe.degradation(self.scale), Downscale):
            self._refuse("a teacher sees LR without damage, and its degradation is another")

    def _refuse(self, reason: str) -> None:
        raise SRError("bad_recipe", path=self.recipe.name, reason=reason)

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return f"{self.recipe.name}_x{self.scale}"

    @property
    def folder(self) -> Path:
        """Where the run keeps its state, curve and checkpoint."""
        return self.out or Path("runs") / self.name

    @property
    def budget(self) -> float:
        """How many seconds to train, where it is not by steps."""
        return 60 * (self.minutes or self.recipe.minutes)

    def identity(self) -> dict[str, Any]:
        """Return, as it comes back from JSON, what must agree for a stored state to be continued."""
        return json.loads(json.dumps({"scale": self.scale, "steps": self.steps, **self.recipe.facts()}))
