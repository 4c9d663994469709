"""Metadata kept whole on request, in every format; the place only with a word of its own; the print size kept."""

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from sr_models.imaging.decode import decode
from sr_models.imaging.encode import encode, encode_output
from sr_models.imaging.keep import read_whole
from tests.conftest import scene
from tests.imaging.test_field import chunk

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'exif:GPSLatitude="52,31N SECRET" photoshop:City="SECRETCITY" tiff:Orientation="6" dc:title="XMP TITLE">'
    b"<exif:GPSLongitude>13E SECRET</exif:GPSLongitude><dc:creator>XMP CREATOR</dc:creator>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
IPTC = b"\x1c\x02\x50\x00\x09IPTC NAME" + b"\x1c\x02\x5a\x00\x0aSECRETTOWN" + b"\x1c\x02\x69\x00\x08HEADLINE"


def photo(turned: int = 1) -> bytes:
    """A JPEG of 40x30 at 300 dpi with EXIF, XMP and IPTC, a place in each."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112], exif[0x013B] = "Kamera", turned, "Own Name"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x829A], inner[0xA431] = "2021:05:06 07:08:09", 0.01, "SERIAL123"
    inner[0x9286], inner[0x927C] = b"ASCII\0\0\0A COMMENT", b"NOTES SECRET"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[27] = "N", (52.0, 31.0, 12.0), b"ASCII\0\0\0SECRETPLACE"
    block = b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC + b"\0" * (len(IPTC) % 2)
    body = b"Photoshop 3.0\0" + block
    segment = b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
    buffer = io.BytesIO()
    how: dict[str, Any] = {"exif": exif.tobytes(), "xmp": XMP, "extra": segment, "dpi": (300, 300), "quality": 95}
    Image.fromarray(scene(40, 30)).save(buffer, "JPEG", **how)
    return buffer.getvalue()


def written(source: bytes, format: str, **how: Any) -> bytes:
    array = scene(120, 90).astype(np.uint16) * 257 if format.endswith("16") else scene(120, 90)
    return encode_output(array, source, format=format, quality=90, **{"metadata": True, "place": False, **how})


@pytest.mark.parametrize("format", ["png", "png16", "webp", "tiff16", "jpeg"])
def test_all_is_kept_but_the_place(format):
    data = written(photo(), format)
    assert b"SECRET" not in data
    image: Any = Image.open(io.BytesIO(data))
    exif = image.getexif()
    inner = exif.get_ifd(0x8769)
    assert (exif[0x0110].strip("\0"), exif[0x013B].strip("\0")) == ("Kamera", "Own Name")
    assert (inner[0x9003], float(inner[0x829A]), inner[0xA431]) == ("2021:05:06 07:08:09", 0.01, "SERIAL123")
    assert b"A COMMENT" in inner[0x9286]
    assert b"XMP TITLE" in data
    assert b"XMP CREATOR" in data
    assert b'tiff:Orientation="1"' in data
    kept = read_whole(data, False)
    if format in ("jpeg", "tiff16"):
        assert kept.iptc == IPTC[:14] + IPTC[29:]
    elif format != "webp":
        image.load()
        assert (IPTC[:14] + IPTC[29:]).hex() in image.text["Raw profile type iptc"].replace("\n", "")
    assert read_whole(photo(), False).lost_in("webp") == ["IPTC"]
    assert np.array_equal(decode(data).array, decode(written(b"", format)).array)
    assert decode(data).depth == (16 if format.endswith("16") else 8)


@pytest.mark.parametrize("format", ["png", "webp", "tiff16", "jpeg"])
def test_the_place_is_kept_where_it_is_asked_for(format):
    data = written(photo(), format, place=True)
    place = Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    assert tuple(map(float, place[2])) == (52.0, 31.0, 12.0)
    for words in (b"SECRETPLACE", b"SECRETCITY", b"13E SECRET", b"NOTES SECRET"):
        assert words in data, words


def test_nothing_is_kept_unasked_but_the_print_size():
    data = written(photo(), "jpeg", metadata=False)
    for words in (b"Kamera", b"XMP", b"IPTC NAME"):
        assert words not in data
    assert decode(data).dpi == (900, 900)


@pytest.mark.parametrize("format", ["png", "png16", "webp", "tiff16", "jpeg"])
@pytest.mark.parametrize("metadata", [False, True])
def test_the_print_size_stays_and_can_be_set(format, metadata):
    assert decode(written(photo(), format, metadata=metadata)).dpi == pytest.approx((900, 900), abs=0.1)
    assert decode(written(photo(), format, metadata=metadata, dpi=72)).dpi == pytest.approx((72, 72), abs=0.1)
    assert decode(written(encode(scene(9, 9)), format, metadata=metadata)).dpi is None


def test_the_print_size_of_a_turned_picture_is_that_of_the_upright_one():
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene(60, 40)).save(buffer, "JPEG", dpi=(300, 150), exif=exif.tobytes())
    assert decode(buffer.getvalue()).dpi == (150, 300)
    assert decode(written(buffer.getvalue(), "jpeg")).dpi == (450, 900)  # 40 across become 120


def prompt() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat, steps: 20")
    info.add_text("workflow", "{}" * 500, zip=True)
    info.add_itxt("Title", "Ü")
    info.add_text("Location", "SECRET")
    buffer = io.BytesIO()
    Image.fromarray(scene(40, 30)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["png", "png16"])
def test_the_prompt_in_a_png_is_kept(format):
    image: Any = Image.open(io.BytesIO(written(prompt(), format)))
    assert image.text == {"parameters": "a cat, steps: 20", "workflow": "{}" * 500, "Title": "Ü"}
    assert not Image.open(io.BytesIO(written(prompt(), format, metadata=False))).info


@pytest.mark.parametrize("format", ["webp", "tiff16", "jpeg"])
def test_other_formats_hold_a_png_s_texts_as_a_comment(format):
    comment = Image.open(io.BytesIO(written(prompt(), format))).getexif().get_ifd(0x8769)[0x9286]
    words = comment.removeprefix(b"UNICODE\0").decode("utf-16-be")
    assert words.startswith("parameters: a cat, steps: 20\nworkflow: {}{}")
    assert words.endswith("Title: Ü")


def test_damaged_and_hostile_metadata_are_left_out():
    good = photo()
    start = good.index(b"Exif\0\0") + 6
    for place in range(start, start + 330, 2):
        read_whole(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :], True)
    bomb = XMP.replace(b"<x:xmpmeta", b'<!DOCTYPE x [<!ENTITY a "b">]><x:xmpmeta')
    buffer = io.BytesIO()
    Image.fromarray(scene(40, 30)).save(buffer, "JPEG", xmp=bomb)
    assert read_whole(buffer.getvalue(), True).xmp == b""
    png = encode(scene(9, 9))
    huge = chunk(b"tEXt", b"a\0" + b"b" * 2**21)
    assert read_whole(png[:33] + huge + png[33:], False).texts == ()
    assert read_whole(b"", False) == read_whole(b"nothing", False)
    odd = XMP.replace(b"exif:GPSLatitude=", b"exif:gpsLatitude =").replace(
        b"<exif:GPSLongitude>", b"<exif:GPSLongitude >"
    )
    buffer = io.BytesIO()
    Image.fromarray(scene(40, 30)).save(buffer, "JPEG", xmp=odd)
    assert b"SECRET" not in read_whole(buffer.getvalue(), False).xmp


def test_the_case_from_the_field(shared):
    source = (shared / "cases" / "meta.jpg").read_bytes()
    for format in ("png", "webp", "tiff16", "jpeg"):
        array = np.zeros((384, 256, 3), np.uint16 if format == "tiff16" else np.uint8)
        data = encode_output(array, source, format=format, quality=90, metadata=True, place=False)
        assert b"OwnCam" in data, format
        assert b"Own Name" in data, format
        assert decode(data).dpi == pytest.approx((1200, 1200), abs=0.1), format


def test_exif_and_xmp_of_a_jpeg_xl_are_kept():
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Kamera", 6
    bare = bytes(imagecodecs.jpegxl_encode(scene(40, 30), lossless=True))
    boxes = [(b"JXL ", b"\r\n\x87\n"), (b"ftyp", b"jxl \0\0\0\0jxl "), (b"Exif", bytes(4) + exif.tobytes()[6:])]
    boxes += [(b"xml ", XMP), (b"jxlc", bare)]
    data = b"".join((len(body) + 8).to_bytes(4, "big") + kind + body for kind, body in boxes)
    assert np.array_equal(decode(data).array, scene(40, 30))  # upright as it is
    kept = read_whole(data, False)
    assert b"Kamera" in kept.exif
    assert b"XMP TITLE" in kept.xmp
    assert b"SECRET" not in kept.xmp
