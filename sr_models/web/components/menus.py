"""Menus whose choices change with other choices.

Gradio refuses a value that is not among the choices of the moment, and with it the whole event; but the browser may
send one that was there a moment ago. So the value is passed on as it comes, and checked where it is used.
"""

from typing import Any

import gradio as gr


class ChangingButtons(gr.Radio):
    """Pass on what is chosen."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:  # type: ignore[override]
        """Return the value, which may be no choice any more."""
        return payload


class ChangingSlider(gr.Slider):
    """Pass on what is set: its range changes as well."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:  # type: ignore[override]
        """Return the value, which may lie outside of the range of now."""
        return payload


class ChangingNumber(gr.Number):
    """Pass on what is typed: gradio's own refusal says less than ours."""

    is_template = True

    def preprocess(self, payload: Any) -> Any:  # type: ignore[override]
        """Return the value, which may be none, or lie outside of the range."""
        return payload
