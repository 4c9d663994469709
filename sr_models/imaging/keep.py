"""Metadata that go from a picture into its result: EXIF, XMP, IPTC, a PNG's texts.

The place only where it is asked for.
"""

import re
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_SHRINKABLE, open_header
from sr_models.imaging.metadata import ORIENTATION, orientation_of, png_chunks, resolution_of

MAX_SEGMENT = 65500  # bytes of one block in a JPEG
_MOST = 2**20  # bytes of texts and of XMP
_EXIF_IFD, _GPS_IFD, _COMMENT, _MAKER_NOTE = 0x8769, 0x8825, 0x9286, 0x927C
# Tags that say how the pixels of the source are stored, stand elsewhere, or are the place of a map.
_STORAGE = {
    *(*range(254, 270), *range(273, 275), *range(277, 285), 296, 297, 301, *range(317, 348), *range(512, 533), 700),
    *(33550, 33723, 33922, 34264, 34377, 34665, 34675, 34735, 34736, 34737, 34853, 37724, 40965),
}
_INNER_STORAGE = {0xA001, 0xA002, 0xA003, 0xA005}
_PLACES = re.compile(
    r"GPS\w*|City|State|Province\w*|Country\w*|Location\w*|Sublocation|WorldRegion|CiAdr\w*|lat|long|\w*latitude|"
    r"\w*longitude|geo\w*",
    re.I,
)
_IPTC_PLACES = {26, 27, 90, 92, 95, 100, 101}  # content location, city, sub-location, state, country
_OWN_TEXTS = re.compile(rb"sr-models|Raw profile type .*|XML:com\.adobe\.xmp", re.S)


@dataclass(frozen=True)
class Extras:
    """Hold what is written beside the pixels.

    An EXIF block, XMP, IPTC, whole text chunks of a PNG, print resolution.
    """

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    texts: tuple[bytes, ...] = ()
    dpi: tuple[float, float] | None = None

    def lost_in(self, kind: str) -> list[str]:
        """Return the names of what a file of this kind cannot hold."""
        wide = {"EXIF": self.exif, "XMP": self.xmp, "IPTC": self.iptc}
        lost = [name for name, block in wide.items() if kind == "jpeg" and len(block) > MAX_SEGMENT]
        return lost + ["IPTC"] * (kind == "webp" and bool(self.iptc))


