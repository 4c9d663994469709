"""What a visitor of the page `/` asks for: typed, checked, and resolved once to a picture, a net and its inputs."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sr_models.checkpoints.catalog import DEFAULT_SCALE, SCALES, scales_of
from sr_models.errors import SRError
from sr_models.imaging import degradations
from sr_models.imaging.encode import format_choice
from sr_models.imaging.options import ALPHA, DPI, FORMAT, OUTPUT, QUALITY, SIZE
from sr_models.imaging.picture import Picture
from sr_models.imaging.sizes import scale_for, target_size
from sr_models.inference.options import ENSEMBLE, LOADING, MIX, SAMPLES, SAMPLING, TILE
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Parameter, Values
from sr_models.pipelines.inputs import Inputs, check_output, pair, prepare
from sr_models.pipelines.region import Region, region_around
from sr_models.web.nets import NETS
from sr_models.web.requests import open_upload
from sr_models.web.storage import ASSETS

T = TypeVar("T")
OTHER = 0  # instead of a scale: the size is given in words
MAX_RESULT = 2**24  # pixels of a result
PART_SIDE = 1024  # pixels of the picture, the most of a part
MIDDLE = "0.50000 0.50000"
MODE = Parameter("mode", "enlarge", choices=("enlarge", "test", "both", "pair"))
NET = Parameter("net", "", address="arch")
SCALE = Parameter("scale", DEFAULT_SCALE, choices=(*SCALES, OTHER))
TOOLS: tuple[Parameter[Any], ...] = (*OUTPUT, ALPHA, TILE, ENSEMBLE, DPI)
PARAMETERS: tuple[Parameter[Any], ...] = (
    *(MODE, NET, SCALE, SIZE, MIX),
    *degradations.parameters(),
    *TOOLS,
    *SAMPLING,
)


@dataclass(frozen=True)
class Request:
    """Hold what was asked for: two files by path, "" where there is none, and the checked values of PARAMETERS.

    `part` is the centre of what is taken of a picture that is too large, "x y" as shares of it; "": all of it or none.
    """

    visitor: str
    picture: str
    original: str
    values: Values
    part: str = ""

    @staticmethod
    def of(asked: Mapping[str, Any]) -> "Request":
        """Make one of the page's values by name; raise SRError for a value that may not be."""
        picture, original = (asked.get(name) or "" for name in ("picture", "original"))
        return Request(asked["visitor"], picture, original, Values(PARAMETERS, asked), asked.get("part") or "")

    def __getitem__(self, parameter: Parameter[T]) -> T:
        return self.values[parameter]

    def with_(self, **values: Any) -> "Request":
        """Return the same with other values."""
        return replace(self, values=self.values.with_(**values))

    @property
    def subject(self) -> str:
        """Return which picture, or part of it, it is about: an example's name, whatever its scale, or a digest."""
        path = Path(self.picture)
        digest = hashlib.sha256(self.picture.encode()).hexdigest()[:16]
        name = path.stem.split("_x")[0] if path.parent == ASSETS else digest
        return f"{name} {self.part}".strip()

    @property
    def ground(self) -> str:
        """Return what becomes of transparent parts: a JPEG has none, they are laid on white."""
        kind, _ = format_choice(self[FORMAT])
        return "white" if kind == "jpeg" and self[ALPHA] == "keep" else self[ALPHA]

    @property
    def degradation(self) -> Values | None:
        """Return how a test makes LR; None where the picture is enlarged as it is."""
        if self[MODE] != "test":
            return None
        return Values(degradations.parameters(), self.values.of(degradations.parameters()))

    def like(self, other: "Request") -> bool:
        """Say whether it asks for the same but for the mix."""
        return self.with_(mix=other[MIX]) == other


