"""Measures of what nets that invent do wrong: each finds what was planted, and little where nothing was."""

import pytest
import torch

from sr_models.imaging.resample import resize
from sr_models.metrics import Absent
from sr_models.metrics.artifacts import flat_noise, grid_energy, level_shift


@pytest.fixture
def texture():
    """A picture (1, 3, 96, 128) with detail at every frequency, and a flat corner."""
    torch.manual_seed(0)
    picture = 0.5 + 0.1 * torch.randn(1, 1, 96, 128).expand(1, 3, 96, 128)
    picture[..., :32, :32] = 0.4
    return picture.clamp(0, 1).contiguous()


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_planted_checkerboard_is_found(texture, scale):
    rows, columns = torch.meshgrid(torch.arange(96), torch.arange(128), indexing="ij")
    board = ((rows % scale == 0) & (columns % scale == 0)).float()
    clean = grid_energy(texture, texture, scale)
    assert clean == pytest.approx(1.0)
    planted = grid_energy((texture + 0.06 * board).clamp(0, 1), texture, scale)
    assert (planted or 0) > 1.1
    other = grid_energy(texture + 0.01 * torch.randn_like(texture), texture, scale)  # noise has no grid
    assert other == pytest.approx(1.0, abs=0.05)
    small = resize(texture, 96 // scale, 128 // scale)
    assert (grid_energy(resize(small, 96, 128), texture, scale) or 0) < 0.6


def test_grid_energy_is_absent_where_there_is_none(texture):
    assert grid_energy(texture[..., :20, :20], texture[..., :20, :20], 4) == Absent("too_small")
    flat = torch.full((1, 1, 64, 64), 0.5)
    assert grid_energy(flat, flat, 4) == Absent("no_grid")


def test_small_pictures_have_no_numbers(texture):
    small = texture[..., :8, :8]
    assert flat_noise(small, small) == Absent("too_small")
    assert grid_energy(small, small, 4) == Absent("too_small")
    assert level_shift(small[..., :0, :0], small[..., :0, :0]) == Absent("too_small")


def test_a_shifted_channel_is_told_in_grey_levels(texture):
    shifted = texture.clone()
    shifted[:, 2] += 3 / 255
    assert level_shift(shifted, texture) == pytest.approx(3, abs=0.01)
    assert level_shift(texture, texture) == 0


def test_noise_on_a_flat_part_is_told(texture):
    torch.manual_seed(1)
    assert flat_noise(texture, texture) == pytest.approx(0, abs=1e-2)
    noisy = texture.clone()
    noisy[..., :32, :32] += 4 / 255 * torch.randn(1, 1, 32, 32)
    value = flat_noise(noisy, texture)
    assert value == pytest.approx(4 * 219 / 255, rel=0.1)  # of luma, which has 219 levels
    elsewhere = texture.clone()
    elsewhere[..., 48:, 48:] += 0.1 * torch.randn(1, 1, 48, 80)  # where the original is not flat
    assert flat_noise(elsewhere, texture) == pytest.approx(0, abs=1e-2)
    assert flat_noise(texture, texture[..., 48:, 48:].repeat(1, 1, 2, 2)[..., :96, :128]) == Absent("nothing_flat")
