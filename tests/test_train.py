"""Training: data, exact resume, warm start, what stops it, and that a tiny net beats bicubic after seconds."""

import csv
import io
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sr_models.checkpoint import read, read_card
from sr_models.errors import SRError
from sr_models.image import encode_png, to_tensor
from sr_models.train.__main__ import main
from sr_models.train.data import Crops, load_tiles
from sr_models.train.ema import Ema
from sr_models.train.loop import train
from sr_models.train.losses import LOSSES
from sr_models.train.recipe import Recipe, Stage, load_recipe
from sr_models.train.schedule import learning_rate_factor, stage_at
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


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_DTYPE", "float32")
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b.png", "deep/c.png")):
        blocks = np.random.default_rng(i).integers(0, 2, (16 + i, 18 + i, 1), dtype=np.uint8)
        picture = 40 + 150 * np.kron(blocks, np.ones((5, 5, 3), np.uint8))  # sharp edges: easy to beat bicubic on
        (folder / name).write_bytes(encode_png(picture))
    return folder


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
    first, second = read(whole)[0].state_dict(), read(parts)[0].state_dict()
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert read_card(whole).steps == read_card(parts).steps


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
    (old, _), (new, card) = read(base), read(again)
    assert card.base is not None
    assert card.base["name"] == "tiny_x2"
    assert (old.head.weight - new.head.weight).abs().max() < 0.01  # one step away
    cold = train(RECIPE, scale=3, data=[photos], steps=1, out=tmp_path / "cold", say=quiet)
    assert (old.head.weight - read(cold)[0].head.weight).abs().max() > 0.01


@pytest.mark.parametrize("expansion", [0, 2])
def test_expanded_nets_train_and_start_warm_and_their_files_are_collapsed(photos, tmp_path, expansion):
    config = {"width": 8, "depth": 1, "expansion": expansion}
    recipe = Recipe("tiny", "sesr", 2e-3, config, stages=RECIPE.stages, batch=2)
    base = train(recipe, scale=2, data=[photos], steps=5, out=tmp_path / "run", say=quiet)
    assert read_card(base).config["expansion"] == 0
    warm = train(recipe, scale=3, data=[photos], steps=1, out=tmp_path / "x3", warm_start=base, say=quiet)
    old, new = read(base)[0], read(warm)[0]
    for part in ("head", "body.0"):
        difference = old.get_parameter(f"{part}.weight") - new.get_parameter(f"{part}.weight")
        assert difference.abs().max() < 0.02, part  # one step away, not another start


def test_a_loss_that_is_not_finite_stops_with_a_sentence(photos, tmp_path):
    recipe = Recipe("tiny", "espcn", 1e30, RECIPE.config, stages=RECIPE.stages, batch=2)
    with pytest.raises(SRError, match="not finite"):
        train(recipe, scale=2, data=[photos], steps=5, out=tmp_path / "run", say=quiet)
    assert not list((tmp_path / "run").glob("*.safetensors"))


def test_no_gain_stops_with_a_sentence(photos, tmp_path, monkeypatch):
    from sr_models.train import loop

    monkeypatch.setattr(loop, "HOPELESS_SECONDS", 0.0)
    recipe = Recipe("tiny", "srcnn", 0.0, {"width": 4, "mapping": 4}, stages=RECIPE.stages, batch=2)
    with pytest.raises(SRError, match="not better than bicubic"):
        train(recipe, scale=2, data=[photos], val=[photos], steps=2, out=tmp_path / "run", say=quiet)


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


def test_recipes_load_and_bad_ones_are_sentences(tmp_path):
    found = sorted((Path(__file__).parent.parent / "training" / "recipes").glob("*.py"))
    assert found
    for path in found:
        assert load_recipe(path).name == path.stem
    bad = tmp_path / "bad.py"
    for source, words in (("recipe = 3", "defines no"), ("1 / 0", "ZeroDivisionError")):
        bad.write_text(source)
        with pytest.raises(SRError, match=words):
            load_recipe(bad)


def test_the_bare_command(photos, tmp_path, capsys):
    recipe = tmp_path / "tiny.py"
    recipe.write_text(
        "from sr_models.train.recipe import Recipe, Stage\n"
        "recipe = Recipe('tiny', 'espcn', 1e-3, {'width': 4, 'mapping': 4}, stages=(Stage(1, 'l1', 12),), batch=2)\n"
    )
    arguments = [str(recipe), "--scale", "2", "--data", str(photos), "--steps", "2", "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    assert read_card(tmp_path / "run" / "tiny_x2.safetensors").steps == 2
    assert main([str(tmp_path / "none.py"), "--data", str(photos)]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_the_bare_command_needs_torch_numpy_pillow_and_safetensors_only(photos, tmp_path):
    absent = ["gradio", "typer", "tqdm", "matplotlib", "huggingface_hub", "imagecodecs", "tifffile", "skimage"]
    code = f"import sys; sys.modules.update(dict.fromkeys({absent})); from sr_models.train.__main__ import main; "
    recipe = Path(__file__).parent.parent / "training" / "recipes" / "espcn.py"
    data = tmp_path / "data"
    data.mkdir()
    (data / "p.png").write_bytes(encode_png(scene(200, 200)))
    arguments = [recipe, "--scale", "2", "--data", data, "--val", data, "--steps", "2", "--out", tmp_path / "run"]
    code += f"sys.exit(main({[str(a) for a in arguments]}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "espcn_x2.safetensors").is_file()


@pytest.mark.slow
def test_a_real_net_beats_bicubic_by_a_decibel_in_a_minute(shared, tmp_path):
    recipe = load_recipe(Path(__file__).parent.parent / "training" / "recipes" / "espcn.py")
    data = shared / "data" / "train"
    best = train(
        recipe, scale=4, data=[data / "val.tar"], val=[data / "val.tar"], minutes=1, out=tmp_path / "run", say=quiet
    )
    result = read_card(best).result("validation")
    assert result is not None
    assert result.value > result.baseline + 1


def test_a_tar_with_a_cut_member_counts_it(photos, tmp_path):
    with tarfile.open(tmp_path / "shard.tar", "w") as tar:
        for name, data in (("a.png", encode_png(scene(90, 90))), ("b.png", encode_png(scene(90, 90))[:99])):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (tmp_path / "broken.tar").write_bytes(b"no tar at all")
    tiles = load_tiles([tmp_path / "shard.tar", tmp_path / "broken.tar"], 32)
    assert (len(tiles.pixels), tiles.damaged) == (1, 2)
