"""Which checkpoints there are, at which scales, and which files a reference means.

Files may come and go at any time.
"""

import dataclasses
import functools
import itertools
import logging
import math
import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from sr_models import archs
from sr_models.checkpoints.card import PICKLES, Card, cascade_card, read_card
from sr_models.errors import CheckpointError, SRError

DEFAULT_SCALE = 4
SCALES = (2, 3, 4, 8)  # what is offered
_offered: dict[Path, str] = {}  # files from the Hub with the names that they go by
_PASSES = re.compile(r"(?:_x\d+)+$")


def weights_folder() -> Path:
    """Return where named checkpoints are kept: SR_LAB_WEIGHTS, else `weights/` beside the package."""
    return Path(os.environ.get("SR_LAB_WEIGHTS") or Path(__file__).parents[2] / "weights")


def classical(task: str = "upscale") -> list[str]:
    """Return the names of the methods of a task that need no checkpoint."""
    return sorted(name for name, a in archs.discover().items() if a.task == task and not a.weights)


def list_checkpoints(task: str = "upscale") -> list[Card]:
    """Return the cards of all usable checkpoints of a task in the weights folder, by name; others are logged once.

    Each call looks at the folder, and reads only the files that are new or changed since.
    """
    cards = (_card(path, version) for path, version in _versions())
    return [card for card in cards if card and task_of(card) == task]


def task_of(card: Card) -> str:
    """Return what the net of a card does: a task of `archs.Architecture`."""
    if card.foreign:
        return "restore" if card.scale == 1 else "upscale"
    return archs.get(card.architecture).task


def models_folder() -> Path | None:
    """Return where the host keeps nets that were trained elsewhere: SR_LAB_MODELS; None where it names no folder."""
    named = os.environ.get("SR_LAB_MODELS")
    return Path(named) if named else None


def list_generators() -> list[Card]:
    """Return the cards of all usable checkpoints that draw pictures of nothing but numbers, by name."""
    return [card for card in list_checkpoints("generate") if has_ability(card, archs.Generates)]


def offer(path: Path, repo: str) -> str:
    """Offer the checkpoint that came from a repo `owner/name` of the Hub, as long as this process runs.

    Return its name, which is made of the repo's: a card may say a name that is taken. Raise SRError for a file that
    cannot be used.
    """
    from sr_models.checkpoints.format import read_checkpoint

    card = read_checkpoint(path)[1]
    if task_of(card) != "upscale":
        raise SRError("hub_no_upscaler", ref=repo, task=task_of(card))
    name = f"{re.sub(r'[^a-z0-9]+', '_', repo.lower()).strip('_')}_x{card.scale}"
    _offered[path] = name
    return name


def _files() -> list[Path]:
    return sorted(weights_folder().glob("*.safetensors")) + _foreign_files() + list(_offered)


def _foreign_files() -> list[Path]:
    folder = models_folder()
    return sorted(folder.rglob("*.safetensors")) if folder else []


def _versions() -> Iterator[tuple[Path, tuple[int, ...]]]:
    """Yield each file of the weights folder with what changes when it does."""
    for path in _files():
        try:
            facts = path.stat()
        except OSError:  # gone meanwhile
            continue
        yield path, (facts.st_ino, facts.st_mtime_ns, facts.st_size)


@functools.lru_cache(maxsize=512)
def _card(path: Path, version: tuple[int, ...]) -> Card | None:
    """Read the card of one version of a file; None, and a line in the log, where it has none to use."""
    try:
        if path.parent != weights_folder():
            from sr_models.checkpoints.format import read_checkpoint

            card = read_checkpoint(path)[1]  # what it is, its weights alone tell
            return dataclasses.replace(card, name=_offered.get(path, card.name))
        card = read_card(path)
        archs.get(card.architecture)
    except SRError as error:
        logging.getLogger(__name__).warning("%s", error)
        return None
    return card


