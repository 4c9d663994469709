"""From a reference to something that runs: a name, a path, or owner/repo[@revision]."""

import logging
import os
import re
from pathlib import Path

from sr_models import registry
from sr_models.checkpoint import Card, read, read_card, sha256
from sr_models.errors import CheckpointError, SRError
from sr_models.pipeline import Upscaler

DEFAULT_SCALE = 4
_SCALE = re.compile(r"_x(\d+)$")


def weights_folder() -> Path:
    """Return where named checkpoints are kept: SR_LAB_WEIGHTS, else `weights/` beside the package."""
    return Path(os.environ.get("SR_LAB_WEIGHTS") or Path(__file__).parent.parent / "weights")


def classical() -> list[str]:
    """Return the names of the methods that need no checkpoint."""
    return sorted(name for name, a in registry.discover().items() if not a.weights)


def list_checkpoints() -> list[Card]:
    """Return the cards of all usable upscaling checkpoints in the weights folder, by name; others are logged."""
    cards = []
    for path in sorted(weights_folder().glob("*.safetensors")):
        try:
            card = read_card(path)
            if registry.get(card.architecture).task == "upscale":
                cards.append(card)
        except SRError as error:
            logging.getLogger(__name__).warning("%s", error)
    return cards


def split_name(name: str) -> tuple[str, int | None]:
    """Split `espcn_x4` into the net and the scale; the scale is None where the name has none."""
    found = _SCALE.search(name)
    return (name[: found.start()], int(found[1])) if found else (name, None)


def locate(ref: str, scale: int | None = None) -> Path:
    """Return the checkpoint file that a reference means; raise SRError with what there is instead."""
    if ref.endswith(".safetensors"):
        if not Path(ref).is_file():
            raise SRError("file_missing", path=ref)
        return Path(ref)
    if "/" in ref:
        from sr_models.hub import pull

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
    from sr_models.hub import pull

    try:
        return pull(f"{owner}/{name}")
    except SRError as error:
        if error.code != "hub_missing":
            raise
        places = f"{weights_folder()} or at {owner} on the Hub"
        raise SRError("unknown_checkpoint", name=name, places=places, known=known) from error


def load(ref: str, scale: int | None = None, device: str | None = None, *, dtype: str | None = None) -> Upscaler:
    """Load what a reference names, ready to run.

    `ref`: a name such as `espcn_x4`, or `espcn` with `scale`; a classical method (`bicubic`, scale 4 by default);
    the path of a .safetensors file; or `owner/repo[@revision]` on the Hub. `device`: cuda, mps or cpu, by default
    the first there is. `dtype`: float32 or bfloat16, by default what the processor is good at.
    Raise SRError (CheckpointError for a file that cannot be used).
    """
    net, named = split_name(ref)
    if net in classical():
        if named and scale and named != scale:
            raise SRError("scale_conflict", ref=ref, found=named, scale=scale)
        scale = scale or named or DEFAULT_SCALE
        return Upscaler(registry.build(net, scale=scale), f"{net}_x{scale}", device=device, dtype="float32")
    path = locate(ref, scale)
    model, card = read(path)
    if registry.get(card.architecture).task != "upscale":
        raise CheckpointError(path.name, f"it is a {registry.get(card.architecture).task} net, not one that enlarges")
    if scale and model.scale != scale:
        raise SRError("scale_conflict", ref=ref, found=model.scale, scale=scale)
    return Upscaler(model, card.name, device=device, dtype=dtype, card=card, sha256=sha256(path))
