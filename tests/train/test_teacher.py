"""A teacher: its pictures are the target beside the originals, made once."""

from dataclasses import replace

import pytest
import torch

from sr_models.errors import SRError
from sr_models.imaging.degradations import Downscale
from sr_models.imaging.picture import quantize
from sr_models.inference.load import load
from sr_models.train import loop
from sr_models.train.data import load_tiles
from sr_models.train.objectives.pixel import Pixel
from sr_models.train.recipe import Stage
from sr_models.train.teacher import targets
from tests.train.conftest import DAMAGE, RECIPE, quiet, train


@pytest.fixture
def teacher(small_checkpoint, tmp_path, monkeypatch):
    """An espcn_x2 that stands in weights/, and a folder of its own for its pictures."""
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    monkeypatch.setattr(loop, "TEACHERS", tmp_path / "teachers")
    return load("espcn", 2).ensembled()


def test_the_teachers_target_is_what_it_makes_of_the_batch(photos, tmp_path, monkeypatch, teacher):
    batches = []

    def noted(self, batch):
        batches.append(batch)
        return {"loss": torch.tensor(1.0)}

    monkeypatch.setattr(Pixel, "step", noted)
    stages = (Stage(0.5, "l1", 40), Stage(0.5, "l1", 12))
    recipe = replace(RECIPE, teacher="espcn", stages=stages)
    for _ in range(2):
        train(recipe, scale=2, data=[photos], steps=4, out=tmp_path / "run")
    assert len(list((tmp_path / "teachers").iterdir())) == 1
    whole, part = batches[0], batches[2]
    assert whole.hr.shape[-1] == 80
    live = torch.cat([quantize(teacher(lr[None])) for lr in whole.lr])  # turned crops too: the ensemble turns with them
    torch.testing.assert_close(whole.teacher_target, live, atol=1.01 / 255, rtol=0)
    assert float((whole.teacher_target - live).abs().mean()) < 1e-3
    assert float((whole.teacher_target - whole.hr).abs().mean()) > 1e-2
    inner = slice(8, 16)
    live = torch.cat([quantize(teacher(lr[None])) for lr in part.lr])[..., inner, inner]
    torch.testing.assert_close(part.teacher_target[..., inner, inner], live, atol=1.01 / 255, rtol=0)


def test_another_teacher_or_other_tiles_make_other_targets(photos, tmp_path, teacher):
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
        train(recipe, scale=2, data=[photos], steps=1, out=tmp_path / "run")
