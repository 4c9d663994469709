"""Lower a pixel loss of a net that maps values and not places: every fourth pixel of both sides tells as much."""

from typing import Any

from torch import Tensor

from sr_models.train.losses import LOSSES
from sr_models.train.objectives._contract import Setup, objective
from sr_models.train.objectives.pixel import Pixel, PixelOptions

EVERY = 4


def thinned(net: Any, degraded: Tensor, clean: Tensor, loss: str, count: int) -> Tensor:
    """Return the loss at the pixels that are kept."""
    return LOSSES[loss](net(degraded[..., ::EVERY, ::EVERY]), clean[..., ::EVERY, ::EVERY])


@objective("pointwise", PixelOptions)
def pointwise(setup: Setup, options: PixelOptions) -> Pixel:
    """Return the objective."""
    return Pixel(setup, options, thinned)
