"""SESR: Bhardwaj et al., "Collapsible linear blocks for super-efficient super resolution", MLSys 2022, figure 2.

Head, `depth` 3x3 layers with PReLU, a long skip, sub-pixel tail, all on the LR grid; trains in expanded form
(`expansion`, the factor of the hidden width), runs collapsed. Sizes are width x depth: 32x4, 48x6, 64x10.
Differs from the paper: RGB for luma, 3x3 for 5x5 at both ends, a parallel 1x1 branch, the input is
centred on grey, and the image skip is the nearest-upsampled input.
"""

from typing import Any

from torch import Tensor, nn

from sr_models.archs._blocks import (
    MIDDLE,
    Expandable,
    PReLU,
    add_upsampled,
    check_scale,
    conv3x3,
    grown,
    start_near_zero,
)
from sr_models.archs._registry import architecture


@architecture(
    "sesr",
    task="upscale",
    paper="arXiv 2103.09404",
    title="SESR",
    summary="Plain 3x3 layers, trained wide and folded thin: much quality in little time.",
)
class SESR(Expandable):
    """Enlarge RGB by plain 3x3 layers that may train in expanded form."""

    channels = 3
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4, width: int = 32, depth: int = 4, expansion: int = 0) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.halo = depth + 2
        self.head = conv3x3(3, width, expansion)
        self.head_act = PReLU(width)
        self.body = nn.ModuleList(conv3x3(width, width, expansion) for _ in range(depth))
        self.body_act = nn.ModuleList(PReLU(width) for _ in range(depth))
        self.tail = start_near_zero(nn.Conv2d(width, 3 * scale * scale, 3, padding=1))

    def forward(self, lr: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, 3, s*H, s*W)
        x = first = self.head_act(self.head((lr - MIDDLE).to(self.head_act.weight.dtype)))
        for convolve, activate in zip(self.body, self.body_act, strict=True):
            x = activate(convolve(x))
        x = self.tail(x + first)  # (N, 3*s*s, H, W)
        return add_upsampled(x, lr, self.scale)

    def grown_from(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return a plain state of this size that does what a narrower or shallower net's state does."""
        return grown(state, self.plain().state_dict(), passing=("body.", "body_act."))
