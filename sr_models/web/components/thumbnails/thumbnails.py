"""The component: a row of buttons with small pictures, drawn by `thumbnails.js`; `select` gives the place of one."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData, GradioModel, GradioRootModel
from PIL import Image, ImageOps

from sr_models.files import write_atomically
from sr_models.web import static

SCRIPT = "components/thumbnails/thumbnails.js"
CELL = (112, 96)  # px of a picture in a strip


class Item(GradioModel):
    """One picture, its words and its key."""

    file: FileData | None
    caption: str
    key: str
    at: float | None = None


class Row(GradioRootModel):
    """What `thumbnails.js` receives."""

    root: list[Item]


@dataclass(frozen=True)
class Thumbnail:
    """Name a small picture: its file, "" where it is not made yet, its words, and the key by which it can be marked as
    chosen, "" for none.

    It is marked while the component has that key as `data-chosen`; a document's event `chosen` says that it changed.
    `at` says which picture of a strip it is: from 0, the first, to 1, the last.
    """

    path: str
    caption: str
    key: str = ""
    at: float | None = None


class Thumbnails(gr.HTML):
    """Show small pictures in a row; `captions`: with the row's name above, and each one's words below it."""

    data_model = Row

    def __init__(
        self, value: Sequence[Thumbnail] = (), label: str = "", captions: bool = True, **settings: Any
    ) -> None:
        opening = f"<div class='thumbnails' role='group' aria-label='{label}'>"
        caption = f"<h3 class='lab-caption'>{label}</h3>" if captions else ""
        super().__init__(
            value=value,
            label=label,
            html_template=f"{opening}{caption}<div class='row'></div></div>",
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch, trigger))",
            apply_default_css=False,
            padding=False,
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser: which pictures stand here is the server's to say."""

    def postprocess(self, value: Sequence[Thumbnail] | None) -> Row:  # type: ignore[override]
        """Turn paths into files that the browser may fetch."""
        files = [(item, _file(item.path) if item.path else None) for item in value or ()]
        return Row(root=[Item(file=file, caption=item.caption, key=item.key, at=item.at) for item, file in files])

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return Row.model_json_schema()


def history(past: Sequence[Any], lang: str) -> Any:
    """Return the update of a row of past runs: results with a `thumbnail` and a `caption` in a language."""
    kept = [Thumbnail(o.thumbnail, o.caption(lang)) for o in past if Path(o.thumbnail).is_file()]
    return gr.update(value=kept, visible=bool(kept))


def _file(path: str) -> FileData:
    return FileData(path=path, orig_name=Path(path).name)


def write_strip(arrays: Sequence[np.ndarray], path: Path) -> None:
    """Write (h, w, 3) uint8 as one WebP, side by side, each cut to what the row shows of it, at twice its size."""
    small = [ImageOps.fit(Image.fromarray(array), CELL, Image.Resampling.LANCZOS) for array in arrays]
    data = io.BytesIO()
    Image.fromarray(np.hstack([np.asarray(picture) for picture in small])).save(data, "WEBP", quality=70, method=6)
    write_atomically(path, data.getvalue())


def write(array: np.ndarray, path: Path, side: int) -> None:
    """Write (h, w, 3) uint8 as a small WebP, its longer side `side` px at most."""
    small, data = Image.fromarray(array), io.BytesIO()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    small.save(data, "WEBP", quality=80, method=6)
    write_atomically(path, data.getvalue())
