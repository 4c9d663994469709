"""Objectives: options by name and type, what each loss is, who takes the steps, what stays frozen."""

import copy
import csv
import json
from dataclasses import FrozenInstanceError, asdict, dataclass, make_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sr_models import archs
from sr_models.errors import SRError
from sr_models.train.losses import LOSSES
from sr_models.train.muon import orthogonal
from sr_models.train.objectives import OBJECTIVES, Batch, Setup, objective, set_rate
from sr_models.train.objectives.recurrent import every_step, three_to_five
from tests.train.conftest import RECIPE, start, train


class Doubling:
    """Give step k of n the picture k, so that losses can be told apart."""

    channels = 3

    def steps(self, lr, n):
        return [torch.full((1, 3, 8, 8), float(k)) for k in range(1, n + 1)]


def test_the_loss_of_a_recurrent_net_weighs_later_steps_more_and_at_last_takes_the_last_alone():
    zeros, counts = torch.zeros(1, 3, 8, 8), set()
    for seed in range(20):
        count = three_to_five(seed)
        counts.add(count)
        assert float(every_step(Doubling(), zeros, zeros, "mse", count)) == count**2
        weights = np.linspace(0.4, 1, count)
        expected = float((weights * np.arange(1, count + 1)).sum() / weights.sum())
        assert float(every_step(Doubling(), zeros, zeros, "l1", count)) == pytest.approx(expected)
    assert counts == {3, 4, 5}


def test_losses_are_least_for_equal_pictures():
    x = torch.rand(1, 3, 16, 16)
    for name, loss in LOSSES.items():
        assert float(loss(x, x)) < 2e-3, name
        assert float(loss(x, x + 0.1)) > float(loss(x, x)) + 9e-3, name


@pytest.mark.parametrize("shape", [(8, 40), (40, 8), (8, 8)])
def test_orthogonal_keeps_the_singular_vectors_and_evens_the_values(shape):
    given = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(given, full_matrices=False)
    values = u.T @ orthogonal(given) @ v.T  # diagonal where the vectors are the same
    assert values.diagonal().min() > 0.6
    assert values.diagonal().max() < 1.3
    assert (values - values.diagonal().diag()).abs().max() < 1e-3
    assert torch.equal(orthogonal(torch.zeros(shape)), torch.zeros(shape))


def test_muon_steps_the_kernels_but_the_last_by_its_own_rate():
    net = archs.build("espcn", scale=2, width=8, mapping=8)
    adam, muon = OBJECTIVES["pixel"].make(Setup(net, 1e-3), {"muon": 10}).optimizers
    kernels, rest = muon.param_groups[0]["params"], adam.param_groups[0]["params"]
    names = {id(p): name for name, p in net.named_parameters()}
    assert sorted(names[id(p)] for p in kernels + rest) == sorted(names.values())
    assert all(p.dim() > 1 for p in kernels)
    assert [p.dim() for p in rest].count(4) == 1
    for optimizer in (adam, muon):
        set_rate(optimizer, 5e-4)
    assert (adam.param_groups[0]["lr"], muon.param_groups[0]["lr"]) == (5e-4, pytest.approx(5e-3))
    before = [p.detach().clone() for p in kernels]
    for p in kernels:
        p.grad = torch.randn_like(p)
    muon.step()
    for old, new in zip(before, kernels, strict=True):  # the step's size does not depend on the gradient's
        assert float((new.detach() - old).square().mean().sqrt()) == pytest.approx(0.2 * 5e-3, rel=0.2)


@pytest.mark.parametrize("muon", [0, 10])
def test_what_is_frozen_stays_and_the_rest_moves(tmp_path, muon):
    before = {k: v.clone() for k, v in start(RECIPE, tmp_path, steps=3).net.state_dict().items()}
    recipe = replace(RECIPE, options={"frozen": ["head"], "muon": muon})
    run = start(recipe, tmp_path, steps=3)
    hr = torch.rand(2, 3, 24, 24)
    for step in range(3):
        run.objective.step(Batch(hr[..., ::2, ::2], hr, "l1", step))
    for key, value in run.net.state_dict().items():
        assert torch.equal(value, before[key]) == key.startswith("head"), key
    with pytest.raises(SRError, match="frozen does not take the setting haed; its settings are head,"):
        start(replace(recipe, options={"frozen": ["head", "haed"]}), tmp_path, steps=3)


