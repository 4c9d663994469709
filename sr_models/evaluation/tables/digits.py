"""Tables of the nets of digits: what is recognised, and what each choice of a VAE costs."""

from sr_models.evaluation.layout import NOTHING, Rows, number
from sr_models.evaluation.report import DigitCurves, DigitNets

TASKS = ("classify", "generate", "enlarge")
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
        for choice in dict.fromkeys(row["choice"] for row in report.rows):
            heading = f"What {choice.replace('_', ' ')} does to {report.net}"
            found[f"digits {report.net} {choice}"] = heading, curve(report, choice)
    return found


def recognition(reports: list[DigitNets]) -> Rows:
    """Draw what the classifier sees: a row for each way to a digit."""
    rows: Rows = [["digits", *(words for words, _ in COLUMNS.values()), "collapse"]]
    for report in reports:
        for name, found in report.rows.items():
            cells = [number(digits, found.get(key)) for key, (_, digits) in COLUMNS.items()]
            rows.append([name, *cells, found.get("collapse") or NOTHING])
    return rows


def curve(report: DigitCurves, choice: str) -> Rows:
    """Draw the runs that differ in one choice, the terms of the bound on training and on test pictures."""
    head = [f"{words}, {part}" for part in PARTS.values() for words, _ in TERMS.values()]
    rows: Rows = [[choice.replace("_", " "), *head, "active", "recognised, %", "Fréchet, drawn", "steps"]]
    for run in (run for run in report.rows if run["choice"] == choice):
        cells = [number(digits, run[part][key]) for part in PARTS for key, (_, digits) in TERMS.items()]
        more = [str(run["test"]["active"]), number(2, run["recognised"]), number(2, run["frechet"])]
        rows.append([f"{run['value']:g}", *cells, *more, f"{report.steps:,}"])
    return rows
