"""The stored results are what the code and the weights make today; the pictures are free, small and not trained on."""

import csv
import hashlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from sr_models.checkpoints.catalog import weights_folder
from sr_models.imaging.decode import read
from sr_models.imaging.picture import as_8_bit, to_array
from sr_models.metrics.perceptual import load_lpips
from sr_models.web import storage
from sr_models.web.components.readouts import number, sentence, table
from sr_models.web.i18n import catalogue
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import examples
from sr_models.web.pages.upscale.result import UpscaleResult, present

STORED = [(example.name, net) for example in examples.EXAMPLES for net in example.nets()]
MAX_BYTES = 9e6  # of all examples, stored results and lessons, those of every page
every_example = pytest.mark.parametrize("name", examples.NAMES)
every_result = pytest.mark.parametrize(("name", "net"), STORED)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    assert "SR_LAB_WEIGHTS" not in os.environ
    folder = tmp_path_factory.mktemp("results")
    examples.make(folder)
    return folder


def stored(name: str, net: str | None = None) -> examples.Stored:
    found = examples.stored(name, net)
    assert found is not None, "python -m sr_models.web.pages.upscale.examples makes the stored results again"
    return found


@every_result
def test_the_stored_result_is_made_by_the_committed_weights(fresh: Path, name: str, net: str):
    kept = stored(name, net)
    made = json.loads((fresh / kept.receipt_file.name).read_text())
    assert made["precision"] == kept.receipt["precision"] == "float32"
    for key in ("checkpoint", "checkpoint_sha256", "mode", "degradation", "input", "format"):
        assert made[key] == kept.receipt[key], key
    for column in ("result", "bicubic"):
        new, old = (dict(numbers["readouts"][column]) for numbers in (made, kept.receipt))
        new.pop("features")  # it stands in for LPIPS
        assert old.pop("features") is None
        if load_lpips() is None:  # its pretrained features are not part of the project
            assert new.pop("lpips_alex") is None
            assert old.pop("lpips_alex") > 0
        assert new == pytest.approx(old, abs=0.02, rel=0.01), column
    for path in (kept.bicubic, kept.result):
        pixels = [read(p).array.astype(int) for p in (fresh / path.name, path)]
        gap = np.abs(pixels[0] - pixels[1])
        assert gap.max() <= 3, path.name  # where another processor rounded a pixel of LR the other way
        assert (gap > 1).mean() < 1e-4, path.name


@every_result
def test_the_stored_file_is_the_one_that_was_measured(name: str, net: str):
    kept = stored(name, net)
    assert hashlib.sha256(kept.result.read_bytes()).hexdigest() == kept.receipt["output"]["sha256"]


def test_no_result_is_stored_that_is_made_no_more(fresh: Path):
    assert {p.name for p in examples.RESULTS.iterdir()} == {p.name for p in fresh.iterdir()}


def test_the_default_net_has_a_stored_result():
    assert stored(examples.FIRST).net == NETS.default(examples.SCALE)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_readouts_show_every_number_with_its_protocol(lang):
    kept = stored(examples.FIRST)
    shown = table(kept.readouts, "SESR", lang) + sentence(kept.readouts, lang)
    for key, value in kept.readouts.result.items():
        if key == "features":  # it stands in for LPIPS
            assert (value is None) != (kept.readouts.result["lpips_alex"] is None)
            continue
        assert value is not None
        assert number(key, value, lang) in shown
    assert "BT.601" in shown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_result_says_what_a_classifier_sees(lang):
    kept = stored("dogs")
    size = {"width": 432, "height": 288}
    facts = {"id": "a", "net": kept.net, "scale": examples.SCALE, **size, "sha256": "", "seconds": 1.0}
    files = dict.fromkeys(("bicubic", "result", "download"), str(kept.result))
    said = present(UpscaleResult(**facts, **files, readouts=kept.readouts), lang)["sentence"]
    for column in ("original", "bicubic", "result"):
        (name, probability), *_ = kept.readouts.recognised[column]
        assert f"{name}” {100 * probability:.0f}" in said
    assert kept.readouts.recognised["original"][0][0] == "Samoyed"


