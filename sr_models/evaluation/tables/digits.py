"""Tables of the nets of digits: what is recognised, and what each choice of a VAE costs."""

from sr_models.evaluation.layout import NOTHING, Rows, number
from sr_models.evaluation.report import DigitCurves, DigitNets

TASKS = ("classify", "generate", "enlarge")
ORDER = ("written", "enlarged", "drawn again", "drawn from noise")  # of the rows, by what is in their names
COLUMNS = {  # of `recognition`: the words and the digits of each number
    "recognised": ("recognised, %", 2),
    "clear": ("clear, %", 1),
    "psnr": ("PSNR", 2),
    "frechet": ("Fréchet", 2),
    "diversity": ("diversity", 2),
    "rarest": ("rarest digit, %", 1),
}
PARTS = {"train": "training", "test": "test"}
TERMS = {"surprise": ("-log p", 1), "kl": ("KL", 1), "psnr": ("PSNR", 2)}


def tables(reports: list[DigitNets], curves: list[DigitCurves]) -> dict[str, tuple[str, Rows]]:
    """Return the tables by their keys, with their headings."""
    found = {"digits": ("Digits", recognition(reports))}
    for report in curves:
        heading = f"{report.net}: {report.choice.replace('_', ' ')}"
        found[f"digits {report.net} {report.choice}"] = heading, curve(report)
    return found


def recognition(reports: list[DigitNets]) -> Rows:
    """Draw what the classifier sees: a row for each way to a digit."""
    rows: Rows = [["digits", *(words for words, _ in COLUMNS.values()), "collapse"]]
    for report in reports:
        for name in sorted(report.rows, key=lambda name: ([words not in name for words in ORDER], name)):
            found = report.rows[name]
            cells = [number(digits, found.get(key)) for key, (_, digits) in COLUMNS.items()]
            rows.append([name, *cells, found.get("collapse") or NOTHING])
    return rows


def curve(report: DigitCurves) -> Rows:
    """Draw runs that differ in one choice: the terms of the bound on training and on test pictures."""
    head = [f"{words}, {part}" for part in PARTS.values() for words, _ in TERMS.values()]
    rows: Rows = [[report.choice.replace("_", " "), *head, "active", "recognised, %", "Fréchet, drawn", "steps"]]
    for run in report.rows:
        cells = [number(digits, run[part][key]) for part in PARTS for key, (_, digits) in TERMS.items()]
        more = [str(run["test"]["active"]), number(2, run["recognised"]), number(2, run["frechet"])]
        rows.append([f"{run['value']:g}", *cells, *more, f"{report.steps:,}"])
    return rows
