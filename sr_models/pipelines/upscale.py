"""One picture through one net: the result tile by tile, samples, and the file."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from sr_models.errors import SRError
from sr_models.files import write_atomically
from sr_models.imaging.encode import encode_output, encode_png
from sr_models.imaging.mark import marked
from sr_models.imaging.picture import to_array, to_tensor
from sr_models.inference.options import TEMPERATURE
from sr_models.inference.tiling import Tile
from sr_models.inference.upscaler import Upscaler

MOST_BYTES = 2**29  # of all samples of a picture together


@dataclass(frozen=True)
class Step:
    """Report one finished tile; `array` (s*H, s*W, C) grows in place and is whole when done == total.

    `tile` is the finished part of it, whose corner lies at (`left`, `top`).
    """

    done: int
    total: int
    array: np.ndarray
    tile: np.ndarray
    left: int
    top: int


class Tiled(Protocol):
    """Do as an Upscaler does with the tiles of a picture."""

    scale: int

    def tiles(self, lr: torch.Tensor, *, tile: int | None = None) -> Iterator[Tile]:
        """Yield finished tiles of (1, C, H, W)."""
        ...


def enlarge(upscaler: Tiled, lr: np.ndarray, *, tile: int | None = None, depth: int | None = None) -> Iterator[Step]:
    """Enlarge `lr` (H, W, C) of uint8 or uint16 tile by tile into one array of `depth` bits, by default the same."""
    s, depth = upscaler.scale, depth or lr.dtype.itemsize * 8
    height, width, channels = lr.shape
    out = np.zeros((height * s, width * s, channels), np.uint8 if depth == 8 else np.uint16)
    for part in upscaler.tiles(to_tensor(lr), tile=tile):
        top, left = part.rows.start * s, part.columns.start * s
        tile_array = to_array(part.pixels, depth)
        out[top : top + tile_array.shape[0], left : left + tile_array.shape[1]] = tile_array
        yield Step(part.index + 1, part.total, out, tile_array, left, top)


def enlarged(upscaler: Upscaler, lr: np.ndarray, *, depth: int | None = None) -> np.ndarray:
    """Return the whole result of `enlarge`."""
    *_, last = enlarge(upscaler, lr, depth=depth)
    return last.array


@dataclass(frozen=True)
class Drawn:
    """Report samples: those that are whole by their number, (s*H, s*W, C), and those dropped as not finite."""

    done: int
    total: int
    arrays: dict[int, np.ndarray]
    dropped: tuple[int, ...]


def draw_samples(
    upscaler: Upscaler,
    lr: np.ndarray,
    samples: int,
    *,
    sample_seed: int = 0,
    temperature: float = TEMPERATURE.default,
    tile: int | None = None,
    depth: int | None = None,
    **options: Any,
) -> Iterator[Drawn]:
    """Draw possible pictures of `lr` (H, W, C) by a net that knows many, by the values of `options.SAMPLING`.

    Yields after each tile of each sample. A sample with a value that is not finite is dropped, the others stay.
    """
    s, depth = upscaler.scale, depth or lr.dtype.itemsize * 8
    height, width, channels = lr.shape
    kind = np.uint8 if depth == 8 else np.uint16
    arrays = [np.zeros((height * s, width * s, channels), kind) for _ in range(samples)]  # memory is taken when written
    if samples * arrays[0].nbytes > MOST_BYTES:
        raise SRError("samples_too_large", samples=samples, limit=MOST_BYTES // arrays[0].nbytes)
    whole: dict[int, np.ndarray] = {}
    dropped: set[int] = set()
    options |= {"seed": sample_seed, "temperature": temperature, "tile": tile}
    for part in upscaler.samples(to_tensor(lr), samples, **options):
        if not torch.isfinite(part.pixels).all():
            dropped.add(part.sample)
        rows, columns = (slice(a.start * s, a.end * s) for a in (part.rows, part.columns))
        arrays[part.sample][rows, columns] = to_array(part.pixels.nan_to_num(), depth)
        if part.index + 1 == part.total and part.sample not in dropped:
            whole[part.sample] = arrays[part.sample]
        yield Drawn(part.index * samples + part.sample + 1, part.total * samples, dict(whole), tuple(sorted(dropped)))


def write_bytes(data: bytes, path: Path) -> str:
    """Write a file so that a reader never sees a part of it; return its SHA-256."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise SRError("cannot_write", path=path, reason=error.strerror or "no reason given") from error
    return hashlib.sha256(data).hexdigest()


def write_output(array: np.ndarray, path: Path, source: bytes = b"", work: str = "", **options: Any) -> str:
    """Write a result's file by the values of `options.OUTPUT`, marked with a digest of the `work` where one is given.

    `source` is the file that it was made of.
    """
    data = encode_output(array, source, **options)
    return write_bytes(marked(data, work) if work else data, path)


def write_png(array: np.ndarray, path: Path) -> str:
    """Write a PNG of 8 or 16 bits, as the array is; return its SHA-256."""
    return write_bytes(encode_png(array), path)
