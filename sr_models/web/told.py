"""What the browser tells of itself, by a code, and the sentence that it becomes."""

import gradio as gr

from sr_models.web.i18n import text
from sr_models.web.shell import Values

TOLD = ("only_an_address", "several_files", "copied", "not_copied")


def told(v: Values, command: str = "upscale", out: str = "enlarged") -> Values:
    """Say what happened in the browser, by the code that it tells; `command` takes many pictures, `out` its results."""
    code = str(v["told"] or "").split("#")[0]
    if code not in TOLD:
        return {}
    facts = {"command": command, "out": out} if code == "several_files" else {}
    said = text(code, v["lang"], **facts)
    if code == "several_files":  # the status tells of the first of them
        gr.Info(said)
        return {}
    return {"status": said}
