"""Nets made of nets: cascades, the self-ensemble; all that a single net promises holds for them too."""

import dataclasses
import functools

import numpy as np
import pytest
import torch

import sr_models
from sr_models import archs
from sr_models.checkpoints.card import Base, Measurement, read_card
from sr_models.checkpoints.catalog import factors, list_checkpoints, passes_of, scales_of, split_name, with_cascades
from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
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


def save(x2, scale: int, *, net: str = "espcn", architecture: str = "espcn", **facts):
    """Put a tiny net of another scale beside the x2, and return its path."""
    made = build(architecture, scale, **({"width": 8, "mapping": 8} if architecture == "espcn" else {"width": 8}))
    what = {"name": f"{net}_x{scale}", "architecture": architecture, "config": made.config, "scale": scale}
    path = x2.with_name(f"{net}_x{scale}.safetensors")
    save_checkpoint(made, dataclasses.replace(read_card(x2), **what, **facts), path)
    return path


@pytest.fixture
def both(small_checkpoint, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    save(small_checkpoint, 4, license="CC0-1.0", invents=True, dataset="9 tiles", steps=7, seconds=2.5)
    return small_checkpoint


def test_x8_is_x4_then_x2(both):
    for ref, scale in (("espcn", 8), ("espcn_x8", None), ("espcn_x4_x2", None), ("espcn_x4_x2", 8)):
        upscaler = sr_models.load(ref, scale, "cpu", dtype="float32")
        assert (upscaler.name, upscaler.scale) == ("espcn_x4_x2", 8)
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


def test_the_card_of_a_cascade_is_derived_and_says_that_nothing_was_measured(both):
    save(both, 4, invents=True, results=(Measurement("Set5", "psnr_y", 30.0, 28.0, ""),), steps=7, license="CC0-1.0")
    upscaler = sr_models.load("espcn", 8)
    card = upscaler.card
    assert card is not None
    digests = [sr_models.load("espcn", s).sha256 for s in (4, 2)]
    assert card.bases == (Base("espcn_x4", digests[0], "pass"), Base("espcn_x2", digests[1], "pass"))
    assert card.passes == ("espcn_x4", "espcn_x2")
    assert (card.results, card.result("Set5"), card.started_from, card.measured_partner) == ((), None, None, None)
    assert (card.name, card.scale, card.invents, card.steps) == ("espcn_x4_x2", 8, True, 7)
    (listed,) = (card for card in with_cascades() if card.passes)
    assert listed == dataclasses.replace(card, bases=listed.bases)


@pytest.mark.parametrize(
    ("scale", "there", "passes"),
    [
        (8, (2, 3, 4), (4, 2)),
        (8, (2, 4, 8), (8,)),
        (6, (2, 3, 4), (3, 2)),
        (12, (2, 3, 4, 6), (6, 2)),  # the largest first
        (24, (2, 3, 4), (4, 3, 2)),
        (24, (2, 3, 4, 12), (12, 2)),  # the fewest
        (8, (2,), ()),  # none is taken twice unasked
        (16, (4,), ()),
        (5, (2, 3, 4), ()),
        (4, (), ()),
    ],
)
def test_which_checkpoints_make_a_scale(scale, there, passes):
    assert factors(scale, there) == passes


def test_any_scale_that_checkpoints_make_runs(both):
    save(both, 3)
    x = {scale: sr_models.load("espcn", scale, "cpu", dtype="float32") for scale in (2, 3, 4)}
    grey = torch.rand(1, 1, 9, 8, generator=torch.Generator().manual_seed(1))
    for ref, scale, passes in (("espcn", 6, (3, 2)), ("espcn", 24, (4, 3, 2)), ("espcn_x2_x2", None, (2, 2))):
        upscaler = sr_models.load(ref, scale, "cpu", dtype="float32")
        by_hand = grey
        with torch.inference_mode():
            for s in passes:
                by_hand = x[s].net(by_hand.clamp(0, 1))
            assert torch.equal(upscaler.net(grey), by_hand)
        assert upscaler.name == "espcn" + "".join(f"_x{s}" for s in passes)
        assert upscaler.scale == by_hand.shape[-1] // 8
        lr = torch.rand(1, 3, 20, 33, generator=torch.Generator().manual_seed(2))
        torch.testing.assert_close(upscaler(lr, tile=16), upscaler(lr, tile=4096), atol=1e-5, rtol=0)


def test_where_cascades_are_offered(both):
    def made(cards=None):
        return [(card.name, card.scale) for card in with_cascades(cards) if card.passes]

    assert made() == made(list_checkpoints()) == made(with_cascades()) == [("espcn_x4_x2", 8)]
    assert scales_of("espcn") == scales_of("espcn", with_cascades()) == (2, 4, 8)
    assert scales_of("bicubic") == (2, 3, 4, 8)
    assert passes_of("espcn", 8) == passes_of("espcn_x8") == passes_of("espcn_x4_x2") == (4, 2)
    assert passes_of("espcn_x4") == passes_of("espcn", 4) == (4,)
    assert passes_of(str(both)) == passes_of("owner/espcn_x4_x2") == passes_of("espcn") == ()
    assert [split_name(name) for name in ("sesr_32x4_x2", "espcn_x4_x3_x2", "vae")] == [
        ("sesr_32x4", 2),
        ("espcn", 24),
        ("vae", None),
    ]
    both.with_name("espcn_x4.safetensors").unlink()
    assert made() == []
    assert scales_of("espcn") == (2,)
    for ref, scale, missing in (("espcn", 8, 8), ("espcn_x4_x2", None, 4)):
        with pytest.raises(SRError, match=f"no checkpoint named espcn_x{missing}"):
            sr_models.load(ref, scale)


def test_a_file_that_holds_another_scale_than_its_name_says_is_a_sentence(both):
    both.rename(both.with_name("espcn_x3.safetensors"))
    with pytest.raises(SRError, match=r"espcn_x3\.safetensors is made for x2, not x3"):
        sr_models.load("espcn_x4_x3")


def test_a_cascade_of_nets_that_invent_mixes_with_that_of_those_they_continue(both):
    for scale in (2, 4):
        net, card = read_checkpoint(both.with_name(f"espcn_x{scale}.safetensors"))
        for p in net.parameters():
            p.data.mul_(1.1)
        facts = {"name": f"gan_x{scale}", "bases": (Base(f"espcn_x{scale}", None, "continues"),), "invents": True}
        save_checkpoint(net, dataclasses.replace(card, **facts), both.with_name(f"gan_x{scale}.safetensors"))
    half, whole, none = (sr_models.load("gan", 8, "cpu", dtype="float32", mix=alpha) for alpha in (0.5, 1, 0))
    assert half.license == "CC0-1.0 + CC-BY-SA-4.0"
    assert (none.name, whole.name, half.name) == ("espcn_x4_x2", "gan_x4_x2", "gan_x4_x2_mix0.5")
    states = [upscaler.net.state_dict() for upscaler in (none, whole, half)]
    for a, b, between in zip(*(state.values() for state in states), strict=True):
        torch.testing.assert_close(between, (a + b) / 2)
    both.with_name("espcn_x4.safetensors").unlink()
    with pytest.raises(SRError, match="gan_x4_x2 continues espcn_x4_x2, which is not here"):
        sr_models.load("gan", 8, mix=0.5)


@pytest.mark.parametrize(("ref", "scale"), [("espcn_x4", 8), ("espcn_x4_x2", 4), ("espcn_x8", 2)])
def test_scales_that_disagree_are_a_sentence(both, ref, scale):
    with pytest.raises(SRError, match=f"is made for x[48], not x{scale}"):
        sr_models.load(ref, scale)


def test_parts_of_different_kinds_are_a_sentence(small_checkpoint, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    save(small_checkpoint, 4, architecture="sesr")  # three channels, then one
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


def test_the_facts_of_a_cascade_follow_from_the_parts():
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
