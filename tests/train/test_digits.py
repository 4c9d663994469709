"""Training on digits: losses fall, runs repeat, G and D step apart, and a collapse is seen and said."""

from pathlib import Path
from typing import Any

import pytest
import torch

from sr_models import archs
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.train import loop, objectives
from sr_models.train.choices import Choices
from sr_models.train.data import Digits
from sr_models.train.objectives import Batch, Setup, Watches, set_rate
from sr_models.train.recipe import Recipe, load_recipe

FOLDER = Path(__file__).parents[2] / "training" / "recipes"
RECIPES = {path.stem: found for path in sorted(FOLDER.glob("*.py")) if (found := load_recipe(path)).data == "digits"}
TERMS = {
    "classify": {"loss", "accuracy"},
    "elbo": {"loss", "surprise", "kl", "enlarged"},
    "gan": {"loss", "critic", "accuracy", "diversity"},
    "pixel": {"loss"},
}


def bars(count: int) -> torch.Tensor:
    """Make pictures (N, 1, 28, 28) of a bar each, at another place."""
    pictures = torch.zeros(count, 1, 28, 28)
    for i in range(count):
        pictures[i, :, :, 2 + i % 24 : 4 + i % 24] = 1
    return pictures


def batch(seed: int, scale: int = 1, count: int = 16) -> Batch:
    hr = bars(count)
    lr = torch.nn.functional.avg_pool2d(hr, scale)
    generators = [torch.Generator().manual_seed(1000 * seed + i) for i in range(count)]
    return Batch(lr, hr, "mse", seed, 0.0, generators, None, torch.arange(count) % 10)


def made(recipe: Recipe, rate: float = 2e-3, **options) -> tuple[Any, Any]:
    torch.manual_seed(0)
    net = archs.build(recipe.architecture, **recipe.config).train()
    objective = objectives.get(recipe.objective).make(Setup(net, rate), recipe.options | options)
    for optimizer in objective.optimizers:
        set_rate(optimizer, rate)
    return net, objective


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_repeats_itself_and_says_its_terms(name, shared, tmp_path):
    states, said = [], []
    for run in ("one", "two"):
        choices = Choices(
            recipe=RECIPES[name],
            scale=RECIPES[name].only_scale or 0,
            data=[shared / "data" / "mnist"],
            steps=3,
            out=tmp_path / run,
        )
        net, card = read_checkpoint(loop.train(choices, said.append))
        states.append(net.state_dict())
    assert (card.trained_for, card.dataset, net.scale) == ("digits", "60000 digits of MNIST", card.scale)
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())
    header = (tmp_path / "one" / "curve.csv").read_text().splitlines()[0].split(",")
    assert TERMS[RECIPES[name].objective] - {"loss"} <= set(header)
    assert any("step 3" in line for line in said)


@pytest.mark.parametrize("name", ["digit_classifier", "digit_vae", "digit_espcn"])
def test_the_loss_falls(name):
    recipe = RECIPES[name]
    _, objective = made(recipe)
    losses = [float(objective.step(batch(step, recipe.only_scale or 1))["loss"]) for step in range(40)]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
    assert set(objective.step(batch(0, recipe.only_scale or 1))) == TERMS[recipe.objective]


def test_beta_weighs_the_kl():
    found = {}
    for beta in (0.1, 100.0):
        _, objective = made(RECIPES["digit_vae"], beta=beta)
        found[beta] = [objective.step(batch(step, 2)) for step in range(40)][-1]
    assert found[100.0]["kl"] < 0.1 * found[0.1]["kl"]
    assert found[100.0]["surprise"] > found[0.1]["surprise"]
    net, objective = made(RECIPES["digit_vae"], enlarge=0.0)
    before = net.enlarged.weight.clone()
    assert "enlarged" not in objective.step(batch(0, 2))
    assert torch.equal(net.enlarged.weight, before)


