"""Measures without an original: against scikit-image, against hand-computed cases, and in the order that people see."""

import functools
import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.measure import blur_effect

from sr_models.imaging.degradations import Blur
from sr_models.imaging.picture import quantize, shrink, to_tensor
from sr_models.imaging.resample import resize
from sr_models.metrics import Absent
from sr_models.metrics.no_reference import blur, ciede2000, colour_shift, contrast, jaggedness, sharpness
from tests.conftest import scene

PICTURE = to_tensor(scene(60, 50))


def grey_of(picture: torch.Tensor) -> np.ndarray:
    r, g, b = picture[0].double().numpy()
    return (65.481 * r + 128.553 * g + 24.966 * b) / 219


def test_blur_equals_scikit_image():
    for sigma in (0.0, 1.0, 3.0):
        picture = Blur(sigma)(PICTURE, torch.Generator())
        assert blur(picture) == pytest.approx(blur_effect(grey_of(picture), h_size=11), abs=1e-4)


def test_blur_looks_only_along_axes_that_vary():
    stripes = PICTURE[..., :1, :].expand(1, 3, 50, 60)
    assert blur(stripes) == pytest.approx(blur(stripes.mT))
    assert (blur(stripes) or 1) < 0.9


def test_blurring_raises_blur_and_lowers_sharpness_and_contrast():
    steps = [Blur(s)(PICTURE, torch.Generator()) for s in (0.0, 1.0, 2.0, 4.0)]
    for measure, sign in ((blur, 1), (sharpness, -1), (contrast, -1)):
        values = [sign * (measure(p) or 0) for p in steps]
        assert values == sorted(set(values)), measure.__name__


def test_hand_computed_sharpness_and_contrast():
    point = torch.zeros(1, 1, 5, 5)
    point[..., 2, 2] = 1
    laplacian = [0, 1, 0, 1, -4, 1, 0, 1, 0]
    assert sharpness(point) == pytest.approx(255**2 * np.var(laplacian), rel=1e-5)
    halves = torch.tensor([0.0, 1.0]).repeat(8)[None, None, None].expand(1, 1, 4, 16)
    assert contrast(halves) == pytest.approx(0.5, abs=1e-6)


def test_absent_where_there_is_nothing_to_measure():
    assert sharpness(torch.rand(1, 3, 2, 9)) == Absent("too_small_to_describe")
    assert blur(torch.rand(1, 3, 3, 9)) == Absent("too_small_to_describe")
    assert blur(torch.full((1, 3, 9, 9), 0.5)) == Absent("nothing_varies")
    assert colour_shift(torch.rand(1, 1, 8, 8), torch.rand(1, 1, 4, 4)) == Absent("grey")
    assert jaggedness(torch.rand(1, 3, 11, 30)) == Absent("too_small_to_describe")
    assert (jaggedness(torch.rand(1, 3, 12, 12)) or 0) > 0
    assert jaggedness(torch.full((1, 3, 30, 30), 0.5)) == Absent("nothing_varies")


def test_ciede2000_equals_scikit_image():
    rng = np.random.default_rng(0)
    first, second = rng.uniform([0, -100, -100], [100, 100, 100], (2, 40, 40, 3))
    second[:8] = first[:8] + rng.normal(0, 1, (8, 40, 3))  # small differences too
    first[8, :, 1:] = 0  # greys
    expected = deltaE_ciede2000(first, second)
    found = ciede2000(*(torch.from_numpy(x).permute(2, 0, 1)[None] for x in (first, second)))[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_colour_shift_is_zero_for_the_same_and_the_oracle_for_a_tint():
    lr = to_tensor(scene(12, 10))
    sr = lr.repeat_interleave(2, 2).repeat_interleave(2, 3)
    flat = torch.tensor([0.4, 0.5, 0.6])[None, :, None, None].expand(1, 3, 10, 12)
    tint = flat + torch.tensor([0.05, 0.0, -0.05])[None, :, None, None]
    wide = tint.repeat_interleave(2, 2).repeat_interleave(2, 3)
    expected = deltaE_ciede2000(*(rgb2lab(x[0].permute(1, 2, 0).numpy()) for x in (tint, flat))).mean()
    assert colour_shift(wide, flat) == pytest.approx(expected, abs=1e-3)
    assert colour_shift(flat.repeat_interleave(2, 2).repeat_interleave(2, 3), flat) == pytest.approx(0, abs=1e-4)
    assert (colour_shift(sr, lr) or 0) < 5


def drawn(inside, size: int, fine: int = 8) -> torch.Tensor:
    """Draw where `inside(x, y)` holds, antialiased, as an 8-bit grey picture (1, 1, size, size)."""
    x = (torch.arange(size * fine) + 0.5) / fine - size / 2
    return quantize(torch.nn.functional.avg_pool2d(0.2 + 0.6 * inside(x, x[:, None])[None, None].float(), fine))


def slanted(angle: float, size: int) -> torch.Tensor:
    """Draw an edge at `angle` degrees from the rows."""
    a = math.radians(angle)
    return drawn(lambda x, y: x * math.sin(a) - y * math.cos(a) + 0.13 > 0, size)


def enlarged(lr: torch.Tensor, scale: int, kernel: str) -> float:
    height, width = lr.shape[-2:]
    sr = quantize(resize(lr, scale * height, scale * width, kernel=kernel, scale=scale))
    return jaggedness(sr) or 0


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("angle", [7, 15, 22, 30, 40, 67])
def test_stairs_along_a_slanted_edge_raise_jaggedness(angle, scale):
    hr = slanted(angle, 64 * scale)
    lr = shrink(hr, scale)
    nearest, bilinear, bicubic = (enlarged(lr, scale, k) for k in ("nearest", "bilinear", "bicubic"))
    assert nearest > 2 * max(bilinear, bicubic)
    if scale > 2:  # at x2 the contour of bicubic itself wavers more than that of bilinear
        assert bilinear > 1.02 * bicubic


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_clean_edge_and_a_clean_circle_are_not_jagged(scale):
    def circle(size):
        return drawn(lambda x, y: x**2 + y**2 < (0.4 * size) ** 2, size)

    for draw in (circle, functools.partial(slanted, 22)):
        clean = jaggedness(draw(50 * scale)) or 0
        assert 0 < clean < 0.06
        assert enlarged(draw(50), scale, "nearest") > 5 * clean
    assert jaggedness(slanted(0, 50)) == 0


def test_jaggedness_equals_the_structure_tensor_of_scipy():
    y = grey_of(to_tensor(scene(70, 90)))  # several strips
    dy, dx = np.diff(y, axis=0), np.diff(y, axis=1)
    dy, dx = (dy[:, 1:] + dy[:, :-1]) / 2, (dx[1:] + dx[:-1]) / 2
    tensor = [gaussian_filter(t, 1.5, radius=5)[5:-5, 5:-5] for t in (dx * dx, dx * dy, dx * dy, dy * dy)]
    small, large = np.moveaxis(np.linalg.eigvalsh(np.stack(tensor, -1).reshape(*tensor[0].shape, 2, 2)), -1, 0)
    coherence = ((large - small) / (large + small)) ** 2
    expected = 1 - np.average(coherence, weights=large + small)
    assert jaggedness(to_tensor(scene(70, 90))) == pytest.approx(expected, abs=1e-4)
