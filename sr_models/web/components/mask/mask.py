"""The component: a picture to draw a mask over, by `mask.js`; it comes back as a PNG of the picture's size.

`drawn` says that the mask is another one, or none; `propose` that scratches are to be sought. What is sought and found
is shown, and sent only when the visitor agrees to it.
"""

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData, GradioModel
from gradio.utils import is_in_or_equal
from PIL import Image

from sr_models.imaging.picture import to_8_bit
from sr_models.imaging.scratches import propose
from sr_models.web import static, storage
from sr_models.web.i18n import MARKS, text

SCRIPT = "components/mask/mask.js"
WORDS = (
    *("brush", "eraser", "box", "size", "pixels", "undo", "redo", "clear", "fit", "nearer", "farther", "tools"),
    *("propose", "upload", "numbers", "left", "top", "width", "height", "mark", "canvas", "help", "keys"),
    *("offer", "offer_none", "offer_note", "use", "refuse", "used", "refused", "unreadable", "failed", "out_of"),
    *("marked", "nothing", "at", "painted", "erased", "corner", "lowered", "lifted", "undone", "redone", "cleared"),
)
FACTS = {name: f"{{{name}}}" for name in ("share", "size", "x", "y", "width", "height", "expected")}  # for mask.js


class MaskData(GradioModel):
    """What goes to `mask.js`; back come the subject and what was drawn."""

    id: str = ""
    subject: str = ""
    width: int = 0
    height: int = 0
    picture: FileData | None = None
    proposal: FileData | None = None
    marked: FileData | None = None
    drawn: FileData | None = None


@dataclass(frozen=True)
class Sheet:
    """A picture to draw over: a file that a browser can show, and its size in pixels.

    A mask stays while the `subject` does: it names the picture, never two of them. `proposal` is the file of a mask
    that may be agreed to, `marked` of one with which a new subject begins.
    """

    picture: str
    width: int
    height: int
    subject: str
    proposal: str | None = None
    marked: str | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Drawn:
    """What a browser says was drawn: an upload, not looked at yet, and of which picture."""

    path: str
    subject: str


class Mask(gr.HTML):
    """Let a mask be drawn over a picture."""

    data_model = MaskData

    def __init__(self, value: Sheet | None = None, lang: str = MARKS, **settings: Any) -> None:
        tell = "(event) => ({ drawn: () => trigger('drawn'), propose: () => trigger('propose') })[event]()"
        script = static.importing(SCRIPT)
        super().__init__(
            value=value,
            html_template="<div class='sr-mask'><div class='stage'></div><div class='bar'></div></div>",
            js_on_load=f"{script}.then(({{ mount }}) => mount(element, props, watch, {tell}, upload))",
            apply_default_css=False,
            padding=False,
            words=words(lang),
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: MaskData | None) -> Drawn | None:  # type: ignore[override]
        """Return the upload that holds the mask; any other path counts as none."""
        if payload is None or payload.drawn is None or storage.is_of_a_visitor(payload.drawn.path):
            return None
        if not is_in_or_equal(payload.drawn.path, str(storage.temp_folder())):
            return None
        return Drawn(payload.drawn.path, payload.subject)

    def postprocess(self, value: Sheet | None) -> MaskData | None:  # type: ignore[override]
        """Turn paths into files that the browser may fetch."""
        if value is None:
            return None
        return MaskData(
            id=value.id,
            subject=value.subject,
            width=value.width,
            height=value.height,
            picture=FileData(path=value.picture),
            proposal=FileData(path=value.proposal) if value.proposal else None,
            marked=FileData(path=value.marked) if value.marked else None,
        )

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return MaskData.model_json_schema()


def words(lang: str) -> dict[str, str]:
    """Return the words of `mask.js` in a language; it fills in their facts."""
    found = {code: text(f"mask_{code}", lang, **FACTS) for code in WORDS}
    return found | {"mask_size": text("error_mask_size", lang, **FACTS)}


def marked(drawn: Drawn | None, subject: str) -> str:
    """Return the file of what was drawn, not looked at yet; "" where nothing is marked, or on another picture."""
    return drawn.path if drawn and drawn.subject == subject else ""


def with_proposal(sheet: Sheet, picture: np.ndarray, visitor: str) -> Sheet:
    """Return the sheet with the scratches that are seen in its picture (H, W, C) uint8 or uint16, to be agreed to."""
    path = write(propose(to_8_bit(picture)), visitor)
    return replace(sheet, proposal=path, id=uuid.uuid4().hex)


def write(mask: np.ndarray, visitor: str) -> str:
    """Write a mask (H, W) bool into the visitor's folder; return the path of the PNG, which has 1 bit."""
    path = storage.visitor_folder(visitor) / f"{uuid.uuid4().hex}.png"
    Image.fromarray(mask).save(path)
    return str(path)


def put_at(place: int) -> str:
    """Return the JavaScript for an event that must not begin before the last stroke is with the server.

    `place` says which of the event's inputs is the mask.
    """
    wait = "await document.querySelector('.sr-mask')?.mask?.settled()"
    return f"async (...asked) => {{ const sent = {wait}; if (sent) asked[{place}] = sent; return asked; }}"
