"""What is wrong with a picture, from facts: each with its number, the limit beyond which it matters, its remedy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sr_models.imaging.drawn import is_drawn
from sr_models.imaging.estimate import JpegMarks, edge_sigma, jpeg_marks, kernel_sigma, least_noise, noise_sigma
from sr_models.imaging.picture import Picture, as_8_bit, to_8_bit, to_array
from sr_models.metrics._registry import Absent, Number

Repair = Literal["denoise", "dejpeg", "deblur", "tone"]
# The limits: of 36 clean validation tiles, few are beyond each.
_QUALITY = 80.0
_NOISE = 4.5
_EDGES = 0.9
_UNUSED, _BRIGHTEST, _CLIPPED, _COLOURED = 28.0, 185.0, 10.0, 17.0
_RESAVED = 5  # how much worse than the file's tables the marks in the pixels must be
_TABLES = 95  # the quality up to which tables matter
_POOL, _PIXELS = 4, 2**20  # tones are those of means of 4 x 4 pixels, at most so many pixels
_ENDS, _NEUTRAL, _WHITE = 0.5, 0.05, 253 / 255  # percent at each end; the share of pixels; from where all is white


@dataclass(frozen=True)
class Finding:
    """Hold one fact: its number in `unit`, from which `limit` on it suggests a repair, and where it was read.

    `worse`: whether lower or higher numbers are worse. `read_in` is a code: tables (of the file), pixels (marks of
    JPEG), flat_parts, edges, histogram or neutral_parts. `facts` are further numbers for its sentence.
    """

    key: str
    value: Number
    unit: str
    limit: float
    worse: Literal["lower", "higher"]
    suggests: Repair
    read_in: str
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_suggested(self) -> bool:
        """Say whether the number is beyond its limit."""
        if isinstance(self.value, Absent):
            return False
        return self.value < self.limit if self.worse == "lower" else self.value > self.limit


def diagnose(picture: Picture) -> tuple[Finding, ...]:
    """Return what can be read of a picture's damage: jpeg, noise, blur, faded, dark, bright, cast, in this order.

    Numbers are of 8 bits, transparent parts on white. jpeg: the quality, 1 to 100, by the file's tables, or by the
    marks in the pixels where those tell of a worse one. noise: sigma in grey levels (`noise_sigma`). blur: the sigma
    of the steepest edges in pixels (`edge_sigma`); `kernel` is the blur that a sharp picture would need. faded: how
    many grey levels are unused at each end; dark: the brightest level, of a picture that is not faded; bright: percent
    of the picture that is white; cast: by how many levels the channels of the most neutral parts differ.
    """
    array = to_array(as_8_bit(picture.array)) if picture.mode in ("LA", "RGBA") else to_8_bit(picture.array)
    jpeg, marks = _jpeg(array, picture.jpeg_quality)
    noise = noise_sigma(array, marks)
    edges = edge_sigma(array, noise)
    kernel = {} if edges is None else {"kernel": kernel_sigma(edges)}
    limit = max(_NOISE, least_noise(marks))
    return (
        jpeg,
        Finding("noise", _known(noise, "too_small_to_read"), "/255", limit, "higher", "denoise", "flat_parts"),
        Finding("blur", _known(edges, "no_edges"), "px", _EDGES, "higher", "deblur", "edges", kernel),
        *_tones(_pooled(array), is_drawn(array)),
    )


def _known(value: float | None, why: str) -> Number:
    return Absent(why) if value is None else value


def _jpeg(array: np.ndarray, tables: int | None) -> tuple[Finding, JpegMarks | None]:
    """Return the finding, and how the pixels were compressed, None where that does not matter."""
    marks = jpeg_marks(array)
    by_tables = tables is not None and not (marks and marks.quality < tables - _RESAVED)
    quality = tables if by_tables else marks.quality if marks else None
    if marks is None and tables is not None and tables <= _TABLES:
        marks = JpegMarks(tables, 0, 0)
    read_in = "tables" if by_tables else "pixels"
    return Finding("jpeg", _known(quality, "no_marks"), "", _QUALITY, "lower", "dejpeg", read_in), marks


def _pooled(array: np.ndarray) -> np.ndarray:
    """Return means of 4 x 4 pixels, spread over the picture, (n, C) in [0, 1]: noise and ringing are no tones."""
    height, width, channels = array.shape
    if min(height, width) < _POOL:
        return array.reshape(-1, channels) / 255
    apart = _POOL * max(round((height * width / _PIXELS) ** 0.5), 1)
    apart = min(apart, height, width)
    cut = array[: height // apart * apart, : width // apart * apart]
    blocks = cut.reshape(height // apart, apart, width // apart, apart, channels)[:, :_POOL, :, :_POOL]
    return blocks.mean((1, 3)).reshape(-1, channels) / 255


def _tones(colours: np.ndarray, drawn: bool) -> tuple[Finding, ...]:
    """Read (n, C) colours: are both ends of the range unused, the bright one alone, much white, neutral parts not?"""
    darkest = 255 * float(np.percentile(colours, _ENDS, axis=0).min())
    brightest = 255 * float(np.percentile(colours, 100 - _ENDS, axis=0).max())
    ends = {"darkest": darkest, "brightest": brightest}
    unused = min(darkest, 255 - brightest)
    white = 100 * float((colours.max(1) >= _WHITE).mean())
    faded = Finding("faded", unused, "/255", _UNUSED, "higher", "tone", "histogram", ends)
    dark = Absent("faded") if faded.is_suggested else brightest
    return (
        faded,
        Finding("dark", dark, "/255", _BRIGHTEST, "lower", "tone", "histogram", ends),
        Finding("bright", Absent("drawn") if drawn else white, "%", _CLIPPED, "higher", "tone", "histogram"),
        _cast(colours),
    )


def _cast(colours: np.ndarray) -> Finding:
    """Say how coloured the most neutral colours are."""
    value, facts = Absent("grey"), {}
    spread = np.ptp(colours, axis=1)
    if colours.shape[1] == 3 and spread.max() > 0:
        neutral = colours[np.argsort(spread)[: max(int(_NEUTRAL * len(colours)), 1)]].mean(0) * 255
        value = float(np.ptp(neutral))
        facts = {"red": float(neutral[0]), "green": float(neutral[1]), "blue": float(neutral[2])}
    return Finding("cast", value, "/255", _COLOURED, "higher", "tone", "neutral_parts", facts)
