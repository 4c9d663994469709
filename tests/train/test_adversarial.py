"""Training a generator against a critic: each loss by hand, who learns from whom, exact resume, and that it helps."""

import signal
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from sr_models import archs
from sr_models.checkpoints.card import read_card
from sr_models.checkpoints.catalog import list_checkpoints
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.picture import quantize
from sr_models.imaging.resample import resize
from sr_models.inference.load import load, load_critic
from sr_models.metrics.perceptual import FEATURES, Lite0, feature_distance
from sr_models.train.__main__ import main
from sr_models.train.ema import Ema
from sr_models.train.objectives import OBJECTIVES, Batch, Setup
from sr_models.train.objectives.adversarial import (
    ADVERSARIAL_LOSSES,
    Adversarial,
    critic_loss,
    generator_loss,
    gram,
    windows,
)
from sr_models.train.recipe import Recipe, Stage
from tests.train.conftest import train

BASE = Recipe(name="small", architecture="sesr", learning_rate=2e-3, config={"width": 8, "depth": 1})
RECIPE = Recipe(
    name="srgan",
    architecture="srgan",
    base="small",
    config={"base_config": {"width": 8, "depth": 1}},
    objective="adversarial",
    options={"features": "lite0", "width": 8, "content": 1.0},
    learning_rate=1e-3,
    stages=(Stage(1.0, "none", 16),),
    batch=4,
    ema=0.9,
    patience=None,
    choose="last",
    invents=True,
)


@pytest.fixture
def features(tmp_path, monkeypatch):
    """Features of random weights, in place of the pretrained ones."""
    torch.manual_seed(5)
    folder = tmp_path / "features"
    folder.mkdir()
    save_file(Lite0().state_dict(), folder / "lite0.safetensors")
    monkeypatch.setenv("SR_LAB_FEATURES", str(folder))
    return folder


@pytest.fixture
def base(photos, tmp_path, monkeypatch):
    """A weights folder with a small net, trained for a moment."""
    base = replace(BASE, stages=(Stage(1.0, "l1", 16),), batch=4, ema=0.9)
    path = train(base, scale=2, data=[photos], steps=60, out=tmp_path / "base")
    folder = tmp_path / "weights"
    folder.mkdir()
    path.rename(folder / path.name)
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(folder))
    return folder / path.name


def objective(**options) -> Any:
    torch.manual_seed(0)
    net = archs.build("srgan", scale=2, base_config={"width": 8, "depth": 1})
    return OBJECTIVES["adversarial"].make(Setup(net, 1e-3), {"width": 8, **options})


def batch(seed: int = 1) -> Batch:
    hr = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
    return Batch(resize(hr, 16, 16).clamp(0, 1), hr, "none", seed)


def test_adversarial_losses_by_hand():
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-1.0, 0.3])
    truth, lie = torch.ones(2), torch.zeros(2)
    bce = F.binary_cross_entropy_with_logits
    assert critic_loss(real, fake, "log") == pytest.approx(float(bce(real, truth) + bce(fake, lie)))
    assert generator_loss(real, fake, "log") == pytest.approx(float(bce(fake, truth)))
    assert float(critic_loss(real, fake, "hinge")) == pytest.approx((0 + 0.5) / 2 + (0 + 1.3) / 2)
    assert float(generator_loss(real, fake, "hinge")) == pytest.approx((1.0 - 0.3) / 2)
    relative = (bce(real - fake.mean(), truth) + bce(fake - real.mean(), lie)) / 2
    assert critic_loss(real, fake, "relativistic") == pytest.approx(float(relative))
    turned = (bce(fake - real.mean(), truth) + bce(real - fake.mean(), lie)) / 2
    assert generator_loss(real, fake, "relativistic") == pytest.approx(float(turned))


def test_gram_by_hand():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # two channels, two places
    wanted = torch.tensor([[[(1 + 4) / 2, (3 + 8) / 2], [(3 + 8) / 2, (9 + 16) / 2]]])
    torch.testing.assert_close(gram(features), wanted)
    torch.testing.assert_close(gram(features.flip(-1)), wanted)  # where a texture lies does not count
    picture = torch.arange(16.0).view(1, 1, 4, 4)
    assert windows(picture)[:, 0, 0, 0].tolist() == [0, 2, 8, 10]