def with_cascades(cards: Iterable[Card] | None = None) -> list[Card]:
    """Return the cards of all that runs: `cards`, by default those of the weights folder, then those of cascades.

    A cascade is offered at each of SCALES that a net has no checkpoint for, but two or more whose scales multiply to
    it.
    """
    cards = list_checkpoints() if cards is None else list(cards)
    nets: dict[str, dict[int, Card]] = {}
    for card in cards:
        net, scale = split_name(card.name)
        if scale and scale == card.scale and not card.foreign:
            nets.setdefault(net, {})[scale] = card
    found = []
    for (net, there), scale in itertools.product(sorted(nets.items()), SCALES):
        if len(passes := factors(scale, there)) > 1:
            found.append(cascade_card(net, [there[s] for s in passes]))
    return cards + found


def has_ability(card: Card, ability: type) -> bool:
    """Say whether the net of a card has an ability, such as `archs.Samples`; a cascade only enlarges."""
    return not (card.passes or card.foreign) and archs.able(card.architecture, ability)


def factors(scale: int, there: Collection[int]) -> tuple[int, ...]:
    """Return which of the scales that are `there` make `scale`, each taken once: the fewest, the largest first.

    (scale,) where it is there itself, () where no product of them is `scale`.
    """
    ordered = sorted(there, reverse=True)
    picks = (pick for n in range(1, len(ordered) + 1) for pick in itertools.combinations(ordered, n))
    return next((pick for pick in picks if math.prod(pick) == scale), ())


def scales_of(net: str, cards: Iterable[Card] | None = None) -> tuple[int, ...]:
    """Return which of SCALES a net runs at, cascades included; `cards`: as for `with_cascades`."""
    if net in classical():
        return SCALES
    found = {split_name(card.name) for card in with_cascades(cards)}
    return tuple(scale for scale in SCALES if (net, scale) in found)


def split_name(name: str) -> tuple[str, int | None]:
    """Split `espcn_x4` into net and scale, None where the name has none; a cascade `espcn_x4_x2` is `espcn` at 8."""
    net, passes = _split_passes(name)
    return net, math.prod(passes) if passes else None


def _split_passes(name: str) -> tuple[str, tuple[int, ...]]:
    found = _PASSES.search(name)
    if not found:
        return name, ()
    return name[: found.start()], tuple(int(scale) for scale in found[0].split("_x")[1:])


def passes_of(ref: str, scale: int | None = None) -> tuple[int, ...]:
    """Return the scales of the checkpoints that run one after another for a reference to a name.

    One where a single file is meant; those that a name such as `espcn_x4_x2` lists; else, where no file has the scale,
    those of files in the weights folder that make it. () for a path, for the Hub, and for a name without a scale.
    """
    if ref.endswith(".safetensors") or "/" in ref:
        return ()
    net, named = _split_passes(ref)
    wanted = math.prod(named) if named else scale
    if len(named) > 1 or not wanted:
        return named
    there = (_split_passes(path.stem) for path in weights_folder().glob("*.safetensors"))
    return factors(wanted, {found[0] for name, found in there if name == net and len(found) == 1}) or (wanted,)


def locate(ref: str, scale: int | None = None) -> Path:
    """Return the checkpoint file that a reference means; raise SRError with what there is instead."""
    if ref.endswith(".safetensors"):
        if not Path(ref).is_file():
            raise SRError("file_missing", path=ref)
        return Path(ref)
    if ref.endswith(PICKLES):
        raise SRError("pickle_given", path=ref)
    if Path(ref).is_file():
        raise CheckpointError(Path(ref).name, "its name does not end in .safetensors")
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
    if foreign := next((path for path, version in _versions() if _is_named(path, version, name)), None):
        return foreign
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


def _is_named(path: Path, version: tuple[int, ...], name: str) -> bool:
    """Say whether a file of the host's folder is the one of this name."""
    card = _card(path, version) if path.parent != weights_folder() else None
    return card is not None and card.name == name


def critic_file(net: str, scale: int) -> Path:
    """Return where the critic that trained a net is kept, whether it is there or not."""
    return weights_folder() / f"{net}_critic_x{scale}.safetensors"


def weights_fingerprint() -> tuple[object, ...]:
    """Return what changes when a checkpoint comes, goes or is replaced, or the folder is another one."""
    return weights_folder(), *_versions()
