"""Files of every kind: what comes back, what a format cannot hold, and which metadata stay."""

import io

import numpy as np
import pytest
from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging.decode import decode
from sr_models.imaging.encode import (
    KINDS,
    MAX_EXIF,
    MEDIA_TYPE,
    describe_file,
    encode,
    format_choice,
    read_exif,
)
from sr_models.imaging.mark import marked, work_of
from sr_models.imaging.options import FORMAT_CHOICES
from sr_models.imaging.picture import to_8_bit
from tests.conftest import scene

MODEL, DATE = "Kamera É1", "2021:05:06 07:08:09"
SECRETS = (b"SECRETPLACE", b"HIDDENTHUMB", b"XMPPLACE", b"COMMENTPLACE", b"SERIAL123", b"Photoshop")


def noise(channels: int, depth: int, height: int = 9, width: int = 7) -> np.ndarray:
    kind = np.uint8 if depth == 8 else np.uint16
    return np.random.default_rng(channels).integers(0, 2**depth - 1, (height, width, channels), kind, endpoint=True)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("kind", "depth"), [("png", 8), ("png", 16), ("webp", 8), ("webp", 16), ("tiff", 8), ("tiff", 16)]
)
def test_lossless_files_come_back_exactly(kind, depth, channels):
    array = noise(channels, depth)
    picture = decode(encode(array, kind))
    expected = to_8_bit(array) if kind == "webp" else array
    if channels < 3 and picture.array.shape[2] > 2:  # WebP has no grey, TIFF none with alpha of 16 bits
        assert kind == "webp" or (kind, depth, channels) == ("tiff", 16, 2)
        expected = expected[..., [0, 0, 0, 1] if channels == 2 else [0, 0, 0]]
    assert picture.depth == describe_file(kind, array)["bits"]
    assert np.array_equal(picture.array, expected)


def test_colours_under_full_transparency_survive_webp():
    array = noise(4, 8)
    array[:5, :, 3] = 0
    assert np.array_equal(decode(encode(array, "webp")).array, array)


@pytest.mark.parametrize(("quality", "full"), [(1, False), (89, False), (90, True), (100, True)])
def test_jpeg_has_its_quality_and_full_colour_from_90(quality, full):
    data = encode(scene(64, 48), "jpeg", quality=quality)
    image = Image.open(io.BytesIO(data))
    assert image.layer[0][1:3] == ((1, 1) if full else (2, 2))  # type: ignore[attr-defined]
    picture = decode(data)
    assert picture.jpeg_quality == quality
    error = np.abs(picture.array.astype(int) - scene(64, 48)).mean()
    assert error < 3 if full else error < 60


def test_jpeg_lays_transparent_parts_on_white():
    array = np.zeros((32, 32, 4), np.uint16)
    array[:, 16:, 3] = 65535
    picture = decode(encode(array, "jpeg", quality=95))
    assert picture.mode == "RGB"
    assert picture.array[:, :8].min() > 250
    assert picture.array[:, 24:].max() < 5
    assert decode(encode(array[..., [0, 3]], "jpeg")).mode == "L"


def test_noise_becomes_a_jpeg_too():
    array = noise(3, 8, 1200, 1200)
    assert decode(encode(array, "jpeg", quality=100)).array.shape == array.shape


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_out_of_range_is_a_sentence(quality):
    with pytest.raises(SRError, match="must be between 1 and 100"):
        encode(scene(8, 8), "jpeg", quality=quality)


@pytest.mark.parametrize(("kind", "limit"), [("webp", 16383), ("jpeg", 65500)])
def test_the_longest_side_includes_both_ends(kind, limit):
    assert decode(encode(np.zeros((1, limit, 3), np.uint8), kind)).width == limit
    with pytest.raises(SRError, match=f"at most {limit} pixels on a side, and the result is 1×{limit + 1}"):
        encode(np.zeros((limit + 1, 1, 3), np.uint8), kind)


def test_names_kinds_and_unknown_ones():
    assert {kind for kind, _ in FORMAT_CHOICES.values()} == set(KINDS) == set(MEDIA_TYPE)
    assert format_choice("tiff16") == ("tiff", 16)
    assert describe_file("jpeg", scene(4, 4), 70) == {"kind": "jpeg", "quality": 70, "bits": 8}
    assert describe_file("png", noise(3, 16), 70) == {"kind": "png", "quality": None, "bits": 16}
    for wrong in (lambda: format_choice("bmp"), lambda: encode(scene(4, 4), "bmp")):
        with pytest.raises(SRError, match="it must be one of png, "):
            wrong()