@pytest.mark.parametrize("loss", ADVERSARIAL_LOSSES)
def test_the_critic_is_frozen_in_the_generators_step_and_sees_detached_fakes(features, loss):
    made = objective(adversarial_loss=loss)
    before = {k: v.clone() for k, v in made.critic.named_parameters()}
    fake, terms = made.step_generator(batch().lr, batch().hr, 1)
    assert not fake.requires_grad
    assert all(p.grad is None for p in made.critic.parameters())
    assert all(torch.equal(v, before[k]) for k, v in made.critic.named_parameters())
    assert terms.keys() == {"loss", "pixel", "content", "style", "adversarial", "matching"}
    generator = {k: v.clone() for k, v in made.setup.net.named_parameters()}
    made.optimizers[0].zero_grad()
    made.step_critic(batch().lr, batch().hr, fake, 1)
    assert all(p.grad is None for p in made.setup.net.parameters())
    assert all(torch.equal(v, generator[k]) for k, v in made.setup.net.named_parameters())
    assert any(not torch.equal(v, before[k]) for k, v in made.critic.named_parameters())


def test_the_loss_is_the_weighted_sum_of_its_terms(features):
    made = objective(pixel=0.3, content=0.2, style=0.7, adversarial=0.1, matching=0.05)
    _, terms = made.step_generator(batch().lr, batch().hr, 1)
    assert terms["loss"].item() == pytest.approx(sum(w * terms[k].item() for k, w in made.weights.items()))


@pytest.mark.parametrize(("name", "side"), [("lpips_alex", 48), ("lpips_vgg", 72), ("lite0", 16), ("lite0", 88)])
def test_any_features_go_with_any_patch(features, name, side):
    save_file(FEATURES[name]().state_dict(), features / f"{name}.safetensors")
    made, hr = objective(features=name), torch.rand(1, 3, side, side)
    _, terms = made.step_generator(resize(hr, side // 2, side // 2), hr, 3)
    assert all(torch.isfinite(term) for term in terms.values())


def test_r1_lowers_the_critics_slope(features):
    slopes = []
    for r1 in (0.0, 100.0):
        made = objective(r1=r1, r1_every=1)
        for step in range(12):
            terms = made.step(batch(step))
        if not r1:
            assert "slope" not in terms
            made.options = replace(made.options, r1=1e-12)
            terms = made.step(batch(13))
        slopes.append(float(terms["slope"]))
    assert slopes[1] < 0.5 * slopes[0]


def test_a_critic_alone_tells_blurred_pictures_from_real_ones(features):
    made = objective(pixel=0.0)
    hr = batch().hr
    blurred = resize(batch().lr, 32, 32).clamp(0, 1)
    for seed in range(60):
        made.step_critic(batch().lr, hr, blurred, seed)
    with torch.no_grad():
        assert float(made.critic(hr, batch().lr).mean()) > 1 > -1 > float(made.critic(blurred, batch().lr).mean())


@pytest.mark.parametrize("conditional", [False, True])
def test_a_collapsed_critic_says_the_same(conditional):
    torch.manual_seed(0)
    critic = archs.build("srgan_critic", scale=2, width=8, conditional=conditional, spectral=True)
    picture, lr = torch.rand(2, 3, 16, 24), torch.rand(2, 3, 8, 12)
    for _ in range(3):
        critic(picture, lr)  # in training each call takes a step towards the norms
    critic.eval()
    plain = critic.collapse()
    assert plain.config["spectral"] is False
    assert critic(picture, lr).shape == (2, 1, 16, 24)
    torch.testing.assert_close(plain(picture, lr), critic(picture, lr), atol=1e-5, rtol=1e-4)
    again = archs.build("srgan_critic", scale=2, width=8, conditional=conditional, spectral=True)
    again.load_collapsed(plain.state_dict())
    for _ in range(50):
        again(picture, lr)
    torch.testing.assert_close(again.eval()(picture, lr), plain(picture, lr), atol=1e-3, rtol=1e-2)
    assert (critic(picture, 1 - lr) - critic(picture, lr)).abs().max() > 1e-3 or not conditional


def test_the_average_copies_buffers():
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    average = Ema(net, 0.999)
    net(torch.rand(2, 3, 8, 8) + 5)
    with torch.no_grad():
        next(net.parameters()).add_(1.0)
    average.update(net, 1000)
    state = net.state_dict()
    assert torch.equal(average.shadow["1.running_mean"], state["1.running_mean"])
    assert not torch.equal(average.shadow["0.weight"], state["0.weight"])


def test_a_short_run_lowers_its_feature_distance(features, photos, base, tmp_path):
    options = {**RECIPE.options, "content": 10.0, "adversarial": 1e-3, "matching": 0.01}
    path = train(replace(RECIPE, options=options), scale=2, data=[photos], steps=60, out=tmp_path / "run")
    hr = torch.from_numpy(read(photos / "a.png").array[:64, :64].transpose(2, 0, 1).copy())[None] / 255
    lr = resize(hr, 32, 32).clamp(0, 1)
    distances = [feature_distance(quantize(load(str(p))(lr)), hr) or 1.0 for p in (base, path)]
    assert distances[1] < 0.97 * distances[0]
    card = read_card(path)
    assert card.invents
    assert card.measured_partner == "small_x2"
    assert card.recipe["options"]["features"] == "lite0"
    rows = (tmp_path / "run" / "curve.csv").read_text().splitlines()
    assert {"pixel", "content", "style", "adversarial", "matching", "critic"} <= set(rows[0].split(","))
    assert (tmp_path / "run" / "curve.png").stat().st_size > 10_000


def test_the_critic_is_kept_and_never_offered(features, photos, base, tmp_path, monkeypatch):
    path = train(RECIPE, scale=2, data=[photos], steps=3, out=tmp_path / "run")
    kept = path.with_name("srgan_critic_x2.safetensors")
    assert read_card(kept).architecture == "srgan_critic"
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(path.parent))
    assert [card.name for card in list_checkpoints()] == ["srgan_x2"]
    with pytest.raises(SRError, match="it is a critic net"):
        load("srgan_critic_x2")
    assert load_critic("srgan", 2)(torch.rand(1, 3, 16, 16), torch.rand(1, 3, 8, 8)).shape == (1, 1, 16, 16)
    with pytest.raises(SRError, match="No critic was trained at ×3"):
        load_critic("srgan", 3)
    options = {**RECIPE.options, "critic_start": "srgan_critic_x2"}
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(base.parent))
    kept.rename(base.parent / kept.name)
    with pytest.raises(SRError, match="srgan_critic_x2 is not the net that srgan_critic"):
        train(replace(RECIPE, options=options | {"width": 4}), scale=2, data=[photos], steps=1, out=tmp_path)
    again = train(replace(RECIPE, options=options), scale=2, data=[photos], steps=1, out=tmp_path / "again")
    old, new = (read_checkpoint(p.with_name(kept.name))[0] for p in (base, again))
    assert float((old.enter.weight - new.enter.weight).abs().max()) < 0.01


