"""Results as files: kept as JSON beside RESULTS.md, and read again without a look at a file's name."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from sr_models.evaluation import report as reports
from sr_models.evaluation.report import Stored
from sr_models.files import from_jsonable, to_json, write_atomically

T = TypeVar("T", bound=Stored)
KINDS: dict[str, type[Stored]] = {
    kind.kind: kind
    for kind in (
        reports.Evaluation,
        reports.Diversity,
        reports.Repairs,
        reports.RepairSamples,
        reports.Recognition,
        reports.DigitNets,
        reports.DigitCurves,
        reports.TextureNets,
        reports.Speed,
        reports.GpuSpeed,
        reports.Sweep,
    )
}


def keep(report: Stored, markdown: Path) -> Path:
    """Keep a result in `results/` beside RESULTS.md, and return its file."""
    path = markdown.parent / "results" / report.file_name
    write_atomically(path, to_json(report.to_json()))
    return path


def read_results(folder: Path) -> list[Stored]:
    """Read the results of a folder, by the names of their files; raise ValueError for a file of no known kind."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> Stored:
    facts = from_jsonable(json.loads(path.read_text(encoding="utf-8")))
    kind = KINDS.get(facts.pop("kind", "")) if isinstance(facts, dict) else None
    if kind is None:
        raise ValueError(f"{path.name} holds no result of a known kind: {', '.join(KINDS)}")
    return kind.from_json(facts)


def of_kind(results: Iterable[Stored], kind: type[T]) -> list[T]:
    """Return those of one kind."""
    return [result for result in results if isinstance(result, kind)]
