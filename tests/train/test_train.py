"""Training: data, exact resume, warm start, what stops it, and that a tiny net beats bicubic after seconds."""

import copy
import csv
import io
import platform
import signal
import subprocess
import sys
import tarfile
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sr_models import archs
from sr_models.checkpoints.card import BEFORE_LAST, Base, read_card
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.degradations import Blur, Chain, Downscale, Jpeg, Noise
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import quantize, to_tensor
from sr_models.inference.load import load
from sr_models.train import loop
from sr_models.train.data import Crops, load_tiles
from sr_models.train.ema import Ema
from sr_models.train.loop import _progress, train, validate
from sr_models.train.losses import LOSSES
from sr_models.train.muon import orthogonal
from sr_models.train.objectives import OBJECTIVES, Batch, every_step, set_rate, three_to_five
from sr_models.train.recipe import Recipe, Stage
from sr_models.train.run import Run, in_parts
from sr_models.train.schedule import learning_rate_factor, stage_at
from sr_models.train.teacher import targets
from sr_models.train.workers import Workers
from tests.conftest import scene

RECIPE = Recipe(
    name="tiny",
    architecture="espcn",
    learning_rate=2e-3,
    config={"width": 8, "mapping": 8},
    stages=(Stage(0.8, "l1", 12), Stage(0.2, "mse", 16)),
    batch=4,
    ema=0.9,
)

DAMAGE = {
    "degradation": lambda scale: Chain((Blur((0.0, 1.6)), Downscale(scale), Noise((0.0, 15.0)), Jpeg((40, 95)))),
    "validation": lambda scale: Chain((Blur(0.8), Downscale(scale), Noise(5.0), Jpeg(60))),
}


def quiet(_: str) -> None:
    pass


def test_tiles_from_folders_and_tars_with_a_count_of_the_unusable(photos, tmp_path):
    (photos / "damaged.png").write_bytes(b"\x89PNG nonsense")
    (photos / "small.png").write_bytes(encode_png(scene(10, 90)))
    (photos / "grey.png").write_bytes(encode_png(scene(90, 90, 1)))
    tiles = load_tiles([photos], 32)
    assert tiles.pixels.shape[1:] == (3, 80, 80)
    assert (tiles.damaged, tiles.small) == (1, 1)
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        for path in sorted(photos.rglob("*.png")):
            tar.add(path, path.name)
    packed = load_tiles([tmp_path / "shard.tar"], 32)
    assert len(packed.pixels) == len(tiles.pixels)
    with pytest.raises(SRError, match="side of at least 500 pixels"):
        load_tiles([photos], 500)


def test_all_of_a_large_picture_is_used(tmp_path):
    (tmp_path / "large.png").write_bytes(encode_png(scene(1000, 481)))
    tiles = load_tiles([tmp_path], 32)
    assert len(tiles.pixels) == 3 * 2


def test_crops_depend_on_seed_step_and_sample_alone(photos):
    pixels = load_tiles([photos], 32).pixels
    crops = Crops(pixels, 6, 0, torch.device("cpu"))
    whole = crops.draw(3, 24)
    assert whole.shape == (6, 3, 24, 24)
    assert torch.equal(whole, Crops(pixels, 6, 0, torch.device("cpu")).draw(3, 24))
    assert not torch.equal(whole, crops.draw(4, 24))
    assert not torch.equal(whole, Crops(pixels, 6, 1, torch.device("cpu")).draw(3, 24))


def test_processes_share_a_batch_without_overlap(photos):
    pixels, chain = load_tiles([photos], 32).pixels, DAMAGE["degradation"](2)
    cpu = torch.device("cpu")
    whole = Crops(pixels, 6, 0, cpu)
    parts = [Crops(pixels, 6, 0, cpu, rank, 3) for rank in range(3)]
    assert torch.equal(torch.cat([p.draw(3, 24) for p in parts]), whole.draw(3, 24))
    damaged = [chain(p.draw(3, 24), p.generators(3)) for p in parts]
    assert torch.equal(torch.cat(damaged), chain(whole.draw(3, 24), whole.generators(3)))
    with pytest.raises(SRError, match="cannot be shared equally by 4"):
        Crops(pixels, 6, 0, cpu, 0, 4)


