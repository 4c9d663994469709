"""What a visitor of the page `/restore` asks for: typed, checked, and resolved once to pixels and steps."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from sr_models.archs import discover
from sr_models.checkpoints.catalog import list_checkpoints
from sr_models.checkpoints.recommend import RESTORERS
from sr_models.errors import SRError
from sr_models.imaging.damage import DAMAGE, JPEG, damaged
from sr_models.imaging.encode import format_choice
from sr_models.imaging.options import FORMAT, OUTPUT
from sr_models.imaging.picture import Picture, as_8_bit, to_array
from sr_models.inference.options import TASKS
from sr_models.metrics.diagnose import Finding, diagnose
from sr_models.parameters import Parameter, Values
from sr_models.pipelines.restore import Work, read_mask, works_for
from sr_models.web.components.mask import marked
from sr_models.web.nets import NETS
from sr_models.web.requests import open_upload

T = TypeVar("T")
MAX_PIXELS = 2**24  # of a picture
MAX_BESIDE = 2**21  # of one beside whose repair another method runs: filters are slower than the nets
HOLE = 128  # the grey level of holes in a test
MOST_READ = 256  # pictures whose findings are kept
_READ: dict[str, tuple[Finding, ...]] = {}
DOING = Parameter("doing", "repair", choices=("repair", "test"), address="mode")
CURES = tuple(Parameter(task, False) for task in TASKS)
HOLES = next(cure for cure in CURES if cure.name == "inpaint")
CLASSICAL = {
    net.name: net.build.repairs  # type: ignore[attr-defined]
    for net in discover().values()
    if net.task == "restore" and not net.weights and "inpaint" not in net.build.repairs  # type: ignore[attr-defined]
}
STAGE = Parameter("stage_of", "see", choices=("mark", "see"))  # what stands in the middle while holes are to be filled
METHOD = Parameter("method", "net")  # a name of `methods`
STRENGTH = Parameter("strength", 0.0, low=0.001, high=100, step=0.001)  # in the unit of what begins the repair
PARAMETERS: tuple[Parameter[Any], ...] = (DOING, *CURES, METHOD, STRENGTH, *DAMAGE, *OUTPUT)


def methods() -> tuple[str, ...]:
    """Return what may repair: our nets, a classical method, or a net that the host keeps from elsewhere."""
    return (METHOD.default, *CLASSICAL, *foreign())


def foreign() -> list[str]:
    """Return the names of the nets that were trained elsewhere and keep the size."""
    return [card.name for card in list_checkpoints("restore") if card.foreign]


@dataclass(frozen=True)
class Request:
    """Hold what was asked for: files by path, "" where there is none, and the checked values of PARAMETERS.

    `mask` counts while holes are to be filled.
    """

    visitor: str
    picture: str
    values: Values
    mask: str = ""

    @staticmethod
    def of(asked: Mapping[str, Any]) -> "Request":
        """Make one of the page's values by name, without what does not count; raise SRError for what may not be."""
        values = Values(PARAMETERS, asked)
        if values[METHOD] not in (known := methods()):
            raise SRError("unknown_restorer", name=values[METHOD], known=", ".join(known))
        if values[DOING] != "test":
            values = values.with_(**{p.name: p.default for p in DAMAGE})
        request = Request(asked["visitor"], asked.get("picture") or "", values)
        drawn = asked.get("mask") if values[HOLES] else None
        return replace(request, mask=marked(drawn, request.subject))

    def __getitem__(self, parameter: Parameter[T]) -> T:
        return self.values[parameter]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Return the tasks that were chosen, in the order in which they are done."""
        return tuple(cure.name for cure in CURES if self[cure])

    @property
    def subject(self) -> str:
        """Return which picture it is about."""
        return hashlib.sha256(self.picture.encode()).hexdigest()[:16]

    @property
    def damage(self) -> dict[str, Any] | None:
        """Return how a test damages the picture; None where it is repaired as it is."""
        return self.values.of(DAMAGE) if self[DOING] == "test" else None


@dataclass(frozen=True)
class Resolved:
    """Hold a request with all that it means: the picture (H, W, C), damaged in a test, of which then the original."""

    request: Request
    picture: Picture
    array: np.ndarray
    original: np.ndarray | None

    @cached_property
    def holes(self) -> np.ndarray | None:
        """Return where the picture is to be filled, (H, W) bool; None where nothing is marked. Raise SRError."""
        mask = self.request.mask
        return read_mask(Path(mask), self.picture.width, self.picture.height) if mask else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Read what is wrong with the picture; a test's file would tell its quality.

        What was read is kept: a visitor ticks and moves much, and reading takes up to a second.
        """
        key = f"{self.request.picture} {self.request.damage}"
        if key not in _READ:
            if len(_READ) >= MOST_READ:
                _READ.clear()
            _READ[key] = self._read()
        return _READ[key]

    def _read(self) -> tuple[Finding, ...]:
        damage = self.request.damage
        if damage is None:
            return diagnose(self.picture)
        found = diagnose(Picture(self.array, jpeg_quality=damage[JPEG.name] or None))
        return tuple(replace(each, read_in="test") if each.read_in == "tables" else each for each in found)

    @cached_property
    def given(self) -> np.ndarray:
        """Return what is repaired: in a test, what was in the holes is gone."""
        if self.original is None or self.holes is None:
            return self.array
        blank, channels = self.array.copy(), self.array.shape[2]
        blank[self.holes, : channels - (channels % 2 == 0)] = HOLE  # transparency stays
        return blank

    @property
    def without_holes(self) -> "Resolved":
        """Return the same with nothing marked."""
        return replace(self, request=replace(self.request, mask=""))

    @cached_property
    def works(self) -> tuple[Work, ...]:
        """Return the steps of the repair; the strength goes to the first one that can be told any."""
        request = self.request
        model = None if request[METHOD] == METHOD.default else request[METHOD]
        works = works_for(request.tasks, NETS.restorer, model)
        if request[STRENGTH] != STRENGTH.default and (main := main_of(works)):
            works = [replace(w, strength=request[STRENGTH]) if w is main else w for w in works]
        return tuple(works)

    @property
    def depth(self) -> int:
        """Return the bits of a channel of the result: the file's, else the picture's."""
        return format_choice(self.request[FORMAT])[1] or self.array.dtype.itemsize * 8

    @property
    def draws(self) -> bool:
        """Say whether there are other answers: what fills holes draws several."""
        first = next(iter(self.works), None)
        return first is not None and first.task == HOLES.name and first.restorer.knows_many

    @property
    def is_large(self) -> bool:
        """Say whether it is too large for another method beside it."""
        return self.array.shape[0] * self.array.shape[1] > MAX_BESIDE

    @cached_property
    def others(self) -> tuple[Work, ...]:
        """Return the steps that stand beside it: the classical ones, or the nets'; none where they are the same."""
        tasks = self.request.tasks
        if self.is_large:
            return ()
        if self.request[METHOD] != METHOD.default:
            others = tuple(works_for(tasks, NETS.restorer, None))
        else:
            # What takes noise away takes marks of JPEG along: a second filter after it lies further from the original.
            rest = [task for task in tasks if not (task == "dejpeg" and "denoise" in tasks)]
            others = tuple(Work(task, NETS.restorer(RESTORERS[task][-1])) for task in rest)
        same = [w.restorer.name for w in others] == [w.restorer.name for w in self.works]
        return () if same else others


def resolve(request: Request) -> Resolved:
    """Decode the picture, and damage it where that is asked for; raise SRError with a sentence."""
    picture = open_upload(request.picture)
    if picture.width * picture.height > MAX_PIXELS:
        raise SRError("too_large", width=picture.width, height=picture.height, limit=MAX_PIXELS)
    if request.mask:
        try:
            os.utime(request.mask)  # its hour begins anew
        except OSError as error:
            raise SRError("upload_gone") from error
    if request.damage is None:
        return Resolved(request, picture, np.asarray(picture.array), None)
    original = to_array(as_8_bit(np.asarray(picture.array)))
    return Resolved(request, picture, damaged(original, request.damage), original)


def main_of(works: tuple[Work, ...] | list[Work]) -> Work | None:
    """Return the step whose strength a visitor may set: the first that finds its own otherwise; holes have none."""
    told = (w for w in works if w.task != HOLES.name and w.restorer.net.strength)
    return next((w for w in told if w.restorer.net.strength.is_automatic), None)
