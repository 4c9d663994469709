"""Files from the field: HEIC, JPEG XL, deep AVIF, colours signalled without a profile, damaged metadata, camera raw."""

import base64
import io
import struct
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging.color_spaces import by_code, to_srgb
from sr_models.imaging.decode import decode, read
from sr_models.imaging.encode import encode_png
from sr_models.imaging.jxl import read_header
from sr_models.imaging.kinds import looks_like_a_picture
from tests.conftest import scene

# scene(32, 24) as HEIC by libheif: of 10 bits, and of 8 held on its side.
DEEP = (
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    "AAAERAAAEAAQAAAAABoAABAAAAAAAAANMAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAA"
    "AADcaXBjbwAAAHVodmNDAQQIAAAAnbgAAAAAHvAA/P36+gAADwNgAAEAF0ABDAH//wQIAAADAJ24AAADAAAeugJAYQABACpCAQEECAAAAwCduA"
    "AAAwAAHqAggQTZbqrprm4CGgwIAAADAMgAAAMACEBiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAA"
    "AChjbGFwAAAAIAAAAAEAAAAYAAAAAf///+AAAAAC////2AAAAAIAAAAQcGl4aQAAAAADCgoKAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAA22"
    "1kYXQAAADPKAGvCch+EAVAD/dkDcCeMSL+Lmx2suHWtPFVK+uagVzKiTzmddp0vWGiOf5wnctLDKGMoxFjAsJM3KmSLBJJSKEZEQ2Kh7OkRKWD"
    "9SmBPt/4krQ0m8p+pBce7MxQVOl74LzNBUhlvp5kg5DqKbiEUihQ/bgVd4DMg0zrf+RmFkJq/b01wy3QGiKtsjG8UaR5U1sN+9s3TCNSVSfTtV"
    "4F7gZOFfvxEJuAVPnad2uIK+sztJf72z+uJcL/+v4dT21ss46bttT6/iBmrpG9ZrnP"
)
TURNED = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAcdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA"
    "AAAERAAAIAAQAAAAAB6wABAAAAAAAAANcAAgAAAAACwgABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp"
    "bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABBmlwcnAAAADlaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGE"
    "ABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAA"
    "ABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAIAAAAAEAAAAYAAAAAf///+AAAAAC////2AAAAAIAAAAQcG"
    "l4aQAAAAADCAgIAAAACWlyb3QDAAAAGWlwbWEAAAAAAAAAAQABBoECAwWEhgAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAABA21kYXQAAADT"
    "KAGvCch+EMTA+BAXyX7PBPGJGAxJsdqvx1rTxVUKKR0/C38FXh54TTpesNBdPNKx8tLD6GKYcBePuLRY8sKe1D34+ZFtoce/6DeFoU295TJxl/"
    "jMRumcRLzWb9KzQS9L3wXmtDl7ZkqyPe8GR6mpw5nMQz3d524P//0qIGYTeJTKB56OUbOnVyPyNF+LYX0IYxrVHppmaLmBWYqEK1tdbZcuHwzE"
    "fMQ2Nz7GMRzus8IhPra0nm0BSEX93uxc9uelhR49ktX9r0Di68r1B6Tpbwvb4AAAAAZFeGlmAABNTQAqAAAACAABARIAAwAAAAEABgAAAAAAAA"
    "=="
)


def jxl(array: np.ndarray, **how: Any) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(array, **how))


def avif(array: np.ndarray, **how: Any) -> bytes:
    return bytes(imagecodecs.avif_encode(array, **how))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(array: np.ndarray, *chunks: bytes) -> bytes:
    png = encode_png(array)
    return png[:33] + b"".join(chunks) + png[33:]


def near(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(found.astype(float) - wanted).mean() / np.iinfo(found.dtype).max)


