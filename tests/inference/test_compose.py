"""Nets made of nets: x8 by two passes, the self-ensemble; all that a single net promises holds for them too."""

import dataclasses
import functools

import numpy as np
import pytest
import torch

import sr_models
from sr_models import archs
from sr_models.checkpoints.card import read_card
from sr_models.checkpoints.catalog import list_checkpoints, scales_of, two_pass_nets
from sr_models.checkpoints.format import save_checkpoint
from sr_models.errors import CheckpointError, SRError
from sr_models.imaging.picture import Picture
from sr_models.inference import upscaler
from sr_models.inference.compose import Cascade
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarge, enlarged
from tests.archs.test_archs import NETS, build
from tests.conftest import scene


def save_x4(x2, *, name: str = "espcn_x4", architecture: str = "espcn", **facts):
    """Put a tiny x4 beside the x2."""
    net = build(architecture, 4, **({"width": 8, "mapping": 8} if architecture == "espcn" else {"width": 8}))
    card = dataclasses.replace(read_card(x2), name=name, architecture=architecture, config=net.config, scale=4, **facts)
    save_checkpoint(net, card, x2.with_name(f"{name}.safetensors"))


@pytest.fixture
def both(small_checkpoint, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    save_x4(small_checkpoint, license="CC0-1.0", invents=True)
    return small_checkpoint


def test_x8_is_x4_then_x2(both):
    for ref, scale in (("espcn", 8), ("espcn_x8", None), ("espcn_x4_x2", None), ("espcn_x4_x2", 8)):
        upscaler = sr_models.load(ref, scale, "cpu", dtype="float32")
        assert (upscaler.name, upscaler.scale, upscaler.card) == ("espcn_x4_x2", 8, None)
    x4, x2 = (sr_models.load("espcn", s, "cpu", dtype="float32") for s in (4, 2))
    grey = torch.rand(1, 1, 20, 17)
    with torch.inference_mode():
        by_hand = x2.net(x4.net(grey).clamp(0, 1))
        assert torch.equal(upscaler.net(grey), by_hand)
    assert upscaler.sha256 == f"{x4.sha256}+{x2.sha256}"
    assert upscaler(torch.rand(1, 3, 5, 3)).shape == (1, 3, 40, 24)


def test_licence_and_invention_of_the_parts_reach_the_receipt(both):
    upscaler = sr_models.load("espcn", 8)
    found = make_receipt(upscaler, prepare(Picture(scene(8, 6)), 8), None, seconds=1.0, result_sha256="")
    assert found["invents_detail"]
    assert found["license_of_weights"] == "CC0-1.0 + CC-BY-SA-4.0"
    assert (found["checkpoint"], found["architecture"]) == ("espcn_x4_x2", "espcn")
    assert found["output"] | {"sha256": 0} == {"width": 64, "height": 48, "sha256": 0}


def test_where_two_passes_are_offered(both):
    assert two_pass_nets() == two_pass_nets(list_checkpoints()) == ["espcn"]
    assert scales_of("espcn") == (2, 4, 8)
    assert scales_of("bicubic") == (2, 3, 4, 8)
    both.with_name("espcn_x4.safetensors").unlink()
    assert two_pass_nets() == []
    assert scales_of("espcn") == (2,)
    for ref, scale in (("espcn", 8), ("espcn_x4_x2", None)):
        with pytest.raises(SRError, match="no checkpoint named espcn_x8"):
            sr_models.load(ref, scale)


@pytest.mark.parametrize(("ref", "scale"), [("espcn_x4", 8), ("espcn_x4_x2", 4), ("espcn_x8", 2)])
def test_scales_that_disagree_are_a_sentence(both, ref, scale):
    with pytest.raises(SRError, match=f"is made for x[48], not x{scale}"):
        sr_models.load(ref, scale)


def test_parts_of_different_kinds_are_a_sentence(small_checkpoint, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    save_x4(small_checkpoint, architecture="sesr")  # three channels, then one
    with pytest.raises(CheckpointError, match="not of one kind"):
        sr_models.load("espcn", 8)


class Wide(torch.nn.Module):
    """Enlarge by repeating pixels; only the facts count."""

    channels, exact_tiling, architecture = 3, True, "wide"

    def __init__(self, scale, halo, minimum, multiple_of):
        super().__init__()
        self.scale, self.halo, self.minimum, self.multiple_of = scale, halo, minimum, multiple_of

    def forward(self, lr):
        assert min(lr.shape[-2:]) >= self.minimum
        assert not [n for n in lr.shape[-2:] if n % self.multiple_of]
        return lr.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)


def test_the_facts_of_two_passes_follow_from_the_parts():
    net = Cascade(Wide(4, 5, 3, 3), Wide(2, 9, 33, 8))
    assert (net.scale, net.halo, net.minimum, net.multiple_of) == (8, 8, 9, 6)
    upscaler = Upscaler(net, "wide", device="cpu")
    for size in ((1, 1), (7, 20), (31, 10)):
        lr = torch.rand(1, 3, *size)
        whole = lr.repeat_interleave(8, 2).repeat_interleave(8, 3)
        assert torch.equal(upscaler(lr), whole)
        assert torch.equal(upscaler(lr, tile=16), whole)


@functools.cache
def runner(name: str, kind: str) -> Upscaler:
    """Return a net as its own ensemble, or two passes of it."""
    if kind == "ensemble":
        return Upscaler(build(name, 3), name, device="cpu", dtype="float32").ensembled()
    return Upscaler(Cascade(build(name, 4), build(name, 2)), name, device="cpu", dtype="float32")


@pytest.mark.parametrize("kind", ["ensemble", "two passes"])
@pytest.mark.parametrize("name", NETS)
def test_tiled_equals_whole(name, kind):
    upscaler = runner(name, kind)
    for channels, size in ((3, (20, 33)), (4, (7, 18))):
        lr = torch.rand(1, channels, *size, generator=torch.Generator().manual_seed(size[0]))
        whole = upscaler(lr, tile=4096)
        assert whole.std() > 0
        torch.testing.assert_close(upscaler(lr, tile=16), whole, atol=1e-5, rtol=0)


TURNS = {"flip": lambda x: x.flip(3), "upside down": lambda x: x.flip(2), "transpose": lambda x: x.mT}


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("name", NETS)
def test_an_ensemble_does_not_care_how_the_picture_is_held(name, turn):
    ensemble, turned = runner(name, "ensemble"), TURNS[turn]
    unit = ensemble.net.multiple_of  # padding would be on one side only
    size = [-(-n // unit) * unit for n in (19, 26)]
    for channels in (1, 3, 4):
        lr = torch.rand(1, channels, *size, generator=torch.Generator().manual_seed(3))
        lr[:, 3:].clamp_(min=0.3)  # colours are divided by it, rounding too
        torch.testing.assert_close(ensemble(turned(lr)), turned(ensemble(lr)), atol=1e-5, rtol=0)


def test_an_ensemble_is_the_mean_over_eight_and_shares_the_weights():
    plain = Upscaler(build("sesr", 2), "sesr_x2", device="cpu", dtype="float32")
    ensemble = plain.ensembled()
    lr = torch.rand(1, 3, 12, 15)
    assert (plain(lr.flip(3)) - plain(lr).flip(3)).abs().max() > 1e-3  # there is something to average
    with torch.inference_mode():
        turned = [plain.net(t.rot90(k, (2, 3))).rot90(-k, (2, 3)) for t in (lr,) for k in range(4)]
        turned += [plain.net(lr.flip(3).rot90(k, (2, 3))).rot90(-k, (2, 3)).flip(3) for k in range(4)]
    torch.testing.assert_close(ensemble(lr), torch.stack(turned).mean(0).clamp(0, 1), atol=1e-5, rtol=0)
    assert {p.data_ptr() for p in ensemble.net.parameters()} == {p.data_ptr() for p in plain.net.parameters()}
    assert (ensemble.name, ensemble.checkpoint, ensemble.ensemble) == ("sesr_x2_ensemble", "sesr_x2", True)
    assert ensemble.ensembled() is ensemble
    assert (plain.name, plain.ensemble) == ("sesr_x2", False)


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic", "lanczos", "gaussian"])
def test_an_ensemble_changes_nothing_where_nothing_depends_on_the_turn(method):
    plain = sr_models.load(method, 3, "cpu")
    lr = torch.rand(1, 3, 14, 9)
    torch.testing.assert_close(plain.ensembled()(lr), plain(lr), atol=1e-5, rtol=0)


def test_both_run_in_half_precision(both):
    lr = torch.rand(1, 4, 30, 20)
    half, full = (sr_models.load("espcn", 8, "cpu", dtype=dtype) for dtype in ("bfloat16", "float32"))
    assert half.dtype == half.ensembled().dtype == torch.bfloat16
    for a, b in ((half, full), (half.ensembled(), full.ensembled())):
        assert 0 < (a(lr) - b(lr)).abs().mean() < 0.01


def test_precision_of_two_passes_is_checked_too(both, monkeypatch):
    monkeypatch.setattr("sr_models.inference.upscaler.reports_bf16", lambda _: True)
    monkeypatch.setattr(upscaler, "_CHECK_DB", 500.0)
    assert sr_models.load("espcn", 8, "cpu").dtype == torch.float32


def test_x8_goes_tile_by_tile_through_a_job(both):
    upscaler = sr_models.load("espcn", 8, "cpu", dtype="float32")
    lr = scene(50, 40, 4)
    steps = list(enlarge(upscaler, lr, tile=16, depth=16))
    assert len(steps) > 4
    assert steps[-1].array.shape == (320, 400, 4)
    assert np.abs(steps[-1].array.astype(int) - enlarged(upscaler, lr, depth=16)).max() <= 2


def test_the_classical_methods_take_scale_8():
    assert archs.build("bicubic", scale=8).scale == 8
    assert sr_models.load("lanczos", 8)(torch.rand(1, 3, 4, 5)).shape == (1, 3, 32, 40)
