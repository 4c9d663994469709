"""What a checkpoint says of itself: a Card in the header of its one .safetensors file. Nothing is guessed."""

import dataclasses
import json
import math
import re
import stat
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from sr_models.errors import CheckpointError, SRError

KEY = "sr_models"
PICKLES = (".pth", ".pt", ".ckpt", ".bin", ".pkl")  # files that may hold a program
LONGEST = 2000  # letters of a text
_NAME = re.compile(r"[a-z0-9_]{1,100}")
FOREIGN = "spandrel/"  # begins the architecture of a net that was trained elsewhere
MAX_HEADER = 2**20
MAX_BYTES = 256 * 2**20
RENAMED = {"unrest": "flat_noise"}  # metrics by the names that older cards hold
BEFORE_LAST = "psnr_y_before_last_stage"  # of validation: what the net had reached when its last stage began

Relation = Literal[
    "warm_start",  # its weights are where the training began
    "continues",  # the same, of a net that invents: the two can be mixed
    "contains",  # it is a part of the net, frozen
    "teacher",  # its pictures were half of the target
    "pass",  # it runs on its own, one after another with the others of this relation
]


@dataclass(frozen=True)
class Base:
    """Name a checkpoint of which another was made, its SHA-256 where that was stored, and in which way."""

    name: str
    sha256: str | None
    relation: Relation


@dataclass(frozen=True)
class Measurement:
    """Hold one measured number, bicubic's beside it, and how it was measured."""

    set: str
    metric: str
    value: float
    baseline: float
    protocol: str