def test_heic_is_read_upright_and_with_its_10_bits():
    turned = decode(base64.b64decode(TURNED))
    assert (turned.format, turned.depth, turned.array.shape) == ("HEIF", 8, (32, 24, 3))
    assert near(turned.array, np.rot90(scene(32, 24), -1)) < 0.06
    deep = decode(base64.b64decode(DEEP))
    assert (deep.depth, deep.array.shape) == (16, (24, 32, 3))
    assert near(deep.array, scene(32, 24).astype(float) * 257) < 0.06
    assert set(np.unique(deep.array)) <= {(v * 65535 + 511) // 1023 for v in range(1024)}
    assert looks_like_a_picture(base64.b64decode(DEEP)[:32])


def test_the_limit_comes_before_the_pixels_of_heic_and_jxl(monkeypatch):
    monkeypatch.setattr("sr_models.imaging.decode.MAX_PIXELS", 32 * 24 - 1)
    for data in (base64.b64decode(TURNED), jxl(scene(32, 24))):
        with pytest.raises(SRError, match="the limit is 767 pixels"):
            decode(data)
    bomb = bytearray(jxl(scene(600, 300)))
    assert (read_header(bytes(bomb)).width, read_header(bytes(bomb)).height) == (600, 300)
    for place in (2, 3, 4, 5):  # a header that promises far more than there is
        bomb[place] = 0xFE
    with pytest.raises(SRError):
        decode(bytes(bomb))


@pytest.mark.parametrize("data", [base64.b64decode(TURNED), jxl(scene(32, 24))])
def test_cut_and_damaged_ones_are_sentences(data):
    for length in (3, 12, 20, 40, len(data) // 2, len(data) - 9):
        with pytest.raises(SRError):
            decode(data[:length])
    for place in range(0, len(data), 7):
        try:
            decode(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        except SRError:
            continue


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("width", "height"), [(30, 20), (64, 64), (513, 300), (320, 180)])
def test_jpeg_xl_comes_back_exactly(channels, width, height):
    array = scene(width, height, channels)
    data = jxl(array[..., 0] if channels == 1 else array, lossless=True)
    picture = decode(data)
    assert (picture.format, picture.notes) == ("JXL", ())
    assert np.array_equal(picture.array, array)
    assert looks_like_a_picture(data[:32])


def test_jpeg_xl_of_linear_light_and_10_bits_is_converted():
    deep = scene(30, 20).astype(np.uint16) * 4
    picture = decode(jxl(deep, lossless=True, bitspersample=10))  # which says linear light
    assert (picture.depth, picture.notes) == (16, ("colour_converted",))
    light = deep / 1023
    wanted = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 65535
    assert np.abs(picture.array - wanted).max() < 100


def test_avif_of_10_bits_keeps_them():
    ramp = np.tile(np.arange(1024, dtype=np.uint16), (16, 1))
    data = avif(np.dstack([ramp] * 3), level=100, bitspersample=10)
    picture = decode(data)
    assert picture.depth == 16
    assert len(np.unique(picture.array)) > 900
    assert picture.array.max() == 65535
    assert np.abs(picture.array[..., 0] / 65535 - ramp / 1023).max() < 0.01


@pytest.mark.parametrize("deep", [False, True])
def test_pq_and_p3_are_converted(deep):
    values = np.array([0, 0.3, 0.5081, 0.5807, 1.0])  # 0.5081 is 100 nits, 0.5807 the 203 of white
    array = np.dstack([np.tile(values, (4, 1))] * 3)
    array = (array * (65535 if deep else 255) + 0.5).astype(np.uint16 if deep else np.uint8)
    picture = decode(with_chunks(array, chunk(b"cICP", bytes([9, 16, 0, 1]))))
    assert picture.notes == ("hdr_converted",)
    found = picture.array[0, :, 0] / np.iinfo(picture.array.dtype).max
    assert found[2] == pytest.approx(0.730, abs=0.01)  # the sRGB curve at 100 / 203
    assert 0.9 < found[3] < 0.97 <= found[4] <= 1
    assert found[0] == 0
    red = np.zeros((2, 2, 3), np.uint8)
    red[...] = (255, 0, 0)
    p3 = decode(with_chunks(red // 2, chunk(b"cICP", bytes([12, 13, 0, 1]))))
    assert p3.notes == ("colour_converted",)
    assert p3.array[0, 0].tolist() == [139, 0, 0]
    assert decode(with_chunks(red, chunk(b"cICP", bytes([1, 13, 0, 1])))).notes == ()
    assert decode(with_chunks(red, chunk(b"cICP", bytes([9, 99, 0, 1])))).notes == ("colour_ignored",)


def test_gamma_and_primaries_of_a_png_count_unless_something_better_stands_there():
    array = np.full((4, 4, 3), 128, np.uint8)
    linear = chunk(b"gAMA", struct.pack(">I", 100000))
    usual = chunk(b"gAMA", struct.pack(">I", 45455))
    points = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]
    srgb = chunk(b"cHRM", struct.pack(">8I", *points))
    wide = chunk(b"cHRM", struct.pack(">8I", *points[:2], 70800, 29200, 17000, 79700, 13100, 4600))
    assert decode(with_chunks(array, linear)).array[0, 0, 0] == 188
    assert decode(with_chunks(array, linear)).notes == ("colour_converted",)
    assert decode(with_chunks(array[..., :1], linear)).array[0, 0, 0] == 188
    for chunks in ((usual,), (usual, srgb), (linear, chunk(b"sRGB", b"\0"))):
        assert decode(with_chunks(array, *chunks)).notes == ()
    green = array * np.array([0, 1, 0], np.uint8)
    found = decode(with_chunks(green, usual, wide)).array[0, 0]
    assert found[1] > 130
    assert found[0] == 0
    broken = chunk(b"cHRM", struct.pack(">8I", *[0] * 8))
    assert decode(with_chunks(array, broken)).notes == ("colour_ignored",)


def test_alpha_is_no_colour():
    array = np.full((3, 3, 4), 200, np.uint8)
    found = to_srgb(array, by_code(9, 16))
    assert (found[..., 3] == 200).all()
    assert (found[..., 0] != 200).all()


def exif_block(kind: int, count: int, value: bytes) -> bytes:
    return b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHI4s", 0x0112, kind, count, value) + bytes(4)


@pytest.mark.parametrize(
    "block",
    [
        exif_block(2, 2, b"6\0\0\0"),
        exif_block(7, 1, b"\6\0\0\0"),
        exif_block(5, 1, b"\xff\xff\xff\xff"),
        exif_block(12, 1, b"\xff\xff\xff\xff"),
        exif_block(3, 1, b"\x2a\0\0\0"),
        exif_block(99, 1, b"\6\0\0\0"),
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0XX",
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_broken_metadata_never_cost_the_pixels(kind, block):
    buffer = io.BytesIO()
    Image.fromarray(scene(40, 30)).save(buffer, kind, exif=block)
    plain = io.BytesIO()
    Image.fromarray(scene(40, 30)).save(plain, kind)
    picture = decode(buffer.getvalue())
    assert np.array_equal(picture.array, decode(plain.getvalue()).array)


def test_what_was_ignored_is_noted():
    for block in (exif_block(2, 2, b"6\0\0\0"), exif_block(7, 1, b"\6\0\0\0")):
        buffer = io.BytesIO()
        Image.fromarray(scene(40, 30)).save(buffer, "JPEG", exif=block)
        assert decode(buffer.getvalue()).notes == ("metadata_ignored",)
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**26)))
    for broken in (bomb, chunk(b"iCCP", b"x"), chunk(b"tEXt", b"a\0b")[:-1] + b"?", chunk(b"pHYs", b"1")):
        picture = decode(with_chunks(scene(20, 16), broken))
        assert np.array_equal(picture.array, scene(20, 16))
        assert "metadata_ignored" in picture.notes or "icc_ignored" in picture.notes or broken[4:8] == b"pHYs"


def tiff(*pages: tuple[np.ndarray, dict[str, Any]], **first: Any) -> bytes:
    import tifffile

    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        for n, (array, how) in enumerate(pages):
            file.write(array, **how, **(first if n == 0 else {}))
    return buffer.getvalue()


@pytest.mark.parametrize("version", [True, False])
def test_camera_raw_is_refused_by_name(version):
    preview, sensor = scene(24, 16), scene(96, 64, 1)[..., 0].astype(np.uint16) * 200
    tags = [(50706, 1, 4, b"\1\4\0\0", True)] if version else []
    raw = tiff(
        (preview, {"photometric": "rgb", "subfiletype": 1, "extratags": tags}),
        (sensor, {"photometric": "cfa", "extratags": [(33421, 3, 2, (2, 2), True), (33422, 1, 4, b"\0\1\1\2", True)]}),
        subifds=1,
    )
    with pytest.raises(SRError, match=r"(DNG|Camera raw) files are not read here; develop"):
        decode(raw)
    for start in (b"FUJIFILMCCD-RAW 0201", b"IIU\0\x18\0\0\0", b"\0\0\0\x18ftypcrx \0\0\0\1", b"II*\0\x10\0\0\0CR\2\0"):
        with pytest.raises(SRError, match="Camera raw"):
            decode(start + bytes(100))


def test_the_main_picture_of_a_tiff_is_taken_where_a_smaller_copy_stands_first():
    small, large = scene(24, 16), scene(96, 64)
    rgb: dict[str, Any] = {"photometric": "rgb"}
    assert np.array_equal(decode(tiff((small, {**rgb, "subfiletype": 1}), (large, rgb))).array, large)
    deep = large.astype(np.uint16) * 257
    assert np.array_equal(decode(tiff((small, {**rgb, "subfiletype": 1}), (deep, rgb))).array, deep)
    assert np.array_equal(decode(tiff((large, rgb), (small, {**rgb, "subfiletype": 1}))).array, large)
    assert np.array_equal(decode(tiff((small, rgb), (large, rgb))).array, small)  # two pages
    with pytest.raises(SRError, match="main picture stands in a sub-directory"):
        decode(tiff((small, {**rgb, "subfiletype": 1}), (large, rgb), subifds=1))


@pytest.mark.parametrize(
    ("kind", "how", "dpi"),
    [
        ("JPEG", {"dpi": (300, 150)}, (300, 150)),
        ("PNG", {"dpi": (300, 300)}, (300, 300)),
        ("TIFF", {"dpi": (240, 240)}, (240, 240)),
        ("BMP", {"dpi": (96, 96)}, (96, 96)),
        ("WEBP", {}, None),
        ("JPEG", {}, None),
    ],
)
def test_print_resolution_is_read(kind, how, dpi):
    buffer = io.BytesIO()
    Image.fromarray(scene(20, 16)).save(buffer, kind, **how)
    found = decode(buffer.getvalue()).dpi
    assert found == (None if dpi is None else pytest.approx(dpi, abs=0.1))


def test_print_resolution_turns_with_the_picture_and_may_stand_in_exif():
    exif = Image.Exif()
    exif[0x0112], exif[0x011A], exif[0x011B], exif[0x0128] = 6, 100.0, 50.0, 3  # per centimetre
    buffer = io.BytesIO()
    Image.fromarray(scene(20, 16)).save(buffer, "WEBP", exif=exif.tobytes())
    assert decode(buffer.getvalue()).dpi == pytest.approx((127, 254))


def test_the_cases_from_the_field(shared):
    folder = shared / "cases"
    for name in ("exif_ascii_orient.jpg", "exif_undef.jpg"):
        assert read(folder / name).notes == ("metadata_ignored",)
    avif, png = read(folder / "avif10_pq.avif"), read(folder / "png_cicp_pq.png")
    assert (avif.depth, avif.notes, png.depth, png.notes) == (16, ("hdr_converted",), 8, ("hdr_converted",))
    assert near(png.array, avif.array / 257) < 0.03
    with pytest.raises(SRError, match="DNG files are not read here"):
        read(folder / "camera.dng")
    assert read(folder / "meta.jpg").dpi == (300, 300)
