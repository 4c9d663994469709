"""The nets of digits: shapes, sizes that they refuse, and the terms of the evidence bound computed by hand."""

import math

import pytest
import torch

from sr_models import archs
from sr_models.archs import Classifies, Encodes, Generates
from sr_models.archs._digits import Norm
from sr_models.errors import SRError


def named(task: str) -> list[str]:
    return sorted(name for name, a in archs.discover().items() if a.task == task and name.startswith("digit_"))


@pytest.mark.parametrize("name", named("generate"))
def test_what_draws_says_what_it_draws_from(name):
    net = archs.build(name).eval()
    assert isinstance(net, Generates)
    z = torch.randn(3, *net.latent_shape(28, 28), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        pictures = net(z)
        torch.testing.assert_close(pictures[:1], net(z[:1]))  # no digit depends on the others
    assert pictures.shape == (3, net.channels, 28, 28)
    assert 0 <= float(pictures.min()) < float(pictures.max()) <= 1
    with pytest.raises(SRError, match="28×28 only"):
        net.latent_shape(28, 32)


@pytest.mark.parametrize("name", named("classify"))
def test_what_recognises_has_a_logit_for_each_class(name):
    net = archs.build(name).eval()
    assert isinstance(net, Classifies)
    x = torch.rand(5, 1, 28, 28)
    assert net(x).shape == (5, len(net.classes))
    assert torch.equal(net.judge(net.features(x)), net(x))


def test_what_encodes_reads_both_sizes_and_enlarges():
    net = archs.build("digit_vae", latent_dim=3).eval()
    assert isinstance(net, Encodes)
    small = torch.rand(4, 1, 14, 14)
    large = small.repeat_interleave(2, -1).repeat_interleave(2, -2)
    assert net.encode(small).mean.shape == (4, 3)
    assert torch.equal(net.encode(small).mean, net.encode(large).mean)
    assert net.enlarge(small).shape == (4, 1, 28, 28)


@pytest.mark.parametrize(
    ("name", "config", "words"),
    [
        ("digit_vae", {"likelihood": "laplace"}, "must be one of sigma, bce"),
        ("digit_vae", {"scale": 3}, "must be between 2 and 2"),
        ("digit_gan", {"form": "deep"}, "must be one of dcgan, dense"),
        ("digit_classifier", {"scale": 2}, "must be between 1 and 1"),
    ],
)
def test_settings_that_are_not_there_are_sentences(name, config, words):
    with pytest.raises(SRError, match=words):
        archs.build(name, **config)


@pytest.mark.parametrize("likelihood", ["sigma", "bce"])
def test_the_terms_of_the_bound_by_hand(likelihood):
    net = archs.build("digit_vae", latent_dim=2, likelihood=likelihood).eval()
    with torch.no_grad():
        for p in net.parameters():
            p.zero_()
        net.encoder[-1].bias.copy_(torch.tensor([1.0, 0.0, 2 * math.log(0.5), 0.0]))  # means 1, 0; deviations 0.5, 1
        net.log_sigma.fill_(math.log(0.2))
        x = torch.full((2, 1, 28, 28), 0.5)
        x[1] = 0.9
        surprise, kl = net.bound(x, x, torch.randn(2, 2))
    assert kl.tolist() == pytest.approx([0.5 * (0.25 + 1 - 1 - math.log(0.25))] * 2, rel=1e-6)  # 0.818
    if likelihood == "bce":  # the decoder draws 0.5 everywhere
        assert surprise.tolist() == pytest.approx([784 * math.log(2)] * 2, rel=1e-5)
    else:
        each = [0.5 * (d / 0.2) ** 2 + math.log(0.2) + 0.5 * math.log(2 * math.pi) for d in (0, 0.4)]
        assert surprise.tolist() == pytest.approx([784 * e for e in each], rel=1e-5)


def test_normalisation_is_torchs_own():
    torch.manual_seed(0)
    mine, theirs = Norm(3), torch.nn.BatchNorm2d(3)
    for _ in range(3):
        x = 2 * torch.randn(4, 3, 5, 5) + 1
        torch.testing.assert_close(mine(x), theirs(x))
    torch.testing.assert_close(mine.eval()(x), theirs.eval()(x))
    assert {v.dtype for v in mine.state_dict().values()} == {torch.float32}
