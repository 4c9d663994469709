"""From a reference to something that runs: a name, a path, or owner/repo[@revision]."""

from typing import Any

from sr_models import archs
from sr_models.checkpoints.catalog import (
    DEFAULT_SCALE,
    SCALES,
    TWO_PASSES,
    classical,
    critic_file,
    locate,
    split_name,
    weights_folder,
)
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import CheckpointError, SRError
from sr_models.files import sha256
from sr_models.inference.compose import Cascade, mixable
from sr_models.inference.upscaler import Upscaler


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
        return whole.mixed_with(measured_partner(whole, device, dtype), mix)
    net, named = split_name(ref)
    if net in classical():
        if named and scale and named != scale:
            raise SRError("scale_conflict", ref=ref, found=named, scale=scale)
        scale = scale or named or DEFAULT_SCALE
        return Upscaler(archs.build(net, scale=scale), f"{net}_x{scale}", device=device, dtype="float32")
    if named in (None, 8) and (scale or named) == 8 and _needs_two_passes(ref, net):
        return _two_passes(net, device, dtype)
    path = locate(ref, scale)
    model, card = read_checkpoint(path)
    if archs.get(card.architecture).task != "upscale":
        raise CheckpointError(path.name, f"it is a {archs.get(card.architecture).task} net, not one that enlarges")
    if scale and model.scale != scale:
        raise SRError("scale_conflict", ref=ref, found=model.scale, scale=scale)
    return Upscaler(model, card.name, device=device, dtype=dtype, card=card, sha256=sha256(path))


def load_critic(net: str, scale: int) -> Any:
    """Return the critic that trained a net, on the CPU; raise SRError where there is none."""
    path = critic_file(net, scale)
    if not path.is_file():
        raise SRError("critic_missing", scale=scale)
    critic, card = read_checkpoint(path)
    if archs.get(card.architecture).task != "critic":
        raise CheckpointError(path.name, f"it is a {archs.get(card.architecture).task} net, not a critic")
    return critic.eval().requires_grad_(False)


def measured_partner(upscaler: Upscaler, device: str | None = None, dtype: str | None = None) -> Upscaler:
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
    models, cards = zip(*(read_checkpoint(path) for path in paths), strict=True)
    if (
        any(archs.get(card.architecture).task != "upscale" for card in cards)
        or models[0].channels != models[1].channels
    ):
        raise CheckpointError(f"{net}{TWO_PASSES}", "its parts are not of one kind")
    name, digest = f"{net}{TWO_PASSES}", "+".join(map(sha256, paths))
    return Upscaler(Cascade(*models), name, device=device, dtype=dtype, parts=cards, sha256=digest)
