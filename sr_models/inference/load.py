"""From a reference to something that runs: a name, a path, or owner/repo[@revision]."""

import functools
from pathlib import Path
from typing import Any

from sr_models import archs
from sr_models.checkpoints.card import Card, cascade_card
from sr_models.checkpoints.catalog import (
    DEFAULT_SCALE,
    classical,
    critic_file,
    list_checkpoints,
    list_generators,
    locate,
    passes_of,
    split_name,
    task_of,
    weights_folder,
)
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import CheckpointError, SRError
from sr_models.files import sha256
from sr_models.inference.compose import Cascade, mixable
from sr_models.inference.device import choose_device
from sr_models.inference.restorer import Restorer
from sr_models.inference.sampler import Sampler
from sr_models.inference.upscaler import Upscaler

DOES = {
    "upscale": "enlarges",
    "restore": "repairs",
    "generate": "draws",
    "classify": "recognises",
    "enlarge": "enlarges drawings",
}


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
    the path of a .safetensors file; or `owner/repo[@revision]` on the Hub. A scale that a net has no file for is a
    cascade of those whose scales multiply to it: 8 of x4 and then x2, which `espcn_x4_x2` names. `device`: cuda, mps
    or cpu, by default the first there is. `dtype`: float32 or bfloat16, by default what the processor is good at.
    `mix`: of a net that invents, how far to go from the measured net that it continues (0) to itself (1).
    Raise SRError (CheckpointError for a file that cannot be used).
    """
    if mix is not None:
        whole = load(ref, scale, device, dtype=dtype)
        return whole.mixed_with(measured_partner(whole, device, dtype), mix)
    net, named = split_name(ref)
    if named and scale and named != scale and "/" not in ref:
        raise SRError("scale_conflict", ref=ref, found=named, scale=scale)
    if net in classical():
        scale = scale or named or DEFAULT_SCALE
        return Upscaler(archs.build(net, scale=scale), f"{net}_x{scale}", device=device, dtype="float32")
    if len(passes := passes_of(ref, scale)) > 1:
        return _cascade(net, passes, device, dtype)
    path = locate(ref, scale)
    model, card = _read(path, ref, scale)
    return Upscaler(model, card.name, device=device, dtype=dtype, card=card, sha256=sha256(path))


def load_restorer(ref: str, device: str | None = None, *, dtype: str | None = None) -> Restorer:
    """Load what repairs: a checkpoint by its name (`restoration`, `restoration_x1`), path or place on the Hub, or a
    filter by its name. Raise SRError as `load` does.
    """
    if ref in classical("restore"):
        return Restorer(archs.build(ref), ref, device=device, dtype="float32")
    try:
        path = locate(ref, None if "/" in ref or ref.endswith(".safetensors") or split_name(ref)[1] else 1)
    except SRError as error:
        if error.code not in ("hub_owner_unset", "unknown_checkpoint"):
            raise
        known = ", ".join([card.name for card in list_checkpoints("restore")] + classical("restore"))
        raise SRError("unknown_restorer", name=ref, known=known) from error
    model, card = _read(path, ref, None, "restore")
    return Restorer(model, card.name, device=device, dtype=dtype, card=card, sha256=sha256(path))


def load_sampler(ref: str, device: str | None = None) -> Sampler:
    """Load what draws: a checkpoint by its name (`digit_vae`, `digit_vae_x2`), path or place on the Hub.

    Raise SRError as `load` does.
    """
    if "/" in ref or ref.endswith(".safetensors"):
        path = locate(ref)
    else:
        names = [card.name for card in list_generators()]
        found = next((name for name in names if ref in (name, split_name(name)[0])), None)
        if found is None:
            raise SRError("unknown_generator", name=ref, known=", ".join(names) or "none")
        path = weights_folder() / f"{found}.safetensors"
    net, card = _read(path, ref, None, "generate")
    if not isinstance(net, archs.Generates):
        raise CheckpointError(path.name, "it draws nothing of numbers alone")
    return Sampler(net, card, sha256=sha256(path), device=device)


def load_plain(ref: str, task: str, device: str | None = None) -> tuple[Any, Card]:
    """Load a net that runs as it is, in float32, with its card: one that draws (`generate`), recognises (`classify`)
    or enlarges drawings (`enlarge`). Raise SRError as `load` does.
    """
    net, card = _read(locate(ref), ref, None, task)
    return net.to(choose_device(device)).eval().requires_grad_(False), card


def _read(path: Path, ref: str, scale: int | None, task: str = "upscale") -> tuple[Any, Card]:
    """Return the net of a file and its card; raise SRError where its task or its scale is another."""
    model, card = read_checkpoint(path)
    if (found := task_of(card)) != task:
        raise CheckpointError(path.name, f"it is a {found} net, not one that {DOES[task]}")
    if scale and model.scale != scale:
        raise SRError("scale_conflict", ref=ref, found=model.scale, scale=scale)
    return model, card


def load_critic(net: str, scale: int) -> Any:
    """Return the critic that trained a net, on the CPU; raise SRError where there is none."""
    path = critic_file(net, scale)
    if not path.is_file():
        raise SRError("critic_missing", scale=scale)
    critic, card = read_checkpoint(path)
    if (found := task_of(card)) != "critic":
        raise CheckpointError(path.name, f"it is a {found} net, not a critic")
    return critic.eval().requires_grad_(False)


def measured_partner(upscaler: Upscaler, device: str | None = None, dtype: str | None = None) -> Upscaler:
    """Return the measured net that `upscaler` continues; raise SRError where there is none, or one of another shape."""
    name = upscaler.card.measured_partner if upscaler.card else None
    if name is None:
        raise SRError("no_partner", name=upscaler.name)
    files = [f"{split_name(name)[0]}_x{s}.safetensors" for s in passes_of(name)]
    if not files or not all((weights_folder() / file).is_file() for file in files):
        raise SRError("partner_missing", name=upscaler.name, partner=name)
    found = load(name, device=device, dtype=dtype)
    if not mixable(found.net, upscaler.net):
        raise SRError("partner_differs", name=upscaler.name, partner=name)
    return found


def _cascade(net: str, scales: tuple[int, ...], device: str | None, dtype: str | None) -> Upscaler:
    """Join the checkpoints of a net at several scales, the first of which runs first.

    Its card is derived from theirs.
    """
    paths = [locate(net, scale) for scale in scales]
    models, cards = zip(*(_read(path, path.name, s) for path, s in zip(paths, scales, strict=True)), strict=True)
    digests = [sha256(path) for path in paths]
    card = cascade_card(net, list(cards), digests)
    if len({model.channels for model in models}) > 1:
        raise CheckpointError(card.name, "its parts are not of one kind")
    model = functools.reduce(lambda rest, first: Cascade(first, rest), reversed(models))
    return Upscaler(model, card.name, device=device, dtype=dtype, card=card, sha256="+".join(digests))
