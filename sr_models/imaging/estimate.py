"""What a picture's own pixels say of its damage: marks of JPEG, noise, the width of edges.

Pictures are (H, W, C) of uint8, uint16 or floating point in [0, 1], C = 1 or 3. Of a large one, parts spread over it
are looked at.
"""

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from sr_models.imaging.headers import ijg_tables

_PIXELS, _PARTS, _SIDE = 2**20, 4, 256  # a picture with more pixels is judged by 4 x 4 parts of this side
_BLOCK = 8  # of JPEG
_LUMA = np.array([0.299, 0.587, 0.114])  # of JPEG
_ORDER = np.add.outer(np.arange(_BLOCK), np.arange(_BLOCK))  # how fine the waves of a block's coefficients are
# Marks of JPEG: coefficients that tell the table; the qualities that leave marks; how many coefficients must be beyond
# the first step, and how well they must lie on the steps, from 0 for chance to 1.
_TOLD_BY = (_ORDER > 0) & (_ORDER < 4)
_QUALITIES = range(5, 96)
_COEFFICIENTS, _SAMPLE, _FIT, _NEARLY = 30, 6000, 0.3, 0.85
_EDGE = 8.0  # grey levels between neighbours that count as no more
# Noise: how the parts are chosen that are flat, and where it is read in them, by the order of the coefficients.
_PLAIN, _COMPRESSED = ((1, 6), (7, 14)), ((1, 4), (5, 8))
_FLAT, _FEWEST = 0.01, 8  # the share of the windows of 3 x 3 blocks, and the least number
_CLIPPED, _TOO_CLIPPED = 0.05, 0.5  # the share of black or white pixels in a window
_LEFT_AT_AN_END = (1 / 2 - 1 / (2 * np.pi)) ** 0.5  # of the deviation of noise whose lower half is cut
_TEXTURE, _COARSE = 8.0, 30  # grey levels of noise that texture reads like in JPEG of this quality or better
_SIGMAS = np.concatenate([np.arange(0, 10, 0.1), np.arange(10, 101, 1.0)])
# Edges: the share of pixels with the steepest, the least step in grey levels, how many there must be, how wide those of
# a sharp picture are, and by what much noise is smoothed first.
_STEEP, _STEP, _FEW_EDGES, _SHARP = 0.02, 2.0, 10, 0.5
_NOISY, _SMOOTH = 3.0, 1.0


class JpegMarks(NamedTuple):
    """Say how a picture was compressed: the quality, 5 to 95 on the IJG's scale, and where its first block begins."""

    quality: int
    top: int
    left: int


