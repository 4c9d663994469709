"""Draw pictures of nothing but numbers: sample k of a seed depends on the seed and k alone.

A net sees one z at a time: in a batch of others a picture may be rounded another way.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from sr_models.errors import SRError
from sr_models.imaging.picture import to_array
from sr_models.inference.device import choose_device
from sr_models.inference.noise import latent
from sr_models.inference.options import COUNT, DRAW_SEED, DRAW_TEMPERATURE, FRAMES

if TYPE_CHECKING:
    from sr_models.checkpoints.card import Card

SIDES = 8, 1024  # px that a drawn picture may have
MOST_PIXELS = 2**24  # of all pictures that are drawn at once
PARALLEL = 1e-4  # sine of the angle below which two z point the same way, or opposite ways

Size = tuple[int, int]  # height, width
Place = tuple[int, int]  # seed, sample


def parse_size(words: str) -> Size | None:
    """Return (height, width) of a size such as 96x64 (width first) or 64; None of "". Raise SRError for nonsense."""
    if not words:
        return None
    parts = [part.strip() for part in words.lower().replace("×", "x").split("x")]
    if len(parts) > 2 or not all(p.isdecimal() and SIDES[0] <= int(p) <= SIDES[1] for p in parts):
        raise SRError("bad_drawn_size", words=words, low=SIDES[0], high=SIDES[1])
    return int(parts[-1]), int(parts[0])


def between(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Return the z on the great circle from `a`, share 0, to `b`, share 1, both drawn from a normal distribution.

    A straight line would lead through z that are shorter than any that the net learned from. Source: White,
    arXiv 1609.04468, section 2.1.
    """
    if share in (0, 1):
        return b if share else a
    cosine = float((a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-9))
    angle = math.acos(min(max(cosine, -1.0), 1.0))
    if math.sin(angle) < PARALLEL:
        return torch.lerp(a, b, share)
    return (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)


class Sampler:
    """Draw by one net that `Generates`: pictures (H, W, C) uint8."""

    def __init__(self, net: Any, card: "Card", *, sha256: str | None = None, device: str | None = None) -> None:
        self.device = choose_device(device)
        self.net = net.to(self.device).eval().requires_grad_(False)
        self.card, self.sha256, self.name = card, sha256, card.name

    @property
    def side(self) -> int:
        """Return the side in pixels of the pictures that it learned from."""
        return self.net.side

    def latent_shape(self, size: Size | None = None) -> tuple[int, ...]:
        """Return the shape of one z; raise SRError for a size that the net cannot draw."""
        return self.net.latent_shape(*(size or (self.side, self.side)))

    def check(self, count: int, seed: int, temperature: float, size: Size | None = None) -> None:
        """Raise SRError where `samples` could not draw so."""
        for parameter, value in ((COUNT, count), (DRAW_SEED, seed), (DRAW_TEMPERATURE, temperature)):
            parameter.check(value)
        self.latent_shape(size)
        height, width = size or (self.side, self.side)
        if count * height * width > MOST_PIXELS:
            raise SRError("too_many_drawn", count=count, width=width, height=height, limit=MOST_PIXELS)

    def latent(self, place: Place, temperature: float, size: Size | None = None) -> Tensor:
        """Return z of a sample, without a batch."""
        seed, sample = place
        return temperature * latent(self.latent_shape(size), seed=seed, sample=sample)

    def picture(self, z: Tensor) -> np.ndarray:
        """Return what one z draws."""
        with torch.inference_mode():
            drawn = self.net(z[None].to(self.device))
        if not torch.isfinite(drawn).all():
            raise SRError("result_not_finite", name=self.name)
        return to_array(drawn)

    def samples(
        self, count: int, *, seed: int, temperature: float, size: Size | None = None, first: int = 0
    ) -> Iterator[np.ndarray]:
        """Yield `count` pictures, the samples `first`, `first` + 1, ... of a seed; raise SRError before any."""
        self.check(count, seed, temperature, size)
        for sample in range(first, first + count):
            yield self.picture(self.latent((seed, sample), temperature, size))

    def walk(
        self, start: Place, end: Place, frames: int, *, temperature: float, size: Size | None = None
    ) -> Iterator[np.ndarray]:
        """Yield the pictures on the way between two samples, which are the first and the last; raise SRError."""
        FRAMES.check(frames)
        for seed, _ in (start, end):
            self.check(frames, seed, temperature, size)
        a, b = (self.latent(place, temperature, size) for place in (start, end))
        for i in range(frames):
            yield self.picture(between(a, b, i / (frames - 1)))
