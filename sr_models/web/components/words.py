"""Paragraphs of plain words: gr.Markdown would bring a formatter, and take a star or a line in a name for its own."""

import html
from typing import Any

import gradio as gr


class Words(gr.HTML):
    """Show words; an empty line parts two paragraphs."""

    def __init__(self, value: str = "", **settings: Any) -> None:
        super().__init__(value=value, js_on_load=None, **settings)

    def get_block_name(self) -> str:
        """It is drawn by gradio's own HTML component."""
        return "html"

    def postprocess(self, value: str | None) -> str:  # type: ignore[override]
        """Return the HTML."""
        return "".join(f"<p>{html.escape(words)}</p>" for words in (value or "").split("\n\n") if words)
