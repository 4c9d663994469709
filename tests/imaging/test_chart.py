"""The chart is one drawing at every size, with 16 bits that mean something."""

import functools

import numpy as np
import pytest

from sr_models.imaging import chart
from sr_models.imaging.decode import read
from sr_models.imaging.picture import to_8_bit
from sr_models.web import storage
from sr_models.web.pages.upscale import examples


@functools.cache
def drawn(scale: int) -> np.ndarray:
    return chart.draw(chart.WIDTH // scale, chart.HEIGHT // scale)


@pytest.mark.parametrize("scale", examples.CHART_SCALES)
def test_the_stored_chart_is_what_is_drawn_today(scale):
    path = storage.ASSETS / "chart.png" if scale == 1 else examples.low("chart", scale)
    assert path is not None
    kept = read(path)
    assert kept.depth == 16
    assert np.abs(drawn(scale).astype(int) - kept.array).max() <= 257  # a level of 8 bits, for another libfreetype


def test_the_same_chart_comes_twice():
    assert np.array_equal(chart.draw(72, 48), drawn(8))


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_every_size_is_the_same_drawing(scale):
    parts = drawn(1).reshape(chart.HEIGHT // scale, scale, chart.WIDTH // scale, scale, 3).mean((1, 3))
    assert np.abs(parts - drawn(scale)).max() <= 1  # of 65535


def test_rows_below_the_drawing_are_paper():
    square = chart.draw(72, 72)
    assert np.array_equal(square[:48], drawn(8))
    assert (square[48:] == np.array(chart.PAPER) * 257).all()


def test_the_gradient_has_steps_that_8_bits_do_not_have():
    line = drawn(1)[340, 384:560, 0]
    assert len(np.unique(line)) == line.size
    assert len(np.unique(to_8_bit(line))) < 30
    assert len(np.unique(drawn(1))) > 256
