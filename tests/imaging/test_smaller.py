"""Pictures over the limit are made smaller: every kind of file, aspect, colours, memory."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging.decode import read, read_smaller, size_within
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import fit, to_array, to_tensor
from sr_models.imaging.resample import resize
from tests.conftest import scene
from tests.imaging.test_decode import jpeg


def saved(array: np.ndarray, kind: str, **how) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **how)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["jpeg", "png", "png16", "palette", "alpha", "turned", "tiff"])
def test_a_picture_over_the_limit_is_made_smaller(tmp_path, monkeypatch, kind):
    array = scene(401, 300)
    clear = np.dstack([array, np.where(np.arange(401) < 200, 255, 0)[None].repeat(300, 0).astype(np.uint8)])
    turned = Image.Exif()
    turned[0x0112] = 6
    files = {
        "jpeg": lambda: jpeg(array, quality=97, subsampling=0),
        "png": lambda: encode_png(array),
        "png16": lambda: encode_png(array.astype(np.uint16) * 257 + 5),
        "palette": lambda: saved(np.asarray(array)[..., 0] // 128 * 255, "PNG", bits=1),
        "alpha": lambda: encode_png(clear),
        "turned": lambda: jpeg(array, quality=97, exif=turned.tobytes()),
        "tiff": lambda: saved(array, "TIFF"),
    }
    path = tmp_path / "p"
    path.write_bytes(files[kind]())
    whole = read(path)
    monkeypatch.setattr("sr_models.imaging.decode.MAX_PIXELS", 20_000)
    with pytest.raises(SRError, match="the limit is 20,000 pixels"):
        read(path)
    for pixels in (20_000, 5_000, 1_000):
        picture = read_smaller(path, pixels)
        size = picture.width, picture.height
        assert 0.9 * pixels < size[0] * size[1] <= pixels
        assert abs(size[0] / size[1] - whole.width / whole.height) < 0.05
        assert "made_smaller" in picture.notes
        assert (picture.depth, picture.mode) == (whole.depth, whole.mode)
        error = np.abs(picture.array.astype(int) - fit(whole.array, size)).mean()
        assert error / np.iinfo(picture.array.dtype).max < 0.02
    monkeypatch.setattr("sr_models.imaging.decode.MAX_SHRINKABLE", 401 * 300)
    assert read_smaller(path, 401 * 300).notes == whole.notes
    monkeypatch.setattr("sr_models.imaging.decode.MAX_SHRINKABLE", 401 * 300 - 1)
    with pytest.raises(SRError, match="crop or shrink it"):
        read_smaller(path, 1_000)


@pytest.mark.parametrize("size", [(1, 1), (1, 90_000), (90_000, 1), (3, 3), (4096, 4096), (640, 479)])
@pytest.mark.parametrize("pixels", [1, 7, 2**20])
def test_smaller_keeps_the_aspect_and_the_limit(size, pixels):
    width, height = size_within(size[0], size[1], pixels)
    assert 1 <= width * height <= pixels
    assert (width, height) == size or width * height > 0.5 * pixels or min(width, height) < 3


def test_fit_is_our_resize_and_colours_count_by_their_alpha():
    array = scene(40, 30)
    wide = resize(to_tensor(array), 17, 23)
    assert np.abs(fit(array, (23, 17)).astype(int) - to_array(wide)).max() <= 1
    assert fit(array, (40, 30)) is array
    deep = array.astype(np.uint16) * 257
    assert np.abs(fit(deep, (23, 17)).astype(int) - to_array(wide, 16)).max() <= 2
    half = np.zeros((8, 40, 4), np.uint8)
    half[:, :20] = (255, 0, 0, 255)
    half[:, 20:] = (0, 0, 255, 0)  # blue, but wholly transparent
    small = fit(half, (27, 6))
    edge = (small[..., 3] > 20) & (small[..., 3] < 235)
    assert edge.any()
    assert small[edge][:, 0].min() > 250
    assert small[edge][:, 2].max() < 5


MEMORY = """
import resource, sys
import numpy as np
from PIL import Image
from sr_models.imaging.decode import read, read_smaller
from sr_models.imaging.picture import fit
Image.init()
what, limit = sys.argv[1], int(sys.argv[2])
array = np.full((4096, 4096, 3), 9, np.uint8) if what == "fit" else None
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if what == "fit":
    found = fit(array, (3000, 3000))
else:
    found = (read_smaller(what, 2**20) if "smaller" in what else read(what)).array
used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(found.shape, used)
sys.exit(used > limit)
"""


@pytest.mark.parametrize(("what", "limit"), [("fit", 450), ("smaller.jpg", 250), ("at_the_limit.jpg", 1000)])
def test_memory_of_large_pictures_is_bounded(tmp_path, what, limit):
    path = tmp_path / what
    if what != "fit":
        size = (8192, 8192 if "smaller" in what else 6144)
        Image.linear_gradient("L").resize(size).convert("RGB").save(path, quality=80)
    command = [sys.executable, "-c", MEMORY, "fit" if what == "fit" else path, str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