@dataclass(frozen=True)
class Card:
    """Say what a checkpoint is, how it was made and what it reaches."""

    name: str
    architecture: str
    config: dict[str, Any]
    scale: int | None
    bases: tuple[Base, ...]
    trained_for: str  # "clean" | "photo" | "digits"
    invents: bool
    recipe: dict[str, Any]  # the choices of its training, as JSON holds them; {"text": ...} where it was any text
    dataset: str
    license: str
    steps: int
    seconds: float
    commit: str | None
    results: tuple[Measurement, ...] = ()
    device: str | None = None  # the processor that trained it

    def to_json(self) -> str:
        """Write the card as one JSON string."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Card":
        """Read a card, of whatever age; raise ValueError, TypeError or KeyError for anything else."""
        facts = json.loads(text)
        found = (Measurement(**r) for r in facts.pop("results"))
        results = tuple(dataclasses.replace(r, metric=RENAMED.get(r.metric, r.metric)) for r in found)
        bases, recipe = read_bases(facts), _read_recipe(facts.pop("recipe"))
        card = Card(**facts, bases=bases, recipe=recipe, results=results)
        _check(card)
        if card.passes:
            raise TypeError("a cascade has no file of its own")
        return card

    def names(self, *relations: Relation) -> tuple[str, ...]:
        """Return the names of the bases that have one of the relations, in their order."""
        return tuple(base.name for base in self.bases if base.relation in relations)

    @property
    def foreign(self) -> bool:
        """Say whether it was trained elsewhere, and so is described by what its file holds alone."""
        return self.architecture.startswith(FOREIGN)

    @property
    def passes(self) -> tuple[str, ...]:
        """Return the names of the checkpoints that run one after another, none where it is a single net."""
        return self.names("pass")

    @property
    def started_from(self) -> str | None:
        """Return the name of the checkpoint where its training began; None where that was from scratch."""
        return next(iter(self.names("warm_start") or self.names("continues", "contains")), None)

    @property
    def measured_partner(self) -> str | None:
        """Return the name of the net that this one, which invents, continues: the two can be mixed."""
        return next(iter(self.names("continues")), None) if self.invents else None

    @property
    def perceptual_features(self) -> str | None:
        """Return the name of the pretrained features that a loss of its training used.

        A distance by them flatters it.
        """
        for recipe in self.recipe["passes"] if self.passes else [self.recipe]:
            options = recipe.get("options", {})
            if recipe.get("objective") == "adversarial" and (options.get("content", 1) or options.get("style", 1)):
                return options.get("features", "lite0")
        return None

    def result(self, dataset: str, metric: str = "psnr_y") -> Measurement | None:
        """Return one measured number, or None where it was not measured."""
        return next((r for r in self.results if (r.set, r.metric) == (dataset, metric)), None)


def _check(card: Card) -> None:
    """Raise TypeError for a card whose texts, numbers or names may not stand on a page or in a path."""
    names = [card.name, card.architecture, card.trained_for, *(base.name for base in card.bases)]
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        raise TypeError("names are small letters, digits and _")
    told = [text for r in card.results for text in (r.set, r.metric, r.protocol)]
    told += [text for text in (card.device, card.commit) if text is not None]
    for text in (card.license, card.dataset, *told):
        if not (isinstance(text, str) and len(text) <= LONGEST and text.isprintable()):
            raise TypeError("texts are short and printable")
    numbers = [card.steps, card.seconds, *(x for r in card.results for x in (r.value, r.baseline))]
    if any(isinstance(n, bool) or not isinstance(n, int | float) or not math.isfinite(n) for n in numbers):
        raise TypeError("numbers are finite")
    if not (isinstance(card.config, dict) and isinstance(card.invents, bool)):
        raise TypeError("a card has a config, and says whether its net invents")
    if card.scale is not None and (isinstance(card.scale, bool) or card.scale not in range(1, 17)):
        raise TypeError("a scale is a small whole number")


def cascade_card(net: str, parts: list[Card], digests: Sequence[str | None] = ()) -> Card:
    """Return the card of checkpoints of one net that run one after another: derived, and without results.

    `digests`: the SHA-256 of each part, where they are known. What the cards of the parts say of licence, data and
    invention holds for the whole; damage in the picture is what the first one sees.
    """
    digests = digests or [None] * len(parts)
    bases = [Base(part.name, digest, "pass") for part, digest in zip(parts, digests, strict=True)]
    partners = [part.measured_partner or "" for part in parts]
    scales = [f"_x{part.scale}" for part in parts]
    partner = {name.removesuffix(scale) for name, scale in zip(partners, scales, strict=True)}
    if len(partner) == 1 and all(partners):  # each continues the same net: so does the whole
        bases.append(Base(partner.pop() + "".join(scales), None, "continues"))
    first = parts[0]
    return Card(
        name=net + "".join(scales),
        architecture=first.architecture,
        config={},
        scale=math.prod(part.scale or 1 for part in parts),
        bases=tuple(bases),
        trained_for=first.trained_for,
        invents=any(part.invents for part in parts),
        recipe={"passes": [part.recipe for part in parts]},
        dataset=" + ".join(dict.fromkeys(part.dataset for part in parts)),
        license=" + ".join(dict.fromkeys(part.license for part in parts)),
        steps=sum(part.steps for part in parts),
        seconds=sum(part.seconds for part in parts),
        commit=None,
    )


def read_bases(facts: dict[str, Any]) -> tuple[Base, ...]:
    """Take the bases out of the facts of a card or of a run's state, of whatever age.

    Older ones hold `base`: name and sha256 of what the training began with, and beside them `continues` or
    `contains` with a digest of its own. Raise TypeError or KeyError for anything else.
    """
    if "bases" in facts:
        bases = tuple(Base(**base) for base in facts.pop("bases"))
    elif (old := facts.pop("base")) is None:
        bases = ()
    else:
        hows: tuple[Relation, ...] = ("continues", "contains")
        kept = [Base(old[how], old.get(f"{how}_sha256"), how) for how in hows if how in old]
        first = Base(old["name"], old["sha256"], "warm_start")
        known = (first.name, first.sha256) in [(base.name, base.sha256) for base in kept]
        bases = tuple(kept if known else [first, *kept])
    if not all(isinstance(b.name, str) and isinstance(b.sha256, str | None) for b in bases):
        raise TypeError("a base has a name and a digest")
    if not all(base.relation in get_args(Relation) for base in bases):
        raise TypeError("a base has one of the known relations")
    return bases


def _read_recipe(recipe: Any) -> dict[str, Any]:
    """Return a recipe as data; older cards hold it as JSON within a text, or as any text."""
    facts = recipe
    if isinstance(recipe, str):
        try:
            facts = json.loads(recipe)
        except (ValueError, RecursionError):
            return {"text": recipe}
    if isinstance(facts, dict) and isinstance(facts.get("options", {}), dict):
        return facts
    if isinstance(recipe, str):
        return {"text": recipe}
    raise TypeError("a recipe is data")


def read_header(path: str | Path) -> tuple[dict[str, Any], Card]:
    """Return tensor facts and card from a file's header, without torch and without reading the weights."""
    path = Path(path)
    try:
        size = _size(path)
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(MAX_HEADER, size - 8):
                raise CheckpointError(path.name, "it is no safetensors file, or it is cut off")
            header = json.loads(file.read(length))
    except FileNotFoundError as error:
        raise SRError("file_missing", path=path) from error
    except OSError as error:
        raise CheckpointError(path.name, "it cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(path.name, "its header is damaged") from error
    if size > MAX_BYTES:
        raise CheckpointError(path.name, f"it is larger than {MAX_BYTES // 2**20} MiB")
    metadata = header.pop("__metadata__", {}) if isinstance(header, dict) else {}
    if isinstance(header, dict) and _end(header) != size - 8 - length:
        raise CheckpointError(path.name, "it is cut off, or holds more than it says")
    if not isinstance(metadata, dict) or KEY not in metadata:
        raise CheckpointError(path.name, "it was not made by this program (its header has no card)")
    try:
        card = Card.from_json(metadata[KEY])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointError(path.name, "its card is damaged") from error
    return header, card


def _size(path: Path) -> int:
    """Return the bytes of a file; raise CheckpointError for a folder or a device, whose end may never come."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise CheckpointError(path.name, "it is no file")
    return found.st_size


def _end(header: dict[str, Any]) -> int:
    """Return where the last tensor of a header ends, in bytes behind it; -1 where that is not told."""
    ends = [facts.get("data_offsets") if isinstance(facts, dict) else None for facts in header.values()]
    if not all(isinstance(end, list) and len(end) == 2 and isinstance(end[1], int) for end in ends):
        return -1
    return max((end[1] for end in ends if end), default=0)


def read_card(path: str | Path) -> Card:
    """Return the card of a checkpoint file."""
    return read_header(path)[1]


def is_foreign(path: str | Path) -> bool:
    """Say whether a file is a safetensors file without a card of ours."""
    try:
        room = _size(Path(path)) - 8
        with Path(path).open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            header = json.loads(file.read(length)) if 2 <= length <= min(16 * MAX_HEADER, room) else None
    except (SRError, OSError, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and KEY not in (header.get("__metadata__") or {})
