"""The table of the nets that draw textures."""

from sr_models.evaluation.layout import Rows, number
from sr_models.evaluation.report import TextureNets

COLUMNS = {  # the words and the digits of each number
    "held_out": ("Fréchet, held out", 4),
    "training": ("Fréchet, training", 4),
    "diversity": ("diversity", 2),
    "detail": ("detail", 2),
    "nearest": ("nearest", 2),
}


def table(reports: list[TextureNets]) -> Rows:
    """Draw how far drawn textures are from photographed ones: a row for each way to a picture."""
    rows: Rows = [["textures", *(words for words, _ in COLUMNS.values())]]
    for report in reports:
        for name, found in report.rows.items():
            rows.append([name, *(number(digits, found.get(key)) for key, (_, digits) in COLUMNS.items())])
    return rows
