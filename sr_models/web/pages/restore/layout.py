"""Where the parts of the page `/restore` stand, and which event calls what."""

import functools
from typing import Any

import gradio as gr

from sr_models.imaging import damage
from sr_models.imaging.decode import MAX_BYTES
from sr_models.imaging.options import OUTPUT
from sr_models.web import told, waiting
from sr_models.web.components.controls import choices as choices_of
from sr_models.web.components.controls import label
from sr_models.web.components.mask import Mask, put_at
from sr_models.web.components.menus import ChangingSlider
from sr_models.web.components.thumbnails import Thumbnails
from sr_models.web.components.upload import RawImage
from sr_models.web.components.words import Words
from sr_models.web.i18n import MARKS, text
from sr_models.web.pages.restore import api, choices, events, example
from sr_models.web.pages.restore.request import (
    CURES,
    DAMAGE,
    DOING,
    HOLES,
    MAX_PIXELS,
    METHOD,
    PARAMETERS,
    STAGE,
    STRENGTH,
)
from sr_models.web.pages.restore.result import TAKEN, shown
from sr_models.web.programs import publish
from sr_models.web.shell import CENTRE, MULTIPLE, OF_NETS, OF_WAITING, QUICK, QUIET, Shell

RESULT = ("viewer", "stale", "sentence", "table", "download", "receipt", "enlarge_this", "copy_picture", "result_file")
RESULT += ("status", "outcome", "tiles", "preview", "sheet", "zip", "other_answers", "before_after")
KEPT = ("past", "history")
BUTTONS = ("run", "stop")
SETTINGS = tuple(p.name for p in PARAMETERS)
OFFERED = (*SETTINGS, "facts", "findings", "damage", "card_strength", "mask", "marking", "stage_of")
READS = (
    *SETTINGS,
    "picture",
    "mask",
    "marking",
    "outcome",
    "tiles",
    "past",
    "upload",
    "visitor",
    "leave",
    "told",
    "centre",
)  # CENTRE sends the last
# A part of what is looked at, beside the queue of the runs: it waits for nobody's.
SETTLED = put_at(READS.index("mask"))  # and the last stroke is with the server
OF_PREVIEW: Any = {"concurrency_id": "preview", "concurrency_limit": 2, "trigger_mode": "always_last", **QUIET}


def build(shell: Shell) -> None:
    """Lay out the page."""
    first = example.stored()
    for name, value in {"outcome": first, "tiles": (0, 0), "marking": None}.items():
        shell.state(name, value)
    shell.add("centre", gr.Textbox, visible=False)
    for name in ("told", "result_file"):
        shell.add(name, gr.Textbox, visible="hidden")
    with gr.Row(elem_id="main", elem_classes="restore"):
        with gr.Column(elem_id="left"):
            with gr.Column(elem_id="stage"):
                stages: Any = {"choices": choices_of(STAGE, MARKS), "value": STAGE.default, "show_label": False}
                stages["interactive"] = True  # gradio takes what only events change for an output
                shell.labelled(
                    STAGE.name, gr.Radio, "setting_stage_of", elem_classes="segments", visible=False, **stages
                )
                shell.add("mask", Mask)
                shell.viewer(first.show(MARKS) if first else None)
                shell.add("stale", gr.HTML, value="", padding=False)
                shell.progress()
            shell.labelled("history", Thumbnails, visible=False)
            with shell.card("card_strength"):
                span: Any = {"minimum": 0, "maximum": 60, "step": 0.5, "value": STRENGTH.default}
                shell.labelled(STRENGTH.name, ChangingSlider, "setting_strength", **span)
                shell.add("preview", gr.HTML, value="", padding=False)
            with shell.labelled("measure", gr.Accordion, open=False):
                shell.add("table", gr.HTML, value=shown(first, MARKS)["table"], padding=False)
            with shell.labelled("file", gr.Accordion, open=False):
                shell.controls(OUTPUT)
        with gr.Column(elem_id="right"):
            with shell.card("card_picture", "picture"):
                _picture(shell)
            with shell.card("card_wrong", "what_is_wrong"):
                _wrong(shell)
            with gr.Row(elem_id="dock"):
                shell.button("run")
            with shell.card("card_result"):
                _result(shell, first)
    shell.privacy()
    shell.reads, shell.on_error = READS, events.sorry
    _wire(shell)
    arrives = dict.fromkeys((*OFFERED, *RESULT, *BUTTONS, *KEPT, "picture", "upload"))
    shell.on_arrival(choices.arrive, tuple(arrives))
    publish(api.restore)


# --- layout -----------------------------------------------------------------------------------------------------------


