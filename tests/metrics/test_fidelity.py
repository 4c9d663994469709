"""PSNR and SSIM against scikit-image and against hand-computed cases."""

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from sr_models.imaging.color import luma, rgb_to_ycbcr, ycbcr_to_rgb
from sr_models.imaging.picture import to_tensor
from sr_models.metrics import Absent
from sr_models.metrics.fidelity import edge_agreement, lr_consistency, psnr, ssim
from tests.conftest import scene


def pair(size=(61, 47)):
    clean = scene(*size)
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 12, clean.shape), 0, 255).astype(np.uint8)
    return noisy, clean


@pytest.mark.parametrize("border", [0, 4])
def test_rgb_numbers_equal_scikit_image(border):
    a, b = pair()
    inside = slice(border, -border or None)
    ca, cb = a[inside, inside], b[inside, inside]
    assert psnr(to_tensor(a), to_tensor(b), border=border, y=False) == pytest.approx(
        peak_signal_noise_ratio(cb, ca, data_range=255), abs=1e-4
    )
    oracle = structural_similarity(
        cb, ca, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=2
    )
    assert ssim(to_tensor(a), to_tensor(b), border=border, y=False) == pytest.approx(oracle, abs=1e-4)


def test_y_numbers_equal_scikit_image_on_bt601():
    a, b = pair()
    ya, yb = (
        16 + (65.481 * x[..., 0] + 128.553 * x[..., 1] + 24.966 * x[..., 2]) / 255
        for x in (a.astype(float), b.astype(float))
    )
    assert psnr(to_tensor(a), to_tensor(b)) == pytest.approx(peak_signal_noise_ratio(yb, ya, data_range=255), abs=1e-4)
    oracle = structural_similarity(
        yb, ya, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert ssim(to_tensor(a), to_tensor(b)) == pytest.approx(oracle, abs=1e-4)


def test_hand_computed_psnr():
    a, b = torch.zeros(1, 3, 12, 12), torch.full((1, 3, 12, 12), 0.1)
    assert psnr(a, b, y=False) == pytest.approx(20.0, abs=1e-5)
    assert psnr(a, b) == pytest.approx(20 - 20 * math.log10(219 / 255), abs=1e-5)


def test_equal_pictures_are_infinite_and_one():
    a = to_tensor(scene(20, 20))
    assert psnr(a, a) == math.inf
    assert ssim(a, a) == pytest.approx(1)


def test_absent_where_there_is_too_little():
    small = torch.rand(1, 3, 14, 30)
    assert ssim(small, small, border=1) == pytest.approx(1)
    assert ssim(small, small, border=2) == Absent("too_small")
    assert psnr(small, small, border=7) == Absent("too_small")


def shapes(size=64, left=20, top=15):
    """A white rectangle of 24x30 on black, (1, 1, size, size)."""
    picture = torch.zeros(1, 1, size, size)
    picture[..., top : top + 30, left : left + 24] = 1
    return picture


def test_edges_agree_within_one_pixel():
    hr = shapes()
    assert edge_agreement(hr, hr, border=2) == 1
    assert edge_agreement(shapes(left=21, top=16), hr, border=2) == 1
    assert (edge_agreement(shapes(left=24, top=19), hr, border=2) or 0) < 0.15
    assert edge_agreement(torch.zeros_like(hr), hr, border=2) == 0


def test_edges_count_what_is_missed_and_what_is_invented():
    one, two = shapes(160), shapes(160) + shapes(160, left=90, top=100)
    assert edge_agreement(one, two, border=2) == pytest.approx(2 / 3)  # precision 1, recall 1/2
    assert edge_agreement(two, one, border=2) == pytest.approx(2 / 3)
    assert edge_agreement(two, one, border=60) == Absent("no_edges")  # both shapes are cut away


def test_edges_equal_a_count_by_scikit_image():
    from skimage.feature import canny
    from skimage.morphology import dilation

    noisy, clean = (x[3:-3, 3:-3].astype(float) @ np.array([65.481, 128.553, 24.966]) / 219 / 255 for x in pair())
    a, b = canny(noisy), canny(clean)
    near_a, near_b = (dilation(x, np.ones((3, 3), bool)) for x in (a, b))
    precision, recall = (a & near_b).sum() / a.sum(), (b & near_a).sum() / b.sum()
    sr, hr = map(to_tensor, pair())
    expected = 2 * precision * recall / (precision + recall)
    assert edge_agreement(sr, hr, border=3) == pytest.approx(expected, abs=1e-3)
    assert 0.2 < expected < 0.95


def test_edges_are_absent_where_there_are_none_or_too_many_pixels(monkeypatch):
    flat = torch.full((1, 3, 40, 40), 0.5)
    assert edge_agreement(flat, flat, border=2) == Absent("no_edges")
    assert edge_agreement(shapes(16, 4, 4), shapes(16, 4, 4), border=3) == Absent("too_small")
    monkeypatch.setattr("sr_models.metrics.fidelity.MAX_EDGE_PIXELS", 64 * 64 - 1)
    assert edge_agreement(shapes(), shapes(), border=2) == Absent("too_large_for_edges")


def test_grey_counts_as_rgb_of_equal_channels():
    grey = to_tensor(scene(20, 20, 1))
    other = (grey + 0.05).clamp(0, 1)
    wide = psnr(other.expand(1, 3, 20, 20), grey.expand(1, 3, 20, 20))
    assert psnr(other, grey) == pytest.approx(wide, abs=1e-4)


def test_lr_consistency_is_high_for_bicubic_and_low_for_a_shift():
    from sr_models.imaging.resample import resize

    lr = to_tensor(scene(24, 24))
    sr = resize(lr, 96, 96).clamp(0, 1)
    good, bad = lr_consistency(sr, lr), lr_consistency(sr.roll(4, 3), lr)
    assert (good or 0) > (bad or 0) + 10


def test_ycbcr_of_known_colours_and_back():
    colours = torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 0, 0]]).T.reshape(1, 3, 1, 3)
    found = rgb_to_ycbcr(colours) * 255
    expected = torch.tensor([[235.0, 128, 128], [16, 128, 128], [81.481, 90.203, 240]]).T.reshape(1, 3, 1, 3)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)
    torch.testing.assert_close(ycbcr_to_rgb(rgb_to_ycbcr(colours)), colours, atol=1e-6, rtol=0)
    torch.testing.assert_close(luma(colours), rgb_to_ycbcr(colours)[:, :1], atol=1e-6, rtol=0)
