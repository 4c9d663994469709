"""What the classical methods of restoration share: the contract of restoration nets, strengths, holes.

`forward(degraded, mask, strength)`: `degraded` (N, 3, H, W) in [0, 1], or (N, 1, H, W) where it is grey; `mask`
(N, 1, H, W) with 1 where a pixel is unknown, or None; `strength` a number within the method's declaration `strength`,
or None for its default, which is its own estimate of each picture where the declaration is automatic (`own_strength`).
The result has the size of `degraded`, in float32 and in [0, 1]. Only `biharmonic` fills holes; the others leave them to
it, but do not learn from them what the picture's tones are.

`halo` is None where a method looks at the whole picture, so that it cannot be run by tiles. Where tiles are exact, that
is for a given strength. Raise SRError for a mask of another size, or over everything, and a strength out of range.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sr_models.errors import SRError
from sr_models.imaging.estimate import jpeg_marks, least_noise, noise_sigma
from sr_models.imaging.holes import check_holes, marked
from sr_models.parameters import Parameter


class Own(float):
    """A strength that a method read itself: it may lie beyond those that can be told, as a noise of 0.6 does."""


class Filter(nn.Module):
    """Restore pictures one by one, as arrays (H, W, C)."""

    scale = 1
    channels = 3
    minimum = 1
    multiple_of = 1
    exact_tiling = False
    halo: int | None = None
    needs_mask = False
    repairs: tuple[str, ...]  # what it is for: denoise, dejpeg, deblur, tone, inpaint
    strength: Parameter[Any] | None

    def forward(self, degraded: Tensor, mask: Tensor | None = None, strength: float | None = None) -> Tensor:
        """Return what is restored, (N, C, H, W)."""
        amount = self._check(strength)
        holes = self._holes(degraded, mask)
        done = []
        for picture, hole in zip(degraded, holes, strict=True):
            array = as_array(picture)
            used = self.estimate(array, hole) if amount is None else amount
            restored = np.ascontiguousarray(self.restore(array, hole, used).transpose(2, 0, 1), np.float32)
            done.append(torch.from_numpy(restored).clamp(0, 1))
        return torch.stack(done).to(degraded.device)

    def own_strength(self, degraded: Tensor, mask: Tensor | None = None) -> Any:
        """Return the strength that None means for one picture (1, C, H, W); None where the method has no strength."""
        own = self.estimate(as_array(degraded[0]), self._holes(degraded, mask)[0])
        return Own(own) if isinstance(own, float) else own

    def estimate(self, picture: np.ndarray, hole: np.ndarray | None) -> Any:
        """Return the strength for a picture (H, W, C); `hole` as in `restore`."""
        return self.strength.default if self.strength else None

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: Any) -> np.ndarray:
        """Return the restored picture (H, W, C); `hole` is (H, W), True where nothing is known, or None."""
        raise NotImplementedError

    def _check(self, strength: float | None) -> Any:
        """Return the strength, None where it is to be estimated."""
        if self.strength is None:
            if strength is not None:
                raise SRError("no_strength", name=self.architecture)
            return None
        if isinstance(strength, Own):
            return float(strength)
        value = self.strength.check(strength)
        return None if value == self.strength.default else value

    def _holes(self, degraded: Tensor, mask: Tensor | None) -> list[np.ndarray | None]:
        """Return the holes of each picture, None where it has none."""
        count, _, height, width = degraded.shape
        found = torch.zeros(count, 1, height, width, dtype=torch.bool) if mask is None else marked(mask, height, width)
        check_holes(found, needed=self.needs_mask)
        return [hole if hole.any() else None for hole in found.expand(count, -1, -1, -1)[:, 0].cpu().numpy()]


def as_array(picture: Tensor) -> np.ndarray:
    """Turn (C, H, W) into (H, W, C) float32."""
    return np.ascontiguousarray(picture.detach().float().permute(1, 2, 0).cpu().numpy())


def planes_of(picture: np.ndarray) -> tuple[np.ndarray, int | None]:
    """Return a picture as scikit-image takes it, and the axis of its channels: grey ones have none."""
    return (picture, -1) if picture.shape[2] == 3 else (picture[..., 0], None)


def read_noise(picture: np.ndarray, hole: np.ndarray | None) -> float:
    """Return the noise in grey levels; 0 where nothing tells it, or where it may be texture."""
    if hole is not None:
        picture = np.where(hole[..., None], np.float32(1), picture)  # none is read where it is white
    marks = jpeg_marks(picture)
    sigma = noise_sigma(picture, marks) or 0.0
    return sigma if sigma > least_noise(marks) else 0.0


def known_colours(picture: np.ndarray, hole: np.ndarray | None) -> np.ndarray:
    """Return the known colours, (n, C)."""
    return picture.reshape(-1, picture.shape[2]) if hole is None else picture[~hole]
