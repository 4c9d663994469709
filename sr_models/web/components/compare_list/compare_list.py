"""The list of what is compared: rows that the visitor sorts and puts into the viewer, drawn by `compare_list.js`.

The browser sends `select` with the keys of the rows that are to stand in the viewer, `submit` with the key of the net
to enlarge with, and `click` to compare again. `stale`, a property beside the value, says why the list is not of now.
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel

from sr_models.metrics import METRICS
from sr_models.web import static
from sr_models.web.components.viewer import MAX_PICTURES
from sr_models.web.i18n import duration, text

SCRIPT = "components/compare_list/compare_list.js"
SECONDS = "seconds"  # a column beside the metrics
WORDS = ("list_name", "list_picture", "list_chosen", "list_waits", "list_invents", "list_enlarge", "list_again")
WORDS += ("list_count", "list_full", "list_one", "list_caption")
PLANE = ("plane", "plane_x", "plane_y", "plane_outside")


class Cell(GradioModel):
    """A number, to sort by, and how it is written."""

    value: float
    text: str


class RowData(GradioModel):
    """One row; without a file it was not run yet."""

    key: str
    name: str
    file: FileData | None
    pick: str
    invents: bool
    net: bool
    cells: dict[str, Cell]


class Column(GradioModel):
    """One column of numbers: what heads it, what that means, and whether a high number is better."""

    key: str
    label: str
    help: str
    higher: bool


class ListData(GradioModel):
    """What `compare_list.js` receives."""

    id: str
    title: str
    about: str
    note: str
    rows: list[RowData]
    columns: list[Column]
    sort: str
    chosen: list[str]
    limit: int
    running: bool
    distance: str
    ways: list[list[list[float]]]
    no_plane: str
    words: dict[str, str]


@dataclass(frozen=True)
class Row:
    """Hold one picture of a comparison: `numbers` by metric, and `seconds`; `net` says that the page may run it."""

    key: str
    name: str
    path: str = ""  # "": not run yet
    numbers: Mapping[str, float] = field(default_factory=dict)
    pick: str = ""  # for what it is recommended
    invents: bool = False
    net: bool = False
    legend: str = ""

    def label(self, lang: str) -> str:
        """Return what stands over it in the viewer: name, PSNR and distance."""
        name = text("partly_invented", lang, label=self.name) if self.invents else self.name
        found = ((METRICS[key], value) for key, value in self.numbers.items() if key != SECONDS)
        return " · ".join((name, *(f"{metric.write(value)} {metric.unit}".rstrip() for metric, value in found)))


@dataclass(frozen=True)
class Comparison:
    """What stands in the list: rows as they come, `chosen` in the viewer; `ways` are lines of (PSNR, distance).

    `columns` are metrics or `seconds`; by the one named `sort` the rows are sorted at first.
    """

    id: str
    title: str
    about: str
    rows: tuple[Row, ...]
    chosen: tuple[str, ...]
    columns: tuple[str, ...] = ()
    sort: str = ""
    note: str = ""
    running: bool = False
    ways: tuple[tuple[tuple[float, float], ...], ...] = ()
    no_plane: str = ""  # why there is none
    lang: str = "en"


class CompareList(gr.HTML):
    """Show a comparison as a list that is sorted in the browser."""

    data_model = ListData

    def __init__(self, value: Comparison | None = None, **settings: Any) -> None:
        super().__init__(
            value=value,
            html_template="",
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch, trigger))",
            apply_default_css=False,
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser but its events."""

    def postprocess(self, value: Comparison | None) -> ListData | None:  # type: ignore[override]
        """Turn numbers into words and paths into files that the browser may fetch."""
        if value is None:
            return None
        lang = value.lang
        distance = next((key for key in value.columns[1:] if key != SECONDS), "")
        facts: dict[str, Any] = {"limit": MAX_PICTURES, "net": "{net}", "count": "{count}", "nets": "{nets}"}
        facts["distance"] = text(f"plane_{distance}", lang) if distance else ""
        words = {code: text(code, lang, **facts) for code in (*WORDS, *PLANE)}
        return ListData(
            id=value.id,
            title=value.title,
            about=value.about,
            note=value.note,
            rows=[_row(row) for row in value.rows],
            columns=[_column(key, lang) for key in value.columns],
            sort=value.sort,
            chosen=list(value.chosen),
            limit=MAX_PICTURES,
            running=value.running,
            distance=distance,
            ways=[[list(dot) for dot in way] for way in value.ways],
            no_plane=value.no_plane,
            words=words,
        )

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return ListData.model_json_schema()


def plane_host() -> str:
    """Return the place where the list draws its plane, wherever the page puts it, as HTML."""
    return "<figure class='sr-plane lab-card' hidden></figure>"


def _column(key: str, lang: str) -> Column:
    metric = METRICS.get(key)
    said = text("list_seconds_help" if metric is None else f"help_{key}", lang)
    higher = metric is not None and metric.better == "higher"
    return Column(key=key, label=text(f"list_{key}", lang), help=said, higher=higher)


def _row(row: Row) -> RowData:
    cells = {key: Cell(value=value, text=_written(key, value)) for key, value in row.numbers.items()}
    kind = mimetypes.guess_type(row.path)[0]
    file = FileData(path=row.path, orig_name=Path(row.path).name, mime_type=kind) if row.path else None
    told: Any = {"key": row.key, "name": row.name, "pick": row.pick, "invents": row.invents, "net": row.net}
    return RowData(**told, file=file, cells=cells)


def _written(key: str, value: float) -> str:
    return METRICS[key].write(value) if key in METRICS else duration(value)
