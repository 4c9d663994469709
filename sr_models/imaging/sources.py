"""Pictures out of folders, tar files and single files, one after another."""

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import numpy as np

from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_BYTES, decode
from sr_models.imaging.kinds import HEAD, head_of, is_picture, is_sidecar
from sr_models.imaging.picture import to_8_bit


def files(path: Path, others: list[str] | None = None) -> Iterator[bytes]:
    """Yield the bytes of the pictures in a tar file, a folder (recursively) or one picture file, in order of name.

    The names of files that are no pictures are added to `others`.
    """
    others = [] if others is None else others
    if path.is_dir():
        for child in sorted(p for p in path.rglob("*") if p.is_file()):
            name, head = child.relative_to(path), head_of(child)
            if is_sidecar(name, head):
                continue
            if child.suffix == ".tar" or is_picture(name, head):
                yield from files(child, others)
            else:
                others.append(child.name)
    elif path.suffix == ".tar":
        yield from _packed(path, others)
    elif path.is_file():
        yield path.read_bytes()
    else:
        raise SRError("file_missing", path=path)


def _packed(path: Path, others: list[str]) -> Iterator[bytes]:
    try:
        with tarfile.open(path) as tar:
            for member in sorted(tar.getmembers(), key=lambda m: m.name):
                file = tar.extractfile(member) if member.isfile() and member.size <= MAX_BYTES else None
                if file is None:
                    continue
                data = file.read()
                name, head = PurePath(member.name), data[:HEAD]
                if is_picture(name, head) and not is_sidecar(name, head):
                    yield data
                elif not is_sidecar(name, head):
                    others.append(name.name)
    except (tarfile.TarError, OSError):
        yield b""  # counts as one damaged file


def rgb_pictures(paths: Sequence[Path], others: list[str] | None = None) -> Iterator[np.ndarray | None]:
    """Yield each picture as (H, W, 3) uint8; None for one that cannot be read. `others`: as for `files`."""
    for path in paths:
        for data in files(path, others):
            try:
                array = to_8_bit(decode(data).array)
            except SRError:
                yield None
                continue
            colour = array[:, :, : 3 if array.shape[2] > 2 else 1]
            yield np.broadcast_to(colour, (*colour.shape[:2], 3))
