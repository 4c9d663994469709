"""Training a VAE: the evidence bound, the frozen base, exact resume, a posterior that sees the original."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from sr_models import archs
from sr_models.archs._gauss import Gauss
from sr_models.checkpoints.card import Base, read_card
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.evaluation.diversity import explained
from sr_models.files import sha256
from sr_models.imaging.resample import resize
from sr_models.inference.upscaler import Upscaler
from sr_models.train.__main__ import main
from sr_models.train.data import load_tiles
from sr_models.train.objectives.variational import Variational, beyond_free_bits
from sr_models.train.recipe import Recipe, Stage
from tests.train.conftest import train

BASE = Recipe(name="small", architecture="sesr", learning_rate=2e-3, config={"width": 8, "depth": 1})
RECIPE = Recipe(
    name="vae",
    architecture="vae",
    base="small",
    objective="variational",
    config={"width": 8, "blocks": 1, "fine": 2, "coarse": 4, "base_config": {"width": 8, "depth": 1}},
    learning_rate=3e-3,
    stages=(Stage(1.0, "none", 16),),
    batch=4,
    ema=0.9,
    patience=None,
    choose="last",
)


@pytest.fixture
def base(photos, tmp_path, monkeypatch):
    """A weights folder with a small net, trained for a moment."""
    base = replace(BASE, stages=(Stage(1.0, "l1", 16),), batch=4, ema=0.9)
    path = train(base, scale=2, data=[photos], steps=30, out=tmp_path / "base")
    folder = tmp_path / "weights"
    folder.mkdir()
    path.rename(folder / path.name)
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(folder))
    return folder / path.name


def test_kl_of_gaussians_by_hand():
    one, other = Gauss(torch.tensor([1.0]), torch.tensor([0.0])), Gauss(torch.tensor([3.0]), torch.tensor([0.0]))
    assert float(one.kl(other)) == pytest.approx(2.0)  # (3 - 1)² / 2
    assert float(one.kl(one)) == 0
    wide = Gauss(torch.tensor([1.0]), torch.tensor([2.0]))
    inside, outside = (
        torch.distributions.Normal(1.0, 1.0),
        torch.distributions.Normal(1.0, torch.tensor(2.0).div(2).exp()),
    )
    assert float(one.kl(wide)) == pytest.approx(float(torch.distributions.kl_divergence(inside, outside)))


def test_free_bits_cost_nothing_and_count_over_places():
    kl = torch.zeros(2, 3, 4, 5)
    kl[:, 1] = 0.2
    kl[0, 2, :2] = 0.08  # 0.02 on the mean over batch and space: below what is free
    cost = beyond_free_bits(kl, 0.05)
    assert float(cost) == pytest.approx((0.05 + 0.2 + 0.05) * 20)
    assert float(beyond_free_bits(kl, 0.0)) == pytest.approx((0.2 + 0.02) * 20)


def test_training_moves_everything_but_the_base_and_logs_its_terms(photos, base, tmp_path):
    path = train(RECIPE, scale=2, data=[photos], val=[photos], steps=20, out=tmp_path / "run")
    net, card = read_checkpoint(path)
    plain, its_card = read_checkpoint(base)
    digest = sha256(base)
    assert card.bases == (Base("small_x2", digest, "contains"),)
    assert its_card.name == "small_x2"
    for key, value in plain.state_dict().items():
        assert torch.equal(net.base.state_dict()[key], value), key
    torch.manual_seed(RECIPE.seed)
    fresh = archs.build("vae", scale=2, **RECIPE.config)
    still = [
        k for k, v in fresh.named_parameters() if not k.startswith("base") and torch.equal(v, net.get_parameter(k))
    ]
    assert not still
    head = (tmp_path / "run" / "curve.csv").read_text().split("\n")[0]
    assert head == "step,seconds,learning_rate,loss,validation,bicubic,mse,centre,kl_coarse,kl_fine"


def test_the_posterior_sees_the_original(photos, base, tmp_path):
    path = train(RECIPE, scale=2, data=[photos], steps=250, out=tmp_path / "run")
    net, _ = read_checkpoint(path)
    upscaler = Upscaler(net, "vae_x2", device="cpu", dtype="float32")
    hr = load_tiles([photos], 64).pixels[:1, :, :64, :64].float() / 255
    lr = resize(hr, 32, 32).clamp(0, 1)
    found = explained(upscaler, lr, hr)
    mean = float(-10 * torch.log10((upscaler(lr) - hr).square().mean()))
    assert found["kl_fine"] + found["kl_coarse"] > 0.1
    assert found["posterior"] > mean + 1.0
    spread = torch.cat([t.pixels for t in upscaler.samples(lr, 4)]).std(0)
    assert float(spread.mean()) > 1 / 255


def test_interrupted_equals_uninterrupted(photos, base, tmp_path, monkeypatch):
    run = partial(train, RECIPE, scale=2, data=[photos], steps=12)
    whole = run(out=tmp_path / "whole")
    real, calls = Variational.step, []

    def interrupted(self, batch):
        calls.append(batch)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(self, batch)

    monkeypatch.setattr(Variational, "step", interrupted)
    monkeypatch.setattr("sr_models.train.loop.STATE_SECONDS", -1.0)  # a state after every step
    with pytest.raises(KeyboardInterrupt):
        run(out=tmp_path / "cut")
    again = run(out=tmp_path / "cut", resume=True)
    assert whole.read_bytes()[-1000:] == again.read_bytes()[-1000:]
    one, other = (read_checkpoint(path)[0].state_dict() for path in (whole, again))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_a_base_that_is_missing_or_of_another_size_is_a_sentence(photos, base, tmp_path):
    with pytest.raises(SRError, match="no checkpoint named absent_x2"):
        train(replace(RECIPE, base="absent"), scale=2, data=[photos], steps=2, out=tmp_path / "a")
    wide = RECIPE.config | {"base_config": {"width": 16, "depth": 1}}
    with pytest.raises(SRError, match="small_x2 is not the net that vae contains"):
        train(replace(RECIPE, config=wide), scale=2, data=[photos], steps=2, out=tmp_path / "b")


def test_a_warm_start_keeps_the_base_of_its_own_scale(photos, base, tmp_path, monkeypatch):
    first = train(RECIPE, scale=2, data=[photos], steps=8, out=tmp_path / "x2")
    tripled = train(
        replace(BASE, stages=(Stage(1.0, "l1", 16),), batch=4), scale=3, data=[photos], steps=5, out=tmp_path / "b3"
    )
    tripled.rename(base.with_name("small_x3.safetensors"))
    path = train(RECIPE, scale=3, data=[photos], steps=1, warm_start=first, out=tmp_path / "x3")
    net, card = read_checkpoint(path)
    plain, _ = read_checkpoint(base.with_name("small_x3.safetensors"))
    assert all(torch.equal(net.base.state_dict()[k], v) for k, v in plain.state_dict().items())
    warm, _ = read_checkpoint(first)
    assert (net.body[0].first.weight - warm.body[0].first.weight).abs().max() < 0.02
    assert [(base.name, base.relation) for base in card.bases] == [("vae_x2", "warm_start"), ("small_x3", "contains")]


def test_options_are_set_from_the_command_line(photos, base, tmp_path, capsys):
    recipe = tmp_path / "recipe.py"
    config = RECIPE.config
    recipe.write_text(
        "from sr_models.train.recipe import Recipe, Stage\n"
        f"recipe = Recipe(name='vae', architecture='vae', base='small', objective='variational', config={config!r}, "
        "learning_rate=1e-3, stages=(Stage(1.0, 'none', 16),), batch=2, patience=None, choose='last')\n"
    )
    common = [
        str(recipe),
        "--scale",
        "2",
        "--data",
        str(photos),
        "--steps",
        "2",
        "--out",
        str(tmp_path / "run"),
        "--overwrite",
    ]
    assert main([*common, "--set", "beta=0.1", "config.normalise=false"]) == 0
    card = read_card(tmp_path / "run" / "vae_x2.safetensors")
    assert card.recipe["options"]["beta"] == 0.1
    assert card.config["normalise"] is False
    assert main([*common, "--set", "beta=0.2", "--set", "warm_up=0"]) == 0
    card = read_card(tmp_path / "run" / "vae_x2.safetensors")
    assert card.recipe["options"] == {"beta": 0.2, "warm_up": 0}
    for setting, words in (
        ("beta=abc", "variational does not take the setting beta=abc; its settings are beta (number), warm_up"),
        ("config.scale=2", "an argument of the run"),
    ):
        assert main([*common, "--set", setting]) == 2
        assert words in capsys.readouterr().err
    assert main([*common, "--set", "graph=1"]) == 2
    assert main([*common, "--set", "gamma=1"]) == 2
    assert "variational does not take the setting gamma=1" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*common, "--set", "beta"])
    assert "beta is not KEY=VALUE" in capsys.readouterr().err
