"""Tables of how nets were trained, which are not yet, and what papers say of theirs."""

import csv
import runpy
from pathlib import Path

from sr_models.checkpoints.card import BEFORE_LAST, Card
from sr_models.checkpoints.catalog import split_name
from sr_models.evaluation.layout import NOTHING, Rows

TRAINED = (2, 3, 4)  # scales that nets are trained for
PAPERS = "papers.csv"  # beside RESULTS.md: published numbers, and beside which nets of ours they stand
Papers = list[dict[str, str]]


def how(cards: list[Card]) -> Rows:
    """Draw how the checkpoints were made, from their cards."""
    rows = [["checkpoint", "device", "minutes", "steps", "learning rate", "last stage", "started from", "LR", "data"]]
    for card in sorted(cards, key=lambda c: (split_name(c.name)[0], c.scale or 0)):
        recipe = card.recipe
        rows.append(
            [
                card.name,
                card.device or NOTHING,
                f"{card.seconds / 60:.0f}",
                f"{card.steps:,}",
                f"{recipe['learning_rate']:g}" if "learning_rate" in recipe else NOTHING,
                _last_stage(card),
                card.started_from or "scratch",
                card.trained_for,
                card.dataset,
            ]
        )
    return rows


def _last_stage(card: Card) -> str:
    """Return what validation gained in the last stage, MSE on larger patches while the rate falls to 0."""
    before, after = card.result("validation", BEFORE_LAST), card.result("validation")
    return f"{after.value - before.value:+.3f} dB" if before and after else NOTHING


def scales_of(recipe: Path) -> tuple[int, ...]:
    """Return the scales for which the net of a recipe file is trained."""
    only = runpy.run_path(str(recipe))["recipe"].only_scale
    return (only,) if only else TRAINED


def untrained(recipes: dict[str, tuple[int, ...]], cards: list[Card]) -> Rows:
    """Draw at which scales the nets of the recipes, by their names, are not trained yet."""
    there = {card.name for card in cards}
    rows = [["net", "not trained yet"]]
    for net, scales in recipes.items():
        missing = [f"x{scale}" for scale in scales if f"{net}_x{scale}" not in there]
        if missing:
            rows.append([net, ", ".join(missing)])
    return rows


def read_papers(markdown: Path) -> Papers:
    """Read the published numbers beside RESULTS.md, none where there is no such file."""
    path = markdown.with_name(PAPERS)
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def published(papers: Papers) -> Rows:
    """Draw the papers' numbers: a row per net, Set5 / Set14 at each scale."""
    scales = sorted({p["scale"] for p in papers})
    rows = [["net", *(f"x{scale}" for scale in scales), "source"]]
    for name, source in dict.fromkeys((p["paper"], p["source"]) for p in papers):
        mine = {p["scale"]: pair(p) for p in papers if p["paper"] == name}
        rows.append([name, *(mine.get(scale, NOTHING) for scale in scales), source])
    return rows


def pair(paper: dict[str, str]) -> str:
    """Write a paper's numbers on Set5 and Set14."""
    return " / ".join(filter(None, (paper["set5"], paper["set14"])))