def test_resume_is_exact(features, photos, base, tmp_path, monkeypatch):
    run = partial(train, RECIPE, scale=2, data=[photos], steps=8)
    whole = run(out=tmp_path / "whole")
    real, calls = Adversarial.step, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 4:
            signal.raise_signal(signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr(Adversarial, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(out=tmp_path / "part")
    part = run(out=tmp_path / "part", resume=True)
    for name in ("srgan_x2.safetensors", "srgan_critic_x2.safetensors"):
        one, other = (read_checkpoint(p.with_name(name))[0].state_dict() for p in (whole, part))
        assert all(torch.equal(one[k], other[k]) for k in one)


def test_without_features_it_says_what_to_do(photos, base, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path / "none"))
    recipe = tmp_path / "recipe.py"
    recipe.write_text(
        f"from sr_models.train.recipe import Recipe, Stage\nrecipe = {RECIPE!r}\n".replace(
            "<class 'sr_models.imaging.degradations.Downscale'>",
            "__import__('sr_models.imaging.degradations').imaging.degradations.Downscale",
        )
    )
    command = [str(recipe), "--scale", "2", "--data", str(photos), "--steps", "1", "--out", str(tmp_path / "run")]
    assert main(command) == 2
    assert "run python training/features.py, or set content=0 style=0" in capsys.readouterr().err
    assert main([*command, "--set", "content=0", "style=0"]) == 0
    assert main([*command, "--set", "content=0", "style=0", "adversarial_loss=poker"]) == 2
    assert "poker, it must be one of log, hinge, relativistic" in capsys.readouterr().err


def test_a_base_of_another_size_is_refused(features, photos, base, tmp_path):
    recipe = replace(RECIPE, config={"base_config": {"width": 4, "depth": 1}})
    with pytest.raises(SRError, match="small_x2 is not the net that srgan"):
        train(recipe, scale=2, data=[photos], steps=1, out=tmp_path / "run")
