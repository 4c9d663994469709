"""The classical methods of restoration, by scikit-image, in the contract of restoration nets. Nothing to train.

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

from sr_models.archs._registry import architecture
from sr_models.errors import SRError
from sr_models.imaging.estimate import edge_sigma, jpeg_marks, kernel_sigma, least_noise, noise_sigma
from sr_models.imaging.holes import fill
from sr_models.parameters import Parameter

_FAINT, _NARROW = 0.5, 0.3  # grey levels of noise, and pixels of blur, that nobody sees


class _Filter(nn.Module):
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
            array = _array(picture)
            used = self.estimate(array, hole) if amount is None else amount
            restored = np.ascontiguousarray(self.restore(array, hole, used).transpose(2, 0, 1), np.float32)
            done.append(torch.from_numpy(restored).clamp(0, 1))
        return torch.stack(done).to(degraded.device)

    def own_strength(self, degraded: Tensor, mask: Tensor | None = None) -> float | None:
        """Return the strength that None means for one picture (1, C, H, W); None where the method has no strength."""
        return self.estimate(_array(degraded[0]), self._holes(degraded, mask)[0])

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
        value = self.strength.check(strength)
        return None if value == self.strength.default else value

    def _holes(self, degraded: Tensor, mask: Tensor | None) -> list[np.ndarray | None]:
        """Return the holes of each picture, None where it has none."""
        count, _, height, width = degraded.shape
        holes: list[np.ndarray | None] = [None] * count
        if mask is not None:
            if tuple(mask.shape[-2:]) != (height, width):
                raise SRError("mask_size", width=mask.shape[-1], height=mask.shape[-2], expected=f"{width}×{height}")
            found = (mask.expand(count, 1, -1, -1)[:, 0] > 0.5).cpu().numpy()
            if found.all((1, 2)).any():
                raise SRError("mask_full")
            holes = [hole if hole.any() else None for hole in found]
        if self.needs_mask and any(hole is None for hole in holes):
            raise SRError("mask_empty")
        return holes


def _array(picture: Tensor) -> np.ndarray:
    """Turn (C, H, W) into (H, W, C) float32."""
    return np.ascontiguousarray(picture.detach().float().permute(1, 2, 0).cpu().numpy())


def _planes(picture: np.ndarray) -> tuple[np.ndarray, int | None]:
    """Return a picture as scikit-image takes it, and the axis of its channels: grey ones have none."""
    return (picture, -1) if picture.shape[2] == 3 else (picture[..., 0], None)


def _noise(picture: np.ndarray, hole: np.ndarray | None) -> float:
    """Return the noise in grey levels; 0 where nothing tells it, or where it may be texture."""
    if hole is not None:
        picture = np.where(hole[..., None], np.float32(1), picture)  # none is read where it is white
    marks = jpeg_marks(picture)
    sigma = noise_sigma(picture, marks) or 0.0
    return sigma if sigma > least_noise(marks) else 0.0


def _known(picture: np.ndarray, hole: np.ndarray | None) -> np.ndarray:
    """Return the known colours, (n, C)."""
    return picture.reshape(-1, picture.shape[2]) if hole is None else picture[~hole]


class _Denoiser(_Filter):
    """Take noise away, of a sigma that is told or read in flat parts."""

    strength = Parameter("strength", 0.0, low=1, high=100, unit="/255", help="Sigma of the noise; default: estimated")
    repairs = ("denoise",)

    def estimate(self, picture: np.ndarray, hole: np.ndarray | None) -> float:
        """Read the noise in flat parts."""
        return _noise(picture, hole)


@architecture(
    "median",
    task="restore",
    weights=False,
    paper="Tukey, Exploratory Data Analysis, 1977",
    title="Median",
    summary="The middle value of each neighbourhood: removes specks, rounds corners.",
)
class Median(_Filter):
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
        sigma, (planes, axis) = strength / 255, _planes(picture)
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
class TotalVariation(_Filter):
    """Minimise the total variation against the distance from the picture; by itself half of sigma / 255, at least 0.01.

    That least weight is the best one for JPEG of quality 20 to 50 without noise.
    """

    strength = Parameter(
        "strength", 0.0, low=0.001, high=0.5, step=0.001, help="Weight of smoothness; default: from the noise"
    )
    repairs = ("dejpeg", "denoise")

    def estimate(self, picture: np.ndarray, hole: np.ndarray | None) -> float:
        """Follow the noise."""
        return max(0.5 * _noise(picture, hole) / 255, 0.01)

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
        planes, axis = _planes(picture)
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
class Wiener(_Filter):
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
        return kernel_sigma(edge_sigma(picture, _noise(picture, hole)) or 0.0)

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
        smoothness = 1e-4 + 4e-4 * _noise(picture, hole) ** 2
        sharp: list[Any] = [wiener(wide[..., c], kernel, smoothness, clip=False) for c in range(picture.shape[2])]
        return np.stack(sharp, -1)[around:-around, around:-around]


@architecture(
    "clahe",
    task="restore",
    weights=False,
    paper="Zuiderveld, Contrast limited adaptive histogram equalization, Graphics Gems IV, 1994",
    title="CLAHE",
    summary="Evens out the brightness of each region, no more than a limit.",
)
class Clahe(_Filter):
    """Equalise the histogram of each eighth of the sides, clipped at `strength`."""

    strength = Parameter("strength", 0.003, low=0.001, high=0.1, step=0.001, help="Where the histogram is clipped")
    minimum = 8
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Equalise."""
        from skimage.exposure import equalize_adapthist

        return equalize_adapthist(_planes(picture)[0], clip_limit=strength).reshape(picture.shape)


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
class AutoContrast(_Filter):
    """Stretch all channels alike, `strength` percent cut at each end."""

    strength = Parameter("strength", 0.1, low=0, high=10, step=0.1, unit="%", help="Cut at each end of the tones")
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Stretch."""
        return _stretched(picture, _known(picture, hole), strength)


@architecture(
    "auto_levels",
    task="restore",
    weights=False,
    paper="",
    title="Auto-levels",
    summary="Stretches each channel to the whole range: takes a colour cast away, and sometimes a colour.",
)
class AutoLevels(_Filter):
    """Stretch each channel by itself, `strength` percent cut at each end."""

    strength = AutoContrast.strength
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Stretch each channel."""
        known = _known(picture, hole)
        return np.stack([_stretched(picture[..., c], known[:, c], strength) for c in range(picture.shape[2])], -1)


