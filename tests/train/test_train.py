"""Training: data, exact resume, warm start, what stops it, and that a tiny net beats bicubic after seconds."""

import csv
import json
import signal
import sys
import tarfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from sr_models.checkpoints.card import BEFORE_LAST, Base, read_card
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.train import loop, state
from sr_models.train.choices import Choices
from sr_models.train.data import load_tiles
from sr_models.train.ema import Ema
from sr_models.train.loop import _progress
from sr_models.train.objectives.pixel import Pixel
from sr_models.train.recipe import Recipe, Stage
from sr_models.train.schedule import learning_rate_factor, stage_at
from sr_models.train.state import in_parts, load_state
from sr_models.train.validation import validate
from sr_models.train.workers import Workers
from tests.train.conftest import DAMAGE, RECIPE, quiet, start, train

SHRUNK = {"kind": "Downscale", "kernel": "bicubic"}
TYPICAL = [{"kind": "Blur", "sigma": 0.8}, SHRUNK, {"kind": "Noise", "sigma": 5.0}, {"kind": "Jpeg", "quality": 60}]
STORED = {"clean": SHRUNK, "damaged": {"kind": "Chain", "steps": TYPICAL}}


@pytest.mark.parametrize("place", ["draw", "optimizer"])
def test_interrupted_equals_uninterrupted(photos, tmp_path, monkeypatch, place):
    whole = train(RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "whole")
    owner, name = {"draw": (loop.Crops, "draw"), "optimizer": (Pixel, "step")}[place]
    real, calls = getattr(owner, name), []

    def interrupted(*arguments):
        calls.append(1)
        result = real(*arguments)
        if len(calls) == 17:
            signal.raise_signal(signal.SIGINT)  # as Ctrl-C would, in the middle of a step
        return result

    monkeypatch.setattr(owner, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "parts")
    assert len(calls) == 17
    parts = train(RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "parts", resume=True)
    assert len(calls) == 40
    first, second = read_checkpoint(whole)[0].state_dict(), read_checkpoint(parts)[0].state_dict()
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert read_card(whole).steps == read_card(parts).steps


def test_a_run_stopped_in_its_last_step_is_whole(photos, tmp_path, monkeypatch):
    real, calls = Pixel.step, []

    def interrupted(self, batch):
        calls.append(1)
        if len(calls) == 6:
            signal.raise_signal(signal.SIGINT)
        return real(self, batch)

    monkeypatch.setattr(Pixel, "step", interrupted)
    path = train(RECIPE, scale=2, data=[photos], steps=6, out=tmp_path)
    assert read_card(path).steps == 6


def test_the_best_by_validation_is_kept_not_the_last(photos, tmp_path, monkeypatch):
    scores = iter([20.0, 30.0, 25.0, *[24.0] * 20])
    monkeypatch.setattr(loop.Validation, "score", lambda *_: next(scores))
    best = train(RECIPE, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "run")
    card = read_card(best)
    found = card.result("validation")
    assert found is not None
    assert (card.steps, found.value, found.baseline) == (2, 30.0, 20.0)  # the first of twenty, after bicubic's own


def test_the_learning_rate_follows_the_schedule(photos, tmp_path, monkeypatch):
    real, rates = Pixel.step, []

    def noted(self, batch):
        rates.append(self.optimizers[0].param_groups[0]["lr"])
        return real(self, batch)

    monkeypatch.setattr(Pixel, "step", noted)
    train(RECIPE, scale=2, data=[photos], steps=50, out=tmp_path / "run")
    assert rates == [pytest.approx(RECIPE.learning_rate * learning_rate_factor(i / 50)) for i in range(50)]
    assert rates[1] > 40 * rates[-1]


def test_a_state_that_is_not_finite_does_not_replace_a_good_one(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "STATE_SECONDS", 0.0)
    recipe = Recipe("tiny", "espcn", 1e30, RECIPE.config, stages=RECIPE.stages, batch=2)
    with pytest.raises(SRError, match="not finite"):
        train(recipe, scale=2, data=[photos], steps=50, out=tmp_path / "run")
    stored = tmp_path / "run" / "state" / "net.safetensors"
    assert not stored.exists() or all(torch.isfinite(v).all() for v in load_file(stored).values())


def test_a_state_of_another_run_is_refused(photos, tmp_path):
    train(RECIPE, scale=2, data=[photos], steps=3, out=tmp_path / "run")
    with pytest.raises(SRError, match="belongs to another run"):
        train(RECIPE, scale=2, data=[photos], steps=4, out=tmp_path / "run", resume=True)
    with pytest.raises(SRError, match="nothing to resume"):
        train(RECIPE, scale=2, data=[photos], steps=3, out=tmp_path / "other", resume=True)


