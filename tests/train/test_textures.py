"""Training nets of textures: the critic's views, its slope, both losses, and what the statistics of features see."""

from pathlib import Path
from typing import Any

import pytest
import torch

from sr_models import archs
from sr_models.errors import SRError
from sr_models.train import objectives
from sr_models.train.choices import Choices
from sr_models.train.objectives import Batch, Setup
from sr_models.train.objectives import textures as of_textures
from sr_models.train.objectives.gan import augmented
from sr_models.train.recipe import load_recipe
from tests.evaluation.test_textures import needs_features, woven

FOLDER = Path(__file__).parents[2] / "training" / "recipes"
SMALL = {"widths": (8, 8, 8, 8)}


def batch(seed: int, count: int = 4) -> Batch:
    hr = torch.stack([torch.from_numpy(woven(i)[:64, :64]) for i in range(count)]).permute(0, 3, 1, 2) / 255
    return Batch(hr, hr, "none", seed, 0.5, [torch.Generator().manual_seed(9 * seed + i) for i in range(count)])


def made(name: str, **options) -> tuple[Any, Any]:
    recipe = load_recipe(FOLDER / f"{name}.py")
    torch.manual_seed(0)
    net = archs.build(name, **SMALL).train()
    return net, objectives.get(recipe.objective).make(Setup(net, 2e-3), recipe.options | options)


def test_changed_pictures_keep_gradients_and_differ_each_time():
    torch.manual_seed(0)
    x = torch.rand(6, 3, 32, 48, requires_grad=True)
    one, other = augmented(x), augmented(x)
    assert one.shape == x.shape
    assert not torch.equal(one, other)
    one.sum().backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0
    holes = (one == 0).all(1).float().mean((1, 2))
    assert float(holes.min()) > 0.05  # of each a part is hidden
    assert float(holes.max()) < 0.6


def test_a_shift_moves_a_picture_and_does_not_turn_it():
    torch.manual_seed(1)
    y, x = torch.meshgrid(torch.linspace(0, 1, 32), torch.linspace(0, 1, 32), indexing="ij")
    found = augmented(torch.stack([x, y, 0 * x])[None].expand(20, -1, -1, -1))
    there = (found != 0).any(1)
    across, down = found[:, 0].diff(dim=2), found[:, 1].diff(dim=1)
    whole = there[:, :, 1:] & there[:, :, :-1]
    assert float((across[whole] > 0).float().mean()) == 1  # brighter to the right, as before, except at holes
    assert float((down[there[:, 1:] & there[:, :-1]] > 0).float().mean()) == 1


def test_each_net_takes_its_own_step_and_steep_steps_cost_more():
    _, objective = made("texture_gan", slope=0.0)
    real = batch(0).hr
    noise = torch.randn(4, *objective.setup.net.latent_shape(64, 64))
    losses = {}
    for weight in (0.0, 50.0):
        _, objective = made("texture_gan", slope=weight, augment=False)
        for _ in range(20):
            objective.step_critic(real, noise, steep=weight > 0)
        asked = real.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(objective.critic(asked).sum(), asked)
        losses[weight] = float(slope.square().sum((1, 2, 3)).mean())
    assert losses[50.0] < 0.5 * losses[0.0]  # what it asks for is what the critic learns


def test_the_loss_of_the_vae_falls_and_its_terms_are_told():
    needs_features()
    _, objective = made("texture_vae")
    found = [objective.step(batch(step)) for step in range(25)]
    assert set(found[0]) == {"loss", "surprise", "near", "alike", "kl_whole", "kl_own"}
    for term in ("loss", "surprise", "alike"):
        assert float(found[-1][term]) < float(found[0][term])


def test_statistics_do_not_ask_where_a_thing_lies():
    x = torch.rand(2, 5, 6, 7)
    torch.testing.assert_close(of_textures.products(x), of_textures.products(x.roll((2, 3), (2, 3))))
    assert not torch.allclose(of_textures.products(x), of_textures.products(x.square()))
    by_hand = torch.einsum("nchw,ndhw->ncd", x, x) / 42
    torch.testing.assert_close(of_textures.products(x), by_hand)


def test_validation_pictures_are_refused(tmp_path):
    with pytest.raises(SRError, match="measure it by sr-models textures"):
        Choices(recipe=load_recipe(FOLDER / "texture_vae.py"), scale=1, data=[tmp_path], val=[tmp_path])


def test_without_features_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(of_textures, "load_features", lambda name: None)
    with pytest.raises(SRError, match=r"lite0\.safetensors"):
        made("texture_vae")