@architecture(
    "gray_world",
    task="restore",
    weights=False,
    paper="Buchsbaum, A spatial processor model for object colour perception, J. Franklin Institute 1980",
    title="Gray world",
    summary="Takes the mean colour for grey: right where all colours occur.",
)
class GrayWorld(_Filter):
    """Scale each channel towards a grey mean, by the share `strength` of the way."""

    strength = Parameter("strength", 1.0, low=0, high=1, step=0.05, help="How far to go; 1 is all the way")
    repairs = ("tone",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: float) -> np.ndarray:
        """Scale."""
        mean = _known(picture, hole).mean(0)
        return picture * (1 + strength * (mean.mean() / np.maximum(mean, 1 / 255) - 1))


@architecture(
    "biharmonic",
    task="restore",
    weights=False,
    paper="Chui and Mhaskar, MRA contextual-recovery extension of smooth functions on manifolds, ACHA 2010",
    title="Biharmonic",
    summary="Fills a hole as a thin plate would: smooth, without texture.",
)
class Biharmonic(_Filter):
    """Solve the biharmonic equation in each hole; known pixels come back as they are."""

    strength = None
    minimum = 2
    needs_mask = True
    repairs = ("inpaint",)

    def restore(self, picture: np.ndarray, hole: np.ndarray | None, strength: None) -> np.ndarray:
        """Fill the holes."""
        assert hole is not None
        return fill(picture, hole)
