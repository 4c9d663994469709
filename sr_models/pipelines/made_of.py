"""What a result was made of, marked in its file, so that only the same work counts as done."""

import hashlib
import json
from pathlib import Path

import sr_models
from sr_models.files import jsonable
from sr_models.imaging.mark import work_of
from sr_models.imaging.options import FORMAT, IF_EXISTS, NAME, QUALITY, SIZE
from sr_models.inference.options import DRAWING, NO_SAMPLES, TILE
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Values
from sr_models.pipelines.naming import numbered, sample_paths


def work(data: bytes, upscaler: Upscaler, given: Values, target: tuple[int, int] | None) -> str:
    """Return a digest of all that a result follows from: the input's bytes, the checkpoint, every setting in use."""
    unused = {IF_EXISTS.name, NAME.name, SIZE.name}  # a size is in the target
    if given[FORMAT] != "jpeg":
        unused.add(QUALITY.name)
    if not given[NO_SAMPLES]:
        unused |= {p.name for p in DRAWING}
    if getattr(upscaler.net, "exact_tiling", False):
        unused.add(TILE.name)
    facts = {
        "program": sr_models.__version__,
        "input": hashlib.sha256(data).hexdigest(),
        "checkpoint": [upscaler.name, upscaler.sha256, upscaler.scale, str(upscaler.dtype), upscaler.mix],
        "target": target,
        "settings": {key: value for key, value in given.items() if key not in unused},
    }
    return hashlib.sha256(json.dumps(jsonable(facts), sort_keys=True).encode()).hexdigest()


def is_done(path: Path, digest: str, samples: int = 0) -> bool:
    """Say whether a result and its samples were made of just that, and still are as they were written."""
    try:
        return all(work_of(p.read_bytes()) == digest for p in (path, *sample_paths(path, samples)))
    except OSError:
        return False


def place(path: Path, digest: str, samples: int, if_exists: str) -> Path | None:
    """Return where a result goes, None where it is there already; `if_exists` is one of IF_EXISTS."""
    if if_exists == "overwrite":
        return path
    for candidate in numbered(path):
        if not any(p.exists() for p in (candidate, *sample_paths(candidate, samples))):
            return candidate
        if if_exists == "skip" and is_done(candidate, digest, samples):
            return None
    raise AssertionError("numbers end")
