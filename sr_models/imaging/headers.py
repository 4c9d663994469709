"""What a file says of itself before its pixels: its kind, whether it is cut off, JPEG quality, a scanner's name."""

import functools
import struct

import numpy as np
from PIL import Image

from sr_models.errors import SRError

# What is refused by name: the first bytes (b"????" stands for a length) and what people call it.
_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"%!PS", "EPS"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"P6\n", "PPM"),
    (b"P5\n", "PGM"),
    (b"8BPS", "Photoshop"),
)


# The luminance table of the IJG's library at quality 50, row by row.
_LUMINANCE = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)


def webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height from the header of a WebP, (0, 0) for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return 0, 0
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def refuse_foreign(data: bytes) -> None:
    """Raise SRError for the formats that people try and that are not supported."""
    head = data[:512].lstrip()
    for start, kind in _FOREIGN:
        if data.startswith(start):
            raise SRError("unsupported_format", kind=kind)
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in data[:4096]:
        raise SRError("unsupported_format", kind="SVG")


def what_is_wrong(data: bytes) -> str:
    """Tell a cut or damaged picture from something else, by its signature."""
    if is_cut(data):
        return "truncated"
    known = (
        b"\x89PNG\r\n\x1a\n",
        b"GIF8",
        b"\xff\x0a",
        b"\0\0\0\x0cJXL ",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"II+\0",
        b"MM\0+",
    )
    return "corrupt" if data.startswith(known) or data[8:12] == b"WEBP" else "not_an_image"


def is_cut(data: bytes) -> bool:
    """Say whether a file ends before its own header says: a PNG without a header, a short WebP or AVIF."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return len(data) < 33
    if data.startswith(b"RIFF") and len(data) >= 12:
        return struct.unpack("<I", data[4:8])[0] + 8 > len(data)
    position = 0
    while data[4:8] == b"ftyp" and position + 8 <= len(data):
        size = struct.unpack(">I", data[position : position + 4])[0]
        if size < 8:  # 0: to the end of the file; 1: a long box, which no picture under the limit has
            return False
        position += size
    return position > len(data)


def jpeg_quality(image: Image.Image) -> int | None:
    """Return the quality, 1 to 100, whose IJG luminance table is nearest to the file's; None where it has none."""
    tables = getattr(image, "quantization", None)
    if image.format not in ("JPEG", "MPO") or not tables:
        return None
    found = np.array(tables[min(tables)])
    return int(np.abs(ijg_tables() - found).sum(1).argmin()) + 1


@functools.cache
def ijg_tables() -> np.ndarray:
    """Return the luminance tables of the qualities 1 to 100, (100, 64)."""
    factors = np.array([5000 // q if q < 50 else 200 - 2 * q for q in range(1, 101)])
    return ((factors[:, None] * _LUMINANCE + 50) // 100).clip(1, 255)


def is_scan(image: Image.Image) -> bool:
    """Say whether the EXIF names a scanner: by the file's source, or by make, model or software."""
    try:
        exif = image.getexif()
        source = exif.get_ifd(0x8769).get(0xA300, b"")
        named = " ".join(str(exif.get(tag, "")) for tag in (0x010F, 0x0110, 0x0131))
    except Exception:  # a damaged EXIF says nothing
        return False
    return source in (1, 2, b"\x01", b"\x02") or "scan" in named.lower()
