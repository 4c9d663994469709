"""The stored state of a run, from which it goes on exactly: safetensors and JSON in its folder."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from sr_models.checkpoints.card import read_bases
from sr_models.errors import SRError
from sr_models.train.run import Run

MAX_PART = 15 * 2**20  # bytes of one file of the state: some ways off a machine carry no more than 16 MB
PROGRESS = ("step", "seconds", "best", "rows", "before_last")  # what of a Run is a number, or made of numbers


def save_state(run: Run) -> None:
    """Store all that is needed to go on; the old state stays until the new one is whole.

    Raise SRError, and keep the old state, where the weights are not finite.
    """
    run.check_finite()
    new, old, current = (run.choices.folder / name for name in ("state.new", "state.old", "state"))
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    tensors = {"net": run.net.state_dict(), "ema": run.ema.shadow, "moments": _moments(run.objective.optimizers)}
    tensors |= {name: net.state_dict() for name, net in run.objective.companions.items()}
    for name, whole in tensors.items():
        for i, part in enumerate(in_parts(whole)):
            file = new / (f"{name}.{i}.safetensors" if i else f"{name}.safetensors")
            file.write_bytes(save({k: v.cpu().contiguous() for k, v in part.items()}))
    facts = {key: getattr(run, key) for key in PROGRESS} | {"run": run.choices.identity()}
    facts["bases"] = [asdict(base) for base in run.bases]
    (new / "state.json").write_text(json.dumps(facts), encoding="utf-8")
    shutil.rmtree(old, ignore_errors=True)
    if current.exists():
        current.rename(old)
    new.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def load_state(run: Run) -> None:
    """Bring a new run to where the stored one is; raise SRError where there is none, or that of another run."""
    out = run.choices.folder
    folder = next((out / name for name in ("state", "state.old") if (out / name / "state.json").is_file()), None)
    if folder is None:
        raise SRError("no_state", path=out)
    facts = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    _check_same(out, facts["run"], run.choices.identity())
    run.net.load_state_dict(_stored(folder, "net"))
    run.ema.load(_stored(folder, "ema"))
    for name, companion in run.objective.companions.items():
        companion.load_state_dict(_stored(folder, name))
    _load_moments(run.objective.optimizers, _stored(folder, "moments"))
    for key in PROGRESS:
        setattr(run, key, facts.get(key))  # older states have no `before_last`
    run.bases = read_bases(facts)


def would_lose(folder: Path, name: str) -> bool:
    """Say whether a new run of this name would write over one: its checkpoint, or a state without its checkpoint."""
    files = [folder / place / "state.json" for place in ("state", "state.old")]
    try:
        runs = [json.loads(file.read_text(encoding="utf-8"))["run"] for file in files if file.is_file()]
        held = {f"{run['name']}_x{run['scale']}" for run in runs}
    except (ValueError, KeyError, TypeError):  # whatever it is, it is not ours to lose
        return True
    finished = (folder / f"{name}.safetensors").exists()
    return finished or name in held or any(not (folder / f"{other}.safetensors").exists() for other in held)


def _check_same(out: Path, stored: dict[str, Any], mine: dict[str, Any]) -> None:
    """Raise SRError where a state belongs to another run; what older ones hold as text is not compared."""
    for key, value in stored.items():
        believed = key not in mine or (isinstance(value, str) and isinstance(mine[key], dict))
        if not believed and mine[key] != value:
            raise SRError("state_mismatch", path=out, reason=f"its {key} is {value}")


def _stored(folder: Path, name: str) -> dict[str, Tensor]:
    return {k: v for file in folder.glob(f"{name}.*safetensors") for k, v in load_file(file).items()}


def _moments(optimizers: Sequence[torch.optim.Optimizer]) -> dict[str, Tensor]:
    """Return what the optimizers remember, named <optimizer>.<parameter>.<moment>."""
    return {
        f"{o}.{i}.{key}": value
        for o, optimizer in enumerate(optimizers)
        for i, slot in optimizer.state_dict()["state"].items()
        for key, value in slot.items()
    }


def _load_moments(optimizers: Sequence[torch.optim.Optimizer], moments: dict[str, Tensor]) -> None:
    for o, optimizer in enumerate(optimizers):
        state = optimizer.state_dict()
        for key, value in moments.items():
            which, index, slot = key.split(".")
            if int(which) == o:
                state["state"].setdefault(int(index), {})[slot] = value
        optimizer.load_state_dict(state)


def in_parts(tensors: dict[str, Tensor], limit: int = MAX_PART) -> Iterator[dict[str, Tensor]]:
    """Split tensors, in order, into parts of at most `limit` bytes; a larger tensor has a part of its own."""
    part, size = {}, 0
    for key, value in tensors.items():
        if part and size + value.nbytes > limit:
            yield part
            part, size = {}, 0
        part[key] = value
        size += value.nbytes
    yield part
