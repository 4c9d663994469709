"""Lower a pixel loss of a net that maps values and not places, and learns from pictures that were thinned out."""

from typing import Any

from torch import Tensor

from sr_models.train.losses import LOSSES
from sr_models.train.objectives._contract import Setup, objective
from sr_models.train.objectives.pixel import Pixel, PixelOptions


def thinned(net: Any, degraded: Tensor, clean: Tensor, loss: str, count: int) -> Tensor:
    """Return the loss at the pixels of `clean` that `degraded`, of every so-many-th pixel of both sides, keeps."""
    every = clean.shape[-1] // degraded.shape[-1]
    return LOSSES[loss](net(degraded), clean[..., ::every, ::every])


@objective("pointwise", PixelOptions)
def pointwise(setup: Setup, options: PixelOptions) -> Pixel:
    """Return the objective."""
    return Pixel(setup, options, thinned)
