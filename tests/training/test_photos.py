"""Cutting the training set: sizes, flat tiles, splits, shards, and that training can read it."""

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from sr_models.imaging.encode import encode_png
from sr_models.train.data import load_tiles
from tests.conftest import scene
from training import photos


@pytest.fixture
def folder(tmp_path):
    """Four photos: two with detail, one half flat, one too small; and one file that is damaged."""
    place = tmp_path / "mine"
    place.mkdir()
    half = scene(1000, 500)
    half[:, 500:] = 120
    pictures = {"a": scene(1000, 500), "b": half, "c": scene(300, 500), "d": scene(480, 481, 1)}
    for name, array in pictures.items():
        (place / f"{name}.png").write_bytes(encode_png(array))
    (place / "e.jpg").write_bytes(b"\xff\xd8\xff nonsense")
    return place


def test_tiles_come_from_the_middle_and_flat_ones_are_left_out(folder, tmp_path, capsys):
    assert photos.main([str(folder), "--out", str(tmp_path / "set"), "--license", "CC0-1.0"]) == 0
    said = capsys.readouterr()
    assert "4 tiles to train and 0 to validate, from 5 photos" in said.out
    assert "e.jpg: This file is not a picture" in said.err
    rows = list(csv.DictReader((tmp_path / "set" / "manifest.csv").open()))
    assert [(r["source_file"], r["x"], r["y"]) for r in rows] == [
        ("a.png", "20", "10"),
        ("a.png", "500", "10"),
        ("b.png", "20", "10"),
        ("d.png", "0", "0"),
    ]
    assert {r["source"] for r in rows} == {"mine"}
    assert {r["license"] for r in rows} == {"CC0-1.0"}
    assert all(float(r["bicubic_x4_mae"]) >= photos.FLAT for r in rows)
    with tarfile.open(tmp_path / "set" / "train-00.tar") as tar:
        file = tar.extractfile(rows[0]["tile"])
        assert file is not None
        image: JpegImagePlugin.JpegImageFile = Image.open(io.BytesIO(file.read()))  # type: ignore[assignment]
    assert (image.size, JpegImagePlugin.get_sampling(image)) == ((480, 480), 0)
    assert np.abs(np.asarray(image).astype(int) - scene(1000, 500)[10:490, 20:500]).mean() < 3
    assert len(load_tiles([tmp_path / "set" / "train-00.tar"], 480).pixels) == 4


def test_validation_has_its_own_photos_and_no_loss(folder, tmp_path):
    photos.main([str(folder), "--out", str(tmp_path / "set"), "--license", "CC0-1.0", "--val", "2"])
    rows = list(csv.DictReader((tmp_path / "set" / "manifest.csv").open()))
    assert {(r["source_file"], r["split"]) for r in rows} == {("a.png", "train"), ("b.png", "val"), ("d.png", "val")}
    pixels = load_tiles([tmp_path / "set" / "val-00.tar"], 480).pixels
    assert (pixels[1].numpy().transpose(1, 2, 0) == scene(480, 481, 1)[:480]).all()


def test_a_full_shard_is_followed_by_another(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "SHARD", 1000)
    photos.main([str(folder), "--out", str(tmp_path / "set"), "--license", "CC0-1.0"])
    assert sorted(p.name for p in (tmp_path / "set").glob("*.tar")) == [f"train-0{i}.tar" for i in range(4)]


def test_nothing_to_cut_is_exit_code_1(tmp_path):
    assert photos.main([str(tmp_path), "--out", str(tmp_path / "set"), "--license", "none"]) == 1


def test_the_table_of_sources_counts_what_the_attribution_lists():
    root = Path(photos.__file__).parent.parent
    rows = list(csv.DictReader((root / "weights" / "ATTRIBUTION.csv").open()))
    table = (root / "training" / "DATA.md").read_text()
    for source, version, license in {(r["source"], r["version"], r["license"]) for r in rows}:
        mine = [r for r in rows if (r["source"], r["version"]) == (source, version)]
        files = len({r["source_file"] for r in mine})
        train, val = (sum(r["split"] == split for r in mine) for split in ("train", "val"))
        assert f"| {source} | {version or '-'} | {license} | {files} | {train} | {val} |" in table
