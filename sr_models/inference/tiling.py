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
    """Hold one finished tile: rows and columns in input pixels, and its output pixels (N, C, s*h, s*w).

    `sample` says which of several possible pictures it is a part of.
    """

    index: int
    total: int
    rows: Span
    columns: Span
    pixels: Tensor
    sample: int = 0

    def put(self, whole: Tensor, scale: int = 1) -> None:
        """Put the pixels into their place of `whole` (N, C, s*H, s*W); channels that they lack stay as they are."""
        rows, columns = (slice(a.start * scale, a.end * scale) for a in (self.rows, self.columns))
        whole[:, : self.pixels.shape[1], rows, columns] = self.pixels.to(whole.device)


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


@dataclass(frozen=True)
class Cut:
    """Name one tile to be computed: what the function sees of rows and columns, and what is kept of its output."""

    index: int
    total: int
    rows: Span
    columns: Span

    def see(self, x: Tensor, stride: int = 1) -> Tensor:
        """Return the window of `x` (N, C, H*stride, W*stride) that the function sees."""
        rows, columns = (slice(a.low * stride, a.high * stride) for a in (self.rows, self.columns))
        return x[..., rows, columns]

    def keep(self, out: Tensor, sample: int = 0) -> Tile:
        """Return the tile that the function's output (N, C, s*h, s*w) holds."""
        scale = out.shape[-1] // (self.columns.high - self.columns.low)
        top, left = (self.rows.start - self.rows.low) * scale, (self.columns.start - self.columns.low) * scale
        bottom = top + (self.rows.end - self.rows.start) * scale
        right = left + (self.columns.end - self.columns.start) * scale
        return Tile(self.index, self.total, self.rows, self.columns, out[..., top:bottom, left:right], sample)


def cuts(height: int, width: int, *, tile: int, halo: int, multiple_of: int = 1) -> list[Cut]:
    """Cover a picture row by row with tiles of `tile` x `tile` pixels, longer in thin pictures."""
    sides = (max(tile, tile * tile // width), max(tile, tile * tile // height))  # the same area where one side is short
    rows, columns = (spans(n, side, halo, multiple_of) for n, side in zip((height, width), sides, strict=True))
    total = len(rows) * len(columns)
    return [Cut(i * len(columns) + j, total, r, c) for i, r in enumerate(rows) for j, c in enumerate(columns)]


def tiled(
    run: Callable[..., Tensor], inputs: list[Tensor], strides: list[int], *, tile: int, halo: int, multiple_of: int = 1
) -> Iterator[Tile]:
    """Yield the tiles of `run(*inputs)` one by one.

    Each input (N, C, H*stride, W*stride) is aligned to the first, whose stride is 1; `run` gets the same
    window of all of them and returns (N, C', s*h, s*w).
    """
    for cut in cuts(*inputs[0].shape[-2:], tile=tile, halo=halo, multiple_of=multiple_of):
        yield cut.keep(run(*(cut.see(x, k) for x, k in zip(inputs, strides, strict=True))))
