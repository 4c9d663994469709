"""Files that other processes may read meanwhile, digests, data as JSON, and what a console can show."""

import hashlib
import io
import json
import math
import os
import sys
import threading
from pathlib import Path
from typing import Any


def speak_any_language() -> None:
    """Write what a console's code page does not have, names of files too, as escapes, and never fail at it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + f".{os.getpid()}.{threading.get_ident()}.part")
    part.write_bytes(data)
    part.replace(path)


def jsonable(value: Any) -> Any:
    """Turn facts into what JSON can hold: numbers rounded to four digits, infinity as "inf", tuples as lists."""
    if isinstance(value, dict):
        return {k: jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else str(value)
    return value


def from_jsonable(value: Any) -> Any:
    """Read numbers again as they were before `jsonable` made a word of infinity."""
    if isinstance(value, dict):
        return {k: from_jsonable(v) for k, v in value.items()}
    return math.inf if value == "inf" else value


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_json(facts: Any) -> bytes:
    """Write reports as JSON; infinity, which JSON does not know, becomes "inf"."""
    return (json.dumps(jsonable(facts), indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
