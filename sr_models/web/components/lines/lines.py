"""The component: a name, lines of code, and a button that copies them; `client/copy.js` does the copying."""

import html
from typing import Any

import gradio as gr

from sr_models.web.i18n import MARKS, text


class Lines(gr.HTML):
    """Show lines of code under a name, with a button that copies them and says so."""

    def __init__(self, value: str = "", label: str = "", lang: str = MARKS, **settings: Any) -> None:
        super().__init__(
            value=value,
            label=label,
            html_template=_template(label, lang),
            js_on_load=None,
            apply_default_css=False,
            padding=False,
            **settings,
        )

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def preprocess(self, payload: Any) -> None:  # type: ignore[override]
        """Take nothing from the browser."""

    def postprocess(self, value: str | None) -> str:  # type: ignore[override]
        """Return the lines as HTML shows them."""
        return html.escape(value or "")


def _template(label: str, lang: str) -> str:
    copy, copied = text("copy", lang), text("lines_copied", lang)
    return (
        f"<section class='lab-lines' aria-label='{label}'><h3 class='lab-caption'>{label}</h3>"
        f"<button type='button' class='copy lab-link' aria-label='{copy}: {label}'>{copy}</button>"
        f"<output data-copied='{copied}'></output><pre tabindex='0'><code>${{value}}</code></pre></section>"
    )
