"""A part of a picture through a net, as it is in the whole picture."""

import math
from dataclasses import dataclass

import numpy as np

from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines.upscale import enlarged


@dataclass(frozen=True)
class Region:
    """Name rows and columns of LR, and the same with a margin that nets look at."""

    rows: slice
    columns: slice
    seen_rows: slice
    seen_columns: slice

    def size(self, scale: int) -> tuple[int, int]:
        """Return width and height of the result."""
        return (self.columns.stop - self.columns.start) * scale, (self.rows.stop - self.rows.start) * scale

    def of(self, array: np.ndarray, scale: int = 1) -> np.ndarray:
        """Return the part of an array (s*H, s*W, C)."""
        rows, columns = (slice(a.start * scale, a.stop * scale) for a in (self.rows, self.columns))
        return array[rows, columns]


def region_around(lr: np.ndarray, centre: str, side: int, margin: int, unit: int) -> Region:
    """Return the region of at most `side` LR pixels around `centre`, held inside `lr` (H, W, C).

    `centre` is "x y", each a share of the picture from 0 to 1; anything else counts as the middle. The margin is a
    little more at its start: nets that fold `unit` pixels into one must fold them as they do in the whole picture.
    """
    try:
        x, y = (float(word) * length for word, length in zip(centre.split(), lr.shape[1::-1], strict=True))
    except ValueError:
        x, y = math.nan, math.nan
    spans: list[slice] = []
    for length, middle in zip(lr.shape[:2], (y, x), strict=True):
        kept = min(side, length)
        start = (length - kept) / 2 if math.isnan(middle) else middle - kept / 2
        low = round(min(max(start, 0), length - kept))
        spans += [slice(low, low + kept), slice(max(low - margin, 0) // unit * unit, min(low + kept + margin, length))]
    rows, seen_rows, columns, seen_columns = spans
    return Region(rows, columns, seen_rows, seen_columns)


def enlarge_region(upscaler: Upscaler, lr: np.ndarray, region: Region) -> np.ndarray:
    """Enlarge a region of `lr`, of which the net sees the margin too; (s*h, s*w, C)."""
    array = enlarged(upscaler, lr[region.seen_rows, region.seen_columns])
    rows, columns = (
        slice((part.start - seen.start) * upscaler.scale, (part.stop - seen.start) * upscaler.scale)
        for part, seen in ((region.rows, region.seen_rows), (region.columns, region.seen_columns))
    )
    return array[rows, columns]
