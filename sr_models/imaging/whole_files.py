"""Whether a file holds all the pixels that its header promises: decoders fill what is missing with black."""

import io
import logging
import struct
import zlib

from sr_models.errors import SRError
from sr_models.imaging.metadata import png_chunks

PNG = b"\x89PNG\r\n\x1a\n"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG's colour types
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))  # of Adam7
_BLOCK = 2**20
MOST_SAMPLES = {0: 2, 1: 2, 5: 5}  # of a TIFF's pixel, by its kind: grey with alpha, CMYK with alpha, else 4
_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes of a TIFF's values, by their type


def check_whole(data: bytes) -> None:
    """Raise SRError where a PNG or a TIFF has fewer pixels than it says, or no palette, or is no picture of colours."""
    if data.startswith(PNG):
        _check_png(data)
    elif data.startswith(TIFF):
        _check_tiff(data)


def _check_png(data: bytes) -> None:
    """Count what the chunks of pixels unpack to, without keeping it; what is wrong otherwise, the decoder says."""
    header, needed, seen, palette = b"", 0, 0, False
    unpacker = zlib.decompressobj()
    for kind, chunk in png_chunks(data):
        content = chunk[8:-4]
        if kind == b"IHDR" and len(content) == 13:
            header, needed = content, _bytes_of(content)
        elif kind == b"PLTE":
            palette = len(content) >= 3
        elif kind == b"IDAT" and header and seen < needed:
            if header[9] == 3 and not palette:
                raise SRError("no_palette")
            try:
                while content and seen < needed:
                    seen += len(unpacker.decompress(content, _BLOCK))
                    content = unpacker.unconsumed_tail
            except zlib.error:
                return
    if header and seen < needed:
        raise SRError("truncated")


def _bytes_of(header: bytes) -> int:
    """Return how many bytes the rows of a PNG have, each with the one that tells its filter."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * _CHANNELS.get(colour, 1)
    if not interlaced:
        return height * (1 + -(-width * bits // 8))
    total = 0
    for x, y, across, down in _PASSES:
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _check_tiff(data: bytes) -> None:
    """Look at the first picture's place in the file, and at how many values a pixel has."""
    from tifffile import TiffFile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it tells of each fault that it finds
    try:
        with TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            ends = [at + size for at, size in zip(page.dataoffsets, page.databytecounts, strict=False)]
            most = MOST_SAMPLES.get(page.photometric, 4)
    except Exception:  # what is wrong with it, the decoder says
        if int.from_bytes(data[4:8], "little" if data.startswith(b"II") else "big") >= len(data):
            raise SRError("truncated") from None  # its directory is beyond the end
        return
    if page.samplesperpixel > most:
        raise SRError("too_many_channels", count=page.samplesperpixel)
    if max(ends, default=0) > len(data) or _points_beyond(data):
        raise SRError("truncated")


def _points_beyond(data: bytes) -> bool:
    """Say whether a value of a TIFF's first directory lies beyond the end; of a BigTIFF it is not asked."""
    order = "<" if data.startswith(b"II") else ">"
    if data[2:4] not in (b"*\0", b"\0*"):
        return False
    try:
        start = struct.unpack_from(order + "I", data, 4)[0]
        for place in range(start + 2, start + 2 + 12 * struct.unpack_from(order + "H", data, start)[0], 12):
            kind, count, where = struct.unpack_from(order + "2xHII", data, place)
            size = count * _SIZES.get(kind, 1)
            if size > 4 and where + size > len(data):
                return True
    except struct.error:
        return True
    return False
