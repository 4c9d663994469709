"""What one training step is, one way per file. The loop calls `step` and never asks which objective it is."""

from functools import partial

from sr_models.train.objectives._common import Batch, Objective, set_rate
from sr_models.train.objectives.adversarial import Adversarial
from sr_models.train.objectives.pixel import Pixel, every_step, three_to_five
from sr_models.train.objectives.variational import Variational

OBJECTIVES = {
    "adversarial": Adversarial,
    "pixel": Pixel,
    "recurrent": partial(Pixel, measure=every_step, count=three_to_five, clip=0.5),
    "variational": Variational,
}
__all__ = [
    "OBJECTIVES",
    "Adversarial",
    "Batch",
    "Objective",
    "Pixel",
    "Variational",
    "every_step",
    "set_rate",
    "three_to_five",
]
