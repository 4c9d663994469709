"""Samples: each follows from its seed and number alone; temperatures, sizes, and walks that end at samples."""

import itertools

import numpy as np
import pytest
import torch

from sr_models.errors import SRError
from sr_models.inference.load import load_sampler
from sr_models.inference.sampler import MOST_PIXELS, Sampler, between, parse_size

HOW = {"seed": 7, "temperature": 0.8}


class Stripes:
    """A net of colour pictures of any multiple of 8, drawn of numbers that lie over the picture."""

    channels, side = 3, 16

    def parameters(self):
        return iter(())

    def to(self, device):
        return self

    eval = requires_grad_ = lambda self, *_: self

    def latent_shape(self, height, width):
        if height % 8 or width % 8:
            raise SRError("size_of_digits", name="stripes", width=width, height=height)
        return 3, height // 8, width // 8

    def __call__(self, z):
        return z.sigmoid().repeat_interleave(8, 2).repeat_interleave(8, 3)


@pytest.fixture
def stripes(small_checkpoint):
    from sr_models.checkpoints.card import read_card

    return Sampler(Stripes(), read_card(small_checkpoint), device="cpu")


@pytest.fixture(scope="module", params=["digit_vae_x2", "digit_gan"])
def digits(request):
    return load_sampler(request.param, "cpu")


def test_a_sample_depends_on_seed_and_number_alone(digits):
    whole = list(digits.samples(20, **HOW))
    assert whole[0].shape == (28, 28, 1)
    assert whole[0].dtype == np.uint8
    assert np.array_equal(list(digits.samples(3, **HOW, first=9)), whole[9:12])
    (other,) = digits.samples(1, seed=8, temperature=0.8)
    assert not np.array_equal(other, whole[0])
    assert not np.array_equal(whole[0], whole[1])


def test_temperature_says_how_far_apart_they_are(digits):
    apart = []
    for temperature in (0, 0.4, 1.0):
        pictures = np.stack(list(digits.samples(12, seed=1, temperature=temperature))).astype(float)
        apart.append(pictures.std(0).mean())
    assert apart[0] == 0
    assert 0 < apart[1] < apart[2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 0}, "count is 0, it must be between 1 and 256"),
        ({"count": 257}, "between 1 and 256"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**32}, "seed is 4294967296"),
        ({"temperature": 1.6}, "temperature is 1.6, it must be between 0 and 1.5"),
        ({"size": (28, 30)}, "knows pictures of 28×28 only"),
    ],
)
def test_what_may_not_be_is_one_sentence_before_anything_is_drawn(changes, words):
    with pytest.raises(SRError, match=words):
        next(load_sampler("digit_vae", "cpu").samples(**{"count": 1, **HOW, **changes}))


def test_an_unknown_net_is_told_with_those_there_are():
    with pytest.raises(SRError, match=r"Nothing that draws is named espcn_x4 here; choose one of .*digit_vae_x2"):
        load_sampler("espcn_x4")


def test_sizes_are_read_and_drawn_where_the_net_can(stripes):
    assert [parse_size(words) for words in ("", "64", "96x64", "96×64")] == [None, (64, 64), (64, 96), (64, 96)]
    for words in ("6x", "4", "1x2x3", "2000", "wide", "-8"):
        with pytest.raises(SRError, match="not understood or not between 8 and 1024"):
            parse_size(words)
    (small,), (large,) = (stripes.samples(1, **HOW, size=size) for size in (None, (24, 32)))
    assert small.shape == (16, 16, 3)
    assert large.shape == (24, 32, 3)
    with pytest.raises(SRError, match="20×16"):
        next(stripes.samples(1, **HOW, size=(16, 20)))
    with pytest.raises(SRError, match=f"more than {MOST_PIXELS:,} pixels"):
        next(stripes.samples(256, **HOW, size=(1024, 1024)))


def test_a_walk_ends_at_its_samples_and_keeps_their_length(digits, stripes):
    for sampler in (digits, stripes):
        frames = list(sampler.walk((7, 3), (8, 0), 5, temperature=0.8))
        (start,) = sampler.samples(1, **HOW, first=3)
        (end,) = sampler.samples(1, seed=8, temperature=0.8)
        assert len(frames) == 5
        assert np.array_equal(frames[0], start)
        assert np.array_equal(frames[-1], end)
        assert not any(np.array_equal(a, b) for a, b in itertools.pairwise(frames))
    with pytest.raises(SRError, match="frames is 1"):
        next(digits.walk((7, 0), (7, 1), 1, temperature=0.8))
    a, b = torch.tensor([3.0, 0, 0]), torch.tensor([0, 3.0, 0])
    assert between(a, b, 0.5).norm() == pytest.approx(3.0)
    assert torch.equal(between(a, a, 0.5), a)
    assert torch.isfinite(between(a, -a, 0.5)).all()
