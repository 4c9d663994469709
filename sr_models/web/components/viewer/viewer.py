"""The viewer component: up to six pictures of equal size, drawn pixel for pixel on a canvas by `viewer.js`."""

import mimetypes
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel

from sr_models.imaging.heatmap import ramp
from sr_models.web import static
from sr_models.web.i18n import text

MAX_PICTURES = 6
WORDS = (
    "slider",
    "side",
    "blink",
    "difference",
    "gain",
    "fit",
    "smooth",
    "full",
    "handle",
    "canvas",
    "bar",
    "modes",
    "zooms",
)
WORDS += ("first", "second", "keys", "framed", "frame", "blinks", "apart", "lens", "lens_help")
SCRIPT = "components/viewer/viewer.js"


class Shown(GradioModel):
    """One picture and its label."""

    file: FileData
    label: str
    legend: str = ""


class Piece(GradioModel):
    """One finished tile and where its corner lies, in picture pixels."""

    file: FileData
    x: int
    y: int


class ViewerData(GradioModel):
    """What `viewer.js` receives."""

    id: str
    subject: str
    width: int
    height: int
    pictures: list[Shown]
    tiles: list[Piece]
    waiting: str
    mode: str
    frame: int
    framed: bool
    see_through: bool
    ramp: list[str]
    words: dict[str, str]


@dataclass(frozen=True)
class Show:
    """What stands in the viewer: pictures, all `width` x `height`, as (path, label) or (path, label, legend).

    `tiles` are finished parts of the result as (path, x, y); `frame` is the side in pixels of the frame that the
    visitor may move, 0 for none, and `framed` says that it is there at first.
    """

    width: int
    height: int
    pictures: tuple[tuple[str, ...], ...]
    tiles: tuple[tuple[str, int, int], ...] = ()
    waiting: str = ""
    mode: str = ""  # how to look at it at first; "": as the visitor looked before
    frame: int = 0
    framed: bool = False
    see_through: bool = False
    lang: str = "en"
    subject: str = ""  # which picture it is of: zoom and place stay while this does; "": not known yet
    id: str = field(default_factory=lambda: uuid.uuid4().hex)  # the view stays as it is while the id does

    def with_tile(self, path: str, x: int, y: int) -> "Show":
        """Return the same with one more tile."""
        return replace(self, tiles=(*self.tiles, (path, x, y)))


class Viewer(gr.HTML):
    """Show pictures side by side, under a slider, blinking or as their difference."""

    data_model = ViewerData

    def __init__(self, value: Show | None = None, **settings: Any) -> None:
        super().__init__(
            value=value and replace(value, subject=""),  # comes with the page, before what this visitor looks at
            html_template=_room_of(value),
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch))",
            apply_default_css=False,
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser: what stands in the viewer is the server's to say."""

    def postprocess(self, value: Show | None) -> ViewerData | None:  # type: ignore[override]
        """Turn paths into files that the browser may fetch."""
        if value is None:
            return None
        pictures = value.pictures[:MAX_PICTURES]
        return ViewerData(
            id=value.id,
            subject=value.subject,
            width=value.width,
            height=value.height,
            pictures=[
                Shown(file=_file(path), label=label, legend=" ".join(legend)) for path, label, *legend in pictures
            ],
            tiles=[Piece(file=_file(path), x=x, y=y) for path, x, y in value.tiles],
            waiting=value.waiting,
            mode=value.mode,
            frame=value.frame,
            framed=value.framed,
            see_through=value.see_through,
            ramp=ramp() if any(len(picture) > 2 for picture in pictures) else [],
            words={code: text(f"viewer_{code}", value.lang) for code in WORDS},
        )

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return ViewerData.model_json_schema()


def _room_of(value: Show | None) -> str:
    """Return what keeps the viewer's room free until its script is there."""
    shape = f" style='--shape: {value.width / value.height:.4f}'" if value else ""
    return f"<div class='sr-viewer'><div class='stage'{shape}></div><div class='bar'></div></div>"


def _file(path: str) -> FileData:
    return FileData(path=path, orig_name=Path(path).name, mime_type=mimetypes.guess_type(path)[0])
