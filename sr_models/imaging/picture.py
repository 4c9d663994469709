"""Pictures as arrays and tensors: bit depth, alpha, sizes, and the way from one to the other."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sr_models.imaging.resample import resize

# What a person should know of how a picture was read, by the codes of its notes.
NOTES = {
    "first_frame": "It has more than one picture, and the first was taken",
    "icc_ignored": "Its colour profile was ignored",
    "colour_ignored": "The colours that it names are not known and were ignored",
    "hdr_converted": "It is HDR, and light brighter than white was rolled off",
    "metadata_ignored": "Damaged metadata were ignored",
}
_STRIP = 256  # rows that are turned into floating point at once


@dataclass(frozen=True)
class Picture:
    """Hold one decoded picture: `array` (H, W, C) of uint8 or uint16, C = 1 grey, 2 LA, 3 RGB, 4 RGBA.

    `notes` are codes of what it is or what was done to it: oriented, first_frame, icc_converted, icc_ignored,
    colour_converted, colour_ignored, hdr_converted, metadata_ignored, scan, made_smaller. `jpeg_quality` is the file's,
    1 to 100 on the IJG's scale, `dpi` its print resolution across and down.
    """

    array: np.ndarray
    format: str = "PNG"
    notes: tuple[str, ...] = ()
    jpeg_quality: int | None = None
    dpi: tuple[float, float] | None = None

    @property
    def width(self) -> int:
        """Columns in pixels."""
        return self.array.shape[1]

    @property
    def height(self) -> int:
        """Rows in pixels."""
        return self.array.shape[0]

    @property
    def depth(self) -> int:
        """Bits per channel, 8 or 16."""
        return self.array.dtype.itemsize * 8

    @property
    def mode(self) -> str:
        """L, LA, RGB or RGBA."""
        return ("L", "LA", "RGB", "RGBA")[self.array.shape[2] - 1]

    def tensor(self) -> Tensor:
        """Return the picture as (1, C, H, W) float32 in [0, 1]."""
        return to_tensor(self.array)


def to_tensor(array: np.ndarray) -> Tensor:
    """Turn (H, W, C) uint8 or uint16 into (1, C, H, W) float32 in [0, 1]."""
    flat = torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)).astype(np.float32))
    return (flat / np.iinfo(array.dtype).max)[None]


def to_array(picture: Tensor, depth: int = 8) -> np.ndarray:
    """Turn (1, C, H, W) in [0, 1] into (H, W, C) uint8 or uint16, rounded."""
    peak = 2**depth - 1
    whole = (picture[0].float().clamp(0, 1) * peak + 0.5).permute(1, 2, 0).cpu().numpy()  # the cast rounds down
    return whole.astype(np.uint8 if depth == 8 else np.uint16)


def quantize(picture: Tensor, depth: int = 8) -> Tensor:
    """Round a picture in [0, 1] to the values that a file of this depth can hold, halves up."""
    peak = 2**depth - 1
    return (picture.clamp(0, 1) * peak + 0.5).floor() / peak


def to_8_bit(array: np.ndarray) -> np.ndarray:
    """Turn uint16 into uint8 by rounding the value over 257; uint8 stays."""
    return array if array.dtype == np.uint8 else ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)


def crop_to_multiple(array: np.ndarray, scale: int) -> np.ndarray:
    """Cut rows and columns at the end so that both are multiples of `scale`."""
    return array[: array.shape[0] // scale * scale, : array.shape[1] // scale * scale]


def shrink(picture: Tensor, scale: int, *, kernel: str = "bicubic") -> Tensor:
    """Shrink (1, C, H, W) in [0, 1], sides multiples of `scale`, as MATLAB shrinks an 8-bit picture.

    Rows first, then columns, each rounded and clipped to 8 bits: so the LR files of the test sets were made.
    """
    height, width = picture.shape[-2:]
    rows = quantize(resize(picture, height // scale, width, kernel=kernel))
    return quantize(resize(rows, height // scale, width // scale, kernel=kernel))


def flatten(picture: Tensor, ground: float = 1.0) -> Tensor:
    """Lay a picture with alpha on white (or another grey): (1, 2 or 4, H, W) to (1, 1 or 3, H, W); others stay."""
    if picture.shape[1] not in (2, 4):
        return picture
    alpha = picture[:, -1:]
    return picture[:, :-1] * alpha + ground * (1 - alpha)


def as_8_bit(array: np.ndarray) -> Tensor:
    """Return what is measured: (H, W, C) as (1, 1 or 3, H, W) with values of 8 bits, transparent parts on white."""
    return quantize(flatten(to_tensor(to_8_bit(array))))


def fit(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink (H, W, C) uint8 or uint16 to `size` = (width, height) by antialiased bicubic; its own size leaves it.

    Colours count by their alpha. Floating point is made of strips and single channels: the memory stays bounded.
    """
    (height, width, channels), peak = array.shape, np.iinfo(array.dtype).max
    if (width, height) == size:
        return array
    narrow = torch.empty(channels, height, size[0])
    for top in range(0, height, _STRIP):
        strip = to_tensor(array[top : top + _STRIP])[0]
        if channels in (2, 4):
            strip[:-1] *= strip[-1:]
        narrow[:, top : top + _STRIP] = resize(strip, strip.shape[1], size[0])
    out, alpha = np.empty((size[1], size[0], channels), array.dtype), None
    for channel in reversed(range(channels)):
        values = resize(narrow[channel], size[1], size[0]).clamp_(0, 1)
        if alpha is not None:
            values = torch.where(alpha > 0, values / alpha.clamp(min=1e-6), 0).clamp_(0, 1)
        elif channels in (2, 4):
            alpha = values
        out[..., channel] = (values * peak + 0.5).numpy()  # the cast rounds down
    return out
