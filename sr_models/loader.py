"""From a reference to something that runs: a name, a path, or owner/repo[@revision]."""

import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sr_models import registry
from sr_models.checkpoint import Card, read, read_card, sha256
from sr_models.combine import TwoPasses, mixable
from sr_models.errors import CheckpointError, SRError
from sr_models.pipeline import Upscaler

DEFAULT_SCALE = 4
SCALES = (2, 3, 4, 8)  # what is offered; 8 is two passes, 4 and 2, where a net has no file for it
TWO_PASSES = "_x4_x2"
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


def load(
    ref: str,
    scale: int | None = None,
    device: str | None = None,
    *,
    dtype: str | None = None,
    mix: float | None = None,
) -> Upscaler:
    """Load what a reference names, ready to run.

    `ref`: a name such as `espcn_x4`, or `espcn` with `scale`; a classical method (`bicubic`, scale 4 by default);
    the path of a .safetensors file; or `owner/repo[@revision]` on the Hub. Scale 8 is two passes, x4 and x2, where
    the net has no file for it. `device`: cuda, mps or cpu, by default the first there is. `dtype`: float32 or
    bfloat16, by default what the processor is good at. `mix`: of a net that invents, how far to go from the measured
    net that it continues (0) to itself (1).
    Raise SRError (CheckpointError for a file that cannot be used).
    """
    if mix is not None:
        whole = load(ref, scale, device, dtype=dtype)
        return whole.mixed_with(partner(whole, device, dtype), mix)
    net, named = split_name(ref)
    if net in classical():
        if named and scale and named != scale:
            raise SRError("scale_conflict", ref=ref, found=named, scale=scale)
        scale = scale or named or DEFAULT_SCALE
        return Upscaler(registry.build(net, scale=scale), f"{net}_x{scale}", device=device, dtype="float32")
    if named in (None, 8) and (scale or named) == 8 and _needs_two_passes(ref, net):
        return _two_passes(net, device, dtype)
    path = locate(ref, scale)
    model, card = read(path)
    if registry.get(card.architecture).task != "upscale":
        raise CheckpointError(path.name, f"it is a {registry.get(card.architecture).task} net, not one that enlarges")
    if scale and model.scale != scale:
        raise SRError("scale_conflict", ref=ref, found=model.scale, scale=scale)
    return Upscaler(model, card.name, device=device, dtype=dtype, card=card, sha256=sha256(path))


def critic_file(net: str, scale: int) -> Path:
    """Return where the critic that trained a net is kept, whether it is there or not."""
    return weights_folder() / f"{net}_critic_x{scale}.safetensors"


def load_critic(net: str, scale: int) -> Any:
    """Return the critic that trained a net, on the CPU; raise SRError where there is none."""
    path = critic_file(net, scale)
    if not path.is_file():
        raise SRError("critic_missing", scale=scale)
    critic, card = read(path)
    if registry.get(card.architecture).task != "critic":
        raise CheckpointError(path.name, f"it is a {registry.get(card.architecture).task} net, not a critic")
    return critic.eval().requires_grad_(False)


def partner(upscaler: Upscaler, device: str | None = None, dtype: str | None = None) -> Upscaler:
    """Return the measured net that `upscaler` continues; raise SRError where there is none, or one of another shape."""
    name = upscaler.card.measured_partner if upscaler.card else None
    if name is None:
        raise SRError("no_partner", name=upscaler.name)
    if not (weights_folder() / f"{name}.safetensors").is_file():
        raise SRError("partner_missing", name=upscaler.name, partner=name)
    found = load(name, device=device, dtype=dtype)
    if not mixable(found.net, upscaler.net):
        raise SRError("partner_differs", name=upscaler.name, partner=name)
    return found


def _needs_two_passes(ref: str, net: str) -> bool:
    there = {s for s in SCALES if (weights_folder() / f"{net}_x{s}.safetensors").is_file()}
    return {2, 4} <= there and (8 not in there or ref.endswith(TWO_PASSES))


def _two_passes(net: str, device: str | None, dtype: str | None) -> Upscaler:
    """Join the x4 and the x2 checkpoint of a net; there is no card, because the pair was not measured."""
    paths = [locate(net, s) for s in (4, 2)]
    models, cards = zip(*(read(path) for path in paths), strict=True)
    if (
        any(registry.get(card.architecture).task != "upscale" for card in cards)
        or models[0].channels != models[1].channels
    ):
        raise CheckpointError(f"{net}{TWO_PASSES}", "its parts are not of one kind")
    name, digest = f"{net}{TWO_PASSES}", "+".join(map(sha256, paths))
    return Upscaler(TwoPasses(*models), name, device=device, dtype=dtype, parts=cards, sha256=digest)
