"""Recognition: what is looked at, why there is none, and what the pretrained net says of known pictures."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sr_models.imaging.decode import read
from sr_models.imaging.picture import as_8_bit
from sr_models.metrics import Absent, classifier
from sr_models.metrics.classifier import NAME, Classifier, look, probabilities, recognise
from sr_models.metrics.perceptual import features_folder
from tests.conftest import missing

ASSETS = Path(__file__).parents[2] / "assets"


@pytest.fixture
def random_classifier(monkeypatch, tmp_path):
    """A classifier with random weights, whose classes are called "class 0" to "class 999"."""
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    torch.manual_seed(0)
    names = json.dumps([f"class {i}" for i in range(1000)])
    save_file(
        {k: v.half() for k, v in Classifier().state_dict().items()},
        tmp_path / f"{NAME}.safetensors",
        {"classes": names},
    )


def test_without_its_weights_nothing_is_recognised(monkeypatch, tmp_path):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    assert recognise(torch.rand(1, 3, 64, 64)) == Absent("no_classifier")


def test_a_small_picture_is_not_recognised(random_classifier):
    assert recognise(torch.rand(1, 3, 31, 64)) == Absent("too_small_to_recognise")
    assert recognise(torch.rand(1, 3, 32, 64))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_most_probable_classes_come_first_by_the_names_in_the_file(random_classifier, channels):
    picture = torch.rand(1, channels, 64, 80)
    found, every = recognise(picture), probabilities(picture)
    assert not isinstance(found, Absent)
    assert not isinstance(every, Absent)
    assert float(every.sum()) == pytest.approx(1, abs=1e-5)
    order = every.argsort(descending=True)[:3].tolist()
    assert found == [(f"class {i}", round(float(every[i]), 4)) for i in order]


def test_it_looks_at_the_middle_square_of_seven_eighths():
    picture = torch.rand(1, 3, 256, 300)
    seen = look(picture)
    torch.testing.assert_close(seen, picture[..., 16:240, 38:262])
    assert look(torch.rand(1, 1, 90, 50)).shape == (1, 3, 224, 224)


def test_values_are_put_into_the_range_of_its_training(monkeypatch, random_classifier):
    there = classifier.load_classifier()
    assert there
    given = []
    handle = there[0].stem.register_forward_pre_hook(lambda _, x: given.append(x[0]))
    probabilities(torch.cat([torch.zeros(1, 3, 64, 32), torch.ones(1, 3, 64, 32)], 3))
    handle.remove()
    assert (float(given[0].min()), float(given[0].max())) == pytest.approx((-127 / 128, 1))


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("dogs.jpg", {"Samoyed", "Eskimo dog", "white wolf"}),
        ("kingfisher.png", {"jacamar", "bee eater", "indigo bunting"}),  # it knows no kingfisher; three birds like it
        ("flowers.png", {"daisy"}),
        ("colosseum.png", {"triumphal arch"}),
        ("boats.png", {"pirate", "wreck", "schooner"}),  # its pirate is a ship
    ],
)
def test_pretrained_it_names_what_the_examples_show(file, names):
    if not (features_folder() / f"{NAME}.safetensors").is_file():
        missing("needs pretrained features: run python training/features.py")
    found = recognise(as_8_bit(read(ASSETS / file).array))
    assert not isinstance(found, Absent)
    assert {name for name, _ in found[: len(names)]} == names
