"""SRCNN 9-5-5: Dong et al., "Image super-resolution using deep convolutional networks", TPAMI 2016, figure 2.

Patch extraction 9x9 -> non-linear mapping 5x5 -> reconstruction 5x5, on luma, on the bicubic-enlarged picture.
Differs from the paper: zero padding, so that the output keeps its size; the input is centred on grey; the enlarging
is part of `forward`; the last convolution is computed in float32.
"""

import math

import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._registry import architecture
from sr_models.imaging.resample import resize


@architecture(
    "srcnn",
    task="upscale",
    paper="arXiv 1501.00092",
    title="SRCNN",
    summary="The first: three convolutions on the enlarged picture.",
)
class SRCNN(nn.Module):
    """Enlarge luma by bicubic, then by three convolutions."""

    channels = 1
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4, width: int = 64, mapping: int = 32) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.halo = math.ceil((4 + 2 + 2) / scale) + 3  # three kernels on the HR grid, bicubic on the LR grid
        self.extract = nn.Conv2d(1, width, 9, padding=4)
        self.map = nn.Conv2d(width, mapping, 5, padding=2)
        self.reconstruct = nn.Conv2d(mapping, 1, 5, padding=2)

    def forward(self, lr: Tensor) -> Tensor:  # (N, 1, H, W) -> (N, 1, s*H, s*W)
        height, width = lr.shape[-2:]
        x = resize(lr - MIDDLE, self.scale * height, self.scale * width, scale=self.scale)
        x = F.relu(self.extract(x.to(self.extract.weight.dtype)))
        x = F.relu(self.map(x))
        weight, bias = self.reconstruct.weight, self.reconstruct.bias
        return F.conv2d(x.float(), weight.float(), bias.float(), padding=2) + MIDDLE  # type: ignore[union-attr]
