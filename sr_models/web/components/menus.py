"""Menus whose choices change with other choices.

Gradio refuses a value that is not among the choices of the moment, and with it the whole event; but the browser may
send one that was there a moment ago. So the value is only brought to its type here, and checked where it is used.
"""

from typing import Any

import gradio as gr


class NetMenu(gr.Dropdown):
    """Pass on the name of a net."""

    is_template = True

    def preprocess(self, payload: Any) -> str:  # type: ignore[override]
        """Return the name, which may be that of no net."""
        return str(payload)


class ScaleButtons(gr.Radio):
    """Pass on a scale."""

    is_template = True

    def preprocess(self, payload: Any) -> int:  # type: ignore[override]
        """Return the scale, 4 where it is none."""
        return payload if payload in (2, 3, 4, 8, 0) and isinstance(payload, int) else 4
