"""The checkpoint format: one .safetensors file whose header holds a Card. Nothing is guessed, nothing is pickled."""

import dataclasses
import hashlib
import json
import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sr_models import registry
from sr_models.errors import CheckpointError, SRError

KEY = "sr_models"
MAX_HEADER = 2**20
DTYPES = ("F16", "BF16", "F32")
MAX_BYTES = 256 * 2**20


BEFORE_LAST = "psnr_y_before_last_stage"  # of validation: what the net had reached when its last stage began


@dataclass(frozen=True)
class Result:
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
    results: tuple[Result, ...] = ()
    device: str | None = None  # the processor that trained it

    def to_json(self) -> str:
        """Write the card as one JSON string."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Card":
        """Read a card; raise ValueError or TypeError for anything else."""
        facts = json.loads(text)
        results = tuple(Result(**r) for r in facts.pop("results"))
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

    def result(self, dataset: str, metric: str = "psnr_y") -> Result | None:
        """Return one measured number, or None where it was not measured."""
        return next((r for r in self.results if (r.set, r.metric) == (dataset, metric)), None)


def save(net: Any, card: Card, path: str | Path) -> None:
    """Write a plain net in float16 with its card, atomically. Bit for bit the same for the same net and card."""
    import torch
    from safetensors.torch import save as to_bytes

    state = {k: v.detach().to("cpu", torch.float16).contiguous() for k, v in net.state_dict().items()}
    write_atomically(Path(path), _in_order(to_bytes(state, {"format": "pt", KEY: card.to_json()})))


def _in_order(data: bytes) -> bytes:
    """Sort the keys of a safetensors header, whose order is otherwise random."""
    length = struct.unpack("<Q", data[:8])[0]
    header = json.dumps(json.loads(data[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + f".{os.getpid()}.part")
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


def read(path: str | Path) -> tuple[Any, Card]:
    """Build the net of a checkpoint file with its weights in float32.

    Strict: the same names and shapes as the built net, dense and finite, or CheckpointError.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(path)
    header, card = read_header(path)
    try:
        with torch.device("meta"):  # sizes are compared before any memory is taken
            shapes = {
                k: list(v.shape) for k, v in registry.build(card.architecture, **card.config).state_dict().items()
            }
    except (SRError, TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        raise CheckpointError(path.name, f"its net cannot be built: {error}") from error
    found = {k: v.get("shape") for k, v in header.items() if isinstance(v, dict)}
    if missing := sorted(shapes.keys() - found.keys()):
        raise CheckpointError(path.name, f"the weight {missing[0]} is missing")
    if foreign := sorted(found.keys() - shapes.keys()):
        raise CheckpointError(path.name, f"it holds {foreign[0]}, which the net {card.architecture} does not have")
    for key, shape in shapes.items():
        if found[key] != shape:
            raise CheckpointError(path.name, f"the weight {key} has the shape {found[key]}, not {shape}")
        if header[key].get("dtype") not in DTYPES:
            raise CheckpointError(path.name, f"the weight {key} is not stored as one of {', '.join(DTYPES)}")
    try:
        state = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(path.name, "it is cut off or damaged") from error
    for key, value in state.items():
        if not torch.isfinite(value).all():
            raise CheckpointError(path.name, f"the weight {key} has values that are not finite numbers")
    net = registry.build(card.architecture, **card.config)
    net.load_state_dict({k: v.float() for k, v in state.items()}, strict=True)
    return net.eval(), card


def stamp(path: str | Path, results: list[Result]) -> None:
    """Put measured results into the card of a file; newer numbers replace those of the same set and metric."""
    net, card = read(path)
    fresh = {(r.set, r.metric): r for r in (*card.results, *results)}
    save(net, dataclasses.replace(card, results=tuple(fresh[k] for k in sorted(fresh))), path)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
