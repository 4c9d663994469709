"""The nets of the pages: loaded once and shared by all visitors (weights only, never a picture), and their names."""

import functools
import logging
import os
from collections.abc import Mapping
from typing import Any

import torch

from sr_models.archs import Samples, discover
from sr_models.checkpoints.card import FOREIGN, Card, Measurement
from sr_models.checkpoints.catalog import (
    DEFAULT_SCALE,
    classical,
    critic_file,
    has_ability,
    list_generators,
    split_name,
    weights_fingerprint,
    with_cascades,
)
from sr_models.checkpoints.recommend import FALLBACK, default_net, ordered, recommend
from sr_models.errors import SRError
from sr_models.inference.load import load, load_critic, load_restorer, load_sampler, measured_partner
from sr_models.inference.restorer import Restorer
from sr_models.inference.sampler import Sampler
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines.generate import Enlarger, Reader, enlarger_for, reader_for
from sr_models.web.components.net_picker import Offer
from sr_models.web.i18n import duration, has, text


class Nets:
    """Keep what was loaded from the weights folder until the folder changes; nothing is read before it is asked for."""

    def __init__(self) -> None:
        self._seen: Any = None
        self._forget()

    def _forget(self) -> None:
        self._cards = functools.lru_cache(1)(lambda: tuple(with_cascades()))
        self._loaded = functools.lru_cache(48)(load)
        self._ensembled = functools.lru_cache(16)(Upscaler.ensembled)
        self._partner = functools.lru_cache(8)(lambda net, scale: measured_partner(self._loaded(net, scale)))
        self._mixed = functools.lru_cache(8)(self._mix)  # of its own: a slider leaves many
        self._critic = functools.lru_cache(4)(load_critic)
        self._restorers = functools.lru_cache(16)(load_restorer)
        self._samplers = functools.lru_cache(16)(load_sampler)
        self._helpers = functools.lru_cache(16)(lambda name: _helpers_of(self._samplers(name).card))
        self._paced: set[tuple[str, int, bool]] = set()

    def refresh(self) -> None:
        """Let go of what was loaded where a checkpoint came, went or changed since the last time."""
        if (now := weights_fingerprint()) != self._seen:
            self._seen = now
            self._forget()

    # --- running ------------------------------------------------------------------------------------------------------

    def runner(self, net: str, scale: int, ensemble: bool = False, mix: float = 1.0) -> Upscaler:
        """Load a net once; `mix` below 1 is what lies between it and the measured net that it continues."""
        found = self._loaded(net, scale) if mix == 1 else self._mixed(net, scale, mix)
        return self._ensembled(found) if ensemble else found

    def restorer(self, name: str) -> Restorer:
        """Load what repairs once; raise SRError where it is not there."""
        return self._restorers(name)

    def sampler(self, name: str) -> Sampler:
        """Load what draws once; raise SRError where it is not there."""
        return self._samplers(name)

    def reader(self, name: str) -> Reader | None:
        """Load once what reads the pictures that a net draws; None where there is none."""
        return self._helpers(name)[0]

    def enlarger(self, name: str) -> Enlarger:
        """Load once what enlarges the pictures that a net draws."""
        return self._helpers(name)[1]

    def seconds(self, net: str, scale: int, ensemble: bool, width: int, height: int, samples: int = 0) -> float:
        """Estimate the seconds for LR of this size; the first time, the net runs on one tile for it."""
        found = self.runner(net, scale, ensemble).seconds(width, height, samples)
        self._paced.add((net, scale, ensemble))
        return found

    def is_paced(self, net: str, scale: int, ensemble: bool) -> bool:
        """Say whether the seconds of a net can be told without running it."""
        return (net, scale, ensemble) in self._paced

    def _mix(self, net: str, scale: int, mix: float) -> Upscaler:
        return self._loaded(net, scale).mixed_with(self._partner(net, scale), mix)

    def critic_net(self, scale: int) -> str | None:
        """Return the net whose critic is there at a scale, None where there is none."""
        return next((net for net in self.trained(scale) if critic_file(net, scale).is_file()), None)

    def critic(self, scale: int) -> Any:
        """Load the critic of a scale once; raise SRError where there is none."""
        net = self.critic_net(scale)
        if net is None:
            raise SRError("critic_missing", scale=scale)
        return self._critic(net, scale)

    def device(self) -> tuple[str, int, str]:
        """Return the device's name ("" for the CPU), the CPU cores and the precision of the default net."""
        try:
            upscaler = self.runner(self.default(DEFAULT_SCALE), DEFAULT_SCALE)
        except SRError as error:  # a file that is damaged behind its header
            logging.getLogger(__name__).warning("%s", error)
            upscaler = self.runner(FALLBACK, DEFAULT_SCALE)
        name = torch.cuda.get_device_name() if upscaler.device.type == "cuda" else ""
        name = "Apple GPU" if upscaler.device.type == "mps" else name
        dtype = "bf16" if upscaler.dtype == torch.bfloat16 else "fp32"
        return name, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, dtype

    # --- what there is ------------------------------------------------------------------------------------------------

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of all that runs, cascades included."""
        return self._cards()

    def trained(self, scale: int) -> list[str]:
        """Return the nets with a checkpoint, or a cascade of some, at a scale."""
        return [split_name(card.name)[0] for card in self.cards() if card.scale == scale]

    def names(self, scale: int) -> list[str]:
        """Return every net that runs at a scale: the trained ones, then the classical methods."""
        return self.trained(scale) + classical()

    def card_of(self, net: str, scale: int) -> Card | None:
        """Return the card of a net at a scale, None where there is none: a classical method."""
        return next((card for card in self.cards() if split_name(card.name) == (net, scale)), None)

    def generators(self) -> list[Card]:
        """Return the cards of all that draws, in the order in which it is offered."""
        return ordered(list_generators())

    def _any_card(self, net: str) -> Card | None:
        return next((c for c in self.cards() if split_name(c.name)[0] == net), None)

    def draws_samples(self, net: str, scale: int) -> bool:
        """Say whether a net can draw several possible pictures at a scale."""
        card = self.card_of(net, scale)
        return bool(card) and has_ability(card, Samples)

    def invents(self, net: str, scale: int) -> bool:
        """Say whether a net invents detail."""
        card = self.card_of(net, scale)
        return bool(card) and card.invents

    def partner_of(self, net: str, scale: int) -> str | None:
        """Return the measured net between which and this one there is a choice; None where there is none."""
        if not self.invents(net, scale) or self.no_mix(net, scale):
            return None
        return split_name(self._partner(net, scale).checkpoint)[0]

    def no_mix(self, net: str, scale: int) -> SRError | None:
        """Return why a net that invents cannot be mixed with the measured one it continues; None where it can."""
        if not self.invents(net, scale):
            return None
        try:
            self._partner(net, scale)
        except SRError as error:
            return error
        return None

    def default(self, scale: int) -> str:
        """Return the net that stands in the page at first."""
        return default_net(scale, list(self.cards()))

    # --- what people read ---------------------------------------------------------------------------------------------

    def title(self, net: str, lang: str) -> str:
        """Return the name that people read: the architecture's title and the size or variant."""
        card = self._any_card(net)
        if card and (card.foreign or not net.startswith(card.architecture)):  # from elsewhere
            return net
        return variant_title(net, card.architecture if card else net, lang)

    def summary(self, net: str, lang: str) -> str:
        """Return the architecture's one sentence."""
        card = self._any_card(net)
        if card and card.foreign:
            kind = card.architecture.removeprefix(FOREIGN)
            return text("net_foreign_summary", lang, kind=kind, license=card.license)
        return text(f"net_{card.architecture if card else net}_summary", lang)

    def picks(self, scale: int, lang: str) -> dict[str, str]:
        """Return for what each recommended net is recommended, in words."""
        found: dict[str, list[str]] = {}
        for pick, net in recommend(scale, list(self.cards())).items():
            found.setdefault(net, []).append(text(f"pick_{pick}", lang))
        return {net: " / ".join(words) for net, words in found.items()}

    def offers(self, scale: int, lang: str, seconds: Mapping[str, float] | None = None) -> list[Offer]:
        """Return every net to choose from: the recommended ones first; `seconds` are those known of each."""
        picks = self.picks(scale, lang)
        nets = [*picks, *(net for net in self.names(scale) if net not in picks)]
        known = seconds or {}
        return [
            Offer(
                net,
                self.title(net, lang),
                picks.get(net, ""),
                self.score(net, scale),
                duration(known[net]) if net in known else None,
                self.invents(net, scale),
            )
            for net in nets
        ]

    def score(self, net: str, scale: int) -> float | None:
        """Return PSNR on Set5; bicubic's is what the others are compared with."""
        if net == "bicubic":
            found = (card.result("Set5") for card in self.cards() if card.scale == scale)
            return next((result.baseline for result in found if result), None)
        card = self.card_of(net, scale)
        result = card.result("Set5") if card else None
        return result.value if result else None

    def untrained(self, scale: int, lang: str) -> list[str]:
        """Return the names of the nets that could run at a scale but have no checkpoint there."""
        known = {split_name(card.name)[0] for card in self.cards()}
        used = {card.architecture for card in self.cards()}
        known |= {a.name for a in discover().values() if a.task == "upscale" and a.weights and a.name not in used}
        return [self.title(net, lang) for net in sorted(known - set(self.trained(scale)))]

    def note(self, net: str, scale: int, lang: str) -> str:
        """Say what the net is, what its measured number means, and which nets are not trained yet at this scale."""
        missing = self.untrained(scale, lang)
        rest = text("not_trained", lang, names=", ".join(missing)) if missing else ""
        return f"{self.measured(net, scale, lang)}\n\n{rest}".rstrip()

    def measured(self, net: str, scale: int, lang: str) -> str:
        """Say what the net is and what its measured number means."""
        words, card = self.summary(net, lang), self.card_of(net, scale)
        if card and card.passes:
            passes = " → ".join(f"×{split_name(name)[1]}" for name in card.passes)
            return text("cascade", lang, scale=scale, passes=passes, summary=words)
        result = card.result("Set5") if card else None
        if card is None or result is None:
            return words
        facts = {"scale": scale, "value": result.value, "baseline": result.baseline, "summary": words}
        damaged = card.result("Set5_damaged") if card.trained_for == "photo" else None
        if damaged:
            facts |= {"value": damaged.value, "baseline": damaged.baseline, "clean": result.value}
            return text("score_photo", lang, **facts)
        facts["summary"] = self._standing(net, scale, result, words, lang)
        if card.invents and (sharper := self._sharper(net, scale, card, lang)):
            return text("score_inventive", lang, **facts, **sharper)
        return text("score", lang, **facts)

    def _standing(self, net: str, scale: int, own: Measurement, summary: str, lang: str) -> str:
        """Return a net's summary; before it, that it lies below bicubic or is the best only by validation."""
        if (gap := _gap(own.baseline, own.value)) > 0:
            return text("below_bicubic", lang, gap=gap, summary=summary)
        if net != recommend(scale, list(self.cards())).get("best"):
            return summary
        clean = [c for c in self.cards() if c.scale == scale and c.trained_for == "clean" and not c.invents]
        scores = {split_name(c.name)[0]: r.value for c in clean if (r := c.result("Set5"))}
        ahead = max(scores, key=lambda other: scores[other])
        if (gap := _gap(scores[ahead], own.value)) <= 0:
            return summary
        return text("best_by_validation", lang, net=self.title(ahead, lang), gap=gap, summary=summary)

    def _sharper(self, net: str, scale: int, card: Card, lang: str) -> dict[str, Any]:
        """Return how a net that invents looks beside the measured one it continues; empty where one is not measured."""
        looks, other = card.result("Set5", "lpips_alex"), self.partner_of(net, scale)
        beside = self.card_of(other, scale) if other else None
        plain = beside.result("Set5", "lpips_alex") if beside else None
        if not (looks and plain and other):
            return {}
        return {"distance": looks.value, "partner": self.title(other, lang), "partner_distance": plain.value}


def architecture_title(architecture: str, lang: str) -> str:
    """Return the name that people read; of a net from elsewhere, what spandrel calls its kind."""
    if architecture.startswith(FOREIGN):
        return architecture.removeprefix(FOREIGN)
    return text(f"net_{architecture}_title", lang)


def variant_title(net: str, architecture: str, lang: str) -> str:
    """Return the name that people read: the architecture's title and the size or variant that a net's name adds."""
    title = architecture_title(architecture, lang)
    for word in filter(None, net.removeprefix(architecture).split("_")):
        title = text(f"variant_{word}", lang, net=title) if has(f"variant_{word}") else f"{title} {word}"
    return title


def _helpers_of(card: Card) -> tuple[Reader | None, Enlarger]:
    return reader_for(card), enlarger_for(card)


def _gap(higher: float, lower: float) -> float:
    """Return the difference in dB of two numbers as people read them."""
    return round(higher, 2) - round(lower, 2)


NETS = Nets()
