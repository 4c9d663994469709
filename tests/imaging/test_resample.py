"""`resize` is MATLAB's imresize: against the LR files of the test sets, and against its own rules."""

import numpy as np
import pytest
import torch

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.picture import crop_to_multiple, quantize, shrink, to_array, to_tensor
from sr_models.imaging.resample import KERNELS, resize
from sr_models.inference.load import load
from sr_models.metrics.fidelity import psnr


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("dataset", ["Set5", "Set14"])
def test_shrink_makes_the_given_lr_files(shared, dataset, scale):
    folder = shared / "data" / "bench" / dataset
    paths = sorted((folder / "HR").glob("*.png"))
    assert paths
    for path in paths:
        hr = crop_to_multiple(read(path).array, scale)
        given = read(folder / "LR_bicubic" / f"X{scale}" / path.name).array
        made = to_array(shrink(to_tensor(hr), scale))
        difference = np.abs(made.astype(int) - given.astype(int))
        assert difference.max() <= 1, path.name  # the outermost pixels included


@pytest.mark.parametrize(
    ("dataset", "scale", "expected"), [("Set5", 2, 33.67), ("Set5", 3, 30.40), ("Set5", 4, 28.43), ("Set14", 4, 26.09)]
)
def test_bicubic_scores_the_published_number(shared, dataset, scale, expected):
    folder = shared / "data" / "bench" / dataset
    bicubic = load("bicubic", scale, "cpu")
    scores = []
    for path in sorted((folder / "HR").glob("*.png")):
        hr = to_tensor(crop_to_multiple(read(path).array, scale))
        lr = read(folder / "LR_bicubic" / f"X{scale}" / path.name).tensor()
        scores.append(psnr(quantize(bicubic(lr)), hr, border=scale))
    assert np.mean(scores) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("size", [(1, 1), (5, 7), (70, 33)])
def test_flat_stays_flat_at_any_size(kernel, size):
    flat = torch.full((1, 2, *size), 0.25)
    out = resize(flat, size[0] * 3, size[1] * 2, kernel=kernel)
    assert out.shape == (1, 2, size[0] * 3, size[1] * 2)
    torch.testing.assert_close(out, torch.full_like(out, 0.25))


def test_known_bicubic_weights():
    # Half-pixel phases of the cubic with a = -0.5 at x2: -0.0234375, 0.2265625, 0.8671875, -0.0703125.
    step = torch.zeros(1, 1, 1, 9)
    step[..., 4] = 1
    out = resize(step, 1, 18, scale=2)[0, 0, 0]
    expected = [-0.0234375, -0.0703125, 0.2265625, 0.8671875, 0.8671875, 0.2265625, -0.0703125, -0.0234375]
    torch.testing.assert_close(out[5:13], torch.tensor(expected))


def test_shrinking_is_antialiased():
    stripes = torch.tensor([0.0, 1.0]).repeat(48)[None, None, None].expand(1, 1, 96, 96)
    small = resize(stripes, 32, 32)
    assert (small[..., 3:-3, 3:-3] - 0.5).abs().max() < 0.05
    aliased = resize(stripes, 32, 32, antialias=False)
    assert (aliased[..., 3:-3, 3:-3] - 0.5).abs().min() > 0.3  # every third stripe: all black or white


def test_very_long_pictures_are_resized_in_bounded_memory_and_alike():
    line = torch.rand(1, 1, 2, 9000, generator=torch.Generator().manual_seed(0))
    whole = resize(line, 4, 18000, scale=2)  # above the length that is kept
    part = resize(line[..., :2000], 4, 4000, scale=2)
    torch.testing.assert_close(whole[..., :3900], part[..., :3900])


def test_unknown_kernel_is_a_sentence():
    with pytest.raises(SRError, match="no resampling kernel named cubic"):
        resize(torch.zeros(1, 1, 4, 4), 8, 8, kernel="cubic")
