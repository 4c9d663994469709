"""Rows that are missing, bands that are no colours, and damaged side data, which do not cost the pixels."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile

from sr_models.errors import SRError
from sr_models.imaging.decode import decode

ROW = b"\0" + b"\x90" * 300


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(height: int, raw: bytes, bits: int = 8, colour: int = 2, interlaced: int = 0, extra: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100, height, bits, colour, 0, 0, interlaced))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("bits", "colour", "interlaced", "bytes_of_row"),
    [(8, 2, 0, 300), (8, 2, 1, 300), (16, 0, 0, 200), (16, 2, 0, 600), (1, 0, 0, 13), (8, 6, 0, 400)],
)
def test_a_png_whose_rows_end_early_is_cut(bits, colour, interlaced, bytes_of_row):
    row = b"\0" + b"\x90" * bytes_of_row
    with pytest.raises(SRError) as caught:
        decode(png(100, row * 50, bits, colour, interlaced))
    assert caught.value.code == "truncated"


def test_a_black_png_is_whole():
    for interlaced, bytes_of_rows in ((0, 301 * 100), (1, 31000)):
        raw = bytes(bytes_of_rows)
        assert decode(png(100, raw, interlaced=interlaced)).array.max() == 0


@pytest.mark.parametrize("deep", [np.uint8, np.uint16])
@pytest.mark.parametrize("plane", ["contig", "separate"])
@pytest.mark.parametrize("bands", [4, 7, 13])
def test_bands_are_no_colours(bands, plane, deep):
    file = io.BytesIO()
    shape = (48, 40, bands) if plane == "contig" else (bands, 48, 40)
    array = np.full(shape, 90, deep)
    extra = (0,) * (bands - 1)
    tifffile.imwrite(file, array, photometric="minisblack", planarconfig=plane, extrasamples=extra)
    with pytest.raises(SRError, match=f"{bands} channels") as caught:
        decode(file.getvalue())
    assert caught.value.code == "too_many_channels"


@pytest.mark.parametrize(
    "damaged",
    [
        *(chunk(kind, b"1") for kind in (b"gAMA", b"cHRM", b"tRNS", b"pHYs", b"tIME", b"acTL")),
        *(chunk(kind, b"") for kind in (b"sRGB", b"iCCP", b"cICP", b"eXIf")),
        *(chunk(kind, b"1234")[:-1] + b"?" for kind in (b"tEXt", b"gAMA", b"cICP")),
        chunk(b"iCCP", b"x\0\0garbage"),
        chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(30_000_000))),
        chunk(b"eXIf", b"II*\0\xff\xff\xff\xff"),
    ],
)
def test_damaged_side_data_do_not_cost_the_pixels(damaged):
    assert np.array_equal(decode(png(50, ROW * 50, extra=damaged)).array, np.full((50, 100, 3), 0x90))
