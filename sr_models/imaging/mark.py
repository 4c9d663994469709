"""A mark in a file of what it was made of: two digests, in a place that readers of its format pass over.

The first is of the work, the second of the file without the mark, so that a file that was changed since is told.
"""

import hashlib
import re
import struct
import zlib

_NAME = b"sr-models\0"
_MARK = re.compile(re.escape(_NAME) + rb"([0-9a-f]{64})([0-9a-f]{64})")
_LENGTH = len(_NAME) + 128


def marked(data: bytes, work: str) -> bytes:
    """Return a PNG, JPEG, WebP, TIFF or GIF file with a mark; `work` is a SHA-256 in hexadecimal."""
    body = _NAME + work.encode() + hashlib.sha256(data).hexdigest().encode()
    place, before, after = _frame(data, body)
    return _resized(data[:place] + before + body + after + data[place:], data)


def work_of(data: bytes) -> str | None:
    """Return the work that a file is marked with; None where it has no mark, or was changed since."""
    for found in _MARK.finditer(data):
        work, digest = (group.decode() for group in found.groups())
        _, before, after = _frame(data, found[0])
        plain = data[: found.start() - len(before)] + data[found.end() + len(after) :]
        plain = _resized(plain, data)
        if hashlib.sha256(plain).hexdigest() == digest:
            return work
    return None


def _frame(data: bytes, body: bytes) -> tuple[int, bytes, bytes]:
    """Return where a mark goes, and what stands before and behind it there."""
    if data.startswith(b"\x89PNG"):
        chunk = b"tEXt" + body
        return len(data) - 12, struct.pack(">I", _LENGTH) + b"tEXt", struct.pack(">I", zlib.crc32(chunk))
    if data.startswith(b"\xff\xd8"):
        place = 2
        while data[place : place + 1] == b"\xff" and 0xE0 <= data[place + 1] <= 0xEF:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        return place, b"\xff\xfe" + struct.pack(">H", _LENGTH + 2), b""
    if data.startswith(b"GIF8"):
        return len(data) - 1, b"\x21\xfe" + bytes([_LENGTH]), b"\0"
    if data.startswith(b"RIFF"):
        return len(data), b"srmk" + struct.pack("<I", _LENGTH), b""
    return len(data), b"", b""  # a TIFF: bytes that no offset points to


def _resized(data: bytes, like: bytes) -> bytes:
    """Set the length in the head of a RIFF file."""
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:] if like.startswith(b"RIFF") else data
