"""Masks of holes, and what they are filled with at first."""

import numpy as np
import pytest
import torch

from sr_models.errors import SRError
from sr_models.imaging.holes import Boxes, Holed, Strokes, Text, check_holes, fill, marked
from tests.conftest import scene

KINDS = (Strokes, Text, Boxes)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_a_mask_has_its_share_and_follows_from_the_seed(kind, share):
    mask = kind(share)(120, 160, seeded(3))
    assert mask.shape == (1, 120, 160)
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    largest = 32 * 32 if kind is Boxes else 2000  # one mark
    assert share <= mask.mean() <= share + largest / (120 * 160)
    assert torch.equal(mask, kind(share)(120, 160, seeded(3)))
    assert not torch.equal(mask, kind(share)(120, 160, seeded(4)))


def test_boxes_have_the_stated_sides():
    mask = Boxes(0.001)(64, 64, seeded(8))[0]
    rows, columns = mask.any(1).sum(), mask.any(0).sum()
    assert mask.sum() == rows * columns
    assert max(rows, columns) <= 32


@pytest.mark.parametrize("share", [0, 0.6, (0.1, 0.9)])
def test_a_share_out_of_range_is_a_sentence(share):
    with pytest.raises(SRError, match="share"):
        Strokes(share)


def test_filling_keeps_what_is_known_and_continues_a_slope():
    slope = np.tile(np.linspace(0.1, 0.9, 48, dtype=np.float32)[None, :, None], (40, 1, 3))
    mask = Boxes(0.05)(40, 48, seeded(1))[0].numpy() > 0
    damaged = np.where(mask[..., None], np.float32(0), slope)
    filled = fill(damaged, mask)
    assert np.array_equal(filled[~mask], slope[~mask])
    assert np.abs(filled - slope).max() < 0.02


def test_holed_pictures_carry_their_mask_and_are_known_outside_it():
    hr = torch.from_numpy(scene(64, 64)).permute(2, 0, 1)[None].float() / 255
    found = Holed((Boxes(0.1),))(hr.expand(2, -1, -1, -1), [seeded(1), seeded(2)])
    assert found.shape == (2, 4, 64, 64)
    mask = found[:, 3:]
    assert torch.equal(found[:, :3] * (1 - mask), hr * (1 - mask))
    assert not torch.equal(mask[0], mask[1])
    assert torch.equal(found[0], Holed((Boxes(0.1),))(hr, [seeded(1)])[0])  # whatever else is in the batch


def test_a_mask_is_read_by_its_brightness_and_a_wrong_one_is_a_sentence():
    mask = torch.tensor([[0.0, 0.5, 0.51], [1.0, 0.2, 0.0]])[None, None]
    holes = marked(mask, 2, 3)
    assert holes.tolist() == [[[[False, False, True], [True, False, False]]]]
    check_holes(holes, needed=True)
    check_holes(holes & False, needed=False)
    none_and_one = torch.cat([holes, holes & False])
    for wrong, code in (
        (lambda: marked(mask, 3, 2), "mask_size"),
        (lambda: check_holes(none_and_one, needed=True), "mask_empty"),
        (lambda: check_holes(torch.cat([holes, holes | True]), needed=False), "mask_full"),
    ):
        with pytest.raises(SRError) as error:
            wrong()
        assert error.value.code == code
