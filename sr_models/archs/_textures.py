"""What the nets that draw textures share: one normal map as all their numbers, and the layers that a style steers.

Of the latent's channels the first `WHOLE` hold what all of a picture shares: their sum over the places, divided by the
root of how many they are, is a standard normal number again. The rest is each place's own, so that a larger map draws
a larger picture of the same kind. Source: Bergmann et al., PSGAN, arXiv 1705.06566, section 2.1. Differs from it: the
numbers of the whole picture lie in the same map, and finer places have numbers too, folded into channels.
"""

import math

import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.errors import SRError

SIDE = 64  # of the pictures that they learn from
GRAIN = 16  # px: side of a latent place
WHOLE = 64  # channels of the whole picture's numbers
OWN = (16, 8, 4)  # numbers of each place of 16, 8 and 4 px
SMALLEST, LARGEST = 32, 512
CHANNELS = WHOLE + sum(own * 4**level for level, own in enumerate(OWN))
SLOPE = 0.2


def latent_shape(name: str, height: int, width: int) -> tuple[int, ...]:
    """Return the shape of one latent for pictures of a size; raise SRError for sides that are no multiples of 16."""
    if any(side % GRAIN or not SMALLEST <= side <= LARGEST for side in (height, width)):
        raise SRError("size_of_textures", name=name, width=width, height=height, low=SMALLEST, high=LARGEST, step=GRAIN)
    return CHANNELS, height // GRAIN, width // GRAIN


def whole(z: Tensor) -> Tensor:
    """Return the numbers of the whole picture, (N, WHOLE), of a latent (N, CHANNELS, h, w)."""
    return z[:, :WHOLE].sum((2, 3)) / math.sqrt(z.shape[2] * z.shape[3])


def own(z: Tensor) -> list[Tensor]:
    """Return the numbers of the places of 16, 8 and 4 px: (N, OWN[k], h * 2^k, w * 2^k)."""
    parts = z[:, WHOLE:].split([own * 4**level for level, own in enumerate(OWN)], 1)
    return [F.pixel_shuffle(part, 2**level) if level else part for level, part in enumerate(parts)]


def conv(inside: int, outside: int, stride: int = 1) -> nn.Conv2d:
    """Return a 3x3 layer that mirrors at the border: zeros there would tell places from each other."""
    return nn.Conv2d(inside, outside, 3, stride, 1, padding_mode="reflect")


class Style(nn.Module):
    """Make of the whole picture's numbers (N, WHOLE) what steers the layers, (N, WHOLE)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(WHOLE, 2 * WHOLE), nn.LeakyReLU(SLOPE), nn.Linear(2 * WHOLE, WHOLE), nn.LeakyReLU(SLOPE)
        )

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the style."""
        return self.layers(numbers)


class Styled(nn.Module):
    """Convolve 3x3, normalise over the channels, and let the style scale and shift them; (N, C, H, W) in and out.

    Sources: Karras et al., arXiv 1710.10196, section 4.2 (the norm); arXiv 1812.04948, equation 1 (the style).
    """

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.layer, self.steer = conv(inside, outside), nn.Linear(WHOLE, 2 * outside)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Return the steered features."""
        x = self.layer(x)
        x = x * (x.square().mean(1, keepdim=True) + 1e-6).rsqrt()
        scale, shift = self.steer(style)[:, :, None, None].chunk(2, 1)
        return F.leaky_relu(x * (1 + scale) + shift, SLOPE)


class Pair(nn.Module):
    """Two such layers, one after the other."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.first, self.second = Styled(inside, outside), Styled(outside, outside)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Return the features of the second."""
        return self.second(self.first(x, style), style)


class Finish(nn.Module):
    """Make a picture (N, 3, 4h, 4w) in [0, 1] of features (N, inside, h, w), the last doubling by a shuffle."""

    def __init__(self, inside: int, width: int) -> None:
        super().__init__()
        self.pair = Pair(inside, width)
        self.unfold, self.last = conv(width, 64), conv(16, 3)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Return the picture."""
        x = self.pair(double(x), style)
        x = F.leaky_relu(F.pixel_shuffle(self.unfold(x), 2), SLOPE)
        return self.last(x).float().sigmoid()


def double(x: Tensor) -> Tensor:
    """Repeat each place 2x2."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def start(module: nn.Module) -> None:
    """Draw kernels for leaky layers, so that signals neither die nor grow."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(part.weight, SLOPE)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    for part in module.modules():
        if isinstance(part, Styled):
            nn.init.normal_(part.steer.weight, std=0.5 * WHOLE**-0.5)
        if isinstance(part, Finish):
            nn.init.normal_(part.last.weight, std=0.05)