@dataclass(frozen=True)
class Resolved:
    """Hold a request with all that it means here; the net and the inputs are made when they are first needed.

    `scale` is the net's; `target` the size asked for, None for the net's own. `picture` is the `region` of the `whole`
    where a part was asked for. `request` is without what does not count: the mix and the samples of a net that has
    none, the degradation where nothing is tested.
    """

    request: Request
    picture: Picture
    scale: int
    target: tuple[int, int] | None
    whole: Picture
    region: Region | None = None

    @cached_property
    def upscaler(self) -> Upscaler:
        """Return the net, loaded once for all visitors."""
        return NETS.runner(self.request[NET], self.scale, **self.request.values.of(LOADING))

    @cached_property
    def inputs(self) -> Inputs:
        """Make LR and the original; raise SRError with a sentence."""
        request, ground = self.request, self.request.ground
        if request[MODE] == "both":
            if not request.original:
                raise SRError("no_original")
            original = open_upload(request.original)
            size = {"width": original.width, "height": original.height}
            if size == {"width": self.picture.width, "height": self.picture.height}:
                raise SRError("not_small", **size)
            return pair(self.picture, original, self.scale, limit=MAX_RESULT, alpha=ground)
        how: dict[str, Any] = {"limit": MAX_RESULT, "alpha": ground, "target": self.target}
        return prepare(self.picture, self.scale, request.degradation, **how)

    @property
    def depth(self) -> int | None:
        """Return the bits of the result's file, None for those of the picture."""
        return format_choice(self.request[FORMAT])[1]

    @property
    def shrinks(self) -> bool:
        """Say whether the size asked for is below the picture's: no net is needed."""
        return self.target is not None and self.target[0] * self.target[1] < self.picture.width * self.picture.height

    @property
    def part(self) -> dict[str, int] | None:
        """Return where the part lies in the whole picture, and the whole's size; None where it is all of it."""
        if not self.region:
            return None
        corner = {"left": self.region.columns.start, "top": self.region.rows.start}
        size = {"width": self.picture.width, "height": self.picture.height}
        return {**corner, **size, "of_width": self.whole.width, "of_height": self.whole.height}

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of the result."""
        if self.target:
            return self.target
        height, width = (n * self.scale for n in self.inputs.lr.shape[:2])
        return width, height

    def check(self) -> None:
        """Raise SRError where the net is not there, or the result would be too large."""
        if self.request[NET] not in NETS.names(self.scale):
            raise SRError("net_not_there", net=self.request[NET], scale=self.scale)
        self.check_size()

    def check_size(self) -> None:
        """Raise SRError where the result would be too large."""
        if self.target and self.shrinks:
            width, height = self.target
            if width * height > MAX_RESULT:
                raise SRError("result_too_large", width=width, height=height, limit=MAX_RESULT)
            return
        check_output(self.picture, 1 if self.request[MODE] == "test" else self.scale, MAX_RESULT, self.target)


def resolve(request: Request) -> Resolved:
    """Decode the picture and find the scale; raise SRError with a sentence."""
    whole = picture = open_upload(request.picture)
    scale, target = scale_and_target(request, picture)
    request, region = _what_counts(request, scale), None
    if not is_too_large(request, whole):
        request = replace(request, part="")
    if request.part:
        region = region_around(whole.array, request.part, part_side(request), 0, 1)
        picture = replace(whole, array=region.of(whole.array))
    return Resolved(request, picture, scale, target, whole, region)


def inputs_of(request: Request) -> tuple[Any, ...]:
    """Return what LR and the original are made of; equal where those are."""
    counts = effective(request)
    degradation = counts.degradation and tuple(dict(counts.degradation).items())
    files = counts.picture, counts.original, counts.part
    return *files, counts[MODE], scale_of(counts), degradation, counts.ground


def two_pictures(request: Request) -> tuple[Picture, Picture]:
    """Decode two pictures of one size; raise SRError with a sentence for others."""
    first = open_upload(request.picture)
    if not request.original:
        raise SRError("no_second")
    second = open_upload(request.original)
    sizes = [f"{picture.width}×{picture.height}" for picture in (first, second)]
    if sizes[0] != sizes[1]:
        raise SRError("pair_sizes", first=sizes[0], second=sizes[1])
    if first.width * first.height > MAX_RESULT:
        raise SRError("too_large", width=first.width, height=first.height, limit=MAX_RESULT)
    return first, second


def is_too_large(request: Request, picture: Picture) -> bool:
    """Say whether a picture cannot be run in one piece at the scale asked for, and a part of it can."""
    scale = {"enlarge": request[SCALE], "test": 1}.get(request[MODE], 0)
    return picture.width * picture.height * scale**2 > MAX_RESULT


def part_side(request: Request) -> int:
    """Return the side of the part that is taken of a picture that is too large, in its pixels."""
    return min(PART_SIDE, math.isqrt(MAX_RESULT) // (request[SCALE] if request[MODE] == "enlarge" else 1))


def scale_and_target(request: Request, picture: Picture | None) -> tuple[int, tuple[int, int] | None]:
    """Return the scale of the net and, where a size was asked for, the result's (width, height)."""
    if request[SCALE] != OTHER:
        return request[SCALE], None
    if request[MODE] != "enlarge":
        raise SRError("size_in_test")
    if picture is None:
        return DEFAULT_SCALE, None
    target = target_size(request[SIZE], picture.width, picture.height, smaller=True)
    scales = scales_of(request[NET], NETS.cards()) or (DEFAULT_SCALE,)  # a net that is not there is told of later
    return scale_for(target, picture.width, picture.height, scales), target


def scale_of(request: Request) -> int:
    """Return the scale whose nets are offered: that of the size asked for, the default where there is none yet."""
    try:
        return scale_and_target(request, open_upload(request.picture) if request[SCALE] == OTHER else None)[0]
    except SRError:
        return request[SCALE] or DEFAULT_SCALE


def asked(v: Mapping[str, Any]) -> Request:
    """Make a request of the page's values; a net that is not there gives way to the default."""
    request = Request.of({**v, "part": v.get("part") or MIDDLE})
    scale = scale_of(request)
    return request if request[NET] in NETS.names(scale) else request.with_(net=NETS.default(scale))


def effective(request: Request) -> Request:
    """Return a request without what does not count, as a result keeps it."""
    request = _what_counts(request, scale_of(request))
    return request if in_parts(request) else replace(request, part="")


def in_parts(request: Request) -> bool:
    """Say whether the picture of a request is there and too large to be run in one piece."""
    try:
        return is_too_large(request, open_upload(request.picture))
    except SRError:
        return False


def _what_counts(request: Request, scale: int) -> Request:
    """Set aside what changes nothing, so that equal requests have equal results."""
    if request[MODE] == "pair":  # no net runs
        return replace(request, part="", values=Values(PARAMETERS, {MODE.name: "pair"}).with_(samples=0))
    net = request[NET]
    changes: dict[str, Any] = {}
    if not NETS.partner_of(net, scale):
        changes[MIX.name] = MIX.default
    if request[ENSEMBLE] or not NETS.draws_samples(net, scale):
        changes |= {p.name: p.default for p in SAMPLING} | {SAMPLES.name: 0}
    if request[MODE] != "test":
        changes |= {p.name: p.default for p in degradations.parameters()}
    if format_choice(request[FORMAT])[0] != "jpeg":
        changes[QUALITY.name] = QUALITY.default
    if request[SCALE] != OTHER:
        changes[SIZE.name] = SIZE.default
    original = request.original if request[MODE] == "both" else ""
    return replace(request, original=original, values=request.values.with_(**changes))
