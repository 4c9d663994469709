"""Lower a pixel loss of the pictures after every step of a recurrent net."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sr_models.train.losses import LOSSES
from sr_models.train.objectives._contract import Setup, objective
from sr_models.train.objectives.pixel import Pixel, PixelOptions


@dataclass(frozen=True)
class RecurrentOptions(PixelOptions):
    """Choose as for a pixel loss; the same weights at every step make steeper gradients."""

    clip: float = 0.5


def every_step(net: Any, lr: Tensor, hr: Tensor, loss: str, count: int) -> Tensor:
    """Return the mean loss of the pictures after each of `count` steps, the first weighing 0.4 and the last 1.

    MSE, the loss of the last stage, looks at the last picture only. Sources: DRCN, arXiv 1511.04491, and SRFBN,
    arXiv 1903.09814, which supervise every step.
    """
    pictures = net.steps(lr, count)
    if loss == "mse":
        return LOSSES["mse"](pictures[-1].expand_as(hr), hr)
    weights = [0.4 + 0.6 * i / max(count - 1, 1) for i in range(count)]
    losses = [w * LOSSES[loss](picture.expand_as(hr), hr) for w, picture in zip(weights, pictures, strict=True)]
    return torch.stack(losses).sum() / sum(weights)


def three_to_five(seed: int) -> int:
    """Draw how many steps to train."""
    return int(torch.randint(3, 6, (), generator=torch.Generator().manual_seed(seed)))


@objective("recurrent", RecurrentOptions, takes_teacher=True)
def recurrent(setup: Setup, options: RecurrentOptions) -> Pixel:
    """Return the objective."""
    return Pixel(setup, options, every_step, three_to_five)
