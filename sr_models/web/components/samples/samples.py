"""The component: pictures of one size on one sheet, laid out by `samples.js`; `select` gives the place of one."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from sr_models.web import static

SCRIPT = "components/samples/samples.js"


class SheetData(GradioModel):
    """What `samples.js` receives."""

    id: str
    picture: str
    columns: int
    smooth: bool
    chosen: int
    label: str
    names: list[str]


@dataclass(frozen=True)
class Sheet:
    """Pictures in rows of `columns`: the file of all, what each is called, and which is chosen.

    `smooth` says that they are no drawings of a few large pixels; `label` names the whole. A new `id` is another sheet.
    """

    id: str
    picture: Path
    columns: int
    names: tuple[str, ...]
    chosen: int
    label: str
    smooth: bool = False


class Samples(gr.HTML):
    """Show a sheet whose pictures are chosen by a click or by the arrow keys and Enter."""

    data_model = SheetData

    def __init__(self, value: Sheet | None = None, **settings: Any) -> None:
        super().__init__(
            value=value,
            html_template="<div class='sr-samples'></div>",
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch, trigger))",
            apply_default_css=False,
            padding=False,
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser: what was drawn is the server's to say."""

    def postprocess(self, value: Sheet | None) -> SheetData | None:  # type: ignore[override]
        """Return the sheet with its picture as an address that holds it."""
        if value is None:
            return None
        return SheetData(
            id=value.id,
            picture=address_of(value.picture),
            columns=value.columns,
            smooth=value.smooth,
            chosen=value.chosen,
            label=value.label,
            names=list(value.names),
        )

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return SheetData.model_json_schema()


def address_of(path: Path) -> str:
    """Return a PNG as an address that holds it: a small one needs no request, and no file that may be gone."""
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