def read_whole(data: bytes, place: bool) -> Extras:
    """Return all metadata of a picture file; without `place`, less all that names one, and the maker's notes.

    The orientation is 1. What is damaged is left out; never raises.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = open_header(data, MAX_SHRINKABLE)
            return Extras(_exif(image, place), _xmp(image, place), _iptc(image, place), _texts(data, place))
    except Exception:  # a damaged block is as good as none
        return Extras()


def printed_at(data: bytes, width: int) -> tuple[float, float] | None:
    """Return the dots per inch at which a result `width` pixels wide is as large on paper as its source."""
    try:
        image = open_header(data, MAX_SHRINKABLE) if data else None
    except SRError:
        return None
    found = resolution_of(image) if image else None
    if image is None or found is None:
        return None
    factor = width / image.size[orientation_of(image) in (5, 6, 7, 8) and image.format != "TIFF"]
    return found[0] * factor, found[1] * factor


def _exif(image: Image.Image, place: bool) -> bytes:
    found = image.getexif()
    made = Image.Exif()
    made.update({tag: value for tag, value in found.items() if tag not in _STORAGE and _can_be_written(tag, value)})
    gone = _INNER_STORAGE | (set() if place else {_MAKER_NOTE})
    inner = {t: v for t, v in found.get_ifd(_EXIF_IFD).items() if t not in gone and _can_be_written(t, v)}
    where = {t: v for t, v in found.get_ifd(_GPS_IFD).items() if place and _can_be_written(t, v)}
    if not (made or inner or where):
        return b""
    for tag, value in made.items():
        made[tag] = value.encode("latin-1", "replace") if isinstance(value, str) else value
    made[ORIENTATION] = 1
    if inner:
        made.get_ifd(_EXIF_IFD).update(inner)
    if where:
        made.get_ifd(_GPS_IFD).update(where)
    return made.tobytes()


def _can_be_written(tag: int, value: Any) -> bool:
    try:
        alone = Image.Exif()
        alone[tag] = value
        alone.tobytes()
    except Exception:  # of a type that it should not have
        return False
    return True


def _xmp(image: Image.Image, place: bool) -> bytes:
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    text = found if isinstance(found, str) else bytes(found).decode("utf-8", "ignore")
    text = text.strip("\0 \r\n\t\ufeff")
    if not text or len(text) > _MOST or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return b""
    text = re.sub(r"(tiff:Orientation\s*=\s*[\"'])\d", r"\g<1>1", text)
    text = re.sub(r"(<tiff:Orientation>\s*)\d", r"\g<1>1", text)
    if not place:
        name = rf"[\w.-]+:(?:{_PLACES.pattern})"
        text = re.sub(rf"\s{name}\s*=\s*(\"[^\"]*\"|'[^']*')", "", text, flags=re.I)
        text = re.sub(rf"<({name})(?=[\s/>])(?:[^>]*/>|.*?</\1\s*>)", "", text, flags=re.I | re.S)
    root = ElementTree.fromstring(re.sub(r"<\?.*?\?>", "", text))
    names = [n.rpartition("}")[2] for e in root.iter() for n in (e.tag, *e.attrib)]
    return b"" if not place and any(_PLACES.fullmatch(n) for n in names) else text.encode()


def _iptc(image: Image.Image, place: bool) -> bytes:
    found: Any = image.info.get("photoshop", {})
    found = found.get(0x0404, b"") if isinstance(found, dict) else b""
    if image.format == "TIFF":
        found = image.tag_v2.get(33723, b"")  # type: ignore[attr-defined]
    if not isinstance(found, bytes):
        return b""
    kept, start = [], 0
    while found[start : start + 1] == b"\x1c" and start + 5 <= len(found):
        record, dataset, length = struct.unpack_from(">BBH", found, start + 1)
        end = start + 5 + length
        if length > 0x7FFF or end > len(found):
            break
        if place or record != 2 or dataset not in _IPTC_PLACES:
            kept.append(found[start:end])
        start = end
    return b"".join(kept)


def _texts(data: bytes, place: bool) -> tuple[bytes, ...]:
    """Return a PNG's text chunks whole, but those that other programs and this one keep blocks in."""
    if not data.startswith(b"\x89PNG"):
        return ()
    kept, size = [], 0
    for kind, chunk in png_chunks(data):
        key = chunk[8:88].partition(b"\0")[0]
        wanted = kind in (b"tEXt", b"zTXt", b"iTXt") and not _OWN_TEXTS.fullmatch(key)
        sound = zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
        named = _PLACES.fullmatch(key.decode("latin-1"))
        if wanted and sound and (place or not named) and (size := size + len(chunk)) <= _MOST:
            kept.append(chunk)
    return tuple(kept)


def texts_in_words(texts: tuple[bytes, ...]) -> str:
    """Return text chunks as lines of "key: text", for formats without such chunks."""
    lines = []
    for chunk in texts:
        key, _, rest = chunk[8:-4].partition(b"\0")
        packed = chunk[4:8] == b"zTXt" or (chunk[4:8] == b"iTXt" and rest[:1] == b"\1")
        rest = rest[1:] if chunk[4:8] == b"zTXt" else rest
        rest = rest[2:].split(b"\0", 2)[-1] if chunk[4:8] == b"iTXt" else rest
        if packed:
            unpack = zlib.decompressobj()
            rest = unpack.decompress(rest, _MOST)
        lines.append(
            f"{key.decode('latin-1')}: {rest.decode('utf-8' if chunk[4:8] == b'iTXt' else 'latin-1', 'replace')}"
        )
    return "\n".join(lines)


def with_comment(exif: bytes, words: str) -> bytes:
    """Return an EXIF block with a user comment, unless it has one."""
    made = Image.Exif()
    if exif:
        made.load(exif)
    inner = made.get_ifd(_EXIF_IFD)
    if words and _COMMENT not in inner:
        inner[_COMMENT] = b"UNICODE\0" + words.encode("utf-16-be")
        made[ORIENTATION] = 1
    return made.tobytes() if made or inner else exif
