"""EDSR: Lim et al., "Enhanced deep residual networks for single image super-resolution", CVPRW 2017, figure 3.

The defaults are the baseline: 16 residual blocks of 64 channels without batch normalisation, one long skip,
sub-pixel tail; 1,517,571 parameters at x4.
Differs from the paper: the mean shift is one grey for all channels, and the last convolution is computed in float32.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, Residual, check_scale
from sr_models.archs._registry import architecture


@architecture(
    "edsr",
    task="upscale",
    paper="arXiv 1707.02921",
    title="EDSR",
    summary="Sixteen residual blocks: the net every course names.",
)
class EDSR(nn.Module):
    """Enlarge RGB by residual blocks on the LR grid."""

    channels = 3
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4, width: int = 64, blocks: int = 16, residual_scale: float = 1.0) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.halo = 1 + 2 * blocks + 1 + 2  # head, blocks, the body's last convolution, tail
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.body = nn.Sequential(
            *(Residual(width, residual_scale) for _ in range(blocks)), nn.Conv2d(width, width, 3, padding=1)
        )
        steps = [2, 2] if scale == 4 else [scale]
        self.enlarge = nn.Sequential()
        for step in steps:
            self.enlarge.append(nn.Conv2d(width, width * step * step, 3, padding=1))
            self.enlarge.append(nn.PixelShuffle(step))
        self.tail = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, lr: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, 3, s*H, s*W)
        x = self.head((lr - MIDDLE).to(self.head.weight.dtype))
        x = x + self.body(x)  # (N, width, H, W)
        x = self.enlarge(x)  # (N, width, s*H, s*W)
        weight, bias = self.tail.weight, self.tail.bias
        return F.conv2d(x.float(), weight.float(), bias.float(), padding=1) + MIDDLE  # type: ignore[union-attr]
