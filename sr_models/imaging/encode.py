"""Pictures to files: PNG, WebP, TIFF, JPEG, and the metadata that is kept on request."""

import io
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_SHRINKABLE, open_header
from sr_models.imaging.embed import encode_tiff, photoshop_segment, with_extras
from sr_models.imaging.keep import Extras, printed_at, read_whole, texts_in_words, with_comment
from sr_models.imaging.metadata import RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION, exif_with
from sr_models.imaging.options import DPI, FORMAT_CHOICES
from sr_models.imaging.picture import flatten, to_8_bit, to_array, to_tensor

EXTENSION = {"png": ".png", "webp": ".webp", "tiff": ".tif", "jpeg": ".jpg"}
MEDIA_TYPE = {"png": "image/png", "webp": "image/webp", "tiff": "image/tiff", "jpeg": "image/jpeg"}
KINDS = tuple(EXTENSION)
MAX_SIDE = {"webp": 16383, "jpeg": 65500}  # of libwebp and libjpeg
MAX_EXIF = 48 * 1024
_MAX_TEXT = 500
_FULL_COLOUR = 90  # JPEG quality from which colour is stored at full size
_EXIF_IFD, _ORIENTATION = 0x8769, 0x0112


# What is kept: texts on who, what, when and by which camera; dates, lens and exposure. All else goes.
_KEPT = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
_KEPT_EXIF = (
    *(0x829A, 0x829D, 0x8822, 0x8824, 0x8827, 0x8830, 0x8832, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012),
    *(0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207, 0x9208, 0x9209, 0x920A, 0x9290, 0x9291, 0x9292),
    *(0xA300, 0xA401, 0xA402, 0xA403, 0xA404, 0xA405, 0xA406, 0xA407, 0xA408, 0xA409, 0xA40A, 0xA40C),
    *(0xA432, 0xA433, 0xA434),
)


def format_choice(name: str) -> tuple[str, int | None]:
    """Return (kind, bits or None) of a name of FORMAT_CHOICES."""
    if name not in FORMAT_CHOICES:
        raise SRError("unknown_choice", name="format", value=name, known=", ".join(FORMAT_CHOICES))
    return FORMAT_CHOICES[name]


def encode_output(
    array: np.ndarray,
    source: bytes,
    *,
    format: str,
    quality: int,
    metadata: bool,
    place: bool | None = None,
    dpi: int = DPI.default,
) -> bytes:
    """Encode a result (H, W, C) by the values of OUTPUT; `source` is the file that it was made of.

    The print size of the source is kept, or `dpi` is set. `metadata` keeps camera, author and dates; where `place` is
    not None all of them, with the place or without.
    """
    kind, _ = format_choice(format)
    return encode(array, kind, quality=quality, extras=_extras(source, array.shape[1], metadata, place, dpi))


def png_extras(source: bytes, width: int, *, metadata: bool, dpi: int = DPI.default) -> Extras:
    """Return what `encode_output` puts beside the pixels of a PNG that is `width` pixels wide."""
    return _fitted(_extras(source, width, metadata, None, dpi), "png")


def _extras(source: bytes, width: int, metadata: bool, place: bool | None, dpi: int) -> Extras:
    printed = (float(dpi), float(dpi)) if dpi else printed_at(source, width)
    return replace(extras_of(source, metadata, place), dpi=printed)


def extras_of(source: bytes, metadata: bool, place: bool | None) -> Extras:
    """Return what of a file's metadata goes into its result: as for `encode_output`."""
    if not metadata:
        return Extras()
    return Extras(read_exif(source)) if place is None else read_whole(source, place)


def output_suffix(format: str) -> str:
    """Return the ending of a file of this format, with its dot."""
    return EXTENSION[format_choice(format)[0]]


def describe_file(kind: str, array: np.ndarray, quality: int = 90) -> dict[str, Any]:
    """Return what the receipt says of a file: kind, quality (None where nothing is lost) and bits per channel."""
    bits = 8 if kind in ("webp", "jpeg") else array.dtype.itemsize * 8
    return {"kind": kind, "quality": quality if kind == "jpeg" else None, "bits": bits}


