"""Text and line art are told from photographs."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sr_models.imaging.decode import decode, read
from sr_models.imaging.drawn import is_drawn
from sr_models.web.storage import ASSETS
from tests.conftest import scene

DRAWN = {"chart", "sign"}  # letters on a plain ground, photographed or not
SCREENS = {"page"}  # a picture of this program's own page: letters and a photograph


def page(ground: int, ink: int, mode: str = "L") -> Image.Image:
    image = Image.new(mode, (640, 480), ground if mode == "L" else (ground,) * 3)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(22)
    for line in range(16):
        words = "The quick brown fox jumps over the lazy dog 0123456789"
        pen.text((16, 12 + 28 * line), words, fill=ink if mode == "L" else (ink,) * 3, font=font)
    return image


@pytest.mark.parametrize(("ground", "ink"), [(255, 0), (0, 255), (250, 40), (200, 60)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_page_of_text_is_drawn(ground, ink, kind):
    buffer = io.BytesIO()
    page(ground, ink, "RGB").save(buffer, kind, quality=85)
    assert is_drawn(decode(buffer.getvalue()).array)
    assert is_drawn(np.asarray(page(ground, ink))[:, :, None])
    assert is_drawn(np.asarray(page(ground, ink))[:, :, None].astype(np.uint16) * 257)


def test_the_examples_are_told_apart():
    found = {path.stem for path in ASSETS.iterdir() if path.suffix in (".png", ".jpg") and is_drawn(read(path).array)}
    assert {name for name in found if not name.startswith("chart_")} == DRAWN | SCREENS


def test_the_photographs_of_the_test_sets_are_none_and_the_slide_is_one(shared):
    files = sorted((shared / "data" / "bench").glob("Set*/HR/*.png"))
    assert len(files) == 19
    assert [path.stem for path in files if is_drawn(read(path).array)] == ["ppt3"]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((64, 64, 3), np.uint8),
        np.zeros((1, 1, 1), np.uint8),
        scene(300, 200),
        np.random.default_rng(0).integers(0, 256, (99, 99, 3), np.uint8),
        np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (64, 1, 1)),
    ],
    ids=["black", "pixel", "scene", "noise", "ramp"],
)
def test_what_has_no_lines_is_not_drawn(array):
    assert not is_drawn(array)
