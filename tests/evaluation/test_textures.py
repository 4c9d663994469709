"""The command that measures nets of textures: a copy is seen, blur is seen, and what is missing is a sentence."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from sr_models import archs
from sr_models.checkpoints.card import read_card
from sr_models.checkpoints.format import save_checkpoint
from sr_models.errors import SRError
from sr_models.evaluation import textures
from sr_models.evaluation.kept import of_kind, read_results
from sr_models.evaluation.report import TextureNets
from sr_models.evaluation.tables.textures import table
from tests.conftest import call

MANY = textures.LEAST


def woven(seed: int) -> np.ndarray:
    """A texture (80, 80, 3): stripes of two colours, with grain."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:80, :80]
    wave = np.sin((x * random.uniform(-1, 1) + y * random.uniform(-1, 1)) * random.uniform(0.1, 0.8))
    one, other = random.uniform(0, 255, (2, 3))
    picture = np.where(wave[:, :, None] > 0, one, other) + random.normal(0, 12, (80, 80, 3))
    return picture.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Textures to learn from, and others."""
    places = []
    for name, first in (("train", 0), ("held_out", 10_000)):
        place = tmp_path_factory.mktemp(name)
        for seed in range(MANY):
            Image.fromarray(woven(first + seed)).save(place / f"{seed:04d}.png")
        places.append(place)
    return places


@pytest.fixture
def net(small_checkpoint, monkeypatch):
    """A weights folder with a net of textures, of random weights."""
    folder = small_checkpoint.parent
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(folder))
    torch.manual_seed(0)
    made = archs.build("texture_gan", widths=(8, 8, 8, 8))
    facts = {"name": "texture_gan_x1", "architecture": "texture_gan", "config": made.config, "scale": 1}
    card = dataclasses.replace(read_card(small_checkpoint), trained_for="textures", **facts)
    save_checkpoint(made, card, folder / "texture_gan_x1.safetensors")
    return made


def needs_features():
    if textures.load_features("lite0") is None:
        pytest.skip("the features of Lite0 are not there: training/features.py makes them")


def test_a_random_net_is_far_and_what_was_photographed_is_near(net, folders, tmp_path, monkeypatch, capsys):
    needs_features()
    data = ["--data", folders[0], "--held-out", folders[1], "--sheet", tmp_path, "--write", tmp_path / "RESULTS.md"]
    code, said, _ = call(monkeypatch, capsys, "textures", *data, "--device", "cpu")
    assert code == 0
    (found,) = of_kind(read_results(tmp_path / "results"), TextureNets)
    assert found.pictures == MANY
    held_out, training, drawn = (found.rows[n] for n in (textures.HELD_OUT, textures.TRAINING, "texture_gan_x1"))
    assert held_out["training"] == training["held_out"]  # one distance, from both ends
    assert held_out["nearest"] == 1
    assert training["nearest"] is None
    assert drawn["held_out"] > 3 * training["held_out"]
    assert "| texture_gan_x1 |" in (tmp_path / "RESULTS.md").read_text()
    assert Image.open(tmp_path / "texture_gan_x1.png").size[1] == 2 * textures.SIDE + 24
    assert f"{MANY} pictures" in said


def test_a_copy_is_seen_and_so_is_blur(net, folders, monkeypatch):
    """A net that draws the training pictures themselves has no distance to the nearest; a blurred one less detail."""
    needs_features()
    known = textures.read([folders[0]])[:, :, :64, :64].float() / 255
    blurred = torch.nn.functional.avg_pool2d(known, 3, 1, 1)

    def ways(true, other, where):
        yield textures.HELD_OUT, other
        yield textures.TRAINING, true
        yield "copies", known
        yield "blurred", blurred

    monkeypatch.setattr(textures, "_ways", ways)
    rows = textures.measure_textures([folders[0]], [folders[1]], "cpu").rows
    assert rows["copies"]["nearest"] < 0.02
    assert rows["copies"]["training"] < rows["blurred"]["training"]
    assert rows["blurred"]["detail"] < 0.7 < 0.9 < rows["copies"]["detail"]


def test_few_pictures_and_no_features_are_sentences(folders, tmp_path, monkeypatch):
    needs_features()
    Image.fromarray(woven(0)).save(tmp_path / "one.png")
    with pytest.raises(SRError, match="There are 1 textures, and at least 200"):
        textures.measure_textures([folders[0]], [tmp_path], "cpu")
    monkeypatch.setattr(textures, "load_features", lambda name: None)
    with pytest.raises(SRError, match=r"lite0\.safetensors"):
        textures.measure_textures([folders[0]], [folders[1]], "cpu")


def test_the_table_has_a_row_for_each_way():
    rows = {"a": {"training": 1.0, "held_out": 2.0, "diversity": 0.5, "detail": 1.0, "nearest": None}}
    drawn = table([TextureNets(textures.Protocol(0, "no LR"), 9, rows)])
    assert drawn[1] == ["a", "2.0000", "1.0000", "0.50", "1.00", "-"]
