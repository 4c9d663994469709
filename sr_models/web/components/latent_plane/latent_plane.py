"""The component: what a net draws at each place of a plane, one of them large, by `latent_plane.js`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from sr_models.web import static
from sr_models.web.components.samples import address_of
from sr_models.web.i18n import MARKS, text

SCRIPT = "components/latent_plane/latent_plane.js"
WORDS = ("name", "hint", "read")


class PlaneData(GradioModel):
    """What `latent_plane.js` receives."""

    picture: str
    steps: int
    reach: float
    names: list[str]


@dataclass(frozen=True)
class Plane:
    """Hold the file of what is drawn at `steps` x `steps` places, from -`reach` to `reach`, the second number upwards.

    `names` is what is read there, row by row; empty where nothing reads.
    """

    picture: Path
    steps: int
    reach: float
    names: tuple[str, ...] = ()


class LatentPlane(gr.HTML):
    """Let two numbers be moved; moving asks the server nothing."""

    data_model = PlaneData

    def __init__(self, value: Plane | None = None, lang: str = MARKS, **settings: Any) -> None:
        super().__init__(
            value=value,
            html_template="<div class='sr-plane'></div>",
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch))",
            apply_default_css=False,
            padding=False,
            words={code: text(f"plane_{code}", lang, name="{name}") for code in WORDS},
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser."""

    def postprocess(self, value: Plane | None) -> PlaneData | None:  # type: ignore[override]
        """Return the plane with its picture as an address that holds it."""
        if value is None:
            return None
        names = list(value.names)
        return PlaneData(picture=address_of(value.picture), steps=value.steps, reach=value.reach, names=names)

    def api_info(self) -> dict[str, Any]:
        """Describe the value."""
        return PlaneData.model_json_schema()