@every_example
def test_every_example_can_be_tested_at_every_scale_and_has_a_name(name: str):
    shown = examples.example(name)
    assert shown is not None
    original = read(shown.original or shown.picture)
    assert all(side % scale == 0 for side in (original.width, original.height) for scale in (2, 3, 4, 8))
    assert f"example_{name}" in catalogue("en")


def test_only_the_chart_has_an_lr_of_its_own():
    for scale in (2, 3, 4, 8):
        path = examples.low("chart", scale)
        assert path is not None
        assert (read(path).width, read(path).height) == (576 // scale, 384 // scale)
    assert examples.low("colosseum", 4) is None
    assert examples.example("no such picture") is None
    assert examples.stored("no such picture") is None


def test_every_picture_is_named_with_its_licence():
    words = (storage.ASSETS / "README.md").read_text()
    for path in storage.ASSETS.iterdir():
        assert path.is_dir() or path.name == "README.md" or f"`{path.name}`" in words, path.name


def test_the_assets_stay_small():
    assert sum(p.stat().st_size for p in storage.ASSETS.rglob("*") if p.is_file()) < MAX_BYTES


def test_no_picture_was_trained_on(shared: Path):
    """Compare the package and the file's name; the manifest writes - as _ and the folders before the name."""
    with (shared / "data" / "train" / "manifest.csv").open() as file:
        trained = {(row["source"], Path(row["source_file"]).stem.replace("-", "_")) for row in csv.DictReader(file)}
    words = (storage.ASSETS / "README.md").read_text()
    sources = re.findall(r"`([\w@/-]+)` [\w.~+-]+, `[\w/.-]*?([\w-]+)\.\w+`", words)
    assert ("ukui-wallpapers", "bluebird") in sources
    assert len(sources) == len(examples.NAMES) - 2  # the chart is ours, the astronaut is NASA's
    for package, stem in (*sources, ("", "astronaut")):
        ending = stem.replace("-", "_")
        assert not any(package in source and name.endswith(ending) for source, name in trained), stem


@every_example
def test_every_example_has_a_small_picture_that_looks_like_it(name: str):
    from PIL import Image, ImageOps

    shown, path = examples.example(name), examples.THUMBNAILS / f"{name}.webp"
    assert shown is not None
    assert path.stat().st_size < 5000
    small, whole = Image.open(path), Image.fromarray(to_array(as_8_bit(read(shown.original or shown.picture).array)))
    assert max(small.size) == examples.THUMBNAIL
    difference = np.asarray(small, float) - np.asarray(whole.resize(small.size, Image.Resampling.LANCZOS), float)
    assert np.abs(difference).mean() < 8
    strip, names = Image.open(examples.STRIP), list(examples.NAMES)
    place = {item.key: item.at for item in examples.thumbnails("en")}[name]
    width, height = strip.width // len(names), strip.height
    assert place is not None
    left = round(place * (strip.width - width))  # as CSS places it
    cut = strip.crop((left, 0, left + width, height))
    others = [
        abs(np.asarray(cut, float) - ImageOps.fit(Image.open(examples.THUMBNAILS / f"{other}.webp"), cut.size)).mean()
        for other in names
    ]
    assert names[int(np.argmin(others))] == name
    assert min(others) < 12


def test_without_the_weights_there_is_no_result_and_the_page_still_stands(tmp_path, monkeypatch):
    from sr_models.web import shell
    from sr_models.web.pages import upscale

    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path))
    NETS.refresh()
    assert examples.stored() is None
    assert NETS.default(4) == "bicubic"
    assert shell.build((upscale.page,)) is not None


def test_other_weights_are_noticed(tmp_path, monkeypatch):
    name = f"{NETS.default(examples.SCALE)}_x{examples.SCALE}.safetensors"
    (tmp_path / name).write_bytes((weights_folder() / name).read_bytes() + b" ")
    net = stored(examples.FIRST).net
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path))
    assert examples.stored(examples.FIRST, net) is None