@pytest.mark.parametrize("name", ["digit_gan", "digit_gan_dense"])
@pytest.mark.parametrize("kind", ["log", "non_saturating"])
def test_each_step_of_the_gan_changes_its_own_net_and_lowers_its_own_loss(name, kind):
    net, objective = made(RECIPES[name], generator_loss=kind)
    weights = {"net": net, "critic": objective.critic}
    noise, real = torch.randn(16, net.latent_dim), bars(16)

    def changed(step) -> set[str]:
        before = {key: [p.clone() for p in part.parameters()] for key, part in weights.items()}
        step()
        return {
            key
            for key, part in weights.items()
            if any(not torch.equal(a, b) for a, b in zip(before[key], part.parameters(), strict=True))
        }

    assert changed(lambda: objective.step_critic(real, noise)) == {"critic"}
    assert changed(lambda: objective.step_generator(noise)) == {"net"}
    for step in (lambda: objective.step_critic(real, noise)["critic"], lambda: objective.step_generator(noise)["loss"]):
        losses = [float(step()) for _ in range(12)]
        assert losses[-1] < losses[0]


def test_the_textbook_losses_by_hand():
    from sr_models.train.objectives.gan import critic_loss, generator_loss

    real, fake = torch.tensor([0.0]), torch.tensor([2.0])
    p = float(fake.sigmoid())
    assert float(critic_loss(real, fake)) == pytest.approx(-torch.tensor([0.5, 1 - p]).log().sum().item(), rel=1e-5)
    assert float(generator_loss(fake, "log")) == pytest.approx(torch.tensor(1 - p).log().item(), rel=1e-5)
    assert float(generator_loss(fake, "non_saturating")) == pytest.approx(-torch.tensor(p).log().item(), rel=1e-5)
    with pytest.raises(SRError, match="one of log, non_saturating"):
        made(RECIPES["digit_gan"], generator_loss="hinge")


def test_a_planted_collapse_is_seen(monkeypatch):
    from sr_models.train.objectives import gan

    monkeypatch.setattr(gan, "WATCHED", 4)
    net, objective = made(RECIPES["digit_gan_dense"])
    assert isinstance(made(RECIPES["digit_gan"])[1], Watches)
    assert objective.trouble() is None  # too early to say
    real, half = bars(16), 1.0 - 2.0 * (torch.arange(16) % 2)  # verdicts of which half are right
    weight = next(objective.critic.parameters())

    def watched(drawn: torch.Tensor, on_real: torch.Tensor, on_drawn: torch.Tensor) -> str | None:
        monkeypatch.setattr(net, "forward", lambda z: drawn)
        for _ in range(4):
            verdicts = [on_real, on_drawn]
            monkeypatch.setattr(objective.critic, "forward", lambda x, said=verdicts: said.pop(0) + 0 * weight.sum())
            objective.step_critic(real, torch.randn(16, net.latent_dim))
        return objective.trouble()

    good, same = real.roll(3, 0), real[:1].expand(16, -1, -1, -1)
    assert watched(good, half, half) is None
    assert (
        watched(good, torch.full((16,), 5.0), torch.full((16,), -5.0)) == "its critic is right in 100.0% of all cases"
    )
    assert watched(same, half, half) == "what it draws differs by 0% of what real pictures do"


def test_a_run_that_collapses_says_so(shared, tmp_path, monkeypatch):
    monkeypatch.setattr(objectives.get("gan").build, "trouble", lambda self: "all alike")
    said: list[str] = []
    recipe = RECIPES["digit_gan_dense"]
    loop.train(Choices(recipe=recipe, scale=1, data=[shared / "data" / "mnist"], steps=2, out=tmp_path), said.append)
    assert any("draw one thing or nothing more (all alike)" in line for line in said)


def test_batches_follow_from_seed_and_step_and_hold_their_labels():
    pixels = torch.arange(50, dtype=torch.uint8)[:, None, None, None].expand(50, 1, 2, 2)
    digits = Digits(pixels, torch.arange(50), 8, 3, torch.device("cpu"))
    for step in (0, 7):
        drawn = digits.draw(step, 28)
        assert torch.equal((255 * drawn[:, 0, 0, 0]).round().long(), digits.draw_labels(step))
        assert torch.equal(drawn, digits.draw(step, 14))
    assert not torch.equal(digits.draw(0, 28), digits.draw(7, 28))
    halves = [Digits(pixels, torch.arange(50), 8, 3, torch.device("cpu"), rank, 2).draw_labels(0) for rank in (0, 1)]
    assert torch.equal(torch.cat(halves), digits.draw_labels(0))


def test_validation_pictures_are_refused(shared):
    with pytest.raises(SRError, match=r"measure it by sr-models digits"):
        Choices(recipe=RECIPES["digit_vae"], scale=2, data=[shared], val=[shared])
