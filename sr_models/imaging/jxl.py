"""JPEG XL: its header by hand, so that limits come before pixels; the pixels by imagecodecs (libjxl)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

import numpy as np
from PIL import Image, ImageFile

from sr_models.errors import SRError
from sr_models.imaging.color_spaces import SRGB, Signal, by_code

_BOXES = b"\0\0\0\x0cJXL \r\n\x87\n"
_HEAD = 4096  # bytes of a codestream that hold its header


@dataclass(frozen=True)
class Header:
    """Hold what the codestream says in front of its pixels; `colours` is None where a profile says it."""

    width: int
    height: int
    bits: int = 8
    orientation: int = 1
    animated: bool = False
    colours: Signal | None = SRGB


class _Bits:
    """Read numbers from the least significant bit up."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise ValueError("truncated")
        found = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return found

    def choose(self, *kinds: tuple[int, int]) -> int:
        """Read one of four kinds of number: an offset, and how many bits are added."""
        offset, bits = kinds[self.take(2)]
        return offset + self.take(bits)

    def code(self) -> int:
        return self.choose((0, 0), (1, 0), (2, 4), (18, 6))


def is_jxl(data: bytes) -> bool:
    """Say whether a file is a JPEG XL, bare or in boxes."""
    return data.startswith((b"\xff\x0a", _BOXES))


def read_header(data: bytes) -> Header:
    """Read a JPEG XL's header; raise ValueError for one that is cut or damaged."""
    bits = _Bits(_codestream(data)[2:])
    width, height = _size(bits)
    header = Header(width, height)
    if bits.take(1):  # all of the rest is as usual
        return header
    orientation, animated = 1, False
    if bits.take(1):
        orientation = bits.take(3) + 1
        if bits.take(1):
            _size(bits)
        if bits.take(1):  # a preview: what follows it is not read
            return Header(width, height, 16, orientation, colours=None)
        if animated := bool(bits.take(1)):
            bits.choose((100, 0), (1000, 0), (1, 10), (1, 30))
            bits.choose((1, 0), (1001, 0), (1, 8), (1, 10))
            bits.choose((0, 0), (0, 3), (0, 16), (0, 32))
            bits.take(1)
    depth = _depth(bits)
    bits.take(1)
    for _ in range(bits.choose((0, 0), (1, 0), (2, 4), (1, 12))):
        if not bits.take(1) and not _is_alpha(bits):
            return Header(width, height, depth, orientation, animated, None)
    bits.take(1)
    return Header(width, height, depth, orientation, animated, _colours(bits))


def _codestream(data: bytes) -> bytes:
    if not data.startswith(_BOXES):
        return data[:_HEAD]
    for kind, start, _ in _boxes(data):
        if kind in (b"jxlc", b"jxlp"):
            start += 4 * (kind == b"jxlp")
            return data[start : start + _HEAD]
    raise ValueError("truncated")


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each box's kind, and where its content begins and ends."""
    place = 0
    while place + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        start = place + 8
        if length == 1:
            length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
        end = place + length if length >= start - place else len(data)  # 0: to the end of the file
        yield kind, start, end
        place = max(end, start)


def _metadata(data: bytes) -> dict[str, bytes]:
    """Return EXIF and XMP as Pillow keeps them."""
    found: dict[str, bytes] = {}
    for kind, start, end in _boxes(data) if data.startswith(_BOXES) else ():
        if kind == b"Exif" and start + 4 <= end:
            offset = int.from_bytes(data[start : start + 4], "big")
            found["exif"] = b"Exif\0\0" + data[start + 4 + offset : end]
        elif kind == b"xml ":
            found["xmp"] = data[start:end]
    return found


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        return 8 * (bits.take(5) + 1) if small else bits.choose((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    over, under = ((0, 0), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[bits.take(3)]
    return (height * over // under if over else side()), height


def _depth(bits: _Bits) -> int:
    if not bits.take(1):
        return bits.choose((8, 0), (10, 0), (12, 0), (1, 6))
    depth = bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
    bits.take(4)
    return depth


def _is_alpha(bits: _Bits) -> bool:
    """Read what is said of an extra channel; stop where it is no alpha."""
    if bits.code() != 0:
        return False
    _depth(bits)
    bits.choose((0, 0), (3, 0), (4, 0), (1, 3))
    bits.take(8 * bits.choose((0, 0), (0, 4), (16, 5), (48, 10)))
    bits.take(1)
    return True


def _colours(bits: _Bits) -> Signal | None:
    if bits.take(1):
        return SRGB
    profile, space = bits.take(1), bits.code()
    if profile or space > 1:
        return None
    white = bits.code()
    primaries = bits.code() if space == 0 and white != 2 else 1
    if white != 1 or primaries == 2:
        return Signal(SRGB.primaries, known=False)
    primaries = {11: 12}.get(primaries, primaries)
    if bits.take(1):
        return Signal(by_code(primaries, 13).primaries, gamma=1e7 / max(bits.take(24), 1))
    return by_code(primaries, bits.code())


def decode_jxl(data: bytes) -> np.ndarray:
    """Return the first frame (H, W, C), upright, uint8 or uint16 with all of its range in use."""
    import imagecodecs

    header = read_header(data)
    frames = header.animated
    array = imagecodecs.jpegxl_decode(data, index=0) if frames else imagecodecs.jpegxl_decode(data)
    array = array[0] if frames and array.ndim == 4 else array
    array = array[:, :, None] if array.ndim == 2 else array
    if array.dtype.kind == "f":
        raise SRError("unsupported_mode", kind="floating-point")
    peak, most = np.iinfo(array.dtype).max, 2**header.bits - 1
    return array if most >= peak else ((array.astype(np.uint32) * peak + most // 2) // most).astype(array.dtype)


class JxlImageFile(ImageFile.ImageFile):
    """Let Pillow open a JPEG XL: the size by the header, the pixels when they are asked for."""

    format = "JXL"
    format_description = "JPEG XL"

    def _open(self) -> None:
        self.data = cast("IO[bytes]", self.fp).read()
        if not is_jxl(self.data):
            raise SyntaxError("not a JPEG XL")
        try:
            self.header = read_header(self.data)
        except ValueError as error:
            raise SyntaxError(str(error)) from error
        turned = self.header.orientation > 4
        width, height = self.header.width, self.header.height
        self._size = (height, width) if turned else (width, height)
        self._mode = "RGB"
        self.info.update(_metadata(self.data))
        self.n_frames = 1 + self.header.animated

    def load(self) -> Any:
        """Decode the pixels, once, as 8 bits."""
        if self.data:
            from sr_models.imaging.picture import to_8_bit

            array = to_8_bit(decode_jxl(self.data))
            made = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
            self.im, self._mode, self._size, self.data = made.im, made.mode, made.size, b""
        return Image.Image.load(self)


Image.register_open("JXL", JxlImageFile, lambda head: is_jxl(head))