def _parts(picture: np.ndarray, top: int = 0, left: int = 0) -> Iterator[np.ndarray]:
    """Yield the picture, or parts spread over it, in [0, 1]; they begin whole blocks away from `top`, `left`."""
    picture = picture[top:, left:]
    height, width = picture.shape[:2]
    whole = height * width <= _PIXELS
    rows, columns = ([0] if whole else np.linspace(0, max(n - _SIDE, 0), _PARTS).astype(int) for n in (height, width))
    side = max(height, width) if whole else _SIDE
    for y in dict.fromkeys(n // _BLOCK * _BLOCK for n in rows):
        for x in dict.fromkeys(n // _BLOCK * _BLOCK for n in columns):
            part = picture[y : y + side, x : x + side]
            peak = 1 if part.dtype.kind == "f" else np.iinfo(part.dtype).max
            yield part.astype(np.float32) / peak


def _grey(picture: np.ndarray) -> np.ndarray:
    """Return luma as JPEG has it, (H, W) in grey levels."""
    return 255.0 * (picture[..., 0] if picture.shape[2] == 1 else picture @ _LUMA)


def _blocks(grey: np.ndarray) -> np.ndarray:
    """Cut (H, W) into whole blocks, (H/8, W/8, 8, 8)."""
    rows, columns = (n // _BLOCK for n in grey.shape)
    cut = grey[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    return cut.transpose(0, 2, 1, 3)


def _coefficients(grey: np.ndarray) -> np.ndarray:
    """Return the cosine transform of each block, (H/8, W/8, 8, 8), scaled as JPEG scales it."""
    from scipy.fft import dctn

    found: Any = dctn(_blocks(grey), axes=(2, 3), norm="ortho")
    return found


def jpeg_marks(picture: np.ndarray) -> JpegMarks | None:
    """Tell from the pixels how a picture was compressed by JPEG before; None where they bear no such marks.

    The blocks begin at the corner or where neighbours differ more than beside, whichever fits better. The quality is
    the lowest whose table's steps the coefficients of luma lie on. Marks vanish above quality 90 or so, under noise,
    and when a picture is resized.
    """
    parts = [_grey(part) for part in _parts(picture) if min(part.shape[:2]) >= 3 * _BLOCK]
    if not parts:
        return None
    begins = {(0, 0), (_beginning(parts, 0), _beginning(parts, 1))}
    fits, (top, left) = max(((_fits(parts, *begin), begin) for begin in begins), key=lambda found: found[0].max())
    if fits.max() < _FIT:
        return None
    lowest = int(np.flatnonzero(fits >= _NEARLY * fits.max())[0])  # half the steps fit as well
    near = fits[lowest : lowest + 4]
    quality = _QUALITIES[0] + lowest + round(float(np.flatnonzero(near == near.max()).mean()))
    return JpegMarks(quality, top, left)


def _fits(parts: list[np.ndarray], top: int, left: int) -> np.ndarray:
    """Say how well each of _QUALITIES fits blocks that begin there."""
    coefficients = [_coefficients(part[top:, left:])[..., _TOLD_BY] for part in parts]  # (H/8, W/8, k)
    found = np.concatenate([part.reshape(-1, part.shape[-1]) for part in coefficients])
    found = found[:: len(found) // _SAMPLE + 1]
    return np.array([_fit(found, ijg_tables()[q - 1].reshape(_BLOCK, _BLOCK)[_TOLD_BY]) for q in _QUALITIES])


def _beginning(parts: list[np.ndarray], axis: int) -> int:
    """Return the row (axis 0) or column at which blocks begin, 0 to 7."""
    kinks = np.zeros(_BLOCK)
    for part in parts:
        step = np.minimum(np.abs(np.diff(part, axis=axis)), _EDGE).mean(1 - axis)  # [i]: from i to i + 1
        kink = 2 * step[1:-1] - step[:-2] - step[2:]  # [i]: from i + 1 to i + 2
        kinks += [kink[(first - 2) % _BLOCK :: _BLOCK].mean() for first in range(_BLOCK)]
    return int(kinks.argmax())


def _fit(found: np.ndarray, steps: np.ndarray) -> float:
    """Say how well coefficients (n, k) beyond half a step lie on whole steps (k,), 1 for all."""
    beyond = np.abs(found) > steps / 2
    count = int(beyond.sum())
    return float((np.cos(2 * np.pi / steps * found) * beyond).sum()) / count if count >= _COEFFICIENTS else 0.0


def noise_sigma(picture: np.ndarray, marks: JpegMarks | None = None) -> float | None:
    """Return the standard deviation of the noise in each channel, in grey levels of 255; None where nothing tells it.

    Windows of 24 x 24 pixels that vary least in their coarse waves are taken for flat; noise is read in their fine
    ones. JPEG sets fine waves to 0: with `marks`, the answer is the noise before it, from how often a wave of noise
    would pass half a step of the table; independent noise in three channels is assumed. Texture in the flattest
    windows is read as noise. Windows with black or white pixels are left out; where nearly all have many, half of
    the noise is taken to be cut off there. Absent for pictures of fewer than 8 windows.
    """
    coarse, fine = _COMPRESSED if marks else _PLAIN
    flatness, energies, clipped = [], [], []
    for part in _parts(picture, *marks[1:] if marks else ()):
        if min(part.shape[:2]) < 3 * _BLOCK:
            continue
        planes = [_grey(part)] if marks else [255.0 * part[..., c] for c in range(part.shape[2])]
        found = np.mean([_coefficients(plane) ** 2 for plane in planes], 0)
        ends = np.any((part <= 2 / 255) | (part >= 253 / 255), 2)
        flatness.append(_windows(found[..., _between(*coarse)].sum(-1)))
        energies.append(_windows(found[..., _between(*fine)].mean(-1)))
        clipped.append(_windows(_blocks(ends).mean((2, 3))))
    if not flatness:
        return None
    flat, energy, ends = (np.concatenate(kind) for kind in (flatness, energies, clipped))
    most = max(_CLIPPED, float(np.percentile(ends, 10)))
    cut = most > _TOO_CLIPPED
    inside = (ends <= most) | cut
    if inside.sum() < _FEWEST:
        return None
    chosen = np.argsort(flat[inside])[: max(_FEWEST, int(_FLAT * inside.sum()))]
    left = float(energy[inside][chosen].mean()) / (_LEFT_AT_AN_END**2 if cut else 1)
    if not marks:
        return left**0.5
    colour = picture.shape[2] == 3 and bool((picture[..., :1] != picture[..., 1:]).any())
    weight = float((_LUMA**2).sum() ** 0.5) if colour else 1.0  # of one channel's noise in luma
    return float(np.interp(left, _left_by_jpeg(marks.quality, weight), _SIGMAS))


def least_noise(marks: JpegMarks | None) -> float:
    """Return the grey levels up to which `noise_sigma` may be the texture that JPEG made coarse."""
    return _TEXTURE * max(_COARSE / marks.quality, 1) if marks else 0.0


def _between(low: int, high: int) -> np.ndarray:
    return np.isin(_ORDER, range(low, high + 1))


def _windows(blocks: np.ndarray) -> np.ndarray:
    """Return the means of 3 x 3 blocks of (H/8, W/8), all that there are, in one row."""
    from scipy.ndimage import uniform_filter

    return uniform_filter(blocks, 3)[1:-1, 1:-1].ravel()


@functools.lru_cache(maxsize=128)
def _left_by_jpeg(quality: int, weight: float) -> np.ndarray:
    """Return the mean square of the fine coefficients that JPEG leaves of noise of each of _SIGMAS.

    A coefficient is normal; rounded to whole steps its mean square is the sum over k of (2k - 1) P(|x| > k - 1/2).
    """
    from scipy.special import erfc

    steps = ijg_tables()[quality - 1].reshape(_BLOCK, _BLOCK)[_between(*_COMPRESSED[1])].astype(float)
    ratio = np.maximum(weight * _SIGMAS[:, None] / steps, 1e-6)
    k = np.arange(1, 12)[:, None, None]
    few = ((2 * k - 1) * erfc((k - 0.5) / ratio / 2**0.5)).sum(0)
    return (np.where(ratio > 2, ratio**2 + 1 / 12, few) * steps**2).mean(1)


def edge_sigma(picture: np.ndarray, noise: float | None = None) -> float | None:
    """Return how wide the steepest edges are, as the standard deviation of a gaussian in pixels; None without edges.

    A step blurred by s and again by 1 is flatter by sqrt(s² + 1) / s: the median over the crests of the steepest
    edges. Sharp pictures have about 0.5. `noise`, in grey levels, is smoothed away first where there is much.
    Source: Zhuo and Sim, Pattern Recognition 2011.
    """
    from scipy.ndimage import gaussian_filter, maximum_filter

    before = _SMOOTH if noise and noise >= _NOISY else 0.0
    found = []
    for part in _parts(picture):
        if min(part.shape[:2]) < 3:
            continue
        grey = gaussian_filter(_grey(part), before) if before else _grey(part)
        slope, flatter = _slope(grey), _slope(gaussian_filter(grey, 1.0))
        steep = slope >= max(_STEP, float(np.percentile(slope, 100 * (1 - _STEEP))))
        crest = steep & (slope >= maximum_filter(slope, 3))
        found.append(slope[crest] / np.maximum(flatter[crest], 1e-3))
    ratios = np.concatenate(found) if found else np.empty(0)
    if len(ratios) < _FEW_EDGES:
        return None
    ratio = max(float(np.median(ratios)), 1.001)
    return max(1 / (ratio**2 - 1) - before**2, 0.0) ** 0.5


def kernel_sigma(edges: float) -> float:
    """Return which gaussian, in pixels, makes the edges of a sharp picture as wide as `edges`."""
    return max(edges**2 - _SHARP**2, 0.0) ** 0.5


def _slope(grey: np.ndarray) -> np.ndarray:
    down, right = np.gradient(grey)
    return np.hypot(down, right)
