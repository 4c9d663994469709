"""What nets share: scale check, image skip, residual block, and the convolution and the net that train expanded."""

from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models import archs
from sr_models.errors import SRError

SCALES = (2, 3, 4)
MIDDLE = 0.5  # grey, taken off before the first convolution: without it training at useful rates kills units


def check_scale(scale: int, low: int = SCALES[0], high: int = SCALES[-1]) -> int:
    """Return `scale`, or raise SRError when it is no whole number from `low` to `high`."""
    if not isinstance(scale, int) or not low <= scale <= high:
        raise SRError("out_of_range", name="scale", value=scale, low=low, high=high)
    return scale


def start_near_zero(convolution: nn.Conv2d) -> nn.Conv2d:
    """Shrink the last convolution's start, so that training begins at the upsampled input."""
    nn.init.normal_(convolution.weight, std=1e-3)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return convolution


def add_upsampled(features: Tensor, lr: Tensor, scale: int) -> Tensor:
    """Shuffle `features` (N, C*s*s, H, W) to (N, C, s*H, s*W) and add the nearest-upsampled `lr`, in float32."""
    return F.pixel_shuffle(features.float() + lr.float().repeat_interleave(scale * scale, 1), scale)


class PReLU(nn.PReLU):
    """Multiply what is below 0 by a slope for each channel; (N, C, H, W) in and out.

    It is torch's own; a CPU trains it in a form that has the same values and whose gradient takes a third of the time.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x, the part below 0 times the slope."""
        if not self.training or x.device.type != "cpu":
            return super().forward(x)
        return torch.lerp(F.relu(x), x, self.weight.to(x.dtype).view(-1, 1, 1))


class Residual(nn.Module):
    """Add two 3x3 convolutions with a ReLU between them, times `strength`; (N, width, H, W) in and out.

    Source: EDSR, arXiv 1707.02921, figure 2c.
    """

    def __init__(self, width: int, strength: float = 1.0) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.strength = strength

    def forward(self, x: Tensor) -> Tensor:
        """Return x and what the convolutions add."""
        return x + self.strength * self.second(F.relu(self.first(x)))


class RepConv(nn.Module):
    """Convolve 3x3 with a kernel composed at every step: 3x3 + (1x1 · 3x3 · 1x1) + 1x1 + identity.

    Input (N, inside, H, W), output (N, outside, H, W). Source: SESR, arXiv 2103.09404, collapsed training.
    """

    def __init__(self, inside: int, outside: int, expansion: int) -> None:
        super().__init__()
        middle = expansion * max(inside, outside)
        self.plain = nn.Conv2d(inside, outside, 3, padding=1)
        self.point = nn.Parameter(torch.zeros(outside, inside))
        self.first = nn.Parameter(torch.empty(middle, inside))
        self.second = nn.Parameter(torch.empty(middle, middle, 3, 3))
        self.third = nn.Parameter(torch.empty(outside, middle))
        nn.init.kaiming_normal_(self.first, nonlinearity="linear")
        nn.init.kaiming_normal_(self.second, nonlinearity="linear")
        nn.init.normal_(self.third, std=0.1 * middle**-0.5)  # the branch starts quiet
        self.identity = inside == outside

    def branches(self) -> Tensor:
        """Compose what is added to the plain kernel, (outside, inside, 3, 3)."""
        kernel = torch.einsum("om,mkhw,ki->oihw", self.third, self.second, self.first)
        centre = self.point
        if self.identity:
            centre = centre + torch.eye(centre.shape[0], device=centre.device)
        return kernel + F.pad(centre[:, :, None, None], (1, 1, 1, 1))

    @property
    def weight(self) -> Tensor:
        """The composed kernel (outside, inside, 3, 3)."""
        with torch.autocast(self.point.device.type, enabled=False):
            return self.plain.weight + self.branches()

    @property
    def bias(self) -> Tensor:
        """The bias (outside)."""
        assert self.plain.bias is not None
        return self.plain.bias

    def forward(self, x: Tensor) -> Tensor:
        """Run the one composed convolution."""
        return F.conv2d(x, self.weight, self.bias, padding=1)

    def collapse(self) -> nn.Conv2d:
        """Return the plain convolution with the same output."""
        plain = nn.Conv2d(self.point.shape[1], self.point.shape[0], 3, padding=1)
        with torch.no_grad():
            plain.weight.copy_(self.weight)
            plain.bias.copy_(self.bias)  # type: ignore[union-attr]
        return plain

    @torch.no_grad()
    def load_collapsed(self, weight: Tensor, bias: Tensor) -> None:
        """Start from a plain kernel: the 3x3 branch takes it, less what the other branches add."""
        self.plain.weight.copy_(weight - self.branches())
        self.bias.copy_(bias)


def conv3x3(inside: int, outside: int, expansion: int = 0) -> nn.Conv2d | RepConv:
    """Return a plain 3x3 convolution, or one that trains in expanded form."""
    return RepConv(inside, outside, expansion) if expansion else nn.Conv2d(inside, outside, 3, padding=1)


class Expandable(nn.Module):
    """A net of `conv3x3` layers with `expansion` among its settings, of `archs.build`: trains expanded, runs plain."""

    architecture: str
    config: dict[str, Any]

    def plain(self) -> Self:
        """Return a new net of the same size without expansion."""
        return archs.build(self.architecture, **{**self.config, "expansion": 0})

    def collapse(self) -> Self:
        """Return the plain net with the same output; itself where it is plain already."""
        expanded = _expanded(self)
        if not expanded:
            return self
        folded = {name: module.collapse().state_dict() for name, module in expanded}
        state = {k: v for k, v in self.state_dict().items() if not k.startswith(tuple(f"{name}." for name in folded))}
        state |= {f"{name}.{k}": v for name, part in folded.items() for k, v in part.items()}
        plain = self.plain()
        plain.load_state_dict(state)
        return plain.to(next(self.parameters()).device).train(self.training)

    def load_collapsed(self, state: dict[str, Any]) -> None:
        """Start from a plain net's state, or the part of it that fits: the first step equals it."""
        rest = dict(state)
        for name, module in _expanded(self):
            if f"{name}.weight" in state:
                module.load_collapsed(rest.pop(f"{name}.weight"), rest.pop(f"{name}.bias"))
        self.load_state_dict(rest, strict=False)


def grown(small: dict[str, Tensor], large: dict[str, Tensor], passing: tuple[str, ...]) -> dict[str, Tensor]:
    """Lay a plain net's weights into the corner of a wider and deeper one's: a state of `large`'s shapes.

    New outputs keep their random start and weigh nothing in the old ones. Layers whose names start with one of
    `passing` and that `small` lacks become the identity: kernels of one 1, no bias, slopes of 1. What is larger in
    `small` than in `large` is left out. Source: Chen et al., Net2Net, arXiv 1511.05641.
    """
    state = {}
    for key, new in large.items():
        old = small.get(key)
        if old is None and key.startswith(passing):
            state[key] = nn.init.dirac_(new.clone()) if new.dim() == 4 else torch.full_like(new, float("act" in key))
        elif (
            old is not None
            and old.dim() == new.dim()
            and all(a <= b for a, b in zip(old.shape, new.shape, strict=True))
        ):
            state[key] = new.clone()
            state[key][: len(old)] = 0
            state[key][tuple(slice(n) for n in old.shape)] = old
    return state


def _expanded(net: nn.Module) -> list[tuple[str, RepConv]]:
    return [(name, module) for name, module in net.named_modules() if isinstance(module, RepConv)]
