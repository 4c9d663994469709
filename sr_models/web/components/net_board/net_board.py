"""The component: nets as dots of PSNR against seconds, as tiles and as rows of a table, drawn by `net_board.js`.

Choosing, sorting and another scale ask the server nothing. `seconds`, a property beside the value, holds what was
measured by now: it grows while the nets are measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from sr_models.web import static
from sr_models.web.i18n import MARKS, text

SCRIPT = "components/net_board/net_board.js"
COLUMNS = ("psnr_y", "paper", "lpips_alex", "seconds", "parameters", "file", "data", "license", "digest")
LEAST_IS_BEST = ("lpips_alex", "seconds", "parameters", "file")  # of columns that are sorted
WORDS = ("use", "card", "picks", "count", "invents", "below", "no_seconds", "axis", "about", "plot", "net", "table")
WORDS += ("all", "sorted")


@dataclass(frozen=True)
class Cell:
    """Hold a number to sort by, None where there is none to, how it is written, and what is told of it on demand."""

    value: float | None
    text: str
    help: str = ""


@dataclass(frozen=True)
class Net:
    """Describe a net: cells by COLUMNS, one paragraph, where it is used, and what its card says by caption."""

    key: str
    name: str
    about: str
    use: str
    pick: str = ""
    invents: bool = False
    cells: Mapping[str, Cell] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Board:
    """Hold the nets by their scale, in the order in which the scales are offered, and the one that is first chosen."""

    nets: Mapping[int, list[Net]]
    chosen: str
    lang: str = MARKS


class CellData(GradioModel):
    """A cell as the browser takes it."""

    value: float | None
    text: str
    help: str


class NetData(GradioModel):
    """A net as the browser takes it."""

    key: str
    name: str
    about: str
    use: str
    pick: str
    invents: bool
    cells: dict[str, CellData]
    facts: dict[str, str]


class ColumnData(GradioModel):
    """One column: what heads it, what that means, and whether its least number comes first."""

    key: str
    label: str
    help: str
    least: bool
    sorts: bool


class BoardData(GradioModel):
    """What `net_board.js` receives."""

    scales: list[int]
    nets: dict[str, list[NetData]]
    chosen: str
    columns: list[ColumnData]
    words: dict[str, str]


class NetBoard(gr.HTML):
    """Show all nets; the browser sends nothing."""

    data_model = BoardData

    def __init__(self, value: Board | None = None, seconds: Any = None, **settings: Any) -> None:
        """Take what to show; `seconds` are those measured, a Cell for each net, by scale: see `measured`."""
        super().__init__(
            value=value,
            html_template="",
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch))",
            apply_default_css=False,
            padding=False,
            seconds=seconds or {},
            **settings,
        )

    @staticmethod
    def measured(seconds: Mapping[int, Mapping[str, tuple[float, str]]]) -> dict[str, Any]:
        """Return the part of an update that tells seconds: by scale and net a number and how it is written."""
        return {"seconds": {str(scale): {net: list(cell) for net, cell in of.items()} for scale, of in seconds.items()}}

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser."""

    def postprocess(self, value: Board | None) -> BoardData | None:  # type: ignore[override]
        """Return the board with its words."""
        if value is None:
            return None
        lang = value.lang
        open_facts = {name: f"{{{name}}}" for name in ("count", "scale", "nets")}
        return BoardData(
            scales=list(value.nets),
            nets={str(scale): [_net(net) for net in nets] for scale, nets in value.nets.items()},
            chosen=value.chosen,
            columns=[
                ColumnData(
                    key=key,
                    label=text(f"board_{key}", lang),
                    help=text(f"board_{key}_help", lang),
                    least=key in LEAST_IS_BEST,
                    sorts=key not in ("data", "license", "digest"),
                )
                for key in COLUMNS
            ],
            words={code: text(f"board_{code}", lang, **open_facts) for code in WORDS},
        )

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return BoardData.model_json_schema()


def hosts() -> tuple[str, str]:
    """Return where the board draws its tiles and its table, wherever the page puts them, as HTML."""
    return "<div class='sr-board-side'></div>", "<section class='sr-board-table lab-card'></section>"


def _net(net: Net) -> NetData:
    cells = {key: CellData(value=cell.value, text=cell.text, help=cell.help) for key, cell in net.cells.items()}
    return NetData(
        key=net.key,
        name=net.name,
        about=net.about,
        use=net.use,
        pick=net.pick,
        invents=net.invents,
        cells=cells,
        facts=dict(net.facts),
    )
