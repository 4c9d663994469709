"""Maps: planted errors land where they belong on the ramp."""

import numpy as np
import pytest

from sr_models.imaging.heatmap import DISAGREEMENT_TOP, ERROR_TOP, disagreement, error_map, ramp
from tests.conftest import scene


def colour(code: str) -> list[int]:
    return list(bytes.fromhex(code[1:]))


def test_the_ramp_goes_from_dark_to_light():
    colours = [np.dot(colour(c), [0.299, 0.587, 0.114]) for c in ramp()]
    assert len(colours) == 9
    assert colours == sorted(colours)
    assert ramp(2) == [ramp()[0], ramp()[-1]] == ["#00224e", "#fee838"]  # cividis


@pytest.mark.parametrize(("error", "place"), [(0, 0), (ERROR_TOP // 4, 2), (16, 4), (ERROR_TOP, 8), (200, 8)])
def test_a_planted_error_has_its_colour(error, place):
    original = np.full((6, 8, 3), 20, np.uint8)
    result = original.copy()
    result[2, 3] += error
    for found in (error_map(result, original), error_map(original, result)):
        assert found.shape == (6, 8, 3)
        assert found.dtype == np.uint8
        assert found[2, 3].tolist() == colour(ramp()[place])
        found[2, 3] = colour(ramp()[0])
        assert (found == colour(ramp()[0])).all()


def test_errors_are_averaged_over_channels_in_8_bit_levels_on_white():
    original = np.full((2, 2, 3), 100, np.uint8)
    red = original.copy()
    red[..., 0] = 148
    assert error_map(red, original)[0, 0].tolist() == colour(ramp()[4])
    deep = original.astype(np.uint16) * 257
    assert error_map(deep + 40, original)[0, 0].tolist() == colour(ramp()[0])
    clear = np.dstack([original, np.zeros((2, 2), np.uint8)])
    assert error_map(clear, np.full((2, 2, 3), 255, np.uint8))[0, 0].tolist() == colour(ramp()[0])


def test_equal_pictures_are_the_first_colour_everywhere():
    picture = scene(20, 10)
    for found in (error_map(picture, picture), disagreement([picture] * 3)):
        assert (found == colour(ramp()[0])).all()


@pytest.mark.parametrize(("apart", "place"), [(8, 2), (16, 4), (2 * DISAGREEMENT_TOP, 8), (200, 8)])
def test_a_planted_disagreement_has_its_colour(apart, place):
    pictures = [np.full((4, 5, 3), 30, np.uint8) for _ in range(4)]
    for picture in pictures[:2]:
        picture[1, 2] += apart  # two and two: the standard deviation is half of it
    found = disagreement(pictures)
    assert found[1, 2].tolist() == colour(ramp()[place])
    assert found[0, 0].tolist() == colour(ramp()[0])
