"""What pixels say of their damage: the table of JPEG, the noise before it, the width of edges; on real pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.restoration import estimate_sigma

import sr_models
from sr_models import read
from sr_models.imaging.degradations import Blur, Jpeg, Noise
from sr_models.imaging.estimate import (
    JpegMarks,
    edge_sigma,
    jpeg_marks,
    kernel_sigma,
    least_noise,
    noise_sigma,
)
from sr_models.imaging.resample import resize

ASSETS = Path(sr_models.__file__).parents[1] / "assets"
PHOTOS = ("astronaut", "boats", "flowers", "kingfisher", "sign")
every_photo = pytest.mark.parametrize("name", PHOTOS)


def damaged(name: str, *steps) -> np.ndarray:
    """Return an example (H, W, 3) in [0, 1] after some damage."""
    picture = read(ASSETS / f"{name}.png").tensor()
    generator = torch.Generator().manual_seed(4)
    for step in steps:
        picture = step(picture, generator)
    return picture[0].permute(1, 2, 0).numpy()


@every_photo
def test_the_quality_is_read_from_the_pixels(name):
    for quality in (20, 42, 75):
        for noise in ((), (Noise(9),)):
            marks = jpeg_marks(damaged(name, *noise, Jpeg(quality)))
            assert marks is not None
            assert marks.quality == pytest.approx(quality, abs=1)
            assert marks[1:] == (0, 0)


@every_photo
def test_a_cut_picture_says_where_its_blocks_begin(name):
    cut = damaged(name, Jpeg(50))[3:, 6:]
    assert jpeg_marks(cut) == JpegMarks(50, 5, 2)
    assert jpeg_marks((cut * 255).round().astype(np.uint8)) == JpegMarks(50, 5, 2)


@every_photo
def test_no_marks_where_there_was_no_jpeg_or_a_resize_after_it(name):
    assert jpeg_marks(damaged(name)) is None
    assert jpeg_marks(damaged(name, Noise(9))) is None
    small = resize(torch.from_numpy(damaged(name, Jpeg(50))).permute(2, 0, 1), 200, 280).permute(1, 2, 0).numpy()
    assert jpeg_marks(small.clip(0, 1)) is None


@every_photo
def test_noise_is_read_in_flat_parts(name):
    for sigma in (5, 9, 25, 50):
        assert noise_sigma(damaged(name, Noise(sigma))) == pytest.approx(sigma, rel=0.15), sigma


@every_photo
def test_noise_is_read_after_jpeg_where_the_whole_picture_reads_nothing(name):
    picture = damaged(name, Noise(9), Jpeg(42))
    assert float(estimate_sigma(picture, channel_axis=-1, average_sigmas=True)) * 255 < 4.5
    assert noise_sigma(picture, jpeg_marks(picture)) == pytest.approx(9, rel=0.35)
    strong = damaged(name, Noise(25), Jpeg(60))
    assert noise_sigma(strong, jpeg_marks(strong)) == pytest.approx(25, rel=0.25)


def test_noise_is_read_in_grey_and_dark_and_whole_numbers():
    grey = damaged("boats").mean(2, keepdims=True)
    noisy = Noise(12)(torch.from_numpy(grey).permute(2, 0, 1)[None], torch.Generator().manual_seed(1))
    array = noisy[0].permute(1, 2, 0).numpy()
    assert noise_sigma(array) == pytest.approx(12, rel=0.1)
    assert noise_sigma((array * 255).round().astype(np.uint8)) == pytest.approx(12, rel=0.1)
    compressed = Jpeg(60)(noisy, torch.Generator())[0].permute(1, 2, 0).numpy()
    for same in (compressed, compressed.repeat(3, 2)):
        assert noise_sigma(same, JpegMarks(60, 0, 0)) == pytest.approx(12, rel=0.2)
    black = Noise(20)(torch.zeros(1, 3, 96, 96), torch.Generator().manual_seed(1))[0].permute(1, 2, 0).numpy()
    assert noise_sigma(black) == pytest.approx(20, rel=0.1)


def test_a_clean_drawing_has_no_noise():
    drawing = np.ones((200, 200, 3), np.float32)
    drawing[60:62] = drawing[:, 80:83] = 0
    assert noise_sigma(drawing) == pytest.approx(0, abs=0.1)


def test_the_coarser_the_table_the_more_noise_may_be_texture():
    assert least_noise(None) == 0
    assert 0 < least_noise(JpegMarks(75, 0, 0)) < least_noise(JpegMarks(12, 0, 0))


@every_photo
def test_edges_tell_the_blur(name):
    widths = [edge_sigma(damaged(name, Blur(sigma))) or 0.0 for sigma in (0.0, 0.8, 1.6, 3.0)]
    assert widths == sorted(set(widths))
    assert widths[0] < 0.9
    assert kernel_sigma(widths[2]) == pytest.approx(1.6, rel=0.25)
    assert kernel_sigma(widths[3]) == pytest.approx(3, rel=0.25)


@every_photo
def test_edges_tell_the_blur_under_noise_and_jpeg(name):
    for steps in ((Noise(5),), (Jpeg(30),)):
        sharp, blurred = (damaged(name, *blur, *steps) for blur in ((), (Blur(2.0),)))
        noise = noise_sigma(sharp, jpeg_marks(sharp))
        assert (edge_sigma(blurred, noise) or 0.0) > (edge_sigma(sharp, noise) or 0.0) + 0.5


def test_nothing_is_read_where_there_is_nothing():
    flat = np.full((64, 64, 3), 0.4, np.float32)
    assert edge_sigma(flat) is None
    assert noise_sigma(flat) == pytest.approx(0, abs=1e-3)
    assert jpeg_marks(flat) is None
    for size in ((1, 1), (2, 40), (23, 23)):
        tiny = np.zeros((*size, 3), np.float32)
        assert (jpeg_marks(tiny), noise_sigma(tiny), edge_sigma(tiny)) == (None, None, None)


@pytest.mark.parametrize("size", [(2000, 1500), (40, 40000), (40000, 40)])
def test_a_large_picture_is_judged_by_parts(size):
    photo = damaged("flowers", Noise(9), Jpeg(50))[:288, :432]
    large = np.tile((photo * 255).round().astype(np.uint8), (-(-size[0] // 288), -(-size[1] // 432), 1))
    large = large[: size[0], : size[1]]
    marks = jpeg_marks(large)
    assert marks == JpegMarks(50, 0, 0)
    assert noise_sigma(large, marks) == pytest.approx(9, rel=0.35)
    assert edge_sigma(large) is not None
