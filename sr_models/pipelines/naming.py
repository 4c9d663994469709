"""What results are called: a template whose fields are a run's facts, and free names beside what is there."""

import itertools
import string
from collections.abc import Mapping
from pathlib import Path, PurePath

from sr_models.errors import SRError

FIELDS = ("stem", "ext", "net", "scale", "model", "format", "size", "seed")
USUAL = "{stem}_{model}"


def fields_of(template: str) -> set[str]:
    """Return the fields of a template; raise SRError for one that is unknown, or for braces without a pair."""
    known = ", ".join(FIELDS)
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise SRError("bad_name", template=template, reason=str(error).lower(), known=known) from error
    for _, field, spec, conversion in parts:
        if field is not None and (field not in FIELDS or spec or conversion):
            raise SRError("bad_name", template=template, reason=f"{field or 'an empty field'} is unknown", known=known)
    return {field for _, field, _, _ in parts if field}


def fill_in(template: str, facts: Mapping[str, object]) -> PurePath:
    """Return a result's path below its folder, without an ending; raise SRError for one that leads out of it."""
    fields_of(template)
    filled = template.format(**facts)
    path = PurePath(filled)
    if not path.name.strip(" .") or filled.endswith(("/", "\\")) or path.is_absolute() or ".." in path.parts:
        known = ", ".join(FIELDS)
        raise SRError("bad_name", template=template, reason=f"{filled} is no name of a file here", known=known)
    return path


def sample_paths(path: Path, samples: int) -> list[Path]:
    """Return where the samples of a result go: beside it."""
    return [path.with_stem(f"{path.stem}_s{k + 1}") for k in range(samples)]


def numbered(path: Path) -> "itertools.chain[Path]":
    """Yield a path, then the same with 2, 3, ... at its stem's end."""
    return itertools.chain([path], (path.with_stem(f"{path.stem}_{n}") for n in itertools.count(2)))
