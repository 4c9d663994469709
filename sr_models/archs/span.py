"""SPAN: Wan et al., "Swift parameter-free attention network for efficient super-resolution", CVPRW 2024, figure 2.

Head, `blocks` blocks whose output is gated by itself, a concatenation of four depths, sub-pixel tail, all on the LR
grid; trains in expanded form (`expansion`, the factor of the hidden width), runs collapsed.
The defaults are the published size: 48 channels, 6 blocks; 426,288 parameters at x4.
Differs from the paper: the input is centred on grey, the image skip is the nearest-upsampled input, the expanded form
is that of SESR (a 3x3 beside a wider one, a 1x1 and the identity), and the start is another (see `Gated` and `SPAN`).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, Expandable, RepConv, add_upsampled, check_scale, conv3x3, start_near_zero
from sr_models.archs._registry import architecture

IDENTITY, OPEN = 0.7, 2.0  # share of the identity that a layer starts with, bias that a gate starts with


@torch.no_grad()
def pass_on(layer: nn.Conv2d | RepConv) -> None:
    """Add some identity to the start of a layer of equal widths."""
    plain = layer.plain if isinstance(layer, RepConv) else layer
    plain.weight.add_(IDENTITY * nn.init.dirac_(torch.empty_like(plain.weight)))
    if isinstance(layer, RepConv):
        plain.weight.sub_(layer.branches())  # which hold an identity of their own


class Gated(nn.Module):
    """Three 3x3 layers and a gate that is odd in what they found: (x + found) · (sigmoid(found) - 1/2).

    (N, width, H, W) in and out; the second output is the first layer's, before its activation.
    By the usual start `found` is near 0, which shuts the gate: six blocks pass on 1e-4 of the signal. So layers start
    by passing some of their input on, and gates start open.
    """

    def __init__(self, width: int, expansion: int) -> None:
        super().__init__()
        layers = [conv3x3(width, width, expansion) for _ in range(3)]
        for layer in layers:
            pass_on(layer)
        nn.init.constant_(layers[2].bias, OPEN)  # type: ignore[arg-type]
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gated features and the first layer's."""
        first = self.layers[0](x)
        found = self.layers[2](F.silu(self.layers[1](F.silu(first))))
        return (x + found) * (found.sigmoid() - 0.5), first


@architecture(
    "span",
    task="upscale",
    paper="arXiv 2311.12770",
    title="SPAN",
    summary="Blocks that gate their own output: attention without a parameter for it.",
)
class SPAN(Expandable):
    """Enlarge RGB by self-gated blocks on the LR grid that may train in expanded form.

    The join starts by taking the last depth alone: where it has all four, the blocks behind the first learn nothing.
    """

    channels = 3
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4, width: int = 48, blocks: int = 6, expansion: int = 0) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.halo = 1 + 3 * blocks + 1 + 1  # head, blocks, the last features' convolution, tail
        self.head = conv3x3(3, width, expansion)
        self.body = nn.ModuleList(Gated(width, expansion) for _ in range(blocks))
        self.last = conv3x3(width, width, expansion)
        pass_on(self.last)
        self.join = nn.Conv2d(4 * width, width, 1)
        nn.init.zeros_(self.join.weight)
        nn.init.dirac_(self.join.weight[:, width : 2 * width])
        self.tail = start_near_zero(nn.Conv2d(width, 3 * scale * scale, 3, padding=1))

    def forward(self, lr: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, 3, s*H, s*W)
        x = head = self.head((lr - MIDDLE).to(self.join.weight.dtype))
        x, inner = self.body[0](x)
        shallow = x
        for block in self.body[1:]:
            x, inner = block(x)
        x = torch.cat([head, self.last(x), shallow, inner], 1)  # (N, 4*width, H, W)
        return add_upsampled(self.tail(self.join(x)), lr, self.scale)
