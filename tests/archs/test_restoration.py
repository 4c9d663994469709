"""Nets that repair: the contract of degraded, mask and strength, known pixels, reach, samples."""

from typing import Any

import pytest
import torch

from sr_models import archs
from sr_models.archs import Contains, HasPosterior, Repairs, Samples
from sr_models.errors import SRError
from sr_models.inference.upscaler import Upscaler

NETS = ("restoration", "restoration_vae")


def build(name: str, **config) -> Any:
    """Build a net whose layers that start at zero have weights."""
    torch.manual_seed(1)
    net = archs.build(name, **config).eval()
    for p in net.parameters():
        if p.dim() == 4 and p.abs().max() < 0.02:
            torch.nn.init.normal_(p, std=0.05)
    return net


def hole(size: int = 64) -> torch.Tensor:
    mask = torch.zeros(1, 1, size, size)
    mask[..., 24:40, 20:44] = 1
    return mask


def reach(value: torch.Tensor, picture: torch.Tensor, middle: int) -> torch.Tensor:
    """Return how far from (middle, middle) the pixels lie that a value depends on."""
    (slope,) = torch.autograd.grad(value, picture)
    return (slope.abs().sum((0, 1)).nonzero() - middle).abs()


@pytest.mark.parametrize("name", NETS)
def test_known_pixels_come_back_exactly_and_holes_do_not(name):
    net, picture = build(name), torch.rand(1, 3, 64, 64)
    mask, noise = hole(), [torch.randn(1, getattr(net, "noise_channels", 1), 64, 64)]
    with torch.no_grad():
        found = [net(picture, mask)] + (list(net.sample(picture, noise, mask=mask)) if hasattr(net, "sample") else [])
        whole = net(picture)
    for repaired in found:
        assert torch.equal(repaired * (1 - mask), picture * (1 - mask))
        assert ((repaired - picture) * mask).abs().max() > 1e-3
    assert ((whole - picture) * (1 - mask)).abs().max() > 1e-3  # without a mask, all of it is repaired


@pytest.mark.parametrize("name", NETS)
def test_the_strength_matters_and_one_not_told_is_none(name):
    net, picture = build(name), torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        blind, weak, mixed = (
            net(picture, None, s) for s in (None, torch.tensor([5.0, 5.0]), torch.tensor([torch.nan, 5.0]))
        )
    assert torch.equal(mixed[0], blind[0])
    assert torch.allclose(mixed[1], weak[1], atol=1e-6)
    assert (weak - blind).abs().max() > 1e-4


@pytest.mark.parametrize("name", NETS)
def test_a_pixel_reaches_no_further_than_the_halo(name):
    net = build(name)
    size = 16 * (net.halo // 16 + 1) * 2
    middle = size // 2 + 1
    picture = torch.rand(1, 3, size, size, requires_grad=True)
    rows = reach(net(picture)[..., middle, middle].sum(), picture, middle)
    assert 16 < int(rows.max()) <= net.halo


def test_a_hole_reaches_no_further_than_its_halo():
    net = build("restoration")
    size = 16 * (net.hole_halo // 16 + 1) * 2
    mask = torch.zeros(1, 1, size, size)
    middle = size // 2 + 1
    mask[..., middle - 40 : middle + 40, middle - 40 : middle + 40] = 1
    picture = torch.rand(1, 3, size, size, requires_grad=True)
    rows = reach(net(picture, mask)[..., middle, middle].sum(), picture, middle)
    assert net.halo < int(rows.max()) <= net.hole_halo


@pytest.mark.parametrize("name", NETS)
def test_tiled_equals_whole_without_a_mask(name):
    upscaler = Upscaler(build(name), name, device="cpu", dtype="float32")
    for channels, size in ((3, (70, 45)), (1, (33, 20))):
        picture = torch.rand(1, channels, *size)
        whole = upscaler(picture, tile=4096)
        assert whole.shape == picture.shape
        torch.testing.assert_close(upscaler(picture, tile=24), whole, atol=1e-5, rtol=0)


def test_the_vae_begins_with_the_mean_and_draws_around_it():
    net, picture = build("restoration_vae"), torch.rand(1, 3, 64, 64)
    assert all(isinstance(net, ability) for ability in (Samples, HasPosterior, Contains, Repairs))
    generator = torch.Generator().manual_seed(0)
    maps = [torch.randn(1, net.noise_channels, 64, 64, generator=generator) for _ in range(2)]
    with torch.no_grad():
        mean = net(picture)
        one, other, again = net.sample(picture, [*maps, maps[0]])
        explained = net.explain(net.trunk(picture, hole()), torch.rand(1, 3, 64, 64), maps[0])
    assert torch.equal(mean, net.contained()(picture))
    assert torch.equal(one, again)
    assert (one - other).abs().max() > 1e-4
    assert [posterior.mean.shape[-1] for posterior, _ in explained.latents] == [8, 16]  # an eighth and a quarter
    assert (explained.true * (1 - hole())).abs().max() == 0
    assert not any(p.requires_grad for p in net.base.parameters())


def test_the_curve_of_a_new_tone_net_changes_nothing_and_that_of_a_trained_one_is_the_same_for_all_pixels():
    net, picture = archs.build("tone").eval(), torch.rand(1, 3, 40, 56)
    assert torch.allclose(net(picture), picture, atol=2e-4)
    torch.nn.init.normal_(net.decide[-1].weight, std=0.3)
    with torch.no_grad():
        mended = net(picture)
    order = picture[0, 0].flatten().argsort()
    assert (mended - picture).abs().max() > 0.01
    assert (mended[0, 0].flatten()[order].diff() >= -1e-6).all()


@pytest.mark.parametrize("name", [*NETS, "tone"])
def test_another_scale_than_1_is_a_sentence(name):
    with pytest.raises(SRError, match="scale"):
        archs.build(name, scale=2)
