"""What a file says beside its pixels: orientation and print resolution, whatever else may be damaged."""

import struct
import zlib
from collections.abc import Container, Iterator, Mapping
from typing import Any

from PIL import Image

ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x0112, 0x011A, 0x011B, 0x0128
_PER_INCH = {2: 1.0, 3: 2.54}  # by the code of the unit: inch, centimetre
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_PNG_COLOURS = {b"gAMA": (4,), b"cHRM": (32,), b"sRGB": (1,), b"cICP": (4,)}  # bytes of what tells of their colours
_PNG_CLEAR = {0: (2,), 2: (6,), 3: range(1, 257)}  # bytes of tRNS, by the colour type


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 0 for one that is damaged or of a wrong type, which says nothing."""
    if image.format == "JXL":  # it comes upright, and its EXIF does not count
        return 1
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a damaged EXIF never costs the pixels
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 1 <= value <= 8 else int(value == 0)  # many cameras write 0 for upright


def turned_upright(image: Image.Image) -> Image.Image:
    """Return a picture whose pixels are loaded, turned as its orientation says."""
    turn = _TURNS.get(orientation_of(image))
    return image if turn is None else image.transpose(turn)


def resolution_of(image: Image.Image) -> tuple[float, float] | None:
    """Return the print resolution in dots per inch, (across, down) of the upright picture; None where none is told."""
    try:
        found = _resolution(image)
        if found is None or not all(1 <= n <= 1e6 for n in found):
            return None
    except Exception:  # damaged
        return None
    return (found[1], found[0]) if orientation_of(image) in (5, 6, 7, 8) else found


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    by_header = {"JPEG": "jfif_unit", "MPO": "jfif_unit"}.get(image.format or "")
    if "dpi" in image.info and (by_header is None or image.info.get(by_header) in (1, 2)):
        x, y = image.info["dpi"]
        return float(x), float(y)
    exif = image.getexif()
    if X_RESOLUTION not in exif or image.format == "TIFF":
        return None
    factor = _PER_INCH.get(exif.get(RESOLUTION_UNIT, 2))
    x = float(exif[X_RESOLUTION])
    return None if factor is None else (x * factor, float(exif.get(Y_RESOLUTION, x)) * factor)


def without_metadata(data: bytes) -> bytes:
    """Return a PNG, JPEG or WebP file with its pixels, and what they need, alone; others as they are."""
    try:
        if data.startswith(b"\x89PNG"):
            told = {**_PNG_COLOURS, b"tRNS": _PNG_CLEAR.get(data[25], ())}
            whole = (chunk for kind, chunk in png_chunks(data) if kind in _PNG_PIXELS or _is_sound(chunk, told))
            return data[:8] + b"".join(whole)
        if data.startswith(b"\xff\xd8\xff"):
            return _bare_jpeg(data)
        if data.startswith(b"RIFF") and data[12:16] == b"VP8X":
            return _bare_webp(data)
    except (struct.error, IndexError):
        pass
    return data


def _is_sound(chunk: bytes, sizes: Mapping[bytes, Container[int]]) -> bool:
    """Say whether a PNG's chunk is one of those that have sizes, has one of them, and its checksum fits."""
    right = zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
    return right and len(chunk) - 12 in sizes.get(chunk[4:8], ())


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's kind, and all of its bytes."""
    place = 8
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], data[place:end]
        place = end


def _bare_jpeg(data: bytes) -> bytes:
    kept, place = [data[:2]], 2
    while data[place] == 0xFF and data[place + 1] != 0xDA:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        marker = data[place + 1]
        if not (0xE1 <= marker <= 0xEF or marker == 0xFE) or marker == 0xEE:  # Adobe's tells how colours are stored
            kept.append(data[place:end])
        place = end
    return b"".join([*kept, data[place:]])


def _bare_webp(data: bytes) -> bytes:
    kept, place = [], 12
    while place + 8 <= len(data):
        length = struct.unpack_from("<I", data, place + 4)[0]
        end = place + 8 + length + length % 2
        if data[place : place + 4] in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"):
            kept.append(data[place:end])
        place = end
    if kept:
        kept[0] = kept[0][:8] + bytes([kept[0][8] & ~0x2C]) + kept[0][9:]  # no profile, EXIF, XMP
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def exif_with(tags: dict[int, Any], exif: bytes = b"") -> bytes:
    """Return an EXIF block with these tags of its first directory set."""
    made = Image.Exif()
    if exif:
        made.load(exif)
    made.update(tags)
    return made.tobytes()
