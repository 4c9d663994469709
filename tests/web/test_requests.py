"""An upload is decoded once, whoever asks, and what is kept of it is what was decoded."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sr_models.imaging.decode import read
from sr_models.imaging.encode import encode_png
from sr_models.web import requests, storage
from sr_models.web.requests import open_upload
from tests.conftest import scene


@pytest.fixture
def upload(tmp_path, monkeypatch):
    """A PNG of 16 bits with alpha in a visitor's folder."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    source = tmp_path / "a.png"
    source.write_bytes(encode_png(scene(40, 30, 4).astype(np.uint16) * 257))
    return storage.adopt(str(source), "visitor")


@pytest.fixture
def decoded(monkeypatch):
    """The paths that were decoded."""
    paths = []

    def once(path):
        paths.append(path)
        return read(path)

    monkeypatch.setattr(requests, "read", once)
    return paths


def test_an_upload_is_decoded_once(upload, decoded):
    first, second = open_upload(upload), open_upload(upload)
    assert decoded == [upload]
    assert first.array.dtype == second.array.dtype == np.uint16
    assert np.array_equal(first.array, second.array)
    facts = [(p.format, p.mode, p.notes, p.jpeg_quality) for p in (first, second)]
    assert facts[0] == facts[1]


def test_events_that_come_together_all_get_the_whole_picture(upload):
    start = threading.Barrier(8)

    def ask(_):
        start.wait()
        return np.array(open_upload(upload).array)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert all(np.array_equal(array, found[0]) for array in found)
    names = sorted(path.suffix for path in storage.visitor_folder("visitor").rglob("*.*"))
    assert names == [".facts", ".npy", ".png"]


def test_an_example_is_not_written_beside(tmp_path, decoded):
    (tmp_path / "a.png").write_bytes(encode_png(scene(8, 8)))
    open_upload(str(tmp_path / "a.png"))
    open_upload(str(tmp_path / "a.png"))
    assert len(decoded) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
