"""An animation through one net, frame by frame: only one of them is in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sr_models.errors import SRError
from sr_models.imaging.animation import BACKGROUND, Frame, count_of, frames, kind_of, plays_of, write
from sr_models.imaging.decode import read_bytes
from sr_models.imaging.kinds import head_of
from sr_models.imaging.mark import marked
from sr_models.imaging.options import ALPHA, ANIMATION
from sr_models.imaging.picture import Picture, fit
from sr_models.inference.options import NO_SAMPLES, TILE
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Values
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.upscale import enlarge, write_bytes


@dataclass(frozen=True)
class FrameDone:
    """Report one finished frame."""

    done: int
    total: int


def written_as(data: bytes, given: Values) -> str | None:
    """Return the kind of animation that a file becomes; None where one picture is made of it."""
    asked = given[ANIMATION]
    found = kind_of(data) if asked != "first" and not given[NO_SAMPLES] else None
    return found if asked == "same" or found is None else asked


def file_written_as(path: Path, given: Values) -> str | None:
    """Do as `written_as`, and read a file whole only where it may be an animation."""
    if not head_of(path).startswith((b"GIF8", b"\x89PNG", b"RIFF")):
        return None
    try:
        return written_as(read_bytes(path), given)
    except SRError:  # it is said when the picture's turn comes
        return None


def enlarge_animation(
    data: bytes,
    kind: str,
    path: Path,
    upscaler: Upscaler,
    target: tuple[int, int] | None,
    given: Values,
    work: str = "",
) -> Iterator[FrameDone]:
    """Enlarge an animation into one of `kind`, marked with `work` where it is given; times, plays and disposal stay.

    Yields after each frame.
    """
    blank = kind == "gif" and kind_of(data) != "gif"  # a GIF's frames do not replace what is under their clear parts
    total = count_of(data)

    def made() -> Iterator[Frame]:
        for frame in frames(data):
            lr = prepare(Picture(frame.array), upscaler.scale, alpha=given[ALPHA]).lr
            how: dict[str, Any] = {"tile": given[TILE] or None, "depth": 8}
            *_, last = enlarge(upscaler, lr, **how)
            array = fit(last.array, target) if target else last.array
            yield replace(frame, array=array, disposal=BACKGROUND if blank else frame.disposal)

    for number, _ in enumerate(write(path, kind, plays_of(data), made())):
        yield FrameDone(number + 1, total)
    if work:
        write_bytes(marked(path.read_bytes(), work), path)