def test_a_state_of_before_with_degradations_as_text_is_continued(photos, tmp_path):
    out = tmp_path / "run"
    train(RECIPE, scale=2, data=[photos], steps=3, out=out)
    file = out / "state" / "state.json"
    facts = json.loads(file.read_text())
    facts["run"] |= dict.fromkeys(("degradation", "validation"), "Downscale(scale, kernel='bicubic')")
    file.write_text(json.dumps(facts))
    train(RECIPE, scale=2, data=[photos], steps=3, out=out, resume=True)
    with pytest.raises(SRError, match=r"its degradation is \{'kind': 'Downscale', 'kernel': 'bicubic'\}"):
        train(replace(RECIPE, **DAMAGE), scale=2, data=[photos], steps=3, out=out, resume=True)


def test_a_net_learns_and_the_curve_shows_training_and_validation(photos, tmp_path):
    best = train(RECIPE, scale=2, data=[photos], val=[photos], steps=400, out=tmp_path / "run")
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
    base = train(RECIPE, scale=2, data=[photos], steps=20, out=tmp_path / "x2")
    again = train(RECIPE, scale=3, data=[photos], steps=1, out=tmp_path / "x3", warm_start=base)
    (old, _), (new, card) = read_checkpoint(base), read_checkpoint(again)
    assert card.bases == (Base("tiny_x2", sha256(base), "warm_start"),)
    assert (old.head.weight - new.head.weight).abs().max() < 0.01  # one step away
    cold = train(RECIPE, scale=3, data=[photos], steps=1, out=tmp_path / "cold")
    assert (old.head.weight - read_checkpoint(cold)[0].head.weight).abs().max() > 0.01


@pytest.mark.parametrize("expansion", [0, 2])
def test_expanded_nets_train_and_start_warm_and_their_files_are_collapsed(photos, tmp_path, expansion):
    config = {"width": 8, "depth": 1, "expansion": expansion}
    recipe = Recipe("tiny", "sesr", 2e-3, config, stages=RECIPE.stages, batch=2)
    base = train(recipe, scale=2, data=[photos], steps=5, out=tmp_path / "run")
    assert read_card(base).config["expansion"] == 0
    warm = train(recipe, scale=3, data=[photos], steps=1, out=tmp_path / "x3", warm_start=base)
    old, new = read_checkpoint(base)[0], read_checkpoint(warm)[0]
    for part in ("head", "body.0"):
        difference = old.get_parameter(f"{part}.weight") - new.get_parameter(f"{part}.weight")
        assert difference.abs().max() < 0.02, part  # one step away, not another start


def test_a_loss_that_is_not_finite_stops_with_a_sentence(photos, tmp_path):
    recipe = Recipe("tiny", "espcn", 1e30, RECIPE.config, stages=RECIPE.stages, batch=2)
    with pytest.raises(SRError, match="not finite"):
        train(recipe, scale=2, data=[photos], steps=5, out=tmp_path / "run")
    assert not list((tmp_path / "run").glob("*.safetensors"))


