"""Pictures that move: what is told of them, and all of their frames in one run where those are not too many."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sr_models.imaging.animation import KINDS, count_of, kind_of, seconds_of
from sr_models.imaging.kinds import head_of
from sr_models.imaging.options import ALPHA, FORMAT
from sr_models.inference.options import SAMPLES, TILE
from sr_models.parameters import Values
from sr_models.pipelines.animate import FrameDone, enlarge_animation
from sr_models.web.i18n import duration, text
from sr_models.web.pages.upscale.request import MODE, Resolved

MOST_PIXELS = 2**26  # of all frames of a result together


@dataclass(frozen=True)
class Moving:
    """Hold of an animation its kind, how many frames it has, and how long it plays, 0 where that is not known."""

    kind: str
    frames: int
    seconds: float

    @property
    def suffix(self) -> str:
        """Return the ending of its files."""
        return KINDS[self.kind]

    def fits(self, width: int, height: int) -> bool:
        """Say whether all frames of a result of this size may be made here."""
        return self.frames <= most_frames(width, height)

    def file(self) -> dict[str, Any]:
        """Return what a receipt says of the file, as `describe_file` does of others."""
        return {"kind": self.kind, "quality": None, "bits": 8, "frames": self.frames}


def most_frames(width: int, height: int) -> int:
    """Return how many frames of this size may be made here."""
    return MOST_PIXELS // (width * height)


def moving(path: str) -> Moving | None:
    """Look at a file; None for a picture that stands still, and for what is not there."""
    file = Path(path)
    return _moving(path, file.stat().st_mtime_ns) if path and file.is_file() else None


@functools.lru_cache(256)
def _moving(path: str, modified: int) -> Moving | None:
    if not head_of(Path(path)).startswith((b"GIF8", b"\x89PNG", b"RIFF")):
        return None
    data = Path(path).read_bytes()
    kind = kind_of(data)
    return Moving(kind, count_of(data), seconds_of(data, MOST_PIXELS)) if kind else None


def result_size(resolved: Resolved) -> tuple[int, int]:
    """Return width and height of the result of a picture that is enlarged."""
    picture, scale = resolved.picture, resolved.scale
    return resolved.target or (picture.width * scale, picture.height * scale)


def could_move(resolved: Resolved) -> Moving | None:
    """Return the animation whose frames a run makes if they are not too many: enlarged, whole, as the usual file."""
    request = resolved.request
    still = request[MODE] != "enlarge" or resolved.shrinks or resolved.region
    return None if still or request[FORMAT] != FORMAT.default or request[SAMPLES] else moving(request.picture)


def all_frames(resolved: Resolved) -> Moving | None:
    """Return the animation that a run makes; None where one picture is made."""
    found = could_move(resolved)
    return found if found and found.fits(*result_size(resolved)) else None


def notes(resolved: Resolved) -> tuple[str, ...]:
    """Return the notes of how the picture was read."""
    whole = all_frames(resolved)
    return tuple(note for note in resolved.whole.notes if not (whole and note == "first_frame"))


def told(resolved: Resolved, lang: str) -> str:
    """Return how many frames there are and how long they play, for the line of facts; "" of what stands still."""
    found = moving(resolved.request.picture)
    if not found:
        return ""
    lasts = text("facts_lasts", lang, seconds=duration(found.seconds)) if found.seconds else ""
    return text("facts_frames", lang, frames=found.frames) + lasts


def limit(resolved: Resolved, lang: str) -> str:
    """Say that only the first frame is made, where that is because there are too many; else ""."""
    found, size = could_move(resolved), result_size(resolved)
    if not found or found.fits(*size):
        return ""
    return text("frames_limit", lang, frames=found.frames, limit=most_frames(*size))


def enlarge(resolved: Resolved, path: Path) -> Iterator[FrameDone]:
    """Enlarge all frames of a request's file into another; yield after each."""
    found, request = all_frames(resolved), resolved.request
    assert found
    given = Values((ALPHA, TILE), {ALPHA.name: request.ground, TILE.name: request[TILE]})
    path.parent.mkdir(parents=True, exist_ok=True)
    data = Path(request.picture).read_bytes()
    yield from enlarge_animation(data, found.kind, path, resolved.upscaler, resolved.target, given)
