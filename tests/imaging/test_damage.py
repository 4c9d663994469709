"""What a test of repair does to a picture: only what is asked for, by the seed, within its ranges."""

import numpy as np
import pytest

from sr_models.errors import SRError
from sr_models.imaging.damage import DAMAGE, chain, damaged
from sr_models.parameters import Values
from tests.conftest import scene


def by(**chosen: float) -> Values:
    return Values(DAMAGE, chosen)


def test_nothing_chosen_changes_nothing():
    assert np.array_equal(damaged(scene(40, 30), by()), scene(40, 30))


@pytest.mark.parametrize("name", [p.name for p in DAMAGE if p.name != "seed"])
def test_each_damages_alone_and_as_the_seed_says(name):
    parameter = next(p for p in DAMAGE if p.name == name)
    picture, value = scene(40, 30), parameter.high if name != "jpeg" else 10
    once, again, other = (damaged(picture, by(**{name: value, "seed": seed})) for seed in (1, 1, 2))
    assert once.shape == picture.shape
    assert not np.array_equal(once, picture)
    assert np.array_equal(once, again)
    assert np.array_equal(once, other) == (name not in ("noise", "fading"))


def test_the_order_is_that_of_a_pictures_life():
    words = str(chain(by(blur=1, exposure=-1, flatness=40, fading=20, noise=10, jpeg=50)))
    kinds = ["blur", "exposure", "contrast 0.6", "fading", "noise", "JPEG"]
    assert [words.index(kind) for kind in kinds] == sorted(words.index(kind) for kind in kinds)


def test_grey_stays_grey_and_alpha_is_laid_on_white():
    assert damaged(scene(40, 30)[..., :1], by(noise=5, fading=10)).shape == (30, 40, 1)
    clear = np.concatenate([scene(40, 30), np.zeros((30, 40, 1), np.uint8)], 2)
    assert (damaged(clear, by()) == 255).all()


def test_an_amount_out_of_range_is_refused():
    with pytest.raises(SRError):
        by(exposure=3)
