"""Damage to the tone of a picture, and the curve that undoes it."""

import math

import pytest
import torch

from sr_models.imaging.tone import LINEAR, Contrast, Exposure, Fading, curve

SOFT = 0.4 + 0.2 * torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))  # nothing will be cut off


def numbers(*each: tuple[float, float, float, float]) -> torch.Tensor:
    return torch.tensor([list(each) * (3 // len(each))])


@pytest.mark.parametrize(
    ("damage", "undo"),
    [
        (Exposure(0.5, 1.2), (-0.5 * math.log(2) / LINEAR, 0.0, -math.log(1.2), 0.0)),
        (Contrast(0.5), (math.log(2), 0.25, 0.0, 0.0)),
        (Fading(0.8, 20.0), (-math.log(0.8), 20 / 255, 0.0, 0.0)),
    ],
)
def test_one_curve_undoes_each(damage, undo):
    damaged = damage(SOFT, torch.Generator().manual_seed(1))
    assert (damaged - SOFT).abs().mean() > 0.02
    assert (curve(damaged, numbers(undo)) - SOFT).abs().max() < 2.5 / 255  # rounded to 8 bits, and stretched again
    assert torch.allclose(curve(damaged, numbers((0.0, 0.0, 0.0, 0.0))), damaged, atol=1e-6)


@pytest.mark.parametrize("damage", [Exposure(), Contrast(), Fading()])
def test_each_picture_has_its_own_amount_and_is_of_8_bits(damage):
    generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    one, other = damage(SOFT.expand(2, -1, -1, -1), generators)
    assert not torch.equal(one, other)
    assert torch.allclose(one * 255, (one * 255).round(), atol=1e-3)


def test_a_brighter_exposure_doubles_the_light():
    bright = Exposure(1.0, 1.0)(torch.full((1, 3, 4, 4), 0.3), torch.Generator())
    assert float(bright.mean()) ** LINEAR == pytest.approx(2 * 0.3**LINEAR, rel=0.02)


def test_fading_moves_the_channels_apart():
    means = Fading()(SOFT, torch.Generator().manual_seed(5)).mean((0, 2, 3))
    assert means.max() - means.min() > 0.02
