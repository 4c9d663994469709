"""What is said of an upload: a hint where letters may come out wrong."""

import numpy as np
import pytest

from sr_models.imaging.decode import read
from sr_models.imaging.picture import Picture
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale.describe import hint_drawn
from sr_models.web.storage import ASSETS


def test_text_is_told_of_to_nets_that_may_draw_it_wrong():
    letters, scale = read(ASSETS / "sign.png"), 4
    for net in NETS.trained(scale):
        card = NETS.card_of(net, scale)
        assert card
        said = hint_drawn(letters, net, scale, "en")
        assert bool(said) == (card.invents or card.trained_for == "photo"), net
        assert not said or "invents nothing" in said
    assert hint_drawn(letters, "bicubic", scale, "en") == ""


@pytest.mark.parametrize("name", ["colosseum.png", "dogs.jpg"])
def test_a_photograph_is_not_taken_for_text(name):
    picture = read(ASSETS / name)
    assert not any(hint_drawn(picture, net, 4, "en") for net in NETS.trained(4))
    assert not any(hint_drawn(Picture(np.zeros((9, 9, 3), np.uint8)), net, 4, "en") for net in NETS.trained(4))
