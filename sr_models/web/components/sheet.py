"""Pictures made for showing: a side-by-side picture with labels and lines below, and thumbnails."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sr_models.imaging.picture import as_8_bit, to_array
from sr_models.web.components import thumbnails
from sr_models.web.i18n import text

CROP = 420  # px, the side of what is shown pixel for pixel
THUMBNAIL = 160
GAP, BAR = 16, 30
INK, PAPER, FAINT = "#1b1c1f", "#ffffff", "#5a5d66"


def as_rgb(array: np.ndarray) -> np.ndarray:
    """Bring (H, W, C) of any kind to (H, W, 3) uint8, transparent parts on white."""
    plain = array if array.dtype == np.uint8 and array.shape[2] in (1, 3) else to_array(as_8_bit(array))
    return np.ascontiguousarray(np.broadcast_to(plain, (*plain.shape[:2], 3)))


def write_thumbnail(array: np.ndarray, path: Path) -> None:
    """Write the picture, (H, W, C), shrunk to 160 px at most."""
    step = max(1, max(array.shape[:2]) // (4 * THUMBNAIL))
    thumbnails.write(as_rgb(array[::step, ::step]), path, THUMBNAIL)


def _most_different(a: np.ndarray, b: np.ndarray, side: int) -> tuple[slice, slice]:
    """Return rows and columns of the square, at most `side` px, on which two pictures (H, W, 3) differ most."""
    difference = np.abs(a[..., 1].astype(np.float32) - b[..., 1])  # green says enough
    sums = np.pad(difference.cumsum(0, dtype=np.float64).cumsum(1), ((1, 0), (1, 0)))
    high, wide = (min(side, n) for n in difference.shape)
    found = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    top, left = np.unravel_index(found.argmax(), found.shape)
    return slice(int(top), int(top) + high), slice(int(left), int(left) + wide)


def sheet(pictures: list[tuple[np.ndarray, str]], which: str, lines: list[str]) -> np.ndarray:
    """Lay the part of pictures in which the first two differ most side by side, under their names, above the lines.

    `which` is the code of what is said of the part. The words are English: Pillow's own font has no others.
    """
    panels = [(as_rgb(array), name) for array, name in pictures]
    part = _most_different(panels[0][0], panels[1][0], CROP)
    high, wide = panels[0][0][part].shape[:2]
    size = "×".join(map(str, panels[0][0].shape[1::-1]))
    step = max(wide, 300) + GAP
    lines = [f"SR Lab   {size}, {text(which, 'en', width=wide, height=high)}", *lines]
    canvas = Image.new("RGB", (GAP + step * len(panels), BAR + high + GAP + 22 * len(lines) + GAP // 2), PAPER)
    pen, large, small = ImageDraw.Draw(canvas), ImageFont.load_default(17), ImageFont.load_default(14)
    for i, (panel, name) in enumerate(panels):
        pen.text((GAP + i * step, 6), name, INK, font=large)
        canvas.paste(Image.fromarray(np.ascontiguousarray(panel[part])), (GAP + i * step, BAR))
    for i, line in enumerate(lines):
        pen.text((GAP, BAR + high + GAP // 2 + 22 * i), line.replace("×", "x"), FAINT, font=small)  # no × in this font
    return np.asarray(canvas)
