"""From which weights a net starts: those of a net that it contains or continues, or those of a checkpoint that fit."""

from pathlib import Path
from typing import Any

from sr_models.archs import Collapses, Contains, Grows
from sr_models.checkpoints.card import Base
from sr_models.checkpoints.catalog import locate
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.files import sha256


def take_base(net: Any, name: str) -> Base:
    """Put net `name` of weights/ into the one that contains it, or into one of its shape, which continues it.

    Return what the card says of it. Raise SRError where it is missing or of another shape.
    """
    path = locate(f"{name}_x{net.scale}")
    base, card = read_checkpoint(path)
    made = net.architecture
    part: Any = net.contained() if isinstance(net, Contains) else net
    try:
        part.load_state_dict(base.state_dict())
    except RuntimeError as error:
        raise SRError("other_base", base=card.name, net=made) from error
    return Base(card.name, sha256(path), "continues" if part is net else "contains")


def take_fitting(net: Any, path: Path, *, but_base: bool = False) -> Base:
    """Copy from a checkpoint every weight that fits; the rest, such as another scale's tail, stays new.

    A smaller net of the same architecture and scale is grown, where the net can. `but_base`: a net that is contained
    stays as it is. Return what the card says of the checkpoint.
    """
    start, card = read_checkpoint(path)
    same = (card.architecture, card.scale) == (net.architecture, net.scale)
    fits = net.collapse() if isinstance(net, Collapses) else net
    shapes = {k: v.shape for k, v in fits.state_dict().items()}
    state = start.state_dict()
    if same and isinstance(net, Grows):
        state = net.grown_from(state)
    state = {k: v for k, v in state.items() if shapes.get(k) == v.shape}
    if but_base:
        state = {k: v for k, v in state.items() if not k.startswith("base.")}
    if isinstance(net, Collapses):
        net.load_collapsed(state)
    else:
        fits.load_state_dict(state, strict=False)
    return Base(card.name, sha256(path), "warm_start")
