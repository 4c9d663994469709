"""The one resize: MATLAB's `imresize` (bicubic with a = -0.5, antialiased, symmetric border) and its kin."""

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from sr_models.errors import SRError

_BLOCK = 64  # output positions per small matrix product
_LONG = 4096  # pixels of an axis above which its matrices are not kept


def _box(x: Tensor) -> Tensor:
    return ((x >= -0.5) & (x < 0.5)).to(x.dtype)


def _triangle(x: Tensor) -> Tensor:
    return (1 - x.abs()).clamp(min=0)


def _cubic(x: Tensor) -> Tensor:
    x = x.abs()
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return near * (x <= 1) + far * ((x > 1) & (x <= 2))


def _lanczos3(x: Tensor) -> Tensor:
    return torch.sinc(x) * torch.sinc(x / 3) * (x.abs() < 3)


def _gaussian(x: Tensor) -> Tensor:
    return torch.exp(-2 * x**2) * (x.abs() <= 2)  # standard deviation of half a pixel


KERNELS: dict[str, tuple[Callable[[Tensor], Tensor], float]] = {  # function and width in pixels of the coarser grid
    "nearest": (_box, 1.0),
    "bilinear": (_triangle, 2.0),
    "bicubic": (_cubic, 4.0),
    "lanczos": (_lanczos3, 6.0),
    "gaussian": (_gaussian, 4.0),
}
Block = tuple[int, int, int, int, Tensor]  # out_start, out_end, in_start, in_end, matrix (out, in)


def _make_blocks(size_in: int, size_out: int, scale: float, kernel: str, antialias: bool) -> Iterator[Block]:
    """Yield the small matrices of one axis, for blocks of output positions."""
    function, width = KERNELS[kernel]
    stretch = scale if antialias and scale < 1 else 1.0
    width /= stretch
    taps = torch.arange(math.ceil(width) + 2)
    for start in range(0, size_out, _BLOCK):
        end = min(start + _BLOCK, size_out)
        centre = (torch.arange(start, end, dtype=torch.float64) + 0.5) / scale - 0.5
        index = torch.floor(centre - width / 2).long()[:, None] + taps  # (out, taps)
        weight = function((centre[:, None] - index) * stretch)
        weight = weight / weight.sum(1, keepdim=True)
        folded = index.remainder(2 * size_in)  # symmetric border: 0 1 2 2 1 0 0 1 ...
        folded = torch.where(folded < size_in, folded, 2 * size_in - 1 - folded)
        low, high = int(folded.min()), int(folded.max()) + 1
        matrix = torch.zeros(end - start, high - low, dtype=torch.float64)
        yield start, end, low, high, matrix.scatter_add_(1, folded - low, weight).float()


@functools.lru_cache(maxsize=64)
def _kept_blocks(*axis: Any, device: torch.device) -> tuple[Block, ...]:
    return tuple((a, b, c, d, matrix.to(device)) for a, b, c, d, matrix in _make_blocks(*axis))


def _blocks(size_in: int, size_out: int, *how: Any, device: torch.device) -> Iterable[Block]:
    """Return the blocks of one axis, kept for the sizes that come again and again, made anew for very long ones."""
    if max(size_in, size_out) <= _LONG:
        return _kept_blocks(size_in, size_out, *how, device=device)
    return ((a, b, c, d, matrix.to(device)) for a, b, c, d, matrix in _make_blocks(size_in, size_out, *how))


def resize(
    picture: Tensor,
    height: int,
    width: int,
    *,
    kernel: str = "bicubic",
    antialias: bool = True,
    scale: float | None = None,
) -> Tensor:
    """Resize `picture` (..., H, W) of any range to (..., height, width) in float32.

    `scale` is output over input; without it each axis takes its own ratio. Values are not clamped.
    Source: MATLAB `imresize` ("bicubic", "bilinear", "lanczos3"); Keys, IEEE TASSP 1981.
    """
    if kernel not in KERNELS:
        raise SRError("unknown_kernel", name=kernel, known=", ".join(KERNELS))
    *lead, rows, columns = picture.shape
    with torch.autocast(picture.device.type, enabled=False):
        x = picture.float()
        if height != rows:
            out = x.new_empty(*lead, height, columns)
            for start, end, low, high, matrix in _blocks(
                rows, height, scale or height / rows, kernel, antialias, device=x.device
            ):
                out[..., start:end, :] = matrix @ x[..., low:high, :]
            x = out
        if width != columns:
            out = x.new_empty(*lead, height, width)
            for start, end, low, high, matrix in _blocks(
                columns, width, scale or width / columns, kernel, antialias, device=x.device
            ):
                out[..., start:end] = x[..., low:high] @ matrix.T
            x = out
    return x
