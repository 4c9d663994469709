"""A PNG that is written some rows at a time: neither its pixels nor its bytes lie in memory as a whole."""

import struct
import zlib
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from sr_models.imaging.embed import chunk, with_extras
from sr_models.imaging.keep import Extras

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG's number of what so many channels are
_UP = 2  # the filter: each byte less the one above it


class PngRows:
    """Write rows (h, W, C) of uint8 or uint16, from the top to the bottom, to an open file; use it in a `with`."""

    def __init__(self, file: BinaryIO, shape: tuple[int, int, int], depth: int, extras: Extras | None = None) -> None:
        """Begin a picture of `shape` (H, W, C) and `depth` bits per channel; `extras` go behind its header."""
        height, width, channels = shape
        head = struct.pack(">IIBBBBB", width, height, depth, _COLOUR[channels], 0, 0, 0)
        self._file, self._packer = file, zlib.compressobj(1)
        self._above = np.zeros(width * channels * depth // 8, np.uint8)
        file.write(with_extras(_SIGNATURE + chunk(b"IHDR", head), extras or Extras()))

    def write(self, rows: np.ndarray) -> None:
        """Write the next rows."""
        raw = np.ascontiguousarray(rows, rows.dtype.newbyteorder(">")).view(np.uint8).reshape(len(rows), -1)
        filtered = np.full((len(raw), raw.shape[1] + 1), _UP, np.uint8)
        np.subtract(raw, np.concatenate([self._above[None], raw[:-1]]), out=filtered[:, 1:])
        self._above = raw[-1].copy()
        self._put(self._packer.compress(filtered.tobytes()))

    def _put(self, packed: bytes) -> None:
        if packed:
            self._file.write(chunk(b"IDAT", packed))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._put(self._packer.flush())
            self._file.write(chunk(b"IEND", b""))
