"""HEIC and HEIF, what phones take, by pi-heif (libheif, decoding only); imported where such a file comes."""

import io

import numpy as np

from sr_models.errors import SRError

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def is_heif(data: bytes) -> bool:
    """Say whether a file is HEIC or HEIF; AVIF is of the same family, and none."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS and b"avif" not in data[8:32]


def register() -> None:
    """Let Pillow open HEIF; raise SRError where the package is not installed."""
    try:
        import pi_heif
    except ImportError as error:
        raise SRError("package_missing", what="HEIC", package="pi-heif") from error
    pi_heif.register_heif_opener(thumbnails=False)


def bits(data: bytes) -> int:
    """Return the bits per channel of the first coded picture of a HEIF or AVIF file."""
    if (place := data.find(b"av1C", 0, 2**16)) > 0 and place + 7 <= len(data):
        flags = data[place + 6]
        return 8 if not flags & 0x40 else 12 if flags & 0x20 else 10
    if (place := data.find(b"hvcC", 0, 2**16)) > 0 and place + 22 <= len(data):
        return 8 + (data[place + 4 + 17] & 7)
    return 8


def decode_deep(data: bytes) -> np.ndarray:
    """Return a HEIF of 10 or 12 bits as (H, W, C) uint16 with all of its range in use, upright."""
    import pi_heif

    found = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=False)
    return widened(np.asarray(found), bits(data))


def widened(array: np.ndarray, depth: int) -> np.ndarray:
    """Bring values of `depth` bits in uint16 to all 16 bits."""
    most = 2**depth - 1
    return ((array.astype(np.uint32) * 65535 + most // 2) // most).astype(np.uint16)
