"""Several nets on several sets: what can be measured is, and what cannot is said at the end."""

import itertools
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sr_models.checkpoints.catalog import locate
from sr_models.checkpoints.format import stamp as stamp_card
from sr_models.distributed import rank_and_count
from sr_models.errors import SRError
from sr_models.evaluation.evaluate import evaluate, to_results
from sr_models.evaluation.kept import keep
from sr_models.evaluation.report import Evaluation, Trial
from sr_models.evaluation.tables.quality import as_text
from sr_models.evaluation.test_sets import test_sets
from sr_models.imaging.kinds import name_some
from sr_models.inference.restorer import Restorer
from sr_models.inference.upscaler import Upscaler

_OF_ALL = ("nothing_measured", "no_pictures")  # what every process finds alike


@dataclass(frozen=True)
class Work:
    """Hold what is measured: a folder of originals with or without LR, or of sets; how nets run; what is kept where.

    `kinds` are (ensemble, damaged) of each report of a net and a set.
    """

    hr: Path | None
    lr: Path | None
    bench_sets: Path | None
    kinds: list[tuple[bool, bool]]
    ablation: str = ""
    sheet: Path | None = None
    stamp: bool = False
    write: Path | None = None
    first: Restorer | None = None  # what repairs LR before a net sees it
    strength: float | None = None  # what it is told


@dataclass(frozen=True)
class Measured:
    """Hold the reports, and a sentence for all that was not measured or kept."""

    reports: list[Evaluation] = field(default_factory=list)
    failures: list[SRError] = field(default_factory=list)

    def tell(self) -> None:
        """Print the table with its n and its protocol, and on stderr what is missing."""
        missing = [f"{r.label}, {name}: {reason}" for r in self.reports for name, reason in r.missing.items()]
        for words in dict.fromkeys([*map(str, self.failures), *missing]):
            print(words, file=sys.stderr)
        if self.reports:
            print(as_text(self.reports))
            print("\n".join(report.over for report in self.reports))
            protocols = "; ".join(sorted({r.protocol.line for r in self.reports}))
            print(f"mean over pictures, bicubic in brackets; {protocols}")

    def tell_left_out(self) -> None:
        """Print on stderr which files of the folders are no pictures."""
        if left_out := sorted({name for report in self.reports for name in report.left_out}):
            print(name_some([Path(name) for name in left_out]), file=sys.stderr)

    @property
    def is_whole(self) -> bool:
        """Say whether all was measured."""
        return not self.failures and not any(report.missing for report in self.reports)


def measure_many(upscalers: Iterable[tuple[str, Upscaler]], work: Work) -> Measured:
    """Measure each net, by its reference, on each set; raise SRError where nothing at all could be measured.

    Means over a part of the pictures are neither kept nor stamped.
    """
    found = Measured()
    for name, at in upscalers:
        sets: Any = test_sets(work.bench_sets, at.scale) if work.bench_sets else [(work.hr, work.lr)]
        for (originals, small), (turned, damaged) in itertools.product(sets, work.kinds):
            upscaler = at.ensembled() if turned else at
            how: dict[str, Any] = {"damaged": damaged, "looks": not (turned or damaged), "sheets": work.sheet}
            how |= {"first": work.first, "strength": work.strength}
            how |= {"trial": Trial.of(at.card, work.ablation) if work.ablation and at.card else None}
            try:
                with tqdm(desc=upscaler.name, unit="picture", leave=False, disable=None) as bar:
                    report = evaluate(upscaler, originals, small, **how, tick=bar.update)
            except SRError as error:
                if rank_and_count()[1] > 1 and error.code not in _OF_ALL:
                    raise  # the other processes wait for this one
                found.failures.append(error)
                continue
            found.reports.append(report)
            if report.missing and (work.stamp or work.write):
                found.failures.append(SRError("incomplete", name=report.name, label=report.label))
            elif rank_and_count()[0] == 0:
                _keep(name, upscaler, report, work, work.stamp and not turned)
    if found.failures and not found.reports:
        raise found.failures[0]
    return found


def _keep(name: str, upscaler: Upscaler, report: Evaluation, work: Work, stamp: bool) -> None:
    if stamp and upscaler.card and not upscaler.card.passes:
        stamp_card(locate(name, upscaler.scale), to_results(report))
    if work.write:
        keep(report, work.write)
