"""A picture of any size goes through a net into a file some rows at a time, and is what the whole would be."""

import numpy as np
import pytest

from sr_models.imaging.decode import decode
from sr_models.imaging.encode import encode_png
from sr_models.imaging.keep import Extras
from sr_models.imaging.rows import PngRows
from sr_models.inference.load import load
from sr_models.pipelines import upscale, whole
from sr_models.pipelines.upscale import enlarged
from sr_models.pipelines.whole import enlarge_into
from tests.conftest import scene


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_rows_make_the_same_picture_as_the_whole(tmp_path, channels, kind):
    array = scene(31, 23, channels).astype(kind) * (257 if kind == np.uint16 else 1) // 3
    with (tmp_path / "a.png").open("wb") as file, PngRows(file, array.shape, 8 * array.itemsize) as png:
        for top in range(0, 23, 5):
            png.write(array[top : top + 5])
    found = decode((tmp_path / "a.png").read_bytes()).array
    assert found.dtype == kind
    assert np.array_equal(found, decode(encode_png(array)).array)
    assert np.array_equal(found, array)


@pytest.mark.parametrize(("name", "tile"), [("espcn_x2", 40), ("bicubic", 32)])
@pytest.mark.parametrize("channels", [3, 4])
def test_bands_equal_the_whole(tmp_path, small_checkpoint, monkeypatch, name, tile, channels):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    upscaler, lr = load(name, 2, "cpu"), scene(150, 190, channels)
    steps = list(enlarge_into(tmp_path / "a.png", upscaler, lr, tile=tile, extras=Extras(dpi=(300.0, 300.0))))
    total = len(steps)
    assert steps == [(i + 1, total) for i in range(total)]
    assert total > 20
    found = decode((tmp_path / "a.png").read_bytes())
    expected = enlarged(upscaler, lr)
    assert found.array.shape == expected.shape
    assert np.abs(found.array.astype(int) - expected).max() <= 1
    assert found.dpi == pytest.approx((300, 300), abs=0.1)
    assert [path.name for path in tmp_path.glob("*.p*")] == ["a.png"]


def test_transparent_parts_are_laid_and_the_depth_is_as_asked(tmp_path):
    lr = scene(60, 50, 4)
    list(enlarge_into(tmp_path / "a.png", load("bicubic", 2, "cpu"), lr, alpha="white", depth=16))
    found = decode((tmp_path / "a.png").read_bytes())
    assert (found.mode, found.depth) == ("RGB", 16)


def test_no_more_than_a_row_of_tiles_is_a_picture_of_numbers(tmp_path, monkeypatch):
    seen = []
    real = upscale.enlarge
    monkeypatch.setattr(whole, "enlarge", lambda u, lr, **how: seen.append(lr.shape) or real(u, lr, **how))
    list(enlarge_into(tmp_path / "a.png", load("bicubic", 2, "cpu"), scene(64, 900), tile=48))
    assert max(height for height, _, _ in seen) <= 48
    assert len(seen) >= 900 // 48
