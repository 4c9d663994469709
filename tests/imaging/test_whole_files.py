"""A file with fewer pixels than it says is told to be cut, in every format; none is filled with black."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging.decode import decode

NOISE = np.random.default_rng(0).integers(0, 256, (90, 110, 3)).astype(np.uint8)


def saved(kind: str, array: np.ndarray = NOISE, **how) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **how)
    return buffer.getvalue()


def jxl() -> bytes:
    import imagecodecs

    return bytes(imagecodecs.jpegxl_encode(NOISE))


def tiff(array: np.ndarray, **how) -> bytes:
    import tifffile

    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **how)
    return buffer.getvalue()


FORMATS = {
    "png": lambda: saved("PNG"),
    "jpeg": lambda: saved("JPEG"),
    "progressive": lambda: saved("JPEG", progressive=True),
    "webp": lambda: saved("WEBP"),
    "lossless webp": lambda: saved("WEBP", lossless=True),
    "gif": lambda: saved("GIF"),
    "tiff": lambda: saved("TIFF"),
    "lzw": lambda: saved("TIFF", compression="tiff_lzw"),
    "deflate": lambda: saved("TIFF", compression="tiff_adobe_deflate"),
    "bmp": lambda: saved("BMP"),
    "avif": lambda: saved("AVIF"),
    "jxl": jxl,
}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_cut_file_is_said_to_be_cut(kind, share):
    data = FORMATS[kind]()
    assert decode(data).array.shape[:2] == NOISE.shape[:2]
    with pytest.raises(SRError) as error:
        decode(data[: int(len(data) * share)])
    assert error.value.code == "truncated"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(rows: int, height: int = 90, *, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    """Return a PNG of 110 px whose chunks are all right, with the pixels of so many rows."""
    raw = b"".join(b"\0" + NOISE[i].tobytes() for i in range(rows))
    head = struct.pack(">IIBBBBB", 110, height, depth, colour, 0, 0, interlaced)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("rows", [0, 1, 45, 89])
def test_a_png_whose_pixels_end_early_is_cut_although_all_its_chunks_are_whole(rows):
    with pytest.raises(SRError) as error:
        decode(png(rows))
    assert error.value.code == "truncated"
    assert np.array_equal(decode(png(90)).array, NOISE)


@pytest.mark.parametrize(("mode", "bits"), [("1", 1), ("L", 8), ("LA", 8), ("RGBA", 8), ("P", 8), ("I;16", 16)])
def test_whole_pngs_of_all_kinds_pass(mode, bits):
    grey = Image.fromarray(NOISE[..., 0])
    picture = Image.fromarray(NOISE[..., 0].astype(np.uint16) * 257) if bits == 16 else grey.convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    assert decode(buffer.getvalue()).width == 110


@pytest.mark.parametrize("side", [(1, 1), (2, 3), (5, 4), (7, 9), (110, 90)])
def test_the_rows_of_interlaced_pngs_are_counted(side):
    from sr_models.imaging.whole_files import _bytes_of

    width, height = side
    seen = np.zeros((height, width), bool)
    total = 0
    for x, y, across, down in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        part = seen[y::down, x::across]
        part[...] = True
        total += part.shape[0] * (1 + 3 * part.shape[1]) if part.size else 0
    assert seen.all()
    assert _bytes_of(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)) == total


def test_a_palette_png_without_its_palette_is_refused():
    data = saved("PNG", np.asarray(Image.fromarray(NOISE[..., 0])))
    palette = io.BytesIO()
    Image.fromarray(NOISE).quantize(16).save(palette, "PNG")
    data = palette.getvalue()
    at = data.find(b"PLTE") - 4
    length = struct.unpack(">I", data[at : at + 4])[0]
    with pytest.raises(SRError) as error:
        decode(data[:at] + data[at + 12 + length :])
    assert error.value.code == "no_palette"


@pytest.mark.parametrize("channels", [5, 7, 13])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_a_tiff_of_channels_that_are_no_colours_is_refused(channels, planar):
    shape = (60, 70, channels) if planar == "contig" else (channels, 60, 70)
    data = tiff(np.zeros(shape, np.uint8), photometric="minisblack", planarconfig=planar)
    with pytest.raises(SRError) as error:
        decode(data)
    assert error.value.code == "too_many_channels"
    assert str(channels) in str(error.value)


def test_a_fourth_channel_that_is_not_transparency_is_not_taken_for_it():
    rgbn = np.dstack([NOISE, NOISE[..., :1] // 2])
    picture = decode(tiff(rgbn, photometric="rgb", extrasamples=["unspecified"]))
    assert np.array_equal(picture.array, NOISE)
