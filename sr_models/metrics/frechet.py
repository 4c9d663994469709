"""How far two sets of pictures are from each other, by the numbers that a net finds in them."""

import warnings

import numpy as np
import torch
from torch import Tensor


def frechet_distance(one: Tensor, other: Tensor) -> float:
    """Return the Fréchet distance of two normal laws that have the means and covariances of features (N, D), (M, D).

    |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^(1/2)); N and M should be well above D. Source: Dowson and Landau, 1982; Heusel
    et al., arXiv 1706.08500, equation 6.
    """
    from scipy.linalg import LinAlgWarning, sqrtm

    means, covariances = zip(*((x.mean(0), np.cov(x, rowvar=False)) for x in _doubles(one, other)), strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)  # a feature that is always 0 has a root all the same
        root = np.real(np.asarray(sqrtm(covariances[0] @ covariances[1])))  # rounding makes tiny imaginary parts
    found = np.square(means[0] - means[1]).sum() + np.trace(covariances[0] + covariances[1] - 2 * root)
    return max(float(found), 0.0)


def mean_distance(features: Tensor) -> Tensor:
    """Return how far the items of (N, D) are from the next ones, the root of the mean square over all of them."""
    return (features - features.roll(1, 0)).square().sum(1).mean().sqrt()


def _doubles(*tensors: Tensor) -> list[np.ndarray]:
    return [x.detach().cpu().to(torch.float64).numpy() for x in tensors]
