"""The recipes and the commands that run them: on a bare machine, by two processes, as a sweep of learning rates."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from sr_models.checkpoints.card import read_card
from sr_models.errors import SRError
from sr_models.evaluation.kept import read_results
from sr_models.evaluation.report import Sweep
from sr_models.imaging.encode import encode_png
from sr_models.metrics.perceptual import Lite0
from sr_models.train.__main__ import main
from sr_models.train.recipe import Recipe, load_recipe
from tests.conftest import scene
from tests.train.conftest import train

RECIPES = sorted((Path(__file__).parents[2] / "training" / "recipes").glob("*.py"))


def tiny(folder: Path, facts: str = "'espcn', 1e-3, {'width': 4, 'mapping': 4}") -> str:
    """Write a recipe named tiny and return its path."""
    path = folder / "tiny.py"
    stages = "stages=(Stage(0.8, 'l1', 12), Stage(0.2, 'mse', 16)), batch=4"
    path.write_text(f"from sr_models.train.recipe import Recipe, Stage\nrecipe = Recipe('tiny', {facts}, {stages})\n")
    return str(path)


def test_recipes_load_and_bad_ones_are_sentences(tmp_path):
    assert RECIPES
    for path in RECIPES:
        recipe = load_recipe(path)
        assert recipe.name == path.stem
        facts = recipe.facts()
        assert facts == json.loads(json.dumps(facts)) | {"stages": facts["stages"]}  # JSON has lists for tuples
        assert facts.keys() == {field.name for field in fields(Recipe)}
    bad = tmp_path / "bad.py"
    for source, words in (("recipe = 3", "defines no"), ("1 / 0", "ZeroDivisionError")):
        bad.write_text(source)
        with pytest.raises(SRError, match=words):
            load_recipe(bad)


def test_the_bare_command(photos, tmp_path, capsys):
    arguments = [tiny(tmp_path), "--scale", "2", "--data", str(photos), "--steps", "2", "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    assert read_card(tmp_path / "run" / "tiny_x2.safetensors").steps == 2
    assert main([str(tmp_path / "none.py"), "--data", str(photos)]) == 2
    assert "does not exist" in capsys.readouterr().err


BARE = """
import sys

class Bare:
    names = {"sr_models", "torch", "numpy", "PIL", "safetensors", *"REST".split(), *sys.stdlib_module_names}

    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        known = name[0] == "_" or name.partition(".")[0] in self.names
        return self.finder.find_spec(name, path, target) if known else None

sys.meta_path = [Bare(finder) for finder in sys.meta_path]
from sys import argv
from sr_models.train.__main__ import main
out, data, *recipes = argv[1:]
for recipe in recipes:
    val = [] if "texture_" in recipe else ["--val", data]
    assert main([recipe, "--data", data, *val, "--steps", "1", "--out", out]) == 0
import sr_models.bench.gpu  # what measures there
"""
FILLS_HOLES = "inpainting", "restoration_vae"  # by scikit-image, and they contain a net that is trained before
DIGITS = {recipe.stem for recipe in RECIPES if load_recipe(recipe).data == "digits"}  # read by torchvision
TORCH_NEEDS = "torchgen functorch typing_extensions filelock fsspec jinja2 markupsafe mpmath networkx sympy setuptools"


def test_every_recipe_runs_on_a_machine_with_torch_numpy_pillow_and_safetensors_only(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "p.png").write_bytes(encode_png(scene(480, 480)))
    (tmp_path / "features").mkdir()
    save_file(Lite0().state_dict(), tmp_path / "features" / "lite0.safetensors")  # of random weights
    code = BARE.replace("REST", TORCH_NEEDS)
    bare = [recipe for recipe in RECIPES if recipe.stem not in {*FILLS_HOLES, *DIGITS}]
    arguments = [sys.executable, "-c", code, tmp_path / "run", data, *bare]
    environment = os.environ | {"SR_LAB_FEATURES": str(tmp_path / "features")}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    written = {p.name for p in (tmp_path / "run").glob("*.safetensors") if "_critic_" not in p.name}
    assert written == {f"{r.stem}_x{load_recipe(r).only_scale or 4}.safetensors" for r in bare}


def test_a_sweep_compares_rates_and_keeps_only_numbers(photos, tmp_path, capsys):
    arguments = [tiny(tmp_path), "--scale", "2", "--data", str(photos), "--sweep", "1e-3", "1e30", "--steps", "6"]
    arguments += ["--set", "muon=10"]
    assert main([*arguments, "--out", str(tmp_path / "sweep")]) == 2
    assert "add --val" in capsys.readouterr().err
    assert main([*arguments, "--val", str(photos), "--out", str(tmp_path / "sweep")]) == 0
    said = capsys.readouterr().out
    assert [p.name for p in (tmp_path / "sweep").iterdir()] == ["sweep_tiny_muon_10_x2.json"]
    (found,) = read_results(tmp_path / "sweep")
    assert isinstance(found, Sweep)
    assert (found.net, found.variant, found.scale) == ("tiny", "muon_10", 2)
    good, bad = found.rows
    assert (good["learning_rate"], good["steps"], bad["psnr_y"]) == (1e-3, 6, None)
    assert f"1e-03  {good['psnr_y']:.3f} dB" in said
    assert "not finite" in bad["reason"]


def test_two_processes_train_as_one(photos, tmp_path):
    recipe = tiny(tmp_path, "'recurrent', 2e-3, {'width': 8}, objective='recurrent', ema=0.9")
    arguments = [recipe, "--scale", "2", "--data", photos, "--val", photos, "--steps", "20"]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    launch += ["-m", "sr_models.train", *arguments, "--out", tmp_path / "two"]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(launch, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "2 processes share" in done.stdout
    assert done.stdout.count("20 steps in") == 1  # one of the two speaks
    assert main([*map(str, arguments), "--out", str(tmp_path / "one")]) == 0
    rows = [list(csv.DictReader((tmp_path / name / "curve.csv").open())) for name in ("one", "two")]
    for one, two in zip(*rows, strict=True):
        assert float(two["loss"]) == pytest.approx(float(one["loss"]), rel=1e-4)
        assert float(two["validation"]) == pytest.approx(float(one["validation"]), abs=1e-2)
    nets = [load_file(tmp_path / name / "state" / "net.safetensors") for name in ("one", "two")]
    for key, value in nets[0].items():
        torch.testing.assert_close(nets[1][key], value, atol=1e-4, rtol=0)


@pytest.mark.slow
def test_a_real_net_beats_bicubic_by_a_decibel_in_a_minute(shared, tmp_path):
    recipe = load_recipe(next(path for path in RECIPES if path.stem == "espcn"))
    data = shared / "data" / "train"
    best = train(
        recipe,
        scale=4,
        data=[data / "val.tar"],
        val=[data / "val.tar"],
        minutes=1,
        out=tmp_path / "run",
    )
    result = read_card(best).result("validation")
    assert result is not None
    assert result.value > result.baseline + 1