def test_crops_are_the_eight_turns_of_real_patches():
    pixels = torch.from_numpy(scene(24, 24).transpose(2, 0, 1).copy())[None]
    crops = Crops(pixels, 64, 0, torch.device("cpu")).draw(0, 24)
    hr = to_tensor(scene(24, 24))
    turns = [
        f(x)
        for x in (hr, hr.mT)
        for f in (lambda x: x, lambda x: x.flip(2), lambda x: x.flip(3), lambda x: x.flip(2, 3))
    ]
    seen = {next(i for i, t in enumerate(turns) if torch.equal(t[0], crop)) for crop in crops}
    assert seen == set(range(8))


@pytest.mark.parametrize("place", ["draw", "optimizer"])
def test_interrupted_equals_uninterrupted(photos, tmp_path, monkeypatch, place):
    from sr_models.train import loop, objectives

    whole = train(RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "whole", say=quiet)
    owner, name = {"draw": (loop.Crops, "draw"), "optimizer": (objectives.Pixel, "step")}[place]
    real, calls = getattr(owner, name), []

    def interrupted(*arguments):
        calls.append(1)
        result = real(*arguments)
        if len(calls) == 17:
            signal.raise_signal(signal.SIGINT)  # as Ctrl-C would, in the middle of a step
        return result

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "parts", say=quiet)
    assert len(calls) == 17
    parts = train(
        RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "parts", resume=True, say=quiet
    )
    assert len(calls) == 40
    first, second = read_checkpoint(whole)[0].state_dict(), read_checkpoint(parts)[0].state_dict()
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert read_card(whole).steps == read_card(parts).steps


def test_a_run_stopped_in_its_last_step_is_whole(photos, tmp_path, monkeypatch):
    real, calls = OBJECTIVES["pixel"].step, []

    def interrupted(self, batch):
        calls.append(1)
        if len(calls) == 6:
            signal.raise_signal(signal.SIGINT)
        return real(self, batch)

    monkeypatch.setattr(OBJECTIVES["pixel"], "step", interrupted)
    path = train(RECIPE, scale=2, data=[photos], steps=6, out=tmp_path, say=quiet)
    assert read_card(path).steps == 6


def test_the_best_by_validation_is_kept_not_the_last(photos, tmp_path, monkeypatch):
    from sr_models.train import loop

    scores = iter([20.0, 30.0, 25.0, *[24.0] * 20])
    monkeypatch.setattr(loop.Validation, "score", lambda *_: next(scores))
    best = train(RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "run", say=quiet)
    card = read_card(best)
    found = card.result("validation")
    assert found is not None
    assert (card.steps, found.value, found.baseline) == (2, 30.0, 20.0)  # the first of twenty, after bicubic's own


def test_the_learning_rate_follows_the_schedule(photos, tmp_path, monkeypatch):
    from sr_models.train import objectives

    real, rates = objectives.Pixel.step, []

    def noted(self, batch):
        rates.append(self.optimizers[0].param_groups[0]["lr"])
        return real(self, batch)

    monkeypatch.setattr(objectives.Pixel, "step", noted)
    train(RECIPE, scale=2, data=[photos], steps=50, out=tmp_path / "run", say=quiet)
    assert rates == [pytest.approx(RECIPE.learning_rate * learning_rate_factor(i / 50)) for i in range(50)]
    assert rates[1] > 40 * rates[-1]


def test_a_state_that_is_not_finite_does_not_replace_a_good_one(photos, tmp_path, monkeypatch):
    from sr_models.train import loop

    monkeypatch.setattr(loop, "STATE_SECONDS", 0.0)
    recipe = Recipe("tiny", "espcn", 1e30, RECIPE.config, stages=RECIPE.stages, batch=2)
    with pytest.raises(SRError, match="not finite"):
        train(recipe, scale=2, data=[photos], steps=50, out=tmp_path / "run", say=quiet)
    stored = tmp_path / "run" / "state" / "net.safetensors"
    assert not stored.exists() or all(torch.isfinite(v).all() for v in load_file(stored).values())


