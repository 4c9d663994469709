"""A picture of any size through a net into a PNG, some rows at a time: only those rows are held as numbers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sr_models.imaging.keep import Extras
from sr_models.imaging.rows import PngRows
from sr_models.inference.tiling import cuts, spans
from sr_models.inference.upscaler import MIN_TILE, Upscaler
from sr_models.pipelines.inputs import laid
from sr_models.pipelines.upscale import enlarge


def enlarge_into(
    path: Path,
    upscaler: Upscaler,
    lr: np.ndarray,
    *,
    alpha: str = "keep",
    tile: int | None = None,
    depth: int | None = None,
    extras: Extras | None = None,
) -> Iterator[tuple[int, int]]:
    """Enlarge `lr` (H, W, C) of uint8 or uint16, which may lie in a file, into a PNG; yield (tiles done, of how many).

    `alpha`, one of GROUNDS, is what transparent parts are laid on, `depth` the bits of the result, by default those of
    `lr`, `extras` what is written beside the pixels. The file is there when all is done. Raise SRError.
    """
    s, halo, multiple_of = upscaler.scale, upscaler.halo, upscaler.net.multiple_of
    height, width, _ = lr.shape
    size, depth = tile or upscaler.tile, depth or lr.dtype.itemsize * 8
    bands = spans(height, max(size - 2 * halo, MIN_TILE), halo, multiple_of)  # seen with its halo, one row of tiles
    how = {"tile": size, "halo": halo, "multiple_of": multiple_of}
    planned = [len(cuts(band.high - band.low, width, **how)) for band in bands]
    part, done = path.with_suffix(".part"), 0
    with part.open("wb") as file:
        shape = height * s, width * s, laid(lr[:1], alpha).shape[2]
        with PngRows(file, shape, depth, extras) as png:
            for i, band in enumerate(bands):
                step = None
                for step in enlarge(upscaler, laid(lr[band.low : band.high], alpha), tile=tile, depth=depth):
                    planned[i] = step.total  # more where memory ran out
                    yield done + step.done, sum(planned)
                assert step
                done += step.total
                first = (band.start - band.low) * s
                png.write(step.array[first : first + (band.end - band.start) * s])
    part.replace(path)
