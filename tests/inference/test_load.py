"""References: names, scales, paths, and what is said when nothing fits; precision and memory of the runner."""

import pytest
import torch

import sr_models
from sr_models.checkpoints.catalog import weights_folder
from sr_models.errors import CheckpointError, SRError
from sr_models.inference import upscaler
from sr_models.inference.load import load, load_restorer


@pytest.fixture
def weights(small_checkpoint, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    return small_checkpoint


def test_every_kind_of_reference(weights):
    for ref, scale in (("espcn_x2", None), ("espcn", 2), ("espcn_x2", 2), (str(weights), None)):
        upscaler = sr_models.load(ref, scale)
        assert (upscaler.name, upscaler.scale) == ("espcn_x2", 2)
        assert upscaler(torch.rand(1, 3, 9, 8)).shape == (1, 3, 18, 16)
    assert sr_models.load("bicubic").scale == 4
    assert sr_models.load("lanczos_x3").name == "lanczos_x3"


@pytest.mark.parametrize(
    ("ref", "scale", "words"),
    [
        ("espcn", None, "does not say its scale"),
        ("espcn_x2", 3, "made for x2, not x3"),
        ("bicubic_x2", 3, "made for x2, not x3"),
        ("espcn", 3, "choose one of espcn_x2, bicubic"),
        ("nothing.safetensors", None, "does not exist"),
    ],
)
def test_bad_references_are_sentences(weights, ref, scale, words):
    with pytest.raises(SRError, match=words):
        sr_models.load(ref, scale)


def test_a_path_of_another_scale_is_a_sentence(weights):
    with pytest.raises(SRError, match="made for x2, not x4"):
        sr_models.load(str(weights), 4)


def test_unset_owner_is_said(weights):
    with pytest.raises(SRError, match="SR_LAB_HUB_OWNER is not set"):
        sr_models.load("espcn_x4")


def test_empty_weights_still_list_and_run(tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path))
    assert sr_models.list_checkpoints() == []
    assert sr_models.load("bicubic")(torch.rand(1, 1, 3, 3)).shape == (1, 1, 12, 12)


def test_unknown_device_and_precision_are_sentences(weights, monkeypatch):
    with pytest.raises(SRError, match="device tpu"):
        sr_models.load("espcn_x2", device="tpu")
    monkeypatch.setenv("SR_LAB_DTYPE", "float8")
    with pytest.raises(SRError, match="precision float8"):
        sr_models.load("espcn_x2")


def test_precision_follows_report_and_check(weights, monkeypatch):
    monkeypatch.setattr("sr_models.inference.upscaler.reports_bf16", lambda _: True)
    half = sr_models.load("espcn_x2")
    assert half.dtype == torch.bfloat16
    full = sr_models.load("espcn_x2", dtype="float32")
    lr = torch.rand(1, 3, 30, 30)
    difference = (half(lr) - full(lr)).abs().max()
    assert 0 < difference < 0.02
    monkeypatch.setattr(upscaler, "_CHECK_DB", 500.0)
    assert sr_models.load("espcn_x2").dtype == torch.float32
    monkeypatch.setattr(upscaler, "_CHECK_DB", 50.0)
    monkeypatch.setattr("sr_models.inference.upscaler.reports_bf16", lambda _: False)
    assert sr_models.load("espcn_x2").dtype == torch.float32
    monkeypatch.setenv("SR_LAB_DTYPE", "bfloat16")
    assert sr_models.load("espcn_x2").dtype == torch.bfloat16


def test_out_of_memory_halves_the_tile_and_begins_again(weights, monkeypatch):
    upscaler = sr_models.load("espcn_x2", dtype="float32", device="cpu")
    whole = upscaler(lr := torch.rand(1, 3, 70, 70))
    run, sizes = upscaler._run, []

    def scarce(window, alpha, draw):
        sizes.append(window.shape[-1])
        if len(sizes) > 1 and window.shape[-1] > 36:
            raise torch.OutOfMemoryError("no memory left")
        return run(window, alpha, draw)

    monkeypatch.setattr(upscaler, "_run", scarce)
    tiles = list(upscaler.tiles(lr, tile=40))
    assert [t.index for t in tiles[:2]] == [0, 0]
    assert max(sizes) > 36 >= max(sizes[-4:])
    sizes.clear()
    torch.testing.assert_close(upscaler(lr, tile=40), whole, atol=1e-5, rtol=0)
    monkeypatch.setattr(upscaler, "_run", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("none")))
    with pytest.raises(SRError, match="smallest tile"):
        upscaler(lr)


def test_too_small_a_tile_is_a_sentence(weights):
    with pytest.raises(SRError, match="at least 16"):
        sr_models.load("espcn_x2")(torch.rand(1, 3, 9, 9), tile=8)


def test_alpha_is_kept_apart_and_flat_parts_stay_flat(weights):
    upscaler = sr_models.load("espcn_x2")
    lr = torch.rand(1, 4, 24, 24)
    lr[:, 3] = 1
    out = upscaler(lr)
    assert torch.equal(out[:, 3], torch.ones(1, 48, 48))
    torch.testing.assert_close(out[:, :3], upscaler(lr[:, :3]))
    lr[:, 3, :, :12] = 0
    out = upscaler(lr)
    assert torch.equal(out[:, 3, :, :16], torch.zeros(1, 48, 16))
    assert torch.equal(out[:, 3, :, -16:], torch.ones(1, 48, 16))
    assert out[:, :3, :, :16].abs().max() == 0  # colours hidden under full transparency do not leak


def test_colours_hidden_under_transparency_do_not_bleed():
    lr = torch.zeros(1, 4, 8, 12)
    lr[:, 0, :, :6], lr[:, 3, :, :6] = 1, 1  # opaque red
    lr[:, 2, :, 6:] = 1  # blue, but wholly transparent
    out = sr_models.load("bicubic", 4)(lr)
    edge = (out[:, 3] > 0.05) & (out[:, 3] < 0.95)
    assert edge.any()
    assert out[:, 2][edge].max() < 0.01
    assert out[:, 0][edge].min() > 0.99


def test_what_repairs_is_loaded_by_its_name_and_a_wrong_one_is_a_sentence_that_lists_those():
    assert load_restorer("median").name == "median"
    assert load_restorer("restoration", "cpu").name == load_restorer("restoration_x1", "cpu").name == "restoration_x1"
    with pytest.raises(SRError, match=r"named bicubic here; choose one of .*restoration_x1.*median"):
        load_restorer("bicubic")
    with pytest.raises(CheckpointError, match="not one that enlarges"):
        load(str(weights_folder() / "restoration_x1.safetensors"))
