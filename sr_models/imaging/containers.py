"""Files that hold more than one picture: which is the main one, and camera raw, which is refused by name."""

import struct
from collections.abc import Iterator

from PIL import Image

from sr_models.errors import SRError

_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")
_KIND, _WIDTH, _HEIGHT, _PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 254, 256, 257, 262, 330, 50706
_RAW_PHOTOMETRIC = (32803, 34892)  # colour filter array, linear raw
_SIZES = {1: 1, 3: 2, 4: 4, 13: 4}  # bytes of a BYTE, SHORT, LONG and IFD
_CODES = {1: "B", 3: "H", 4: "I", 13: "I"}
_MOST = 32  # directories that are looked at
Directory = dict[int, tuple[int, ...]]


def refuse_camera_raw(data: bytes) -> None:
    """Raise SRError for camera raw: its sensor values are developed by a program of their own."""
    if data.startswith(_RAW_STARTS) or data[8:10] == b"CR" or data[4:12] == b"ftypcrx ":
        raise SRError("camera_raw", kind="Camera raw")
    first, *others = _directories(data) or [{}]
    if _DNG_VERSION in first:
        raise SRError("camera_raw", kind="DNG")
    if any(ifd.get(_PHOTOMETRIC, (0,))[0] in _RAW_PHOTOMETRIC for ifd in (first, *others)):
        raise SRError("camera_raw", kind="Camera raw")


def seek_main_picture(image: Image.Image, data: bytes) -> None:
    """Turn a TIFF to its main picture where a smaller copy stands first; raise SRError where that is out of reach."""
    if image.format != "TIFF":
        return
    chain = list(_chain(data))
    if not chain or not _is_reduced(chain[0]):
        return
    beside = [sub for ifd in chain for sub in _sub_directories(data, ifd)]
    main = max(range(len(chain)), key=lambda n: (not _is_reduced(chain[n]), _area(chain[n]), -n))
    if any(_area(ifd) > _area(chain[main]) for ifd in beside):
        raise SRError("unsupported_format", kind="TIFF whose main picture stands in a sub-directory; such")
    image.seek(main)


def _is_reduced(ifd: Directory) -> bool:
    return bool(ifd.get(_KIND, (0,))[0] & 1)


def _area(ifd: Directory) -> int:
    return ifd.get(_WIDTH, (0,))[0] * ifd.get(_HEIGHT, (0,))[0]


def _directories(data: bytes) -> list[Directory]:
    """Return the directories of a TIFF in their order, each followed by those below it."""
    return [found for ifd in _chain(data) for found in (ifd, *_sub_directories(data, ifd))]


def _order(data: bytes) -> str | None:
    return {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])


def _chain(data: bytes) -> Iterator[Directory]:
    order = _order(data)
    place = struct.unpack(order + "I", data[4:8])[0] if order and len(data) >= 8 else 0
    seen: set[int] = set()
    while order and place and place not in seen and len(seen) < _MOST:
        seen.add(place)
        ifd, place = _read(data, order, place)
        yield ifd


def _sub_directories(data: bytes, ifd: Directory) -> Iterator[Directory]:
    order = _order(data)
    for place in ifd.get(_SUB_IFDS, ())[:_MOST] if order else ():
        yield _read(data, order or "<", place)[0]


def _read(data: bytes, order: str, place: int) -> tuple[Directory, int]:
    """Return the whole numbers of a directory by tag, and where the next one begins; what is damaged is left out."""
    found: Directory = {}
    count = struct.unpack_from(order + "H", data, place)[0] if place + 2 <= len(data) else 0
    for entry in range(place + 2, min(place + 2 + 12 * count, len(data) - 11), 12):
        tag, kind, many = struct.unpack_from(order + "HHI", data, entry)
        size = _SIZES.get(kind, 0) * many
        start = entry + 8 if size <= 4 else struct.unpack_from(order + "I", data, entry + 8)[0]
        if 0 < many <= _MOST and size and start + size <= len(data):
            found[tag] = struct.unpack_from(f"{order}{many}{_CODES[kind]}", data, start)
    end = place + 2 + 12 * count
    return found, struct.unpack_from(order + "I", data, end)[0] if count and end + 4 <= len(data) else 0
