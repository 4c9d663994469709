"""What is nearest among the learned pictures: found by the comparison, and shown beside its own sheet alone."""

import dataclasses

import numpy as np
import pytest
import torch

from sr_models.inference.load import load_sampler
from sr_models.web.nets import NETS
from sr_models.web.pages.generate import nearest
from sr_models.web.pages.generate.request import Request


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Store the sheet of the default net, that learned just what it draws, in another order, and of noise."""
    monkeypatch.setattr(nearest, "STORED", tmp_path)
    NETS.refresh()
    sampler = load_sampler("digit_vae", "cpu")
    drawn = np.stack(list(sampler.samples(64, seed=7, temperature=0.8)))
    noise = np.random.default_rng(0).integers(0, 256, (36, 28, 28, 1), np.uint8)
    known = torch.from_numpy(np.concatenate([noise, drawn[::-1]])).permute(0, 3, 1, 2)

    def pixels(pictures):
        return pictures.flatten(1).float()

    nearest.store(sampler, known, pixels(known), pixels)
    return drawn


def test_the_nearest_is_found_for_each_sample_of_its_own_sheet_alone(stored):
    request = Request.of({"generator": "digit_vae"})
    for sample in (0, 13, 63):
        found = nearest.nearest_to(request, sample)
        assert found
        assert np.array_equal(found[0], stored[sample])
        assert found[1] == 100
    for changes in ({"seed": 8}, {"temperature": 0.9}, {"first": 64}):
        assert nearest.nearest_to(dataclasses.replace(request, **changes), 64) is None
    assert nearest.nearest_to(Request.of({"generator": "digit_gan"}), 0) is None