def test_a_state_of_another_run_is_refused(photos, tmp_path):
    train(RECIPE, scale=2, data=[photos], steps=3, out=tmp_path / "run", say=quiet)
    with pytest.raises(SRError, match="belongs to another run"):
        train(RECIPE, scale=2, data=[photos], steps=4, out=tmp_path / "run", resume=True, say=quiet)
    with pytest.raises(SRError, match="nothing to resume"):
        train(RECIPE, scale=2, data=[photos], steps=3, out=tmp_path / "other", resume=True, say=quiet)


def test_a_net_learns_and_the_curve_shows_training_and_validation(photos, tmp_path):
    best = train(RECIPE, scale=2, data=[photos], val=[photos], steps=400, out=tmp_path / "run", say=quiet)
    card = read_card(best)
    result = card.result("validation")
    assert result is not None
    assert result.value > result.baseline + 0.3
    assert (card.steps, card.trained_for, card.license) == (400, "clean", "CC-BY-SA-4.0")
    row = list(csv.DictReader((tmp_path / "run" / "curve.csv").open()))[-1]
    assert float(row["validation"]) == pytest.approx(result.value, abs=1e-3)
    assert 0 < float(row["loss"]) < 1
    assert (tmp_path / "run" / "curve.png").stat().st_size > 5000


def test_warm_start_copies_what_fits(photos, tmp_path):
    base = train(RECIPE, scale=2, data=[photos], steps=20, out=tmp_path / "x2", say=quiet)
    again = train(RECIPE, scale=3, data=[photos], steps=1, out=tmp_path / "x3", warm_start=base, say=quiet)
    (old, _), (new, card) = read_checkpoint(base), read_checkpoint(again)
    assert card.bases == (Base("tiny_x2", sha256(base), "warm_start"),)
    assert (old.head.weight - new.head.weight).abs().max() < 0.01  # one step away
    cold = train(RECIPE, scale=3, data=[photos], steps=1, out=tmp_path / "cold", say=quiet)
    assert (old.head.weight - read_checkpoint(cold)[0].head.weight).abs().max() > 0.01


@pytest.mark.parametrize("expansion", [0, 2])
def test_expanded_nets_train_and_start_warm_and_their_files_are_collapsed(photos, tmp_path, expansion):
    config = {"width": 8, "depth": 1, "expansion": expansion}
    recipe = Recipe("tiny", "sesr", 2e-3, config, stages=RECIPE.stages, batch=2)
    base = train(recipe, scale=2, data=[photos], steps=5, out=tmp_path / "run", say=quiet)
    assert read_card(base).config["expansion"] == 0
    warm = train(recipe, scale=3, data=[photos], steps=1, out=tmp_path / "x3", warm_start=base, say=quiet)
    old, new = read_checkpoint(base)[0], read_checkpoint(warm)[0]
    for part in ("head", "body.0"):
        difference = old.get_parameter(f"{part}.weight") - new.get_parameter(f"{part}.weight")
        assert difference.abs().max() < 0.02, part  # one step away, not another start


def test_a_loss_that_is_not_finite_stops_with_a_sentence(photos, tmp_path):
    recipe = Recipe("tiny", "espcn", 1e30, RECIPE.config, stages=RECIPE.stages, batch=2)
    with pytest.raises(SRError, match="not finite"):
        train(recipe, scale=2, data=[photos], steps=5, out=tmp_path / "run", say=quiet)
    assert not list((tmp_path / "run").glob("*.safetensors"))


