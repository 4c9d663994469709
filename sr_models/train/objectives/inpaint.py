"""Lower a pixel loss within the holes of a net that fills them; its input comes from `imaging.holes.Holed`."""

from typing import Any

from torch import Tensor

from sr_models.train.objectives._contract import Setup, objective
from sr_models.train.objectives.pixel import Pixel, PixelOptions


def within_holes(net: Any, holed: Tensor, clean: Tensor, loss: str, count: int) -> Tensor:
    """Return the loss over the holes alone: L1, or with `log_mse` the mean over the pictures of log(MSE) / 2.

    `holed` (N, 4, H, W) is the picture with its holes filled, then the mask; every net returns known pixels as they
    are, so that there is nothing to learn outside.
    """
    mask = holed[:, 3:]
    wrong = (net(holed[:, :3], mask) - clean) * mask
    size = 3 * mask.sum((1, 2, 3)).clamp(min=1)
    if loss == "log_mse":
        return 0.5 * (wrong.square().sum((1, 2, 3)) / size + 1e-6).log().mean()
    return (wrong.abs().sum((1, 2, 3)) / size).mean()


@objective("inpaint", PixelOptions)
def inpaint(setup: Setup, options: PixelOptions) -> Pixel:
    """Return the objective."""
    return Pixel(setup, options, within_holes)
