"""Where metadata stand in a file: chunks of a PNG, a segment of a JPEG, tags and directories of a TIFF."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

from sr_models.imaging.keep import Extras

_INCH = 0.0254  # metres
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_STAND_INS = {_EXIF_IFD: 65001, _GPS_IFD: 65002}  # tifffile writes no pointers


def with_extras(png: bytes, extras: Extras) -> bytes:
    """Put chunks behind the header of a PNG: print resolution, EXIF, XMP, IPTC as other programs put it, texts."""
    chunks = []
    if extras.dpi:
        chunks.append(chunk(b"pHYs", struct.pack(">IIB", *(min(round(n / _INCH), 2**31 - 1) for n in extras.dpi), 1)))
    if extras.exif:
        chunks.append(chunk(b"eXIf", extras.exif.removeprefix(b"Exif\0\0")))
    if extras.xmp:
        chunks.append(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + extras.xmp))
    if extras.iptc:
        digits = photoshop_block(extras.iptc).hex()
        lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
        words = f"\niptc\n{len(digits) // 2:8}\n{lines}\n".encode()
        chunks.append(chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(words)))
    return png[:33] + b"".join([*chunks, *extras.texts]) + png[33:]  # signature 8, header 25


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def photoshop_block(iptc: bytes) -> bytes:
    """Return IPTC as a resource of Photoshop's, which is where readers look for it."""
    return b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0" * (len(iptc) % 2)


def photoshop_segment(iptc: bytes) -> bytes:
    """Return a JPEG's segment that holds IPTC."""
    body = b"Photoshop 3.0\0" + photoshop_block(iptc)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def encode_tiff(array: np.ndarray, extras: Extras) -> bytes:
    """Encode (H, W, C) uint8 or uint16 as TIFF."""
    import tifffile

    if array.shape[2] == 2 and array.dtype == np.uint16:  # many programs, Pillow too, do not read grey with alpha
        array = array[..., [0, 0, 0, 1]]
    grey, clear = array.shape[2] < 3, array.shape[2] in (2, 4)
    first = Image.Exif()
    if extras.exif:
        first.load(extras.exif)
    below = {tag: dict(first.get_ifd(tag)) for tag in (_EXIF_IFD, _GPS_IFD)}
    below = {tag: values for tag, values in below.items() if values}
    how: dict[str, Any] = {"resolution": extras.dpi, "resolutionunit": "INCH"} if extras.dpi else {}
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        array[:, :, 0] if array.shape[2] == 1 else array,
        byteorder="<",
        photometric="minisblack" if grey else "rgb",
        planarconfig=None if array.shape[2] == 1 else "contig",
        extrasamples=["unassalpha"] if clear else None,
        compression="zlib",
        predictor=True,
        software=False,
        metadata=None,
        extratags=[*_texts(first), *_blocks(extras), *((_STAND_INS[tag], 4, 1, 0, True) for tag in below)],
        **how,
    )
    return _with_directories(buffer.getvalue(), below)


def _texts(first: Image.Exif) -> list[tuple[int, int, int, bytes, bool]]:
    texts = {tag: v.encode("latin-1", "replace") if isinstance(v, str) else v for tag, v in first.items()}
    return [
        (tag, 2, len(v) + 1, v + b"\0", True)
        for tag, v in texts.items()
        if isinstance(v, bytes) and tag < 0x8000 + 2000
    ]


def _blocks(extras: Extras) -> list[tuple[int, int, int, bytes, bool]]:
    found = [(700, 1, extras.xmp), (33723, 7, extras.iptc)]
    return [(tag, kind, len(block), block, True) for tag, kind, block in found if block]


def _with_directories(data: bytes, below: dict[int, dict[int, Any]]) -> bytes:
    """Append directories to a TIFF, and let the pointers in its first one lead to them."""
    out = bytearray(data)
    start = struct.unpack_from("<I", data, 4)[0] + 2
    end = start + 12 * struct.unpack_from("<H", data, start - 2)[0]
    entries = {
        struct.unpack_from("<H", data, place)[0]: data[place + 2 : place + 12] for place in range(start, end, 12)
    }
    for tag, values in below.items():
        out += b"\0" * (len(out) % 2)
        ifd = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II", group=tag)
        for key, value in values.items():
            ifd[key] = value
        entries[tag] = entries.pop(_STAND_INS[tag])[:6] + struct.pack("<I", len(out))
        out += ifd.tobytes(len(out))
    out[start:end] = b"".join(struct.pack("<H", tag) + entries[tag] for tag in sorted(entries))
    return bytes(out)