def test_no_gain_stops_with_a_sentence_unless_the_recipe_says_otherwise(photos, tmp_path):
    recipe = Recipe("tiny", "srcnn", 0.0, {"width": 4, "mapping": 4}, stages=RECIPE.stages, batch=2, patience=0)
    run = partial(train, scale=2, data=[photos], val=[photos], steps=2, out=tmp_path / "run", say=quiet)
    with pytest.raises(SRError, match="not better than bicubic"):
        run(recipe)
    run(replace(recipe, patience=None))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("tiny", "recurrent", 2e-3, {"width": 8}, objective="recurrent", stages=RECIPE.stages, batch=2),
        replace(RECIPE, **DAMAGE),
        replace(RECIPE, options={"muon": 10}),
    ],
    ids=["recurrent", "photo", "muon"],
)
def test_what_is_drawn_follows_the_step_so_that_resume_is_exact(photos, tmp_path, monkeypatch, recipe):
    from sr_models.train import objectives

    run = partial(train, recipe, scale=2, data=[photos], steps=12, say=quiet)
    whole = read_checkpoint(run(out=tmp_path / "whole"))[0].state_dict()
    real, calls = objectives.Pixel.step, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 5:
            signal.raise_signal(signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr(objectives.Pixel, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(out=tmp_path / "parts")
    parts = read_checkpoint(run(out=tmp_path / "parts", resume=True))[0].state_dict()
    assert all(torch.equal(whole[k], parts[k]) for k in whole)


def test_validation_has_its_own_damage_and_the_card_names_it(photos, tmp_path):
    protocols = {}
    for name, recipe in (("clean", RECIPE), ("damaged", replace(RECIPE, **DAMAGE))):
        best = train(recipe, scale=2, data=[photos], val=[photos], steps=1, out=tmp_path / name, say=quiet)
        result = read_card(best).result("validation")
        assert result is not None
        protocols[name] = result.protocol
        assert read_card(best).recipe["validation"] == repr(recipe.validation(2)).replace("=2", "")
    assert protocols["clean"] == "Y of BT.601, border 2, 8 bit, LR by MATLAB bicubic"
    assert protocols["damaged"].endswith("LR by blur 0.8 px, MATLAB bicubic, noise 5/255, JPEG quality 60")


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


def test_without_tqdm_speed_is_said_soon_and_every_minute(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    run, said = SimpleNamespace(step=0, seconds=0.0, progress=0.0), []
    show = _progress(run, said.append)  # type: ignore[arg-type]
    for second in range(0, 90, 5):
        run.step, run.seconds, run.progress = 4 * second, second, second / 100
        show()
    assert said == ["15%, step 60, 4.0 steps/s", "75%, step 300, 4.0 steps/s"]


def test_schedule_and_stages():
    assert learning_rate_factor(0.01) == pytest.approx(1)
    assert learning_rate_factor(1.0) == pytest.approx(0)
    assert learning_rate_factor(0.0) < 0.05
    assert [stage_at(RECIPE.stages, p).loss for p in (0.0, 0.79, 0.81, 1.0)] == ["l1", "l1", "mse", "mse"]


def test_losses_are_zero_for_equal_pictures_and_above_for_others():
    x = torch.rand(1, 3, 16, 16)
    for name, loss in LOSSES.items():
        assert float(loss(x, x)) < 2e-3, name
        assert float(loss(x, x + 0.1)) > 9e-3, name


def test_ema_follows_weights_and_copies_buffers():
    convolution, norm = torch.nn.Conv2d(1, 1, 1), torch.nn.BatchNorm2d(1)
    net = torch.nn.Sequential(convolution, norm)
    ema = Ema(net, 0.9)
    before = ema.shadow["0.weight"].clone()
    with torch.no_grad():
        convolution.weight += 1
        norm.running_mean = torch.tensor([3.0])
    ema.update(net, 1000)
    assert torch.allclose(ema.shadow["0.weight"], before + 0.1)
    assert torch.equal(ema.shadow["1.running_mean"], torch.tensor([3.0]))


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
    adam, muon = OBJECTIVES["pixel"](net, 1e-3, nullcontext, muon=10).optimizers
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


def test_all_processes_know_when_the_next_validation_is_due(tmp_path, monkeypatch):
    run = Run(RECIPE, 2, tmp_path, minutes=60, device="cpu", graph=False)
    monkeypatch.setattr(Workers, "first", property(lambda _: False))
    monkeypatch.setattr(run.workers, "agree", lambda value: [0.0 if isinstance(value, bool) else 9.0])  # the first's
    run.seconds = 270.0
    assert run.due(0, 180.0)
    assert not run.due(0, 181.0)
    validate(run, None, "", quiet)
    assert not run.due(0, 91.0)  # 9 seconds are a twentieth of 180
    assert run.due(0, 90.0)


@pytest.mark.parametrize("muon", [0, 10])
def test_what_is_frozen_stays_and_the_rest_moves(tmp_path, muon):
    start = Run(RECIPE, 2, tmp_path / "start", steps=3, device="cpu", graph=False).net.state_dict()
    start = {k: v.clone() for k, v in start.items()}
    recipe = replace(RECIPE, options={"frozen": ["head"], "muon": muon})
    run = Run(recipe, 2, tmp_path / "run", steps=3, device="cpu", graph=False)
    hr = torch.rand(2, 3, 24, 24)
    for step in range(3):
        run.objective.step(Batch(hr[..., ::2, ::2], hr, "l1", step))
    for key, value in run.net.state_dict().items():
        assert torch.equal(value, start[key]) == key.startswith("head"), key
    with pytest.raises(SRError, match="frozen does not take the setting haed; its settings are head,"):
        Run(replace(recipe, options={"frozen": ["head", "haed"]}), 2, tmp_path, steps=3, device="cpu")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"frozen": "head"}, "its frozen is head, no list of texts"),
        ({"frozen": [1]}, "no list of texts"),
        ({"frozen": [""]}, "no list of texts"),
        ({"frozen": ["head", "body", "tail"]}, "it freezes all that could learn"),
        ({"muon": [1]}, r"its muon is \[1\], no number"),
        ({"clip": None}, "its clip is None, no number"),
        ({"measure": 3}, "does not take the setting measure; its settings are clip, muon, frozen"),
    ],
)
def test_options_of_another_kind_are_sentences(tmp_path, options, words):
    with pytest.raises(SRError, match=words):
        Run(replace(RECIPE, options=options), 2, tmp_path, steps=3, device="cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize(("objective", "options"), [("pixel", {}), ("recurrent", {}), ("pixel", {"muon": 10})])
def test_a_recorded_step_is_the_same_step(objective, options):
    losses = {}
    for graph in (False, True):
        torch.manual_seed(0)
        net = archs.build("recurrent", scale=2, width=16).cuda()
        made = OBJECTIVES[objective](net, 1e-3, nullcontext, graph=graph, **options)
        hr = torch.rand(30, 4, 3, 32, 32, generator=torch.Generator().manual_seed(0)).cuda()
        for i, x in enumerate(hr):
            for optimizer in made.optimizers:
                set_rate(optimizer, 1e-3 * (i + 1) / 30)
            losses[graph, i] = float(made.step(Batch(x[..., ::2, ::2], x, "l1", i))["loss"])
    for i in range(30):
        assert losses[True, i] == pytest.approx(losses[False, i], rel=1e-3)


def test_the_state_is_in_parts_that_travel(photos, tmp_path, monkeypatch):
    parts = list(in_parts({"a": torch.zeros(6), "b": torch.zeros(3), "c": torch.zeros(2), "d": torch.zeros(1)}, 20))
    assert [list(p) for p in parts] == [["a"], ["b", "c"], ["d"]]
    from sr_models.train import run as module

    monkeypatch.setattr(module, "in_parts", partial(in_parts, limit=2000))
    first = partial(train, RECIPE, scale=2, data=[photos], steps=4, out=tmp_path / "run", say=quiet)
    first()
    assert len(list((tmp_path / "run" / "state").glob("moments.*safetensors"))) > 1
    found = Run(RECIPE, 2, tmp_path / "run", steps=4)
    found.load_state()
    assert found.step == 4
    assert all(torch.equal(v, found.net.state_dict()[k]) for k, v in saved(tmp_path / "run", "net").items())
    moments = saved(tmp_path / "run", "moments")
    state = found.objective.optimizers[0].state_dict()["state"]
    assert all(torch.equal(v, state[int(k.split(".")[1])][k.split(".")[2]]) for k, v in moments.items())


def saved(out: Path, name: str) -> dict[str, torch.Tensor]:
    return {k: v for file in (out / "state").glob(f"{name}.*safetensors") for k, v in load_file(file).items()}


def test_a_tar_with_a_cut_member_counts_it(photos, tmp_path):
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        for name, data in (("a.png", encode_png(scene(90, 90))), ("b.png", encode_png(scene(90, 90))[:99])):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (tmp_path / "broken.tar").write_bytes(b"no tar at all")
    tiles = load_tiles([tmp_path / "shard.tar", tmp_path / "broken.tar"], 32)
    assert (len(tiles.pixels), tiles.damaged) == (1, 2)


@pytest.fixture
def teacher(small_checkpoint, tmp_path, monkeypatch):
    """An espcn_x2 that stands in weights/, and a folder of its own for what it teaches."""
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    monkeypatch.setattr(loop, "TEACHERS", tmp_path / "taught")
    return load("espcn", 2).ensembled()


glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone is asked to keep memory")


@glibc
def test_what_is_free_is_given_back_when_asked():
    program = """
import threading, torch
from sr_models.inference.memory import give_back, keep_memory
keep_memory()
done, found = threading.Event(), []
def resident():
    return int(open("/proc/self/statm").read().split()[1])
def work(worked):
    large = [torch.ones(5 * 10**6) for _ in range(10)]
    large = None
    worked.set()
    done.wait()
found.append(resident())
for _ in range(4):
    worked = threading.Event()
    threading.Thread(target=work, args=(worked,)).start()
    worked.wait()
found.append(resident())
give_back()
print(*found, resident())
done.set()
"""
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    start, kept, left = map(int, said.split())
    assert kept > 1.5 * start
    assert left < 1.2 * start


@glibc
def test_memory_that_is_kept_is_not_cleared_again():
    program = """
import resource, sys, torch
from sr_models.inference.memory import keep_memory
if sys.argv[1] == "keep":
    assert keep_memory()
for step in range(9):
    if step == 4:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    large = [torch.ones(10**7) for _ in range(4)]
    large = None
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    run = partial(subprocess.run, check=True, capture_output=True, text=True)
    faults = {how: int(run([sys.executable, "-c", program, how]).stdout) for how in ("keep", "give back")}
    assert faults["keep"] < faults["give back"] / 4


def test_what_a_teacher_taught_is_what_it_makes_of_the_batch(photos, tmp_path, monkeypatch, teacher):
    batches = []

    def noted(self, batch):
        batches.append(batch)
        return {"loss": torch.tensor(1.0)}

    monkeypatch.setattr(OBJECTIVES["pixel"], "step", noted)
    stages = (Stage(0.5, "l1", 40), Stage(0.5, "l1", 12))
    recipe = replace(RECIPE, teacher="espcn", stages=stages)
    for _ in range(2):
        path = train(recipe, scale=2, data=[photos], steps=4, out=tmp_path / "run", say=quiet)
    assert read_card(path).bases == (Base("espcn_x2", teacher.sha256, "teacher"),)
    assert len(list((tmp_path / "taught").iterdir())) == 1
    whole, part = batches[0], batches[2]
    assert whole.hr.shape[-1] == 80
    live = torch.cat([quantize(teacher(lr[None])) for lr in whole.lr])  # turned crops too: the ensemble turns with them
    torch.testing.assert_close(whole.taught, live, atol=1.01 / 255, rtol=0)
    assert float((whole.taught - live).abs().mean()) < 1e-3
    assert float((whole.taught - whole.hr).abs().mean()) > 1e-2
    inner = slice(8, 16)
    live = torch.cat([quantize(teacher(lr[None])) for lr in part.lr])[..., inner, inner]
    torch.testing.assert_close(part.taught[..., inner, inner], live, atol=1.01 / 255, rtol=0)


def test_another_teacher_or_other_tiles_are_taught_again(photos, tmp_path, teacher):
    pixels = load_tiles([photos], 32).pixels
    first = targets("espcn", pixels, Downscale(2), 2, tmp_path / "t", say=quiet)
    lines = []
    assert torch.equal(targets("espcn", pixels, Downscale(2), 2, tmp_path / "t", say=lines.append), first)
    targets("espcn", pixels.flip(0).contiguous(), Downscale(2), 2, tmp_path / "t", say=quiet)
    assert len(list((tmp_path / "t").glob("*.npy"))) == 2

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        targets("espcn", pixels[:1].repeat(16, 1, 1, 1), Downscale(2), 2, tmp_path / "u", say=stop)
    assert not list((tmp_path / "u").iterdir())


def test_half_of_the_loss_looks_at_the_teacher():
    torch.manual_seed(0)
    net = archs.build("espcn", scale=2, width=8, mapping=8)
    lr, hr, taught = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    losses = {}
    for name, batch in {"hr": (hr, None), "taught": (taught, None), "both": (hr, taught)}.items():
        made = OBJECTIVES["pixel"](copy.deepcopy(net), 1e-3, nullcontext)
        losses[name] = float(made.step(Batch(lr, batch[0], "l1", taught=batch[1]))["loss"])
    assert losses["both"] == pytest.approx((losses["hr"] + losses["taught"]) / 2, rel=1e-5)
    assert losses["hr"] != pytest.approx(losses["taught"], rel=1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"teacher": "nobody"}, "no checkpoint named nobody_x2"),
        ({"objective": "variational", "architecture": "vae", "config": {}}, "goes with the objectives pixel"),
        ({"degradation": DAMAGE["degradation"]}, "sees LR without damage"),
    ],
)
def test_a_teacher_that_cannot_teach_is_a_sentence(photos, teacher, tmp_path, change, words):
    recipe = replace(RECIPE, **{"teacher": "espcn", **change})
    with pytest.raises(SRError, match=words):
        train(recipe, scale=2, data=[photos], steps=1, out=tmp_path / "run", say=quiet)


def test_the_card_says_what_the_last_stage_began_with(photos, tmp_path):
    recipe = replace(RECIPE, learning_rate=5e-3)
    path = train(recipe, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "run", say=quiet)
    before = read_card(path).result("validation", BEFORE_LAST)
    rows = list(csv.DictReader((tmp_path / "run" / "curve.csv").open()))
    assert before is not None
    assert before.value == pytest.approx(float(next(r["validation"] for r in rows if r["step"] == "32")), abs=1e-3)
    one = replace(recipe, stages=(Stage(1.0, "l1", 12),))
    path = train(one, scale=2, data=[photos], val=[photos], steps=10, out=tmp_path / "one", say=quiet)
    assert read_card(path).result("validation", BEFORE_LAST) is None


def test_a_run_is_lost_only_when_asked(photos, tmp_path, capsys):
    out = tmp_path / "run"
    best = train(RECIPE, scale=2, data=[photos], steps=3, out=out, say=quiet)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    with pytest.raises(SRError, match="add --resume to go on with it, choose another --out, or add --overwrite"):
        train(RECIPE, scale=2, data=[photos], steps=5, out=out, overwrite=False, say=quiet)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    train(RECIPE, scale=2, data=[photos], steps=5, out=out, say=quiet)
    assert best.read_bytes() != before[best]
    for path in sorted(out.rglob("*"), reverse=True):
        if path.is_file() and path != best:
            path.unlink()
    with pytest.raises(SRError, match="holds a run already"):  # a checkpoint alone is worth as much
        train(RECIPE, scale=2, data=[photos], steps=5, out=out, overwrite=False, say=quiet)


def test_what_is_no_picture_is_counted_and_named(photos, tmp_path):
    (photos / "a.png").rename(photos / "a.jfif")
    (photos / "._a.jfif").write_bytes(b"\0\5\26\7")
    (photos / "notes.txt").write_text("no picture")
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        tar.add(photos, "photos")
    for place in (photos, tmp_path / "shard.tar"):
        tiles = load_tiles([place], 32)
        assert (tiles.damaged, tiles.small, tiles.others) == (0, 0, ("notes.txt",))
    said = []
    train(RECIPE, scale=2, data=[photos], steps=1, out=tmp_path / "run", say=said.append)
    assert "1 left out, no pictures: notes.txt" in said
    (photos / "junk.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    train(RECIPE, scale=2, data=[photos], val=[photos], steps=1, out=tmp_path / "run", say=said.append)
    assert "validation is over 3 pictures; skipped 1 damaged" in said
