"""The component: the frames of a walk as a strip, one of them large, a slider and an animation, by `walk.js`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from sr_models.web import static
from sr_models.web.components.samples import address_of
from sr_models.web.i18n import MARKS, text

SCRIPT = "components/walk/walk.js"
WORDS = ("place", "play", "pause", "frame", "from_end", "to_end")


class WayData(GradioModel):
    """What `walk.js` receives."""

    id: str
    strip: str
    large: str
    frames: int
    smooth: bool
    start: str
    end: str


@dataclass(frozen=True)
class Way:
    """Hold the files of a walk, all frames side by side, small and large, and what its ends are called."""

    id: str
    strip: Path
    large: Path
    frames: int
    start: str
    end: str
    smooth: bool = False


class Walk(gr.HTML):
    """Show a walk; moving along it asks the server nothing."""

    data_model = WayData

    def __init__(self, value: Way | None = None, lang: str = MARKS, **settings: Any) -> None:
        super().__init__(
            value=value,
            html_template="<div class='sr-walk'></div>",
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch))",
            apply_default_css=False,
            padding=False,
            words={code: text(f"walk_{code}", lang, share="{share}") for code in WORDS},
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser."""

    def postprocess(self, value: Way | None) -> WayData | None:  # type: ignore[override]
        """Return the walk with its pictures as addresses that hold them."""
        if value is None:
            return None
        return WayData(
            id=value.id,
            strip=address_of(value.strip),
            large=address_of(value.large),
            frames=value.frames,
            smooth=value.smooth,
            start=value.start,
            end=value.end,
        )

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return WayData.model_json_schema()
