"""The nets of textures: any size, numbers of the whole picture and of its places, and the bound."""

import math

import pytest
import torch

from sr_models import archs
from sr_models.archs._textures import CHANNELS, OWN, WHOLE, own, whole
from sr_models.errors import SRError

NETS = ["texture_gan", "texture_vae"]


@pytest.mark.parametrize("name", NETS)
def test_they_draw_any_size_that_their_latent_has(name):
    net = archs.build(name).eval()
    for height, width in ((64, 64), (32, 96)):
        z = torch.randn(2, *net.latent_shape(height, width))
        with torch.inference_mode():
            pictures = net(z)
        assert pictures.shape == (2, 3, height, width)
        assert 0 <= float(pictures.min()) < float(pictures.max()) <= 1
    for side in (16, 70, 528):
        with pytest.raises(SRError, match="32 to 512 px in steps of 16"):
            net.latent_shape(64, side)


@pytest.mark.parametrize("size", [(4, 4), (2, 9)])
def test_the_numbers_of_the_whole_picture_are_standard_normal_whatever_the_size(size):
    z = torch.randn(4000, CHANNELS, *size, generator=torch.Generator().manual_seed(0))
    numbers = whole(z)
    assert numbers.shape == (4000, WHOLE)
    assert float(numbers.mean()) == pytest.approx(0, abs=0.01)
    assert float(numbers.std()) == pytest.approx(1, abs=0.01)


def test_each_number_is_used_once():
    z = torch.arange(float(CHANNELS * 6)).reshape(1, CHANNELS, 2, 3)
    parts = own(z)
    assert [part.shape for part in parts] == [(1, n, 2 * 2**level, 3 * 2**level) for level, n in enumerate(OWN)]
    assert sorted(torch.cat([part.flatten() for part in parts]).tolist()) == z[:, WHOLE:].flatten().tolist()


@pytest.mark.parametrize("name", NETS)
def test_the_same_place_looks_the_same_wherever_it_lies(name):
    """Numbers moved by a place move the picture by 16 px, its border apart."""
    net = archs.build(name).eval()
    z = torch.randn(1, *net.latent_shape(160, 160), generator=torch.Generator().manual_seed(3))
    moved = z.roll((1, 1), (2, 3))  # the numbers of the whole picture are the same sum
    with torch.inference_mode():
        one, other = net(z), net(moved)
    torch.testing.assert_close(one[:, :, 64:80, 64:80], other[:, :, 80:96, 80:96], atol=2e-3, rtol=0)


def test_the_bound_of_the_vae_by_hand():
    net = archs.build("texture_vae").eval()
    with torch.no_grad():
        net.found.weight.zero_()
        net.found.bias.copy_(torch.cat([torch.ones(WHOLE), torch.full((WHOLE,), 2 * math.log(0.5))]))
        for part in (*net.priors, *net.posteriors):
            part.weight.zero_()
            part.bias.zero_()
        net.posteriors[0].bias[: OWN[0]] = 2.0  # each of its 16 numbers at 2x2 places is moved by 2
        net.log_sigma.fill_(math.log(0.2))
        x = torch.rand(2, 3, 32, 32)
        again = net.again(x, torch.randn(2, *net.latent_shape(32, 32)))
    assert again.whole_kl.tolist() == pytest.approx([WHOLE * 0.5 * (1 + 0.25 - 1 - math.log(0.25))] * 2, rel=1e-5)
    assert again.own_kl.tolist() == pytest.approx([OWN[0] * 4 * 0.5 * 4] * 2, rel=1e-5)
    wrong = (x - again.drawn).square().sum((1, 2, 3)) / 0.04
    each = 0.5 * wrong + 3 * 32 * 32 * (math.log(0.2) + 0.5 * math.log(2 * math.pi))
    assert again.surprise.tolist() == pytest.approx(each.tolist(), rel=1e-5)


def test_the_vae_draws_the_whole_picture_as_it_found_it_in_training():
    """The encoder finds numbers of another mean and spread than 0 and 1: they are drawn with those."""
    net = archs.build("texture_vae").train()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        net.found.weight.zero_()
        net.found.bias[:WHOLE] = 3
        net.found.bias[WHOLE:] = 2 * math.log(0.5)
        for _ in range(1200):
            net._remember(3 + 0.5 * torch.randn(16, WHOLE, generator=generator))
    seen = []
    net.eval()._decode = lambda numbers, noise: (seen.append(numbers), [])
    with torch.inference_mode():
        net(torch.randn(4000, *net.latent_shape(32, 32), generator=generator))
    assert float(seen[0].mean()) == pytest.approx(3, abs=0.05)
    assert float(seen[0].std(0).mean()) == pytest.approx(0.5, abs=0.05)


def test_the_critic_has_a_logit_for_the_whole_and_one_for_its_parts():
    critic = archs.build("texture_gan_critic").eval()
    x = torch.rand(8, 3, 64, 64)
    with torch.inference_mode():
        assert critic(x).shape == (8, 2)
        alike = critic(x[:1].expand(8, -1, -1, -1))[:, 0]
        assert float((alike - critic(x)[:1, 0]).abs().max()) > 0  # it sees whether the pictures of a batch differ