def encode(
    array: np.ndarray, kind: str = "png", *, quality: int = 90, exif: bytes = b"", extras: Extras | None = None
) -> bytes:
    """Encode (H, W, C) uint8 or uint16 as a file of a kind of KINDS.

    PNG and TIFF keep 16 bits, WebP (lossless) and JPEG (`quality` 1 to 100) have 8. JPEG lays transparent parts on
    white. `exif` is what `read_exif` returns, `extras` more than that. Raise SRError for a size or quality out of
    range.
    """
    if kind not in KINDS:
        raise SRError("unknown_choice", name="format", value=kind, known=", ".join(KINDS))
    if max(array.shape[:2]) > MAX_SIDE.get(kind, 2**31):
        size = {"width": array.shape[1], "height": array.shape[0]}
        raise SRError("too_long_for_format", kind=kind, **size, limit=MAX_SIDE[kind])
    extras = _fitted(extras or Extras(exif), kind)
    if kind == "png":
        return with_extras(encode_png(array), extras)
    if kind == "tiff":
        return encode_tiff(array, extras)
    if kind == "jpeg":
        return _encode_jpeg(array, quality, extras)
    more = {"xmp": extras.xmp} if extras.xmp else {}
    return _by_pillow(to_8_bit(array), "WEBP", lossless=True, exact=True, exif=extras.exif, **more)


def _fitted(extras: Extras, kind: str) -> Extras:
    """Return what a file of this kind holds, with print resolution and texts in the EXIF where they belong there."""
    exif = extras.exif
    if extras.texts and kind != "png":
        exif = with_comment(exif, texts_in_words(extras.texts))
    if extras.dpi and (exif or kind == "webp"):
        exif = exif_with({X_RESOLUTION: extras.dpi[0], Y_RESOLUTION: extras.dpi[1], RESOLUTION_UNIT: 2}, exif)
    lost = Extras(exif, extras.xmp, extras.iptc).lost_in(kind)
    kept = {name.lower(): b"" for name in lost}
    return replace(extras, **{"exif": exif, **kept})


def encode_png(array: np.ndarray) -> bytes:
    """Encode (H, W, C) uint8 or uint16 as PNG, without any metadata."""
    if array.dtype == np.uint16:
        import imagecodecs

        pixels = array[:, :, 0] if array.shape[2] == 1 else array
        return bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels), level=1))
    return _by_pillow(array, "PNG", compress_level=1)


def _by_pillow(array: np.ndarray, name: str, **how: Any) -> bytes:
    """Encode (H, W, C) uint8 by Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array).save(buffer, name, **how)
    return buffer.getvalue()


def _encode_jpeg(array: np.ndarray, quality: int, extras: Extras) -> bytes:
    if not 1 <= quality <= 100:
        raise SRError("out_of_range", name="quality", value=quality, low=1, high=100)
    if array.shape[2] in (2, 4):
        array = to_array(flatten(to_tensor(array)))
    how: dict[str, Any] = {"quality": quality, "subsampling": "4:4:4" if quality >= _FULL_COLOUR else "4:2:0"}
    how |= {"exif": extras.exif} | ({"xmp": extras.xmp} if extras.xmp else {})
    if extras.iptc:
        how["extra"] = photoshop_segment(extras.iptc)
    if extras.dpi and max(extras.dpi) < 2**16:
        how["dpi"] = extras.dpi
    try:
        return _by_pillow(to_8_bit(array), "JPEG", **how, optimize=True)
    except OSError:  # pure noise does not fit into the buffer in which Pillow optimises
        return _by_pillow(to_8_bit(array), "JPEG", **how)


def read_exif(data: bytes) -> bytes:
    """Return the metadata of an upload that may go into its result, as "Exif\\0\\0" and a TIFF block; b"" for none.

    Only known tags are kept, each made anew: author, description, dates, camera, lens and exposure. Place, maker's
    notes, thumbnail, sizes, serial numbers, comments, XMP and IPTC are not; the orientation is 1. Never raises.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = open_header(data, MAX_SHRINKABLE).getexif()
            inner = found.get_ifd(_EXIF_IFD)
            made = Image.Exif()
            made.update({tag: found[tag].encode("latin-1") for tag in _KEPT if _is_text(found.get(tag))})
            known = {tag: inner[tag] for tag in _KEPT_EXIF if tag in inner}
            known = {tag: v for tag, v in known.items() if _is_number(v) or (_is_text(v) and v.isascii())}
            if not made and not known:
                return b""
            made[_ORIENTATION] = 1
            made.get_ifd(_EXIF_IFD).update(known)
            block = made.tobytes()
    except Exception:  # a damaged block is as good as none
        return b""
    return block if len(block) <= MAX_EXIF else b""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _is_number(value: Any) -> bool:
    """Say whether a value is a number or a few of them; one byte counts."""
    if isinstance(value, bytes):
        return len(value) == 1
    values = value if isinstance(value, tuple) else (value,)
    return len(values) <= 4 and all(isinstance(v, int | float | TiffImagePlugin.IFDRational) for v in values)
