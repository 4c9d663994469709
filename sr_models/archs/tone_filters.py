"""The classical methods that mend tones, by scikit-image: `_filter.py` has their contract. Nothing to train."""

from typing import Any

import numpy as np

from sr_models.archs._filter import Filter, known_colours, planes_of
from sr_models.archs._registry import architecture
from sr_models.parameters import Parameter


@architecture(
    "clahe",
    task="restore",
    weights=False,
    paper="Zuiderveld, Contrast limited adaptive histogram equalization, Graphics Gems IV, 1994",
    title="CLAHE",
    summary="Evens out the brightness of each region, no more than a limit.",
)
class Clahe(Filter):
    """Equalise the histogram of each eighth of the sides, clipped at `strength`."""

    strength = Parameter("strength", 0.003, low=0.001, high=0.1, step=0.001, help="Where the histogram is clipped")
    minimum = 8
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Equalise."""
        from skimage.exposure import equalize_adapthist

        return equalize_adapthist(planes_of(picture)[0], clip_limit=strength).reshape(picture.shape)


def _stretched(picture: np.ndarray, known: np.ndarray, cut: float) -> np.ndarray:
    """Stretch the values between two percentiles of what is known to [0, 1]."""
    from skimage.exposure import rescale_intensity

    ends: Any = tuple(np.percentile(known, (cut, 100 - cut)))
    whole: Any = (0.0, 1.0)
    return rescale_intensity(picture, ends, whole) if ends[1] - ends[0] > 1 / 255 else picture


@architecture(
    "auto_contrast",
    task="restore",
    weights=False,
    paper="",
    title="Auto-contrast",
    summary="Stretches the tones to the whole range, all channels alike.",
)
class AutoContrast(Filter):
    """Stretch all channels alike, `strength` percent cut at each end."""

    strength = Parameter("strength", 0.1, low=0, high=10, step=0.1, unit="%", help="Cut at each end of the tones")
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Stretch."""
        return _stretched(picture, known_colours(picture, hole), strength)


@architecture(
    "auto_levels",
    task="restore",
    weights=False,
    paper="",
    title="Auto-levels",
    summary="Stretches each channel to the whole range: takes a colour cast away, and sometimes a colour.",
)
class AutoLevels(Filter):
    """Stretch each channel by itself, `strength` percent cut at each end."""

    strength = AutoContrast.strength
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Stretch each channel."""
        known = known_colours(picture, hole)
        return np.stack([_stretched(picture[..., c], known[:, c], strength) for c in range(picture.shape[2])], -1)


@architecture(
    "gray_world",
    task="restore",
    weights=False,
    paper="Buchsbaum, A spatial processor model for object colour perception, J. Franklin Institute 1980",
    title="Gray world",
    summary="Takes the mean colour for grey: right where all colours occur.",
)
class GrayWorld(Filter):
    """Scale each channel towards a grey mean, by the share `strength` of the way."""

    strength = Parameter("strength", 1.0, low=0, high=1, step=0.05, help="How far to go; 1 is all the way")
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Scale."""
        mean = known_colours(picture, hole).mean(0)
        return picture * (1 + strength * (mean.mean() / np.maximum(mean, 1 / 255) - 1))
