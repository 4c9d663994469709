"""The curve of a run: rows of numbers, one per validation, as a CSV file and as a picture."""

import csv
import math
from pathlib import Path
from typing import Any

COLUMNS = ("step", "seconds", "learning_rate", "loss", "validation", "bicubic")  # the rest are terms of the loss


def write_curve(rows: list[dict[str, Any]], title: str, folder: Path) -> None:
    """Write all rows to `curve.csv` and draw them in `curve.png`."""
    with (folder / "curve.csv").open("w", newline="") as file:
        writer: Any = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
    draw_curve(rows, title, folder / "curve.png")


def draw_curve(rows: list[dict[str, Any]], title: str, path: Path) -> None:
    """Draw training loss and validation together, and the loss's terms below.

    Without matplotlib only the CSV is kept.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return
    terms = [key for key in rows[-1] if key not in COLUMNS]
    figure = Figure(figsize=(8, 4.5 + 1.5 * len(terms)), layout="constrained")
    left, *below = figure.subplots(1 + len(terms), squeeze=False, height_ratios=[3, *[1] * len(terms)])[:, 0]
    minutes = [r["seconds"] / 60 for r in rows]
    if rows[0]["validation"] is not None:
        scores = [r["validation"] for r in rows]
        left.plot(minutes, scores, color="#2457e6", marker="o", markersize=3, label="validation")
        left.axhline(rows[0]["bicubic"], color="#666666", linestyle="--", label="bicubic")
    left.set(xlabel="minutes of training", ylabel="validation, Y-PSNR (dB)", title=title)
    right = left.twinx()
    losses = [math.nan if r["loss"] is None else r["loss"] for r in rows]
    right.plot(minutes, losses, color="#d9822b", linewidth=1, label="training loss")
    right.set(ylabel="training loss", yscale="linear" if min(losses, default=0) <= 0 else "log")
    left.legend(handles=left.get_legend_handles_labels()[0] + right.get_legend_handles_labels()[0], loc="center right")
    for term, axes in zip(terms, below, strict=True):
        axes.plot(minutes, [r.get(term, math.nan) for r in rows], color="#2457e6", linewidth=1)
        axes.set(ylabel=term)
    figure.savefig(path, dpi=100)
