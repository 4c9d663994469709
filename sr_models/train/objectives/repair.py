"""Lower a pixel loss of a net that repairs, which is told the strength of every second picture's damage."""

from typing import Any

import torch
from torch import Tensor

from sr_models.train.losses import LOSSES
from sr_models.train.objectives._contract import Setup, objective
from sr_models.train.objectives.pixel import Pixel, PixelOptions


def strength_of(degraded: Tensor, clean: Tensor) -> Tensor:
    """Return how far pictures (N, C, H, W) are from their originals, root mean square in grey levels of 255: (N,)."""
    return 255 * (degraded - clean).square().mean((1, 2, 3)).sqrt()


def half_told(net: Any, degraded: Tensor, clean: Tensor, loss: str, count: int) -> Tensor:
    """Return the loss; of the pictures of a batch, those of even number know the strength."""
    strength = strength_of(degraded, clean)
    strength[1::2] = torch.nan
    return LOSSES[loss](net(degraded, None, strength), clean)


@objective("repair", PixelOptions)
def repair(setup: Setup, options: PixelOptions) -> Pixel:
    """Return the objective."""
    return Pixel(setup, options, half_told)
