"""PSNR and SSIM against scikit-image and against hand-computed cases."""

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from sr_models.color import luma, rgb_to_ycbcr, ycbcr_to_rgb
from sr_models.image import to_tensor
from sr_models.metrics.fidelity import fidelity, lr_consistency, psnr, ssim
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
    assert ssim(small, small, border=1) is not None
    assert ssim(small, small, border=2) is None
    assert psnr(small, small, border=7) is None
    assert fidelity(small, small, 7) == dict.fromkeys(("psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb"))


def test_grey_counts_as_rgb_of_equal_channels():
    grey = to_tensor(scene(20, 20, 1))
    other = (grey + 0.05).clamp(0, 1)
    wide = psnr(other.expand(1, 3, 20, 20), grey.expand(1, 3, 20, 20))
    assert psnr(other, grey) == pytest.approx(wide, abs=1e-4)


def test_lr_consistency_is_high_for_bicubic_and_low_for_a_shift():
    from sr_models.resample import resize

    lr = to_tensor(scene(24, 24))
    sr = resize(lr, 96, 96).clamp(0, 1)
    good, bad = lr_consistency(sr, lr), lr_consistency(sr.roll(4, 3), lr)
    assert good is not None
    assert bad is not None
    assert good > bad + 10


def test_ycbcr_of_known_colours_and_back():
    colours = torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 0, 0]]).T.reshape(1, 3, 1, 3)
    found = rgb_to_ycbcr(colours) * 255
    expected = torch.tensor([[235.0, 128, 128], [16, 128, 128], [81.481, 90.203, 240]]).T.reshape(1, 3, 1, 3)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)
    torch.testing.assert_close(ycbcr_to_rgb(rgb_to_ycbcr(colours)), colours, atol=1e-6, rtol=0)
    torch.testing.assert_close(luma(colours), rgb_to_ycbcr(colours)[:, :1], atol=1e-6, rtol=0)