def _picture(shell: Shell) -> None:
    """The picture, what it is, and whether it is damaged first."""
    source: Any = {"type": "filepath", "image_mode": None, "sources": ["upload"], "buttons": []}
    with gr.Row(elem_id="given"):
        shell.labelled("picture", RawImage, placeholder=text("drop", MARKS), height=88, show_label=False, **source)
        shell.add("facts", Words)
    most = text("limits_restore", MARKS, megabytes=MAX_BYTES // 2**20, pixels=MAX_PIXELS)
    shell.add("limits", gr.HTML, value=most, padding=False, elem_classes="lab-mute")
    how: Any = {"label": label(DOING, MARKS), "choices": choices_of(DOING, MARKS), "show_label": False}
    shell.add(DOING.name, gr.Radio, value="test", elem_classes="segments", **how)
    with shell.labelled("damage", gr.Accordion, open=False):
        kinds = [p for p in DAMAGE if p is not damage.SEED]
        for pair in (kinds[i : i + 2] for i in range(0, len(kinds), 2)):
            with gr.Row():
                for parameter in pair:
                    unit = f" ({parameter.unit})" if parameter.unit else ""
                    words = text(f"damage_by_{parameter.name}", MARKS, unit=unit)
                    shell.control(parameter, label=words, value=example.values()[parameter.name], min_width=120)
        shell.control(damage.SEED)


def _wrong(shell: Shell) -> None:
    """What is found, what is repaired, and by which method."""
    shell.add("findings", gr.HTML, value="", padding=False)
    with gr.Row(elem_id="cures"):
        for cure in (*(c for c in CURES if c is not HOLES), HOLES):
            shell.control(cure, value=example.values()[cure.name], min_width=120, container=False)
    how: Any = {"choices": choices.methods_offered(MARKS), "value": METHOD.default, "filterable": False}
    shell.labelled(METHOD.name, gr.Dropdown, "setting_method", **how)


def _result(shell: Shell, first: Any) -> None:
    """The sentence of the result, and what can be done with it."""
    shell.add("sentence", gr.HTML, value=shown(first, MARKS)["sentence"], padding=False)
    off: Any = {"value": None, "interactive": False}
    shell.labelled("download", gr.DownloadButton, "download_none", **off)
    shell.button("enlarge_this", interactive=False)
    shell.button("other_answers", visible=False)
    shell.button("before_after", visible=False)
    with gr.Row(elem_id="look"):
        side: Any = {"size": "sm", "min_width": 60}
        shell.button("copy_picture", interactive=False, **side)
        shell.labelled("receipt", gr.DownloadButton, **off, **side)
        shell.labelled("sheet", gr.DownloadButton, **off, **side)
        shell.labelled("zip", gr.DownloadButton, "samples_zip", visible=False, **side)


# --- events -----------------------------------------------------------------------------------------------------------


def _wire(shell: Shell) -> None:
    """Choose, preview, run, stop, hand over, delete."""
    parts = shell.parts
    stands = (*OFFERED, *RESULT, *BUTTONS)
    last: Any = {"trigger_mode": "always_last", **QUICK}
    shell.on(parts["picture"].upload, choices.uploaded, (*stands, "picture", "upload"), until="", **QUICK)
    shell.on(parts["picture"].clear, choices.cleared, (*stands, "picture"), **QUICK)
    shell.on(parts[DOING.name].input, choices.chosen_anew, stands, until="choice", **QUICK)
    for parameter in DAMAGE:
        shell.on(parts[parameter.name].input, choices.chosen_anew, stands, until="choice", **last)
    for cure in CURES:
        if cure is HOLES:
            shell.on(parts[cure.name].input, choices.holes_chosen, stands, **last)
        else:
            shell.on(parts[cure.name].input, choices.changed, stands, until="choice", **last)
    shell.on(parts["mask"].drawn, choices.marked, (*TAKEN, "stale", "upload", "status"), **last)
    shell.on(parts["mask"].propose, choices.proposed, ("mask", "marking", "status"), **QUIET)
    shell.on(parts[METHOD.name].select, choices.method_changed, stands, **last)
    strength = parts[STRENGTH.name]
    shell.on(strength.input, choices.previewed, ("preview", "status"), until="choice", js=CENTRE, **OF_PREVIEW)
    shell.on(strength.input, choices.changed_strength, stands, **last)
    begun = shell.on(parts["run"].click, events.begin, (*BUTTONS, "status", "tiles", "stage_of"), js=SETTLED, **QUICK)
    running: Any = {"until": "run", **MULTIPLE}
    job = shell.on(begun.then, events.run, (*RESULT, *BUTTONS, *KEPT), js=SETTLED, **running, **OF_NETS)
    answered = (*RESULT, *BUTTONS, "past")
    drawing = shell.on(parts["other_answers"].click, events.other_answers, answered, until="run", **OF_NETS)
    shell.on(job.then, choices.marks_of_now, (*TAKEN, "stale", "status"), until="choice", **MULTIPLE, **QUICK)
    shell.on(parts["before_after"].click, events.before_after, ("viewer", "before_after", "status"), **QUICK)
    shell.on_pick("history", events.recall, (*RESULT, *BUTTONS, STAGE.name))
    for parameter in OUTPUT:
        shell.on(parts[parameter.name].input, choices.changed, stands, until="choice", **last)
    shell.on(begun.then, waiting.place, ("status",), **running, **OF_WAITING)
    cancelled = parts["stop"].click(None, cancels=[job, drawing], **QUICK)
    shell.on(cancelled.then, events.stopped, (*BUTTONS, "status", "tiles"), until="", concurrency_limit=None, **QUIET)
    said = functools.partial(told.told, command="restore", out="repaired")
    shell.on(parts["told"].change, said, ("status",), until="", concurrency_limit=None, **QUIET)
    shell.hand_over(parts["enlarge_this"].click, "/", events.enlarge_this)
    shell.on(parts["delete"].click, choices.delete, (*stands, *KEPT, "picture", "upload"), until="", **QUICK)
    shell.remember(PARAMETERS)
