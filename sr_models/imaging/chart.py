"""The test chart: one vector picture, drawn at any size, so that there is a true original at every scale."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 576, 384  # the units of the drawing, and its pixels at full size
SAMPLES = 8  # per unit and axis, at the least: letters are fitted to this grid, whatever the size of the picture
Colour = tuple[int, int, int]
Point = tuple[float, float]
PAPER, INK, NIGHT = (245, 241, 232), (30, 42, 56), (22, 36, 52)
TEAL, CORAL, OCHRE, SAGE = (44, 130, 136), (216, 114, 88), (228, 180, 88), (142, 172, 140)
PLUM, SKY, ROSE, SAND = (106, 80, 118), (134, 180, 208), (230, 194, 188), (214, 202, 180)
PATCHES = ((CORAL, TEAL, OCHRE, PLUM), (SKY, (190, 62, 66), (62, 94, 168), SAGE))
GRADIENT = np.array([[20, 33, 50], [46, 70, 92]])  # 26 steps of 8 bits on 176 px: bands 7 px wide
LINES = (  # baseline, size, words
    (50, 46, "SR Lab"),
    (84, 16, "Enlarging is guessing"),
    (111, 13, "Sharp, or only invented?"),
    (135, 11, "0123456789  x2 x3 x4 x8"),
    (156, 9, "A quick brown fox jumps over a dog"),
    (174, 7.5, "Measured beside the original"),
    (190, 6, "Read this line when it is enlarged by four"),
)
CURVES = (  # colour, width in the middle, four points
    (TEAL, 11, ((222, 284), (320, 170), (420, 340), (546, 224))),
    (CORAL, 7, ((222, 222), (330, 320), (420, 180), (546, 282))),
    (OCHRE, 4.5, ((222, 256), (290, 340), (470, 160), (546, 254))),
    (SKY, 3, ((222, 236), (340, 190), (420, 340), (546, 240))),
    (ROSE, 2, ((222, 290), (340, 300), (430, 180), (546, 214))),
    (PAPER, 1.2, ((222, 214), (330, 210), (430, 320), (546, 286))),
    (PAPER, 0.7, ((222, 270), (340, 350), (420, 150), (546, 266))),
)


def draw(width: int, height: int) -> np.ndarray:
    """Draw the chart as (height, width, 3) uint16, its 576 units on `width` pixels; rows beyond its 384 are paper.

    A pixel is the mean of the sRGB values of its samples, as the nets' LR is made: not of light.
    """
    samples = max(SAMPLES, -(-WIDTH * SAMPLES // width))  # per pixel and axis
    rows = max(1, 256 // samples)  # per strip
    strips = []
    for top in range(0, height, rows):
        count = min(rows, height - top)
        strip = Strip(width * samples, count * samples, top * samples, WIDTH / width / samples)
        _paint(strip)
        pixels = strip.pixels.reshape(count, samples, width, samples, 3).mean((1, 3), dtype=np.float64)
        strips.append((pixels * 257 + 0.5).astype(np.uint16))
    return np.concatenate(strips)


class Strip:
    """Paint on some rows of samples, `step` units apart; positions are units of the drawing."""

    def __init__(self, width: int, height: int, top: int, step: float) -> None:
        self.top, self.step = top, step
        self.pixels = np.empty((height, width, 3), np.float32)  # sRGB values, 0 to 255
        self.pixels[:] = PAPER
        self.x = (np.arange(width) + 0.5) * step
        self.y = (np.arange(top, top + height) + 0.5) * step

    def area(self, left: float, top: float, right: float, bottom: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the pixels of a rectangle, to paint on, and the positions x (1, W) and y (H, 1) of its samples."""
        (x0, x1), (y0, y1) = np.searchsorted(self.x, (left, right)), np.searchsorted(self.y, (top, bottom))
        return self.pixels[y0:y1, x0:x1], self.x[None, x0:x1], self.y[y0:y1, None]

    def disc(self, centre: Point, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the pixels of the square around a disc, x and y from its centre, and which samples it holds."""
        (x, y), r = centre, radius
        pixels, x, y = self.area(x - r, y - r, x + r, y + r)
        x, y = x - centre[0], y - centre[1]
        return pixels, x, y, np.hypot(x, y) < r

    def polygon(self, points: list[Point], colour: Colour) -> None:
        """Fill a polygon."""
        self._stamp(lambda pen: pen.polygon([self._place(*p) for p in points], fill=255), colour)

    def text(self, place: Point, words: str, size: float, colour: Colour) -> None:
        """Write a line of text whose baseline begins at `place`."""
        font = ImageFont.load_default(size / self.step)
        assert isinstance(font, ImageFont.FreeTypeFont)
        font = font.font_variant(layout_engine=ImageFont.Layout.BASIC)  # the same with and without libraqm
        self._stamp(lambda pen: pen.text(self._place(*place), words, fill=255, font=font, anchor="ls"), colour)

    def _place(self, x: float, y: float) -> tuple[int, int]:
        """Return the nearest sample: Pillow would cut off the fraction, up above the strip and down in it."""
        return math.floor(x / self.step + 0.5), math.floor(y / self.step + 0.5) - self.top

    def _stamp(self, cut: Callable[[ImageDraw.ImageDraw], None], colour: Colour) -> None:
        stencil = Image.new("L", (self.x.size, self.y.size))
        cut(ImageDraw.Draw(stencil))
        if box := stencil.getbbox():
            left, top, right, bottom = box
            part = self.pixels[top:bottom, left:right]
            part += np.asarray(stencil.crop(box), np.float32)[..., None] / 255 * (_rgb(colour) - part)


def _paint(strip: Strip) -> None:
    """Paint the whole drawing."""
    _zone_plate(strip, (104, 104), 88)
    _star(strip, (472, 104), 88)
    for baseline, size, words in LINES:
        strip.text((208, baseline), words, size, INK)
    _edges(strip)
    _curves(strip)
    for row, colours in enumerate(PATCHES):
        for column, colour in enumerate(colours):
            left, top = 16 + column * 44, 312 + row * 28
            strip.area(left, top, left + 44, top + 28)[0][:] = colour
    for i, (outer, inner, turn) in enumerate(((8, 4, 90), (6, 3, 30), (5, 2.5, 75))):
        _line_pairs(strip, (234 + i * 58, 340), outer, inner, math.radians(turn))
    pixels, x, _ = strip.area(384, 312, 560, 368)
    pixels[:] = GRADIENT[0] + (x[..., None] - 384) / 176 * (GRADIENT[1] - GRADIENT[0])


def _rgb(colour: Colour) -> np.ndarray:
    return np.array(colour, np.float32)


def _zone_plate(strip: Strip, centre: Point, radius: float) -> None:
    """Paint rings ever finer, up to 0.42 cycles per unit at the rim."""
    pixels, x, y, inside = strip.disc(centre, radius)
    wave = 0.5 + 0.5 * np.cos(math.pi * 0.42 / radius * np.hypot(x, y)[inside] ** 2)
    pixels[inside] = _rgb(PAPER) + wave[:, None] * (_rgb(INK) - _rgb(PAPER))


def _star(strip: Strip, centre: Point, radius: float) -> None:
    """Paint a Siemens star of 36 spokes; a disc covers what is finer than 2 units from spoke to spoke."""
    pixels, x, y, inside = strip.disc(centre, radius)
    dark = np.sin(36 * np.arctan2(y, x) + 0.6) > 0  # turned a little: no edge runs through the samples themselves
    pixels[inside & dark] = INK
    pixels, _, _, inside = strip.disc(centre, 12)
    pixels[inside] = CORAL


def _edges(strip: Strip) -> None:
    """Paint squares turned by a few degrees: every edge meets the pixels at all phases."""
    strip.area(16, 204, 192, 300)[0][:] = SAND
    for x, radius, turn, colour in ((60, 45, 5, INK), (60, 20, 28, PAPER), (148, 45, 12, TEAL), (148, 20, 37, SKY)):
        corners = [math.radians(turn + 45 + 90 * i) for i in range(4)]
        strip.polygon([(x + radius * math.cos(a), 252 + radius * math.sin(a)) for a in corners], colour)


def _curves(strip: Strip) -> None:
    """Paint Bézier curves that taper to both ends, on a dark panel."""
    strip.area(208, 204, 560, 300)[0][:] = NIGHT
    t = np.linspace(0, 1, 256)[:, None]
    taper = 1 - (2 * t - 1) ** 4
    for colour, width, points in CURVES:
        p = np.array(points, np.float64)
        curve = (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
        along = np.gradient(curve, axis=0)
        across = along[:, ::-1] * (1, -1) / np.hypot(along[:, :1], along[:, 1:]) * taper * width / 2
        outline = np.concatenate([curve + across, (curve - across)[::-1]])
        strip.polygon([tuple(point) for point in outline.tolist()], colour)


def _line_pairs(strip: Strip, centre: Point, outer: float, inner: float, turn: float) -> None:
    """Paint a disc of lines, `outer` units from line to line, and in it one of finer lines across."""
    for radius, period, angle in ((26, outer, turn), (13, inner, turn + math.pi / 2)):
        pixels, x, y, inside = strip.disc(centre, radius)
        dark = np.sin((x * math.cos(angle) + y * math.sin(angle)) * 2 * math.pi / period) > 0
        pixels[inside] = PAPER
        pixels[inside & dark] = INK
