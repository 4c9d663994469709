"""Which checkpoints the page and the command line offer first: the one place outside `training/` that names any."""

import math

from sr_models.checkpoints.card import Card, Measurement
from sr_models.checkpoints.catalog import split_name

FAST = ("espcn",)  # by time: what is better takes longer, even where it is smaller
BALANCED = ("sesr_48x6", "sesr_32x4")  # the first that is there and that no smaller one, which come later, beats
MANY = ("vae",)  # its file is another net's picture, at a higher price: chosen for its samples, never as the best
FALLBACK = "bicubic"
CLASSIFIER = "digit_classifier_x1"  # what says whether digits are recognised
GENERATORS = ("digit_vae", "digit_gan", "texture_vae", "texture_gan", "digit_vae_2")  # these draw, and come first
RESTORERS = {  # what repairs, by task: the first that is there
    "inpaint": ("restoration_vae", "inpainting", "biharmonic"),
    "denoise": ("restoration", "non_local_means"),
    "dejpeg": ("restoration", "total_variation"),
    "deblur": ("restoration", "wiener"),
    "tone": ("tone", "auto_contrast"),
}


def recommend(scale: int, cards: list[Card]) -> dict[str, str]:
    """Return the picks that exist at this scale as {pick: net}.

    *best* has the highest validation PSNR, on clean pictures.
    *inventive* is the net that invents whose validation pictures look most like the originals, by LPIPS. Of a cascade,
    which was not measured and so is never the best, its first pass speaks.
    """
    named = {card.name: card for card in cards}
    there = {
        split_name(card.name)[0]: named.get(card.passes[0], card) if card.passes else card
        for card in cards
        if card.scale == scale
    }
    found = {}
    for pick, nets in (("fast", FAST), ("balanced", BALANCED)):
        if here := [n for n in nets if n in there]:
            found[pick] = max(here, key=lambda n: r.value if (r := there[n].result("validation")) else -math.inf)
    if measured := by_validation(scale, cards):
        found["best"] = measured[0]
    if net := next((net for net, card in there.items() if card.trained_for == "photo"), None):
        found["photo"] = net
    inventive = [(r.value, net) for net, card in there.items() if card.invents and (r := _looks(card))]
    if inventive:
        found["inventive"] = min(inventive)[1]
    return found


def _looks(card: Card) -> Measurement | None:
    """Return the perceptual distance on validation pictures."""
    return card.result("validation", "lpips_alex")


def by_validation(scale: int, cards: list[Card]) -> list[str]:
    """Return the nets of this scale for clean pictures that invent nothing, the best validation PSNR first."""
    there = [card for card in cards if card.scale == scale and not card.invents and card.trained_for == "clean"]
    there = [card for card in there if card.architecture not in MANY]
    scores = {split_name(card.name)[0]: r.value for card in there if (r := card.result("validation"))}
    return sorted(scores, key=lambda net: -scores[net])


def ordered(cards: list[Card]) -> list[Card]:
    """Return the cards of what draws, in the order in which it is offered."""
    places = {name: i for i, name in enumerate(GENERATORS)}
    return sorted(cards, key=lambda card: (places.get(split_name(card.name)[0], len(places)), card.name))


def default_net(scale: int, cards: list[Card]) -> str:
    """Return the net that runs when nobody chose one."""
    found = recommend(scale, cards)
    return found.get("balanced") or found.get("fast") or found.get("best") or FALLBACK
