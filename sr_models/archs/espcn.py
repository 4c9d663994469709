"""ESPCN: Shi et al., "Real-time single image and video super-resolution ...", CVPR 2016, figure 1.

Convolutions 5x5, 3x3, 3x3 on the LR grid of luma, then one pixel shuffle.
Differs from the paper: PReLU for tanh, input centred on grey, and an image skip (the nearest-upsampled input
is added at the end).
"""

from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, PReLU, add_upsampled, check_scale, start_near_zero
from sr_models.archs._registry import architecture


@architecture(
    "espcn",
    task="upscale",
    paper="arXiv 1609.05158",
    title="ESPCN",
    summary="Works on the small picture and shuffles at the end: fast.",
)
class ESPCN(nn.Module):
    """Enlarge luma by three convolutions and a pixel shuffle."""

    channels = 1
    halo = 4
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4, width: int = 64, mapping: int = 32) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.head = nn.Conv2d(1, width, 5, padding=2)
        self.head_act = PReLU(width)
        self.body = nn.Conv2d(width, mapping, 3, padding=1)
        self.body_act = PReLU(mapping)
        self.tail = start_near_zero(nn.Conv2d(mapping, scale * scale, 3, padding=1))

    def forward(self, lr: Tensor) -> Tensor:  # (N, 1, H, W) -> (N, 1, s*H, s*W)
        x = self.head_act(self.head((lr - MIDDLE).to(self.head.weight.dtype)))
        x = self.body_act(self.body(x))
        x = self.tail(x)  # (N, s*s, H, W)
        return add_upsampled(x, lr, self.scale)
