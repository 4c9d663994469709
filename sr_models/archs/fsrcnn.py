"""FSRCNN (56, 12, 4): Dong et al., "Accelerating the super-resolution convolutional neural network", ECCV 2016.

Feature extraction 5x5 -> shrink 1x1 -> four mappings 3x3 -> expand 1x1 -> enlarge, on luma, figure 2.
Differs from the paper: the 9x9 transposed convolution runs as the convolution and pixel shuffle that contain it
(3x3 at x4, 5x5 at x2 and x3), the input is centred on grey, and an image skip is added.
"""

from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, PReLU, add_upsampled, check_scale, start_near_zero
from sr_models.archs._registry import architecture


@architecture(
    "fsrcnn",
    task="upscale",
    paper="arXiv 1608.00367",
    title="FSRCNN",
    summary="An hourglass of thin layers: the fewest parameters.",
)
class FSRCNN(nn.Module):
    """Enlarge luma through a narrow waist of 3x3 mappings."""

    channels = 1
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4, width: int = 56, waist: int = 12, depth: int = 4) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        last = 3 if scale == 4 else 5
        self.halo = 2 + depth + last // 2
        self.extract = nn.Conv2d(1, width, 5, padding=2)
        self.extract_act = PReLU(width)
        self.shrink = nn.Conv2d(width, waist, 1)
        self.shrink_act = PReLU(waist)
        self.map = nn.ModuleList(nn.Conv2d(waist, waist, 3, padding=1) for _ in range(depth))
        self.map_act = nn.ModuleList(PReLU(waist) for _ in range(depth))
        self.expand = nn.Conv2d(waist, width, 1)
        self.expand_act = PReLU(width)
        self.enlarge = start_near_zero(nn.Conv2d(width, scale * scale, last, padding=last // 2))

    def forward(self, lr: Tensor) -> Tensor:  # (N, 1, H, W) -> (N, 1, s*H, s*W)
        x = self.extract_act(self.extract((lr - MIDDLE).to(self.extract.weight.dtype)))
        x = self.shrink_act(self.shrink(x))
        for convolve, activate in zip(self.map, self.map_act, strict=True):
            x = activate(convolve(x))
        x = self.expand_act(self.expand(x))
        x = self.enlarge(x)  # (N, s*s, H, W)
        return add_upsampled(x, lr, self.scale)
