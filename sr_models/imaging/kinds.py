"""Which files are pictures: their first bytes decide, not their names.

What systems leave beside them is passed over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

# Names that promise a picture: such a file is tried even where its bytes promise none, so that damage is said.
EXTENSIONS = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif"),
    *(".avif", ".heic", ".heif", ".hif", ".jxl"),
)
HEAD = 32  # bytes that tell
_STARTS = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    *(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
)
_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")  # of ISO media files
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_SYSTEM_FILES = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".directory", "icon\r", ".picasa.ini"}
_SYSTEM_FOLDERS = {
    *("__macosx", "@eadir", "$recycle.bin", "system volume information", ".appledouble", ".thumbnails", ".trashes"),
    *(".spotlight-v100", ".fseventsd", ".git", ".sr-models"),
}


@dataclass(frozen=True)
class Found:
    """Hold the pictures of a folder, and the files in it that are none."""

    pictures: list[Path]
    left_out: list[Path]


def looks_like_a_picture(head: bytes) -> bool:
    """Say whether the first HEAD bytes of a file are those of a picture."""
    if head.startswith(_STARTS):
        return True
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    if head[4:8] == b"ftyp":
        return any(head[i : i + 4] in _BRANDS for i in (8, *range(16, HEAD, 4)))
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS


def is_picture(name: PurePath, head: bytes) -> bool:
    """Say whether a file of this name and these first bytes is a picture, or is called one."""
    return looks_like_a_picture(head) or name.suffix.lower() in EXTENSIONS


def is_sidecar(name: PurePath, head: bytes) -> bool:
    """Say whether a file, by its path below the folder that was named, was left there by a system or this program."""
    if name.name.lower() in _SYSTEM_FILES or any(part.lower() in _SYSTEM_FOLDERS for part in name.parts[:-1]):
        return True
    return name.name.startswith("._") and not looks_like_a_picture(head)


def head_of(path: Path) -> bytes:
    """Return a file's first bytes; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""


def sort_out(folder: Path, paths: Iterable[Path]) -> Found:
    """Tell the pictures among the files of a folder, in order of name; sidecars are in neither list."""
    found = Found([], [])
    for path in sorted(p for p in paths if p.is_file()):
        name, head = path.relative_to(folder), head_of(path)
        if not is_sidecar(name, head):
            (found.pictures if is_picture(name, head) else found.left_out).append(path)
    return found


def name_some(paths: list[Path], most: int = 5) -> str:
    """Return how many files these are, and the names of the first."""
    names = ", ".join(p.name for p in paths[:most])
    return f"{len(paths)} left out, no pictures: {names}" + (", ..." if len(paths) > most else "")
