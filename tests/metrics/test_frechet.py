"""The Fréchet distance against what it is by hand, and how far the items of a set are from each other."""

import pytest
import torch

from sr_models.metrics.frechet import frechet_distance, mean_distance


def test_of_two_normal_laws_by_hand():
    torch.manual_seed(0)
    x = torch.randn(100_000, 3, dtype=torch.float64)
    x = (x - x.mean(0)) @ torch.linalg.inv(torch.linalg.cholesky(x.T.cov())).T  # mean 0, covariance 1
    scales, moved = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.0, -2.0])
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(x, x * scales + moved) == pytest.approx(1 + 4 + 0 + 1 + 4, rel=1e-3)  # |m|² + Σ (1 - s)²
    assert frechet_distance(x * scales, x) == pytest.approx(5, rel=1e-3)


def test_features_that_are_always_0_do_no_harm():
    x = torch.cat([torch.randn(500, 2), torch.zeros(500, 3)], 1)
    assert frechet_distance(x, x + 1) == pytest.approx(5, rel=1e-3)


def test_equal_items_have_no_distance():
    assert float(mean_distance(torch.ones(5, 7))) == 0
    assert float(mean_distance(torch.tensor([[0.0], [3.0]]))) == 3
