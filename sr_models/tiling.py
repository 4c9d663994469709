"""Cut a picture into tiles with a halo, run a function on each, keep the middles. Sizes and a function only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Span:
    """Name one stretch of an axis: the function sees [low, high), the result keeps [start, end)."""

    start: int
    end: int
    low: int
    high: int


@dataclass(frozen=True)
class Tile:
    """Hold one finished tile: rows and columns in input pixels, and its output pixels (N, C, s*h, s*w)."""

    index: int
    total: int
    rows: Span
    columns: Span
    pixels: Tensor


def spans(length: int, tile: int, halo: int, multiple_of: int = 1) -> list[Span]:
    """Cover [0, length) by stretches of at most `tile`, each seen with up to `halo` more on both sides.

    Stretches are nearly equal; what the function sees starts at a multiple of `multiple_of`.
    """
    count = -(-length // tile)
    step = -(-length // count)
    step = -(-step // multiple_of) * multiple_of
    halo = -(-halo // multiple_of) * multiple_of
    return [
        Span(start, min(start + step, length), max(start - halo, 0), min(start + step + halo, length))
        for start in range(0, length, step)
    ]


def tiled(
    run: Callable[..., Tensor], inputs: list[Tensor], strides: list[int], *, tile: int, halo: int, multiple_of: int = 1
) -> Iterator[Tile]:
    """Yield the tiles of `run(*inputs)` one by one, row by row: of `tile` x `tile` pixels, longer in thin pictures.

    Each input (N, C, H*stride, W*stride) is aligned to the first, whose stride is 1; `run` gets the same
    window of all of them and returns (N, C', s*h, s*w).
    """
    height, width = inputs[0].shape[-2:]
    sides = (max(tile, tile * tile // width), max(tile, tile * tile // height))  # the same area where one side is short
    rows, columns = (spans(n, side, halo, multiple_of) for n, side in zip((height, width), sides, strict=True))
    total = len(rows) * len(columns)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            windows = [
                x[..., row.low * k : row.high * k, column.low * k : column.high * k]
                for x, k in zip(inputs, strides, strict=True)
            ]
            out = run(*windows)
            scale = out.shape[-1] // (column.high - column.low)
            top, left = (row.start - row.low) * scale, (column.start - column.low) * scale
            bottom, right = top + (row.end - row.start) * scale, left + (column.end - column.start) * scale
            yield Tile(i * len(columns) + j, total, row, column, out[..., top:bottom, left:right])
