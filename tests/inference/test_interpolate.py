"""Between the measured net and the one that invents: the ends, the middle, and what is said where there is no way."""

import dataclasses
import json
import math

import pytest
import torch

from sr_models import archs, load
from sr_models.checkpoints.card import Base, Card, Measurement, read_header
from sr_models.checkpoints.catalog import list_checkpoints, locate
from sr_models.checkpoints.format import save_checkpoint
from sr_models.checkpoints.recommend import by_validation, recommend
from sr_models.cli import app
from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.decode import decode, read
from sr_models.imaging.encode import encode_png
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarged
from tests.archs.test_archs import build
from tests.conftest import scene

CONFIG = {"width": 8, "depth": 1}


def card(name: str, net, **facts) -> Card:
    made = Card(
        name=name,
        architecture=net.architecture,
        config=net.config,
        scale=2,
        bases=(),
        trained_for="clean",
        invents=False,
        recipe={},
        dataset="none",
        license="CC-BY-SA-4.0",
        steps=0,
        seconds=0.0,
        commit=None,
    )
    return dataclasses.replace(made, **facts)


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A folder with a measured net, and one that continues it and invents."""
    folder = tmp_path / "weights"
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(folder))
    measured = build("sesr", 2, **CONFIG)
    save_checkpoint(measured, card("plain_x2", measured), folder / "plain_x2.safetensors")
    torch.manual_seed(9)
    gan = archs.build("srgan", scale=2, base_config=CONFIG)
    for p in gan.parameters():
        torch.nn.init.normal_(p, std=0.1)
    facts = {"bases": (Base("plain_x2", None, "continues"),), "invents": True}
    save_checkpoint(gan, card("srgan_x2", gan, **facts), folder / "srgan_x2.safetensors")
    return folder


def test_the_ends_are_the_two_nets_and_the_middle_is_the_mean_of_their_weights(weights):
    lr = torch.rand(1, 3, 12, 15)
    measured, gan = (load(name, 2, "cpu", dtype="float32") for name in ("plain", "srgan"))
    ends = [load("srgan", 2, "cpu", dtype="float32", mix=alpha) for alpha in (0, 1)]
    assert torch.equal(ends[0](lr), measured(lr))
    assert torch.equal(ends[1](lr), gan(lr))
    assert (ends[0].checkpoint, ends[0].invents) == ("plain_x2", False)
    assert (ends[1].checkpoint, ends[1].invents) == ("srgan_x2", True)
    half = load("srgan", 2, "cpu", dtype="float32", mix=0.5)
    for key, value in half.net.state_dict().items():
        mean = (measured.net.state_dict()[key] + gan.net.state_dict()[key]) / 2
        torch.testing.assert_close(value, mean)
    assert half.invents
    assert half.name == "srgan_x2_mix0.5"
    assert not torch.equal(half(lr), gan(lr))
    assert torch.equal(load("srgan", 2, "cpu", dtype="float32")(lr), gan(lr))  # mixing changed neither


def test_the_receipt_names_both_nets_and_alpha(weights):
    picture = decode(encode_png(scene(20, 16)))
    inputs = prepare(picture, 2)
    half = load("srgan", 2, "cpu", mix=0.25)
    receipt = make_receipt(half, inputs, None, seconds=1.0, result_sha256="")
    assert receipt["checkpoint"] == "srgan_x2"
    assert receipt["invents_detail"] is True
    sha = sha256(weights / "plain_x2.safetensors")
    assert receipt["mix"] == {"alpha": 0.25, "from": "plain_x2", "from_sha256": sha}
    measured = make_receipt(load("srgan", 2, "cpu", mix=0), inputs, None, seconds=1.0, result_sha256="")
    assert (measured["checkpoint"], measured["invents_detail"], measured["mix"]) == ("plain_x2", False, None)


@pytest.mark.parametrize("alpha", [-0.1, 1.5, float("nan")])
def test_alphas_out_of_range_are_a_sentence(weights, alpha):
    with pytest.raises(SRError, match="must be between 0 and 1"):
        load("srgan", 2, mix=alpha)


def test_without_a_partner_it_says_why(weights):
    with pytest.raises(SRError, match="plain_x2 continues no measured net"):
        load("plain", 2, mix=0.5)
    other = build("sesr", 2, width=4, depth=1)
    save_checkpoint(other, card("plain_x2", other), weights / "plain_x2.safetensors")
    with pytest.raises(SRError, match="srgan_x2 and plain_x2 are nets of other sizes"):
        load("srgan", 2, mix=0.5)
    (weights / "plain_x2.safetensors").unlink()
    with pytest.raises(SRError, match="srgan_x2 continues plain_x2, which is not here"):
        load("srgan", 2, mix=0.5)
    assert load("srgan", 2).invents  # it runs by itself all the same


def test_on_the_command_line(weights, tmp_path):
    from typer.testing import CliRunner

    (tmp_path / "p.png").write_bytes(encode_png(scene(20, 16)))
    arguments = [
        "upscale",
        str(tmp_path / "p.png"),
        "-o",
        str(tmp_path / "out"),
        "-m",
        "srgan",
        "-s",
        "2",
        "--mix",
        "0.5",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "p_srgan_x2_mix0.5.png"
    half = load("srgan", 2, mix=0.5)
    assert (read(path).array == enlarged(half, scene(20, 16))).all()


def test_the_inventive_pick_looks_best_and_is_never_the_best_by_psnr():
    net = archs.build("espcn", scale=2)

    def measured(name: str, psnr: float, looks: float | None, invents: bool) -> Card:
        results = [Measurement("validation", "psnr_y", psnr, 20.0, "")]
        results += [Measurement("validation", "lpips_alex", looks, 0.3, "")] if looks is not None else []
        return card(name, net, results=tuple(results), invents=invents)

    cards = [measured("a_x2", 30, 0.2, False), measured("b_x2", 31, 0.1, True), measured("c_x2", 29, 0.05, True)]
    cards.append(measured("d_x2", 35, None, True))
    assert recommend(2, cards)["inventive"] == "c"
    assert recommend(2, cards)["best"] == "a"
    assert by_validation(2, cards) == ["a"]
    assert "inventive" not in recommend(2, cards[:1])
    assert json.loads(cards[0].to_json())["invents"] is False


def test_a_net_that_loses_to_a_smaller_one_is_no_pick():
    net = archs.build("espcn", scale=4)

    def measured(name: str, psnr: float | None) -> Card:
        results = () if psnr is None else (Measurement("validation", "psnr_y", psnr, 20.0, ""),)
        return dataclasses.replace(card(f"{name}_x4", net, results=results), scale=4)

    cards = [measured("edsr", 30.1), measured("sesr_48x6", 30.2), measured("sesr_32x4", 29.9), measured("espcn", 29.0)]
    assert recommend(4, cards) == {"fast": "espcn", "balanced": "sesr_48x6", "best": "sesr_48x6"}
    cards[1] = measured("sesr_48x6", 29.8)
    assert recommend(4, cards) == {"fast": "espcn", "balanced": "sesr_32x4", "best": "edsr"}
    assert recommend(4, [measured("sesr_48x6", None), measured("sesr_32x4", None)]) == {"balanced": "sesr_48x6"}


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_no_smaller_checkpoint_beats_a_pick_for_quality(scale):
    cards, size, score = list_checkpoints(), {}, {}
    for net in by_validation(scale, cards):
        tensors, found = read_header(locate(net, scale))
        size[net] = sum(math.prod(facts["shape"]) for facts in tensors.values())
        score[net] = r.value if (r := found.result("validation")) else -math.inf
    for pick in ("balanced", "best"):
        mine = recommend(scale, cards)[pick]
        assert not [net for net in score if size[net] < size[mine] and score[net] > score[mine]]
