"""What the page tells of each net at a scale: its card, its file, the papers beside it."""

import functools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sr_models.checkpoints.card import Card
from sr_models.checkpoints.catalog import SCALES, list_checkpoints, locate, split_name
from sr_models.evaluation.tables.training import PAPERS, read_papers
from sr_models.files import sha256
from sr_models.metrics import METRICS
from sr_models.web.components.net_board import Cell, Net
from sr_models.web.i18n import has, text
from sr_models.web.nets import NETS, variant_title
from sr_models.web.storage import ASSETS

MEASURED = (4, 2, 3)  # scales at which nets are measured, in the order in which they are offered
PLAIN = "bicubic"
TRAINING = ASSETS.parent / "training" / PAPERS  # a host may leave it out
TOLD = ("psnr_y", "ssim_y", "lpips_alex")  # of what was measured
ROUND = 1000  # bytes of a kB


@dataclass(frozen=True)
class File:
    """Hold what a checkpoint's file tells: bytes, numbers in it, and its SHA-256."""

    size: int
    parameters: int
    digest: str


def file_of(path: Path) -> File:
    """Return the facts of a checkpoint's file; read once for each version of it."""
    found = path.stat()
    return _file(path, found.st_mtime_ns, found.st_size)


@functools.lru_cache(256)
def _file(path: Path, changed: int, size: int) -> File:
    from safetensors import safe_open

    with safe_open(path, "pt") as tensors:
        parameters = sum(math.prod(tensors.get_slice(key).get_shape()) for key in tensors.keys())  # noqa: SIM118
    return File(size, parameters, sha256(path))


def size_words(size: int, lang: str) -> str:
    """Write the bytes of a file: 301 kB, 3.0 MB."""
    code, value = ("megabytes", f"{size / ROUND**2:.1f}") if size >= ROUND**2 else ("kilobytes", f"{size / ROUND:.0f}")
    return text(code, lang, value=value)


def in_files(scale: int) -> dict[str, Card]:
    """Return the cards of the nets that have a file at a scale, by net."""
    return {split_name(card.name)[0]: card for card in NETS.cards() if card.scale == scale and not card.passes}


def nets(scale: int, lang: str) -> list[Net]:
    """Return what there is to tell of bicubic and of each net that has a file at a scale."""
    cards = in_files(scale)
    picks = NETS.picks(scale, lang)
    published = _published(scale)
    there = []
    for net in (PLAIN, *cards):
        card, cells = cards.get(net), {}
        if (score := NETS.score(net, scale)) is not None:
            cells["psnr_y"] = Cell(score, METRICS["psnr_y"].write(score))
        if papers := published.get(net):
            cells["paper"] = papers
        if (looks := _looks(card, scale)) is not None:
            cells["lpips_alex"] = Cell(looks, METRICS["lpips_alex"].write(looks))
        facts = _of_the_file(locate(net, scale), card, cells, lang) if card else {}
        there.append(
            Net(
                key=net,
                name=NETS.title(net, lang),
                pick=picks.get(net, ""),
                invents=NETS.invents(net, scale),
                cells=cells,
                about=NETS.summary(net, lang) if net == PLAIN else NETS.measured(net, scale, lang),
                use=address("/", arch=net, scale=scale),
                facts=facts,
            )
        )
    return there


def _looks(card: Card | None, scale: int) -> float | None:
    """Return LPIPS on Set5; bicubic's stands beside any other's."""
    if card:
        result = card.result("Set5", "lpips_alex")
        return result.value if result else None
    found = (c.result("Set5", "lpips_alex") for c in NETS.cards() if c.scale == scale)
    return next((result.baseline for result in found if result), None)


def _of_the_file(path: Path, card: Card, cells: dict[str, Cell], lang: str) -> dict[str, str]:
    """Add the numbers of a checkpoint's file to the cells, and return what its card says, caption by caption."""
    file = file_of(path)
    cells["parameters"] = Cell(file.parameters, f"{file.parameters:,}")
    cells["file"] = Cell(file.size, size_words(file.size, lang))
    code = "data_unknown" if card.foreign else f"data_{card.trained_for}"
    data = text(code, lang) if has(code) else card.trained_for  # a card from elsewhere may say any word
    cells["data"] = Cell(None, data, "" if card.foreign else card.dataset)
    cells["license"] = Cell(None, card.license)
    cells["digest"] = Cell(None, file.digest[:8], file.digest)
    if card.foreign:
        return {}
    facts = {}
    for result in (r for r in card.results if r.metric in TOLD):
        write = METRICS[result.metric].write
        numbers = text("card_result", lang, value=write(result.value), baseline=write(result.baseline))
        facts[f"{result.set}, {text(result.metric, lang)}"] = f"{numbers} {result.protocol}"
    hours = text("card_trained_for", lang, steps=f"{card.steps:,}", minutes=round(card.seconds / 60))
    facts[text("card_trained", lang)] = ", ".join(filter(None, (hours, card.device, card.dataset)))
    if card.bases:
        bases = [text(f"card_{base.relation}", lang, name=base.name) for base in card.bases]
        facts[text("card_bases", lang)] = text("list_separator", lang).join(bases)
    facts["SHA-256"] = file.digest
    return facts


def _published(scale: int) -> dict[str, Cell]:
    """Return what papers say of the nets beside which they stand: the least and the most, and each in words."""
    found: dict[str, list[dict[str, str]]] = {}
    for paper in read_papers(TRAINING):
        if paper["beside"] and paper["scale"] == str(scale) and paper["set5"]:
            found.setdefault(paper["beside"], []).append(paper)
    cells = {}
    for net, papers in found.items():
        numbers = sorted(float(word) for paper in papers for word in paper["set5"].split(" to "))
        said = f"{numbers[0]:.2f}" + (f"–{numbers[-1]:.2f}" if numbers[-1] > numbers[0] else "")
        cells[net] = Cell(numbers[-1], said, "; ".join(f"{p['paper']} {p['set5']}, {p['source']}" for p in papers))
    return cells


@dataclass(frozen=True)
class Other:
    """Name a net that another page shows: its title, what it does, and where."""

    name: str
    about: str
    parameters: str
    size: str
    license: str
    use: str


def others(lang: str) -> list[Other]:
    """Return the nets that repair and those that draw."""
    there = []
    for task, path in (("restore", "/restore"), ("generate", "/generate")):
        for card in list_checkpoints(task):
            if card.foreign:
                continue
            net, scale = split_name(card.name)
            file = file_of(locate(net, scale))
            there.append(
                Other(
                    variant_title(net, card.architecture, lang),
                    text(f"net_{card.architecture}_summary", lang),
                    f"{file.parameters:,}",
                    size_words(file.size, lang),
                    card.license,
                    address(path, **{"arch": net} if task == "generate" else {}),
                )
            )
    return there


def address(path: str, **query: Any) -> str:
    """Return where another page is, relative to this one: a proxy may serve all of them under a path."""
    return f".{path}" + (f"?{urlencode(query)}" if query else "")


def offered_scales() -> tuple[int, ...]:
    """Return the scales at which any net has a file."""
    there = {card.scale for card in NETS.cards() if not card.passes}
    return tuple(scale for scale in dict.fromkeys((*MEASURED, *SCALES)) if scale in there)
