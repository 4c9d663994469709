"""The line that says how far a run is: a live region for screen readers, and a bar while there is a share to show."""

import html
from typing import Any, NamedTuple

import gradio as gr


class Progress(NamedTuple):
    """Say how far it is: words, and how much of the whole is done."""

    words: str
    done: int
    total: int


class Status(gr.HTML):
    """Show words, or words with a bar."""

    def __init__(self, value: str | Progress = "", **settings: Any) -> None:
        super().__init__(value=value, apply_default_css=False, js_on_load=None, **settings)

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def postprocess(self, value: str | Progress | None) -> str:  # type: ignore[override]
        """Return the HTML; an output element is a live region by itself, and keeps its node as its words change."""
        share = value.done / max(value.total, 1) if isinstance(value, Progress) else 0
        words = value.words if isinstance(value, Progress) else value or ""
        return f"<output>{html.escape(words)}</output><i class='share' style='--share:{share:.1%}'></i>"