def with_secrets(kind: str = "JPEG") -> bytes:
    """Make a file whose metadata hold a place in every corner, and a camera and a date."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", MODEL.encode("latin-1"), 6
    exif[0x0100], exif[0x0101], exif[0x011A] = 4000, 3000, 300.0
    exif[0x02BC] = b"XMPPLACE"
    exif[0x9C9C] = b"COMMENTPLACE"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x829A], inner[0x8827], inner[0x9207] = DATE, 0.01, 200, 5
    inner[0x9000] = b"0232"
    inner[0x927C] = b"Nikon\0\2\0\0\0II*\0 SECRETPLACE 52.5 N 13.4 E " * 20
    inner[0x9286] = b"ASCII\0\0\0COMMENTPLACE"
    inner[0xA002], inner[0xA003], inner[0xA431] = 4000, 3000, "SERIAL123"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[27] = "N", (52.0, 31.0, 12.0), "E", b"ASCII\0\0\0SECRETPLACE"
    buffer = io.BytesIO()
    extra = {"xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>XMPPLACE</x:xmpmeta>"} if kind == "JPEG" else {}
    Image.fromarray(scene(40, 30)).save(buffer, kind, exif=exif.tobytes(), **extra)
    data = buffer.getvalue()
    if kind == "JPEG":
        iptc = b"Photoshop 3.0\0SECRETPLACE"
        data = data[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + data[2:]
    return data


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kind", [*KINDS, "png16"])
def test_camera_and_date_stay_and_the_place_goes(source, kind):
    data = with_secrets(source)
    assert b"SECRETPLACE" in data
    array = noise(3, 16) if kind == "png16" else scene(20, 10)
    written = encode(array, kind.removesuffix("16"), exif=read_exif(data))
    assert not [word for word in SECRETS if word in written]
    found = Image.open(io.BytesIO(written)).getexif()
    inner = found.get_ifd(0x8769)
    assert found[0x0110].encode("latin-1") == MODEL.encode("latin-1")
    assert (inner[0x9003], float(inner[0x829A]), inner[0x8827], inner[0x9207]) == (DATE, 0.01, 200, 5)
    assert found.get(0x0112, 1) == 1
    assert not found.get_ifd(0x8825)
    assert not {0x02BC, 0x9C9C, *((0x0100, 0x0101) if kind != "tiff" else ())} & set(found)
    assert not {0x927C, 0x9286, 0xA002, 0xA003, 0xA431} & set(inner)
    assert np.array_equal(decode(written).array, decode(encode(array, kind.removesuffix("16"))).array)


def test_a_thumbnail_goes():
    exif = Image.Exif()
    exif[0x0110] = MODEL
    first = exif.get_ifd(1)
    first[0x0201], first[0x0202] = 200, 11
    buffer = io.BytesIO()
    Image.fromarray(scene(40, 30)).save(buffer, "JPEG", exif=exif.tobytes() + b"\0" * 100 + b"HIDDENTHUMB")
    assert b"HIDDENTHUMB" in buffer.getvalue()
    assert b"HIDDENTHUMB" not in read_exif(buffer.getvalue())
    assert b"Kamera" in read_exif(buffer.getvalue())


def test_no_or_damaged_metadata_are_none(shared):
    assert read_exif(encode(scene(8, 8))) == b""
    assert read_exif(b"") == read_exif(b"nothing") == b""
    for path in sorted((shared / "corpus" / "images").iterdir()):
        assert len(read_exif(path.read_bytes()[: 2**21])) <= MAX_EXIF, path.name
    good = with_secrets()
    start = good.index(b"Exif\0\0") + 6
    for place in range(start, start + 400):  # whatever byte is wrong, nothing is raised
        assert len(read_exif(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])) < 1000
    assert read_exif(good[: start + 30]) == b""


def test_metadata_over_the_cap_are_left_out(monkeypatch):
    block = read_exif(with_secrets())
    monkeypatch.setattr("sr_models.imaging.encode.MAX_EXIF", len(block))
    assert read_exif(with_secrets()) == block
    monkeypatch.setattr("sr_models.imaging.encode.MAX_EXIF", len(block) - 1)
    assert read_exif(with_secrets()) == b""


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [*KINDS, "png16", "gif"])
def test_a_mark_is_read_again_and_costs_no_pixel(kind, channels):
    buffer = io.BytesIO()
    array = noise(channels, 16 if kind == "png16" else 8, 40, 30)
    if kind == "gif":
        Image.fromarray(array[..., 0]).save(buffer, "GIF")
    data = buffer.getvalue() or encode(array, kind.removesuffix("16"))
    work = "ab" * 32
    found = marked(data, work)
    assert work_of(found) == work
    assert work_of(data) is None
    assert np.array_equal(decode(found).array, decode(data).array)
    assert decode(found).jpeg_quality == decode(data).jpeg_quality
    for place in (30, len(found) // 2, len(found) - 3):
        assert work_of(found[:place] + bytes([found[place] ^ 1]) + found[place + 1 :]) != work, place
