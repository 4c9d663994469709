"""Nets made of nets, same contract: one after another, the self-ensemble, and what lies between two of one shape."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn


class Cascade(nn.Module):
    """Enlarge by one net, then its result by another, which may be a cascade too; the facts follow from the two."""

    def __init__(self, first: Any, second: Any) -> None:
        super().__init__()
        self.first, self.second = first, second
        s = first.scale
        self.architecture = first.architecture
        self.scale = s * second.scale
        self.channels = first.channels
        self.halo = first.halo + -(-second.halo // s)
        self.minimum = max(first.minimum, -(-second.minimum // s))
        self.multiple_of = math.lcm(first.multiple_of, second.multiple_of // math.gcd(second.multiple_of, s))
        self.exact_tiling = first.exact_tiling and second.exact_tiling

    def forward(self, lr: Tensor) -> Tensor:  # (N, C, H, W) -> (N, C, s*H, s*W)
        return self.second(self.first(lr).clamp(0, 1))


class SelfEnsemble(nn.Module):
    """Average a net over the 8 flips and quarter turns of its input. Source: EDSR, arXiv 1707.02921, section 3.4."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net
        for fact in ("architecture", "scale", "channels", "halo", "minimum", "multiple_of", "exact_tiling"):
            setattr(self, fact, getattr(net, fact))

    def forward(self, lr: Tensor) -> Tensor:  # (N, C, H, W) -> (N, C, s*H, s*W)
        total: Any = 0
        for turned in (lr, lr.mT):
            for axes in ((), (2,), (3,), (2, 3)):
                out = self.net(turned.flip(axes).contiguous(memory_format=torch.channels_last)).float().flip(axes)
                total = total + (out if turned is lr else out.mT)
        return total / 8


def mixable(one: Any, other: Any) -> bool:
    """Say whether two nets have the same weights by name and shape."""
    shapes = [{k: v.shape for k, v in net.state_dict().items()} for net in (one, other)]
    return shapes[0] == shapes[1]


def interpolate(one: Any, other: Any, alpha: float) -> Any:
    """Return the net whose weights lie `alpha` of the way from those of `one` (0) to those of `other` (1).

    Source: Wang et al., ESRGAN, arXiv 1809.00219, section 3.4.
    """
    net, state = copy.deepcopy(other), one.state_dict()
    net.load_state_dict({k: state[k].float().lerp(v.float(), alpha).to(v.dtype) for k, v in other.state_dict().items()})
    return net
