"""Which checkpoints there are, at which scales, and which file a reference means."""

import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path

from sr_models import archs
from sr_models.checkpoints.card import Card, read_card
from sr_models.errors import SRError

DEFAULT_SCALE = 4
SCALES = (2, 3, 4, 8)  # what is offered; 8 is two passes, 4 and 2, where a net has no file for it
TWO_PASSES = "_x4_x2"
_SCALE = re.compile(r"_x(\d+)$")


def weights_folder() -> Path:
    """Return where named checkpoints are kept: SR_LAB_WEIGHTS, else `weights/` beside the package."""
    return Path(os.environ.get("SR_LAB_WEIGHTS") or Path(__file__).parents[2] / "weights")


def classical() -> list[str]:
    """Return the names of the methods that need no checkpoint."""
    return sorted(name for name, a in archs.discover().items() if not a.weights)


def list_checkpoints() -> list[Card]:
    """Return the cards of all usable upscaling checkpoints in the weights folder, by name; others are logged."""
    cards = []
    for path in sorted(weights_folder().glob("*.safetensors")):
        try:
            card = read_card(path)
            if archs.get(card.architecture).task == "upscale":
                cards.append(card)
        except SRError as error:
            logging.getLogger(__name__).warning("%s", error)
    return cards


def two_pass_nets(cards: Iterable[Card] | None = None) -> list[str]:
    """Return the nets that run at x8 by two passes; `cards`: those of the weights folder, read where not given."""
    there = {card.name for card in (list_checkpoints() if cards is None else cards)}
    nets = sorted(name.removesuffix("_x4") for name in there if name.endswith("_x4"))
    return [net for net in nets if f"{net}_x2" in there and f"{net}_x8" not in there]


def scales_of(net: str, cards: Iterable[Card] | None = None) -> tuple[int, ...]:
    """Return which of SCALES a net runs at, two passes included."""
    cards = list_checkpoints() if cards is None else list(cards)
    if net in classical():
        return SCALES
    found = {card.scale for card in cards if card.name == f"{net}_x{card.scale}"}
    return tuple(s for s in SCALES if s in found or (s == 8 and net in two_pass_nets(cards)))


def split_name(name: str) -> tuple[str, int | None]:
    """Split `espcn_x4` into the net and the scale, None where the name has none; `espcn_x4_x2` is `espcn` at 8."""
    if name.endswith(TWO_PASSES):
        return name.removesuffix(TWO_PASSES), 8
    found = _SCALE.search(name)
    return (name[: found.start()], int(found[1])) if found else (name, None)


def locate(ref: str, scale: int | None = None) -> Path:
    """Return the checkpoint file that a reference means; raise SRError with what there is instead."""
    if ref.endswith(".safetensors"):
        if not Path(ref).is_file():
            raise SRError("file_missing", path=ref)
        return Path(ref)
    if "/" in ref:
        from sr_models.checkpoints.hub import pull

        return pull(ref)
    net, named = split_name(ref)
    if named and scale and named != scale:
        raise SRError("scale_conflict", ref=ref, found=named, scale=scale)
    if not (named or scale):
        raise SRError("scale_missing", ref=ref)
    name = f"{net}_x{named or scale}"
    path = weights_folder() / f"{name}.safetensors"
    if path.is_file():
        return path
    known = ", ".join([c.name for c in list_checkpoints()] + classical())
    owner = os.environ.get("SR_LAB_HUB_OWNER")
    if not owner:
        raise SRError("hub_owner_unset", name=name, places=weights_folder(), known=known)
    from sr_models.checkpoints.hub import pull

    try:
        return pull(f"{owner}/{name}")
    except SRError as error:
        if error.code != "hub_missing":
            raise
        places = f"{weights_folder()} or at {owner} on the Hub"
        raise SRError("unknown_checkpoint", name=name, places=places, known=known) from error


def critic_file(net: str, scale: int) -> Path:
    """Return where the critic that trained a net is kept, whether it is there or not."""
    return weights_folder() / f"{net}_critic_x{scale}.safetensors"


def weights_fingerprint() -> tuple[object, ...]:
    """Return the weights folder, and names, sizes and times of its files: what changes when a checkpoint comes or goes."""
    folder = weights_folder()
    found = ((path.name, path.stat()) for path in sorted(folder.glob("*.safetensors")))
    return folder, *((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)
