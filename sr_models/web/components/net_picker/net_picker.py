"""The component; `net_picker.js` draws it. Its value is the name of a net, which may be offered no more by then."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from sr_models.web import static
from sr_models.web.i18n import MARKS, text

SCRIPT = "components/net_picker/net_picker.js"
WORDS = ("all", "net", "score", "seconds", "what", "invents")


@dataclass(frozen=True)
class Offer:
    """Describe one net: its names, what it is recommended for ("" for the others), dB on Set5 and seconds here.

    A number that is not known is None. `score` is of the luma of clean pictures, in dB.
    """

    net: str
    title: str
    pick: str = ""
    score: float | None = None
    seconds: str | None = None
    invents: bool = False


class NetPicker(gr.HTML):
    """Let one of several nets be chosen."""

    def __init__(
        self, value: str = "", offers: Sequence[Offer | dict[str, Any]] = (), lang: str = MARKS, **settings: Any
    ) -> None:
        """Take the nets to offer, as `offered` gives them too: gradio makes the component again at each update."""
        super().__init__(
            value=value,
            html_template="",
            js_on_load=f"{static.importing(SCRIPT)}.then(({{ mount }}) => mount(element, props, watch, trigger))",
            apply_default_css=False,
            padding=False,
            **self.offered(offers),
            words={code: text(f"picker_{code}", lang) for code in WORDS},
            **settings,
        )

    @staticmethod
    def offered(offers: Sequence[Offer | dict[str, Any]]) -> dict[str, Any]:
        """Return the part of an update that offers other nets, or other numbers of theirs."""
        return {"offers": [asdict(offer) if isinstance(offer, Offer) else offer for offer in offers]}

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> str:  # type: ignore[override]
        """Return the net that is chosen."""
        return payload if isinstance(payload, str) else ""

    def postprocess(self, value: str | None) -> str:  # type: ignore[override]
        """Return the net to show as chosen."""
        return value or ""
