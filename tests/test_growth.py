"""SESR laid into EDSR: the start does what SESR does, and all of it can learn."""

from dataclasses import replace

import pytest
import torch

from sr_models import registry
from sr_models.checkpoint import read, read_card, save
from sr_models.errors import SRError
from training import edsr_from_sesr


def sesr(scale: int, width: int = 8, depth: int = 2):
    torch.manual_seed(scale)
    net = registry.build("sesr", scale=scale, width=width, depth=depth).eval().requires_grad_(False)
    net.tail.weight.normal_(0, 0.05)
    for act in (net.head_act, *net.body_act):
        act.weight.uniform_(-0.3, 0.5)
    return net


@pytest.mark.parametrize(("scale", "width", "least"), [(2, 18, 80), (3, 18, 80), (4, 18, 80), (4, 12, 30)])
def test_edsr_begins_as_the_sesr_that_was_laid_into_it(scale, width, least):
    small = sesr(scale)
    lr = torch.rand(4, 3, 24, 20)
    net = edsr_from_sesr.grow(small, lr, blocks=6, width=width)
    other = torch.rand(2, 3, 20, 24)  # not those that it was fitted on
    error = (net(other) - small(other)).square().mean()
    assert float(-10 * error.log10()) > least
    upsampled = other.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    assert float((small(other) - upsampled).square().mean()) > 1e-3


def test_every_layer_of_it_can_learn():
    net = edsr_from_sesr.grow(sesr(2), torch.rand(4, 3, 24, 20), blocks=6, width=18).requires_grad_(True)
    (net(torch.rand(2, 3, 16, 16)) - torch.rand(2, 3, 32, 32)).abs().mean().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().max()]
    assert still == ["body.5.first.weight", "body.5.first.bias"]  # its second adds nothing yet, and learns first


@pytest.mark.parametrize(("size", "words"), [((16, 2), "SESR's width is 16"), ((8, 3), "SESR's depth is 3")])
def test_a_sesr_that_does_not_fit_is_a_sentence(size, words):
    with pytest.raises(SRError, match=words):
        edsr_from_sesr.grow(sesr(2, *size), torch.rand(1, 3, 24, 20), blocks=6, width=18)


def test_the_command_writes_a_start_that_names_its_origin(small_checkpoint, photos, tmp_path):
    card = replace(read_card(small_checkpoint), name="sesr_8x2_x2", architecture="sesr", config=sesr(2).config)
    save(sesr(2), card, tmp_path / "sesr_8x2_x2.safetensors")
    out = tmp_path / "start.safetensors"
    edsr_from_sesr.main([str(tmp_path / "sesr_8x2_x2.safetensors"), "--data", str(photos), "--out", str(out)])
    net, card = read(out)
    assert (card.name, (card.base or {})["name"], card.steps) == ("sesr_8x2_as_edsr_x2", "sesr_8x2_x2", 0)
    x = torch.rand(1, 3, 20, 20)
    assert float((net.float()(x) - sesr(2)(x)).square().mean()) < 1e-5
