"""Write and read checkpoint files: strict names and shapes, finite weights, nothing pickled."""

import dataclasses
import json
import struct
from pathlib import Path
from typing import Any

from sr_models import archs
from sr_models.checkpoints.card import KEY, Card, Measurement, is_foreign, read_header
from sr_models.errors import CheckpointError, SRError
from sr_models.files import write_atomically

DTYPES = ("F16", "BF16", "F32")


def save_checkpoint(net: Any, card: Card, path: str | Path) -> None:
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


def read_checkpoint(path: str | Path) -> tuple[Any, Card]:
    """Build the net of a checkpoint file with its weights in float32.

    A file without a card of ours is one of a net that was trained elsewhere: see `checkpoints/community.py`.
    Strict: the same names and shapes as the built net, dense and finite, or CheckpointError.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(path)
    if is_foreign(path):
        from sr_models.checkpoints import community

        return community.read(path)
    header, card = read_header(path)
    try:
        with torch.device("meta"):  # sizes are compared before any memory is taken
            shapes = {k: list(v.shape) for k, v in archs.build(card.architecture, **card.config).state_dict().items()}
    except SRError as error:
        raise CheckpointError(path.name, _why(error)) from error
    except (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError, AttributeError) as error:
        raise CheckpointError(path.name, "its settings do not make a net") from error
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
    net = archs.build(card.architecture, **card.config)
    net.load_state_dict({k: v.float() for k, v in state.items()}, strict=True)
    return net.eval(), card


def _why(error: SRError) -> str:
    """Return why a net cannot be built, as a part of a sentence."""
    facts = error.facts
    if error.code == "bad_setting":
        return f"its setting {facts['key']} is {facts['value']}, not {facts['wanted']}"
    if error.code == "bad_config":
        return f"its net {facts['name']} has no setting {facts['key']}"
    if error.code == "unknown_architecture":
        return f"this program has no net named {facts['name']}"
    return "its settings do not make a net"


def stamp(path: str | Path, results: list[Measurement]) -> None:
    """Put measured results into the card of a file; newer numbers replace those of the same set and metric."""
    net, card = read_checkpoint(path)
    fresh = {(r.set, r.metric): r for r in (*card.results, *results)}
    save_checkpoint(net, dataclasses.replace(card, results=tuple(fresh[k] for k in sorted(fresh))), path)