KNOWN = r"clip \(number\), muon \(number\), frozen \(list of texts\)\."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"frozen": "head"}, f"does not take the setting frozen=head; its settings are {KNOWN}"),
        ({"frozen": [1]}, rf"frozen=\[1\]; its settings are {KNOWN}"),
        ({"frozen": [""]}, KNOWN),
        ({"frozen": ["head", "body", "tail"]}, "it freezes all that could learn"),
        ({"muon": [1]}, rf"muon=\[1\]; its settings are {KNOWN}"),
        ({"muon": True}, f"muon=True; its settings are {KNOWN}"),
        ({"clip": None}, f"clip=None; its settings are {KNOWN}"),
        ({"measure": 3}, f"measure=3; its settings are {KNOWN}"),
    ],
)
def test_options_of_another_name_or_type_are_a_sentence_that_lists_those_that_exist(tmp_path, options, words):
    with pytest.raises(SRError, match=words):
        start(replace(RECIPE, options=options), tmp_path, steps=3)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_option_has_a_default_of_its_type(name):
    entry = OBJECTIVES[name]
    defaults = asdict(entry.read({}))
    assert entry.read(defaults) == entry.read(json.loads(json.dumps(defaults))) == entry.options()
    with pytest.raises(FrozenInstanceError):
        entry.read({}).clip = 3


@dataclass(frozen=True)
class Stubborn:
    """Options of an objective that stands in this file alone."""

    steps: int = 1
    dry: bool = False


def test_an_objective_is_added_by_one_decorated_class(photos, tmp_path):
    @objective("stubborn", Stubborn)
    class Still:
        def __init__(self, setup, options):
            self.options, self.companions = options, {}
            self.optimizers = [torch.optim.SGD(setup.net.parameters(), setup.learning_rate)]

        def step(self, batch):
            return {"loss": torch.tensor(float(self.options.steps))}

    try:
        recipe = replace(RECIPE, objective="stubborn", options={"steps": 7})
        train(recipe, scale=2, data=[photos], steps=2, out=tmp_path / "run")
        rows = list(csv.DictReader((tmp_path / "run" / "curve.csv").open()))
        assert {float(row["loss"]) for row in rows} == {7.0}
        for bad in ({"steps": 1.5}, {"dry": 1}, {"wet": True}):
            with pytest.raises(SRError, match=r"its settings are steps \(whole number\), dry \(true or false\)"):
                OBJECTIVES["stubborn"].read(bad)
        with pytest.raises(ValueError, match="two objectives are named stubborn"):
            objective("stubborn", Stubborn)(Still)
    finally:
        del OBJECTIVES["stubborn"]


def test_recurrent_gradients_are_clipped_at_half_of_what_pixel_gradients_are():
    assert [OBJECTIVES[name].options().clip for name in ("pixel", "recurrent")] == [1.0, 0.5]


def test_an_option_of_a_type_that_no_recipe_holds_is_refused():
    with pytest.raises(TypeError, match="the type of path is none of"):
        objective("other", make_dataclass("Other", [("path", Path)], frozen=True))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize(("name", "options"), [("pixel", {}), ("recurrent", {}), ("pixel", {"muon": 10})])
def test_a_recorded_step_is_the_same_step(name, options):
    losses = {}
    for graph in (False, True):
        torch.manual_seed(0)
        net = archs.build("recurrent", scale=2, width=16).cuda()
        made = OBJECTIVES[name].make(Setup(net, 1e-3, graph=graph), options)
        hr = torch.rand(30, 4, 3, 32, 32, generator=torch.Generator().manual_seed(0)).cuda()
        for i, x in enumerate(hr):
            for optimizer in made.optimizers:
                set_rate(optimizer, 1e-3 * (i + 1) / 30)
            losses[graph, i] = float(made.step(Batch(x[..., ::2, ::2], x, "l1", i))["loss"])
    for i in range(30):
        assert losses[True, i] == pytest.approx(losses[False, i], rel=1e-3)


def test_half_of_the_loss_looks_at_the_teacher():
    torch.manual_seed(0)
    net = archs.build("espcn", scale=2, width=8, mapping=8)
    lr, hr, target = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    losses = {}
    for name, batch in {"hr": (hr, None), "target": (target, None), "both": (hr, target)}.items():
        made = OBJECTIVES["pixel"].make(Setup(copy.deepcopy(net), 1e-3), {})
        losses[name] = float(made.step(Batch(lr, batch[0], "l1", teacher_target=batch[1]))["loss"])
    assert losses["both"] == pytest.approx((losses["hr"] + losses["target"]) / 2, rel=1e-5)
    assert losses["hr"] != pytest.approx(losses["target"], rel=1e-3)
