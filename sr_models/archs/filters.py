"""The classical methods that take away noise, JPEG marks and blur, and fill holes, by scikit-image. Nothing to train.

`_filter.py` has their contract; those that mend tones are in `tone_filters.py`.
"""

from typing import Any

import numpy as np

from sr_models.archs._filter import Filter, planes_of, read_noise
from sr_models.archs._registry import architecture
from sr_models.imaging.estimate import edge_sigma, kernel_sigma
from sr_models.imaging.holes import fill
from sr_models.parameters import Parameter

_FAINT, _NARROW = 0.5, 0.3  # grey levels of noise, and pixels of blur, that nobody sees


class _Denoiser(Filter):
    """Take noise away, of a sigma that is told or read in flat parts."""

    strength = Parameter("strength", 0.0, low=1, high=100, unit="/255", help="Sigma of the noise; default: estimated")
    repairs = ("denoise",)

    def estimate(self, picture: np.ndarray, hole: np.ndarray | None) -> float:
        """Read the noise in flat parts."""
        return read_noise(picture, hole)


@architecture(
    "median",
    task="restore",
    weights=False,
    paper="Tukey, Exploratory Data Analysis, 1977",
    title="Median",
    summary="The middle value of each neighbourhood: removes specks, rounds corners.",
)
class Median(Filter):
    """Take the median of a square around each pixel, in each channel."""

    strength = Parameter("strength", 1, low=1, high=5, unit="px", help="From the middle of the square to its side")
    halo = 5
    exact_tiling = True
    repairs = ("denoise",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: int) -> np.ndarray:
        """Take the median."""
        from skimage.filters import median

        return median(picture, np.ones((2 * strength + 1, 2 * strength + 1, 1)), mode="nearest")


@architecture(
    "non_local_means",
    task="restore",
    weights=False,
    paper="Buades, Coll and Morel, A non-local algorithm for image denoising, CVPR 2005",
    title="Non-local means",
    summary="Averages patches that look alike: clean, and a little waxy.",
)
class NonLocalMeans(_Denoiser):
    """Average pixels whose 5x5 patches are alike, up to 4 pixels away; h = 0.5 sigma.

    Sides and h are the best of those tried on Set14 at sigma 25, PSNR-Y.
    """

    halo = 6
    minimum = 2
    exact_tiling = True

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Average patches."""
        from skimage.restoration import denoise_nl_means

        if strength < _FAINT:
            return picture
        sigma, (planes, axis) = strength / 255, planes_of(picture)
        clean = denoise_nl_means(planes, 5, 4, h=0.5 * sigma, sigma=sigma, fast_mode=True, channel_axis=axis)
        return clean.reshape(picture.shape)


@architecture(
    "total_variation",
    task="restore",
    weights=False,
    paper="Chambolle, An algorithm for total variation minimization and applications, JMIV 2004",
    title="Total variation",
    summary="Flattens what varies little and keeps edges: good for marks of JPEG.",
)
class TotalVariation(Filter):
    """Minimise the total variation against the distance from the picture; by itself half of sigma / 255, at least 0.01.

    That least weight is the best one for JPEG of quality 20 to 50 without noise.
    """

    strength = Parameter(
        "strength", 0.0, low=0.001, high=0.5, step=0.001, help="Weight of smoothness; default: from the noise"
    )
    repairs = ("dejpeg", "denoise")

    def estimate(self, picture: np.ndarray, hole: np.ndarray | None) -> float:
        """Follow the noise."""
        return max(0.5 * read_noise(picture, hole) / 255, 0.01)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Minimise."""
        from skimage.restoration import denoise_tv_chambolle

        return denoise_tv_chambolle(picture, weight=strength, channel_axis=-1)


@architecture(
    "wavelet",
    task="restore",
    weights=False,
    paper="Chang, Yu and Vetterli, Adaptive wavelet thresholding (BayesShrink), IEEE TIP 2000",
    title="Wavelet shrinkage",
    summary="Shrinks small wavelet coefficients: fast, with faint ripples.",
)
class Wavelet(_Denoiser):
    """Shrink the coefficients of symlets in luma and chroma by the thresholds of BayesShrink."""

    minimum = 16

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Shrink."""
        from skimage.restoration import denoise_wavelet

        if strength < _FAINT:
            return picture
        planes, axis = planes_of(picture)
        how = {"sigma": strength / 255, "wavelet": "sym4", "convert2ycbcr": axis is not None, "rescale_sigma": True}
        return denoise_wavelet(planes, channel_axis=axis, **how).reshape(picture.shape)


@architecture(
    "wiener",
    task="restore",
    weights=False,
    paper="Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time Series, 1949",
    title="Wiener",
    summary="Undoes a blur whose width it is told, as far as the noise allows.",
)
class Wiener(Filter):
    """Divide the spectrum by that of a gaussian of `strength` pixels, where the noise leaves something to divide.

    The weight of smoothness follows the noise in grey levels: 1e-4 + 4e-4 sigma², near the best on Set14 for sigma 0 to
    5 and blurs of 0.8 to 3. A quarter too wide is worse than not at all; by itself it takes the width of the edges.
    """

    strength = Parameter(
        "strength", 0.0, low=_NARROW, high=5, step=0.1, unit="px", help="Sigma of the blur; default: from the edges"
    )
    repairs = ("deblur",)

    def estimate(self, picture: np.ndarray, hole: np.ndarray | None) -> float:
        """Measure the edges."""
        return kernel_sigma(edge_sigma(picture, read_noise(picture, hole)) or 0.0)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Divide; the picture goes on as its mirror image beyond its border."""
        from skimage.restoration import wiener

        if strength < _NARROW:
            return picture
        steps = np.arange(-np.ceil(4 * strength), np.ceil(4 * strength) + 1)
        line = np.exp(-(steps**2) / (2 * strength**2))
        kernel = np.outer(line, line) / line.sum() ** 2
        around = len(steps) + 8
        wide = np.pad(picture, ((around, around), (around, around), (0, 0)), mode="symmetric")
        smoothness = 1e-4 + 4e-4 * read_noise(picture, hole) ** 2
        sharp: list[Any] = [wiener(wide[..., c], kernel, smoothness, clip=False) for c in range(picture.shape[2])]
        return np.stack(sharp, -1)[around:-around, around:-around]


@architecture(
    "biharmonic",
    task="restore",
    weights=False,
    paper="Chui and Mhaskar, MRA contextual-recovery extension of smooth functions on manifolds, ACHA 2010",
    title="Biharmonic",
    summary="Fills a hole as a thin plate would: smooth, without texture.",
)
class Biharmonic(Filter):
    """Solve the biharmonic equation in each hole; known pixels come back as they are."""

    strength = None
    minimum = 2
    needs_mask = True
    repairs = ("inpaint",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: None) -> np.ndarray:
        """Fill the holes."""
        assert hole is not None
        return fill(picture, hole)
