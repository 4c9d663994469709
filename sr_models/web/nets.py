"""The nets of the page: loaded once and shared by all visitors (weights only, never a picture), and their names."""

import functools
import os
from typing import Any

import torch

from sr_models.archs import Samples, discover, get
from sr_models.checkpoints.card import Card
from sr_models.checkpoints.catalog import (
    DEFAULT_SCALE,
    classical,
    critic_file,
    has_ability,
    split_name,
    with_cascades,
)
from sr_models.checkpoints.recommend import default_net, recommend
from sr_models.errors import SRError
from sr_models.inference.load import load, load_critic, measured_partner
from sr_models.inference.upscaler import Upscaler
from sr_models.web.i18n import text


def runner(net: str, scale: int, ensemble: bool = False, mix: float = 1.0) -> Upscaler:
    """Load a net once; `mix` below 1 is what lies between it and the measured net that it continues."""
    found = _loaded(net, scale) if mix == 1 else _mixed(net, scale, mix)
    return _ensembled(found) if ensemble else found


@functools.lru_cache(maxsize=48)
def _loaded(net: str, scale: int) -> Upscaler:
    return load(net, scale)


@functools.lru_cache(maxsize=8)  # of its own: a slider leaves many
def _mixed(net: str, scale: int, mix: float) -> Upscaler:
    return _loaded(net, scale).mixed_with(_partner(net, scale), mix)


@functools.lru_cache(maxsize=16)
def _ensembled(upscaler: Upscaler) -> Upscaler:
    return upscaler.ensembled()


@functools.lru_cache(maxsize=8)
def _partner(net: str, scale: int) -> Upscaler:
    return measured_partner(runner(net, scale))


def judged(scale: int) -> str | None:
    """Return the net whose critic is there at a scale, None where there is none."""
    return next((net for net in trained(scale) if critic_file(net, scale).is_file()), None)


@functools.lru_cache(maxsize=4)
def critic(scale: int) -> Any:
    """Load the critic of a scale once; raise SRError where there is none."""
    net = judged(scale)
    if net is None:
        raise SRError("critic_missing", scale=scale)
    return load_critic(net, scale)


def partner_of(net: str, scale: int) -> str | None:
    """Return the measured net between which and this one there is a choice; None where there is none."""
    return (
        split_name(_partner(net, scale).checkpoint)[0] if no_mix(net, scale) is None and invents(net, scale) else None
    )


def invents(net: str, scale: int) -> bool:
    """Say whether a net invents detail."""
    card = card_of(net, scale)
    return bool(card) and card.invents


def no_mix(net: str, scale: int) -> SRError | None:
    """Return why a net that invents cannot be mixed with the measured one that it continues; None where it can, or need not."""
    if not invents(net, scale):
        return None
    try:
        _partner(net, scale)
    except SRError as error:
        return error
    return None


@functools.cache
def cards() -> tuple[Card, ...]:
    """Return the cards of all that runs, cascades included, read once."""
    return tuple(with_cascades())


def trained(scale: int) -> list[str]:
    """Return the nets with a checkpoint, or a cascade of some, at a scale."""
    return [split_name(card.name)[0] for card in cards() if card.scale == scale]


def nets(scale: int) -> list[str]:
    """Return every net that runs at a scale: the trained ones, then the classical methods."""
    return trained(scale) + classical()


def card_of(net: str, scale: int) -> Card | None:
    """Return the card of a net at a scale, None where there is none: a classical method."""
    return next((card for card in cards() if split_name(card.name) == (net, scale)), None)


def knows_many(net: str, scale: int) -> bool:
    """Say whether a net can draw several possible answers at a scale."""
    card = card_of(net, scale)
    return bool(card) and has_ability(card, Samples)


def title(net: str, scale: int, lang: str) -> str:
    """Return the name that people read: the architecture's title and the size or variant."""
    card = card_of(net, scale)
    name = card.architecture if card else net
    rest = net.removeprefix(name).strip("_").replace("_", " ")
    return f"{get(name).title[lang]} {rest}".strip()


def summary(net: str, scale: int, lang: str) -> str:
    """Return the architecture's one sentence."""
    card = card_of(net, scale)
    return get(card.architecture if card else net).summary[lang]


def device_name() -> tuple[str, int, str]:
    """Return the device's name ("" for the CPU), the CPU cores and the precision of the default net."""
    upscaler = runner(default(DEFAULT_SCALE), DEFAULT_SCALE)
    name = torch.cuda.get_device_name() if upscaler.device.type == "cuda" else ""
    name = "Apple GPU" if upscaler.device.type == "mps" else name
    dtype = "bf16" if upscaler.dtype == torch.bfloat16 else "fp32"
    return name, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, dtype


def choices(scale: int, lang: str) -> list[tuple[str, str]]:
    """Return (label, net) for the dropdown: the picks first, then every other net."""
    names: dict[str, list[str]] = {}
    for pick, net in recommend(scale, list(cards())).items():
        if net not in nets(scale):
            continue
        names.setdefault(net, []).append(text(f"pick_{pick}", lang))
    picked = [(f"{' / '.join(words)} · {title(net, scale, lang)}", net) for net, words in names.items()]
    return picked + [(title(net, scale, lang), net) for net in nets(scale) if net not in names]


def untrained(scale: int, lang: str) -> list[str]:
    """Return the names of the nets that could run at a scale but have no checkpoint there."""
    known = {net: title(net, at, lang) for at in (2, 3, 4) for net in trained(at)}
    bare = [a for a in discover().values() if a.task == "upscale" and a.weights]
    empty = {a.name: a.title[lang] for a in bare if a.name not in {c.architecture for c in cards()}}
    return [name for net, name in sorted({**known, **empty}.items()) if net not in trained(scale)]


def note(net: str, scale: int, lang: str) -> str:
    """Say what the net is, what its measured number means, and which nets are not trained yet at this scale."""
    missing = untrained(scale, lang)
    rest = text("not_trained", lang, names=", ".join(missing)) if missing else ""
    return f"{_note(net, scale, lang)}\n\n{rest}".rstrip()


def _note(net: str, scale: int, lang: str) -> str:
    words = summary(net, scale, lang)
    card = card_of(net, scale)
    if card and card.passes:
        first, second = (split_name(name)[1] for name in card.passes)
        return text("two_passes", lang, scale=scale, first=first, second=second, summary=words)
    result = card.result("Set5") if card else None
    if result is None:
        return words
    looks = card.result("Set5", "lpips_alex") if card and card.invents else None
    other = partner_of(net, scale) if looks else None
    beside = card_of(other, scale) if other else None
    if looks and other and beside and (plain := beside.result("Set5", "lpips_alex")):
        facts = {"distance": looks.value, "partner": title(other, scale, lang), "partner_distance": plain.value}
        facts |= {"value": result.value, "baseline": result.baseline, "summary": words}
        return text("score_inventive", lang, scale=scale, **facts)
    damaged = card.result("Set5_damaged") if card and card.trained_for == "photo" else None
    if damaged:
        facts = {"value": damaged.value, "baseline": damaged.baseline, "clean": result.value, "summary": words}
        return text("score_photo", lang, scale=scale, **facts)
    return text("score", lang, scale=scale, value=result.value, baseline=result.baseline, summary=words)


def default(scale: int) -> str:
    """Return the net that stands in the page at first."""
    return default_net(scale, list(cards()))
