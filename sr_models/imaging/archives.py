"""The pictures of a ZIP: taken out below one folder, within limits, whatever its names and sizes claim."""

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_BYTES
from sr_models.imaging.kinds import HEAD, is_picture, is_sidecar

MOST_ENTRIES = 10_000
MOST_BYTES = 2**30  # of all that is taken out
LONGEST = 100  # characters of a name
BLOCK = 2**20
_END, _TAIL = b"PK\5\6", 2**16 + 22  # the record that ends a ZIP, and within how many bytes of the end it begins


@dataclass(frozen=True)
class Unpacked:
    """Hold the pictures of a ZIP as files, in order of name, and the names of what was left in it."""

    pictures: list[Path]
    left_out: list[str]


def is_zip(path: Path) -> bool:
    """Say whether a file is a ZIP by its bytes."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\3\4", _END)
    except OSError:
        return False


def unpack(path: Path, folder: Path, most: int = MOST_ENTRIES) -> Unpacked:
    """Take the pictures of a ZIP out into `folder`, below the folders that they have in it, `most` of them.

    Names that lead elsewhere, what is larger than a picture may be, and all that is no picture stay in it. Raise
    SRError for a ZIP that is cut off, damaged or locked, and for one with more than MOST_ENTRIES files or MOST_BYTES.
    """
    if _entries(path) > MOST_ENTRIES:
        raise SRError("zip_too_many", name=path.name, limit=MOST_ENTRIES)
    pictures: list[Path] = []
    left_out: list[str] = []
    taken = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in sorted(archive.infolist(), key=lambda each: each.filename):
                name = _safe(entry.filename)
                if entry.is_dir() or (name and is_sidecar(name, b"")):
                    continue
                if entry.flag_bits & 1:
                    raise SRError("zip_locked", name=path.name)
                if name is None or len(pictures) >= most:
                    left_out.append(entry.filename)
                    continue
                with archive.open(entry) as file:
                    head = file.read(HEAD)
                    size = _take(file, head, folder / name, MOST_BYTES - taken) if is_picture(name, head) else None
                if size is None:
                    left_out.append(entry.filename)
                    continue
                pictures.append(folder / name)
                if (taken := taken + size) > MOST_BYTES:
                    raise SRError("zip_too_large", name=path.name, megabytes=MOST_BYTES // 2**20)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error) as error:
        raise SRError("zip_broken", name=path.name) from error
    except OSError as error:
        if error.errno is None:  # of a decompressor
            raise SRError("zip_broken", name=path.name) from error
        raise SRError("cannot_write", path=folder, reason=error.strerror) from error
    return Unpacked(pictures, left_out)


def _take(file: IO[bytes], head: bytes, target: Path, room: int) -> int | None:
    """Write what follows a head into a file; return its bytes, or None, and write nothing, where they are too many."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size = len(head)
    with target.open("wb") as out:
        out.write(head)
        while block := file.read(BLOCK):
            size += len(block)
            if size > MAX_BYTES:
                break
            out.write(block)
            if size > room:
                break
    if size > MAX_BYTES:
        target.unlink()
        return None
    return size


def _safe(words: str) -> PurePosixPath | None:
    """Return a name of a ZIP as a path that stays below any folder; None where it does not, or is no name."""
    name = PurePosixPath(words.replace("\\", "/"))
    parts = name.parts
    wild = any(part == ".." or ":" in part or len(part) > LONGEST or not part.isprintable() for part in parts)
    return None if wild or not parts or name.is_absolute() or len(parts) > 8 else name


def _entries(path: Path) -> int:
    """Return how many files a ZIP says that it has, before any of them is looked at; 0 where it has no end."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL, 0))
        tail = file.read()
    at = tail.rfind(_END)
    found = tail[at + 10 : at + 12] if at >= 0 else b""
    return struct.unpack("<H", found)[0] if len(found) == 2 else 0
