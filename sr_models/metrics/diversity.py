"""How possible pictures of one LR differ, and whether they differ where the mean is wrong."""

import numpy as np
import torch
import torch.nn.functional as F

from sr_models.imaging.color import luma
from sr_models.imaging.picture import as_8_bit


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Spearman's correlation of ranks, in [-1, 1]; None where one of them is the same everywhere."""
    from scipy.stats import spearmanr

    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return round(float(spearmanr(one, other)[0]), 4)  # type: ignore[arg-type]


def spread(arrays: list[np.ndarray], around: int = 0) -> np.ndarray:
    """Return where samples differ: the standard deviation of luma at each pixel in grey levels of 255, (H, W) float32.

    Its square is averaged over `around` pixels on each side, because few samples tell little of a single pixel.
    """
    ys = (luma(as_8_bit(array)[:, : 3 if array.shape[2] > 2 else 1])[0, 0] * 255 for array in arrays)
    first, total, squares = next(ys), torch.zeros(()), torch.zeros(())
    for y in ys:  # less the first: equal pictures have no spread at all
        total, squares = total + (y - first), squares + (y - first).square()
    n = len(arrays)
    variance = (squares - total.square() / n).clamp(min=0).expand_as(first) / max(n - 1, 1)
    side = 2 * around + 1
    return F.avg_pool2d(variance[None, None], side, 1, around, count_include_pad=False)[0, 0].sqrt().numpy()


def luma_error(result: np.ndarray, original: np.ndarray) -> np.ndarray:
    """Return |result - original| on luma at each pixel in grey levels of 255, (H, W) float32."""
    ours, true = torch.broadcast_tensors(as_8_bit(result), as_8_bit(original))
    return ((luma(ours) - luma(true)).abs()[0, 0] * 255).numpy()


def pooled_rank_correlation(one: np.ndarray, other: np.ndarray, pool: int = 8) -> float | None:
    """Return Spearman's correlation of two maps (H, W), averaged over blocks of `pool` pixels.

    None for small or flat ones.
    """

    height, width = (n // pool for n in one.shape)
    if height * width < pool:
        return None
    blocks = [x[: height * pool, : width * pool].reshape(height, pool, width, pool).mean((1, 3)) for x in (one, other)]
    return rank_correlation(*(b.ravel() for b in blocks))
