"""Damage to the tone of a whole picture: exposure, contrast, fading; and the curve that mends it.

Frozen dataclasses as in `degradations`; results are rounded to 8 bits.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sr_models.imaging.degradations import Amount, Random, draw_amounts, say_amount
from sr_models.imaging.picture import quantize

LINEAR = 2.2  # the power by which values become light


@dataclass(frozen=True)
class Thin:
    """Keep every so-many-th pixel of both sides: they tell as much of the tones."""

    every: int = 4

    def __str__(self) -> str:
        return f"every {self.every}th pixel"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Drop the others."""
        return hr[..., :: self.every, :: self.every].contiguous()


@dataclass(frozen=True)
class Exposure:
    """Multiply the light by 2^`ev` (light is the value to the power of 2.2), then raise values to `gamma`."""

    ev: Amount = (-1.5, 1.0)
    gamma: Amount = (0.6, 1.6)

    def __str__(self) -> str:
        return f"exposure {say_amount(self.ev)} EV, gamma {say_amount(self.gamma)}"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Expose each picture by its own amounts."""
        ev, gamma = (torch.tensor(draw_amounts(a, len(hr), generator)).to(hr) for a in (self.ev, self.gamma))
        lit = hr.clamp(min=0) * 2 ** (ev / LINEAR).view(-1, 1, 1, 1)
        return quantize(lit.clamp(0, 1) ** gamma.view(-1, 1, 1, 1))


@dataclass(frozen=True)
class Contrast:
    """Pull values towards middle grey by `factor`."""

    factor: Amount = (0.4, 0.8)

    def __str__(self) -> str:
        return f"contrast {say_amount(self.factor)}"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Flatten each picture by its own factor."""
        factor = torch.tensor(draw_amounts(self.factor, len(hr), generator)).to(hr).view(-1, 1, 1, 1)
        return quantize(0.5 + (hr - 0.5) * factor)


@dataclass(frozen=True)
class Fading:
    """Multiply each channel by a `gain` of its own and add an `offset` of its own, in grey levels of 255."""

    gain: Amount = (0.7, 1.2)
    offset: Amount = (0.0, 40.0)

    def __str__(self) -> str:
        return f"fading of each channel, gain {say_amount(self.gain)}, offset {say_amount(self.offset)}/255"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Fade each channel of each picture by its own amounts."""
        gain, offset = (self._drawn(amount, hr, generator) for amount in (self.gain, self.offset))
        return quantize(hr * gain + offset / 255)

    @staticmethod
    def _drawn(amount: Amount, hr: Tensor, generator: Random) -> Tensor:
        channels = [draw_amounts(amount, len(hr), generator) for _ in range(hr.shape[1])]
        return torch.tensor(channels).to(hr).T[:, :, None, None]


def curve(picture: Tensor, numbers: Tensor) -> Tensor:
    """Return gain * max(x - black, 0)^gamma + lift of (N, C, ...), not clamped; `numbers` (N, C, 4) are in that order.

    (0, 0, 0, 0) changes nothing: gain and gamma are given as logarithms. It undoes what the three above do where
    nothing was cut off.
    """
    gain, black, gamma, lift = numbers.view(*numbers.shape[:2], *[1] * (picture.dim() - 2), 4).unbind(-1)
    return gain.exp() * (picture - black).clamp(min=1e-4) ** gamma.exp() + lift
