"""Cutting textures: what is even stays, what is not goes, and sources are held out whole."""

import csv
import io
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from sr_models.train.data import load_tiles
from training import textures


def grain(seed: int, side: int = 480) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 200, (side, side, 3), dtype=np.uint8).repeat(1, 0)


@pytest.fixture
def tiles(tmp_path, monkeypatch):
    """Tiles of three sources, one that nobody named, and the list of who is held out."""
    edge = grain(5)
    edge[:, 240:] = 230
    pictures = {"a": grain(0), "b": grain(1), "c": edge, "d": grain(3)}
    rows = []
    with tarfile.open(tmp_path / "train-00.tar", "w") as tar:
        for name, array in pictures.items():
            buffer = io.BytesIO()
            Image.fromarray(array).save(buffer, "PNG")
            info = tarfile.TarInfo(f"{name}.png")
            info.size = buffer.tell()
            buffer.seek(0)
            tar.addfile(info, buffer)
            rows.append({"tile": f"{name}.png", "shard": "train-00", "source_file": f"{name}.jpg"})
    for path, found in (
        (tmp_path / "manifest.csv", rows),
        (
            tmp_path / "list.csv",
            [{"source_file": f"{n}.jpg", "split": s} for n, s in (("a", "train"), ("b", "held_out"), ("c", "train"))],
        ),
    ):
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(found[0]))
            writer.writeheader()
            writer.writerows(found)
    monkeypatch.setattr(textures, "SOURCES", tmp_path / "list.csv")
    return tmp_path


def test_sources_are_held_out_whole_and_edges_are_left_out(tiles, capsys):
    assert textures.main(["--data", str(tiles), "--out", str(tiles / "out")]) == 0
    many = {split: len(load_tiles([tiles / "out" / f"{split}.tar"], 64).pixels) for split in ("train", "held_out")}
    assert many["held_out"] == 49  # 7x7 windows of one tile of even grain
    assert 49 < many["train"] < 98  # all of a, and of c those that do not lie on its edge
    assert f"{many['held_out']} in held_out.tar, {many['train']} in train.tar" in capsys.readouterr().out


def test_flat_windows_and_edges_are_uneven():
    even = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    edge = even.clone()
    edge[..., 48:] = edge[..., 48:] * 0.1 + 0.9
    flat = torch.full((1, 3, 96, 96), 0.5)
    found = textures.unevenness(torch.cat([even, edge, flat]))
    assert found[0] < 0.5 < 1.5 < found[1]
    assert found[2] == torch.inf
