"""The tables of recognition: how often a classifier names results as it names their originals, the best first."""

from sr_models.evaluation.layout import Rows, number
from sr_models.evaluation.recognition import ORIGINAL, SURE
from sr_models.evaluation.report import Recognition


def tables(reports: list[Recognition]) -> dict[str, tuple[str, Rows]]:
    """Return a table for each scale by its key, with its heading."""
    return {
        f"recognition x{scale}": (f"Still recognised, x{scale}", table([r for r in reports if r.scale == scale]))
        for scale in sorted({r.scale for r in reports}, reverse=True)
    }


def table(reports: list[Recognition]) -> Rows:
    """Draw reports of one scale: a row for each upscaler, four columns for each set."""
    reports = sorted(reports, key=lambda r: (-r.pictures, r.set))
    rows: Rows = [["checkpoint"]]
    for r in reports:
        start = f"{r.set} ({r.pictures})"
        sure = f"same where sure ({r.sure} from {100 * SURE:.0f} %)"
        rows[0] += [f"{start} same name", sure, "among three", "probability"]
    first = reports[0].rows
    order = sorted(first, key=lambda way: (way != ORIGINAL, -first[way]["agreement"], -first[way]["probability"]))
    for way in [*order, *sorted({way for r in reports for way in r.rows} - first.keys())]:
        cells = [way]
        for r in reports:
            found = r.rows.get(way, {})
            cells += [_percent(found.get(key)) for key in ("agreement", "sure", "three")]
            cells.append(number(3, found.get("probability")))
        rows.append(cells)
    return rows


def _percent(value: float | None) -> str:
    return number(0, None if value is None else 100 * value) + " %" * (value is not None)
