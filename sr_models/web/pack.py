"""Several files in one to take away."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

MAX_BYTES = 100 * 2**20  # larger ones are not packed: the server's room is everybody's


def pack(path: Path, files: Sequence[Path]) -> str:
    """Put files, whose kinds are compressed already, into a ZIP; return its path, "" where it would be too large."""
    if sum(file.stat().st_size for file in files) > MAX_BYTES:
        return ""
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.name)
    return str(path)