def test_no_gain_stops_with_a_sentence_unless_the_recipe_says_otherwise(photos, tmp_path):
    recipe = Recipe("tiny", "srcnn", 0.0, {"width": 4, "mapping": 4}, stages=RECIPE.stages, batch=2, patience=0)
    run = partial(train, scale=2, data=[photos], val=[photos], steps=2, out=tmp_path / "run")
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
    run = partial(train, recipe, scale=2, data=[photos], steps=12)
    whole = read_checkpoint(run(out=tmp_path / "whole"))[0].state_dict()
    real, calls = Pixel.step, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 5:
            signal.raise_signal(signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr(Pixel, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(out=tmp_path / "parts")
    parts = read_checkpoint(run(out=tmp_path / "parts", resume=True))[0].state_dict()
    assert all(torch.equal(whole[k], parts[k]) for k in whole)


def test_validation_has_its_own_damage_and_the_card_names_it(photos, tmp_path):
    protocols = {}
    for name, recipe in (("clean", RECIPE), ("damaged", replace(RECIPE, **DAMAGE))):
        best = train(recipe, scale=2, data=[photos], val=[photos], steps=1, out=tmp_path / name)
        result = read_card(best).result("validation")
        assert result is not None
        protocols[name] = result.protocol
        assert read_card(best).recipe["validation"] == STORED[name]
    assert protocols["clean"] == "Y of BT.601, border 2, 8 bit, LR by MATLAB bicubic"
    assert protocols["damaged"].endswith("LR by blur 0.8 px, MATLAB bicubic, noise 5/255, JPEG quality 60")


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


def test_all_processes_know_when_the_next_validation_is_due(tmp_path, monkeypatch):
    run = start(RECIPE, tmp_path, minutes=60)
    monkeypatch.setattr(Workers, "first", property(lambda _: False))
    monkeypatch.setattr(run.workers, "agree", lambda value: [0.0 if isinstance(value, bool) else 9.0])  # the first's
    run.seconds = 270.0
    assert run.due(0, 180.0)
    assert not run.due(0, 181.0)
    validate(run, None, "", quiet)
    assert not run.due(0, 91.0)  # 9 seconds are a twentieth of 180
    assert run.due(0, 90.0)


def test_the_state_is_in_parts_that_travel(photos, tmp_path, monkeypatch):
    parts = list(in_parts({"a": torch.zeros(6), "b": torch.zeros(3), "c": torch.zeros(2), "d": torch.zeros(1)}, 20))
    assert [list(p) for p in parts] == [["a"], ["b", "c"], ["d"]]
    monkeypatch.setattr(state, "in_parts", partial(in_parts, limit=2000))
    first = partial(train, RECIPE, scale=2, data=[photos], steps=4, out=tmp_path / "run")
    first()
    assert len(list((tmp_path / "run" / "state").glob("moments.*safetensors"))) > 1
    found = start(RECIPE, tmp_path / "run", steps=4)
    load_state(found)
    assert found.step == 4
    assert all(torch.equal(v, found.net.state_dict()[k]) for k, v in saved(tmp_path / "run", "net").items())
    moments = saved(tmp_path / "run", "moments")
    kept = found.objective.optimizers[0].state_dict()["state"]
    assert all(torch.equal(v, kept[int(k.split(".")[1])][k.split(".")[2]]) for k, v in moments.items())


def saved(out: Path, name: str) -> dict[str, torch.Tensor]:
    return {k: v for file in (out / "state").glob(f"{name}.*safetensors") for k, v in load_file(file).items()}


def test_the_card_says_what_the_last_stage_began_with(photos, tmp_path):
    recipe = replace(RECIPE, learning_rate=5e-3)
    path = train(recipe, scale=2, data=[photos], val=[photos], steps=40, out=tmp_path / "run")
    before = read_card(path).result("validation", BEFORE_LAST)
    rows = list(csv.DictReader((tmp_path / "run" / "curve.csv").open()))
    assert before is not None
    assert before.value == pytest.approx(float(next(r["validation"] for r in rows if r["step"] == "32")), abs=1e-3)
    one = replace(recipe, stages=(Stage(1.0, "l1", 12),))
    path = train(one, scale=2, data=[photos], val=[photos], steps=10, out=tmp_path / "one")
    assert read_card(path).result("validation", BEFORE_LAST) is None


def test_choices_are_checked_before_any_file_is_touched(tmp_path):
    nowhere = {"scale": 2, "data": [tmp_path / "none"], "out": tmp_path / "out"}
    choices = Choices(recipe=RECIPE, **nowhere)
    assert (choices.name, choices.folder, choices.budget) == ("tiny_x2", tmp_path / "out", 60 * RECIPE.minutes)
    assert Choices(recipe=RECIPE, scale=3, data=(), minutes=0.5).folder == Path("runs/tiny_x3")
    for change, words in (
        ({"objective": "poker"}, "objective is poker, it must be one of adversarial, .*, variational"),
        ({"choose": "ssim"}, "choose is ssim, it must be one of psnr, lpips, last"),
        ({"stages": (Stage(1.0, "l3", 12),)}, "loss is l3, it must be one of l1, mse, .*, log_mse, none"),
        ({"config": {"scale": 2}}, "an argument of the run"),
        ({"only_scale": 1}, "its net has scale 1 only"),
        ({"teacher": "t", "objective": "variational"}, "goes with the objectives pixel and recurrent"),
        ({"options": {"clips": 1}}, r"clips=1; its settings are clip \(number\), muon"),
    ):
        with pytest.raises(SRError, match=words):
            Choices(recipe=replace(RECIPE, **change), **nowhere)
    with pytest.raises(SRError, match="steps is 0"):
        Choices(recipe=RECIPE, **nowhere, steps=0)
    assert not list(tmp_path.iterdir())


def test_a_run_is_lost_only_when_asked(photos, tmp_path, capsys):
    out = tmp_path / "run"
    best = train(RECIPE, scale=2, data=[photos], steps=3, out=out)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    with pytest.raises(SRError, match="add --resume to go on with it, choose another --out, or add --overwrite"):
        train(RECIPE, scale=2, data=[photos], steps=5, out=out, overwrite=False)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    train(RECIPE, scale=2, data=[photos], steps=5, out=out)
    assert best.read_bytes() != before[best]
    for path in sorted(out.rglob("*"), reverse=True):
        if path.is_file() and path != best:
            path.unlink()
    with pytest.raises(SRError, match="holds a run already"):  # a checkpoint alone is worth as much
        train(RECIPE, scale=2, data=[photos], steps=5, out=out, overwrite=False)


def test_what_is_no_picture_is_counted_and_named(photos, tmp_path):
    (photos / "a.png").rename(photos / "a.jfif")
    (photos / "._a.jfif").write_bytes(b"\0\5\26\7")
    (photos / "notes.txt").write_text("no picture")
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        tar.add(photos, "photos")
    for place in (photos, tmp_path / "shard.tar"):
        tiles = load_tiles([place], 32)
        assert (tiles.damaged, tiles.small, tiles.others) == (0, 0, ("notes.txt",))
    said: list[str] = []
    (photos / "junk.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    choices = Choices(recipe=RECIPE, scale=2, data=[photos], val=[photos], steps=1, out=tmp_path / "run")
    loop.train(choices, said.append)
    assert "validation is over 3 pictures; skipped 1 damaged" in said
    assert "1 left out, no pictures: notes.txt" in said
