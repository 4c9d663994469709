"""What a checkpoint says of itself: a Card in the header of its one .safetensors file. Nothing is guessed."""

import dataclasses
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sr_models.errors import CheckpointError, SRError

KEY = "sr_models"
MAX_HEADER = 2**20
MAX_BYTES = 256 * 2**20
BEFORE_LAST = "psnr_y_before_last_stage"  # of validation: what the net had reached when its last stage began


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
    base: dict[str, str] | None  # name and sha256 that it started from
    trained_for: str  # "clean" | "photo"
    invents: bool
    recipe: str
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
        """Read a card; raise ValueError or TypeError for anything else."""
        facts = json.loads(text)
        results = tuple(Measurement(**r) for r in facts.pop("results"))
        card = Card(**facts, results=results)
        texts = (card.name, card.architecture, card.trained_for, card.license, card.recipe, card.dataset)
        numbers = [x for r in results for x in (r.value, r.baseline)]
        if not (
            isinstance(card.config, dict)
            and isinstance(card.base, dict | None)
            and all(isinstance(t, str) for t in texts)
        ):
            raise TypeError("a card has texts and a config")
        if not (isinstance(card.scale, int | None) and all(isinstance(n, int | float) for n in numbers)):
            raise TypeError("a card's scale and results are numbers")
        return card

    @property
    def measured_partner(self) -> str | None:
        """Return the name of the net that this one, which invents, continues: the two can be mixed."""
        return (self.base or {}).get("continues") if self.invents else None

    @property
    def choices(self) -> dict[str, Any]:
        """Return the recipe's choices; none where the recipe, which may be any text, does not hold them."""
        try:
            facts = json.loads(self.recipe)
        except (ValueError, RecursionError):
            return {}
        return facts if isinstance(facts, dict) and isinstance(facts.get("options", {}), dict) else {}

    @property
    def trained_on(self) -> str | None:
        """Return the name of the pretrained features that a loss of its training used; a distance by them flatters it."""
        if self.choices.get("objective") != "adversarial":
            return None
        options = self.choices.get("options", {})
        return options.get("features", "lite0") if options.get("content", 1) or options.get("style", 1) else None

    def result(self, dataset: str, metric: str = "psnr_y") -> Measurement | None:
        """Return one measured number, or None where it was not measured."""
        return next((r for r in self.results if (r.set, r.metric) == (dataset, metric)), None)


def read_header(path: str | Path) -> tuple[dict[str, Any], Card]:
    """Return tensor facts and card from a file's header, without torch and without reading the weights."""
    path = Path(path)
    try:
        size = path.stat().st_size
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
    if not isinstance(metadata, dict) or KEY not in metadata:
        raise CheckpointError(path.name, "it was not made by this program (its header has no card)")
    try:
        card = Card.from_json(metadata[KEY])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointError(path.name, "its card is damaged") from error
    return header, card


def read_card(path: str | Path) -> Card:
    """Return the card of a checkpoint file."""
    return read_header(path)[1]
