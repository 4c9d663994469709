"""The control of a setting, made from its declaration."""

from typing import Any

import gradio as gr

from sr_models.parameters import Parameter
from sr_models.web.i18n import has, text

SLIDER_STEPS = 1000  # a number with more of them is typed


def control(parameter: Parameter[Any], lang: str, **settings: Any) -> Any:
    """Return the component of a parameter, with its words; `settings` go to the component."""
    words = {"label": label(parameter, lang), "info": explanation(parameter, lang), "value": parameter.default}
    settings = {**words, "elem_id": parameter.name, **settings}
    if parameter.kind == "choice":
        return gr.Dropdown(choices=choices(parameter, lang), filterable=False, **settings)
    if parameter.kind == "switch":
        return gr.Checkbox(**settings)
    if parameter.kind == "text":
        return gr.Textbox(max_length=80, **settings)
    whole = parameter.kind == "whole"
    low = parameter.default if parameter.is_automatic else parameter.low
    if (parameter.high - parameter.low) / parameter.step > SLIDER_STEPS:
        return gr.Number(minimum=low, maximum=parameter.high, precision=0 if whole else None, **settings)
    return gr.Slider(minimum=low, maximum=parameter.high, step=parameter.step, **settings)


def label(parameter: Parameter[Any], lang: str) -> str:
    """Return the setting's name as people read it, with its unit."""
    unit = f" ({parameter.unit})" if parameter.unit else ""
    return text(f"setting_{parameter.name}", lang) + unit


def explanation(parameter: Parameter[Any], lang: str) -> str | None:
    """Return the sentence that explains a setting, None where its name is enough."""
    code = f"setting_{parameter.name}_help"
    return text(code, lang) if has(code) else None


def choices(parameter: Parameter[Any], lang: str) -> list[tuple[str, Any]]:
    """Return (words, value) of what a parameter may be; a value without words stands for itself."""
    codes = ((f"setting_{parameter.name}_{value}", value) for value in parameter.choices)
    return [(text(code, lang) if has(code) else str(value), value) for code, value in codes]
