"""Nets made of nets, same contract: two passes for x8, and the self-ensemble."""

import math
from typing import Any

import torch
from torch import Tensor, nn


class TwoPasses(nn.Module):
    """Enlarge by one net, then its result by another; the facts follow from the two."""

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


class Ensemble(nn.Module):
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
