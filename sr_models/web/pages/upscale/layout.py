"""Where the parts of the page `/` stand, and which event calls what."""

from typing import Any

import gradio as gr

from sr_models.imaging import degradations
from sr_models.inference.options import MIX, SAMPLING
from sr_models.web import told, waiting
from sr_models.web.components.compare_list import CompareList, plane_host
from sr_models.web.components.controls import choices as choices_of
from sr_models.web.components.controls import label
from sr_models.web.components.lines import Lines
from sr_models.web.components.menus import ChangingButtons
from sr_models.web.components.net_picker import NetPicker
from sr_models.web.components.status import Status
from sr_models.web.components.thumbnails import Thumbnails
from sr_models.web.components.upload import RawImage
from sr_models.web.components.words import Words
from sr_models.web.i18n import MARKS, text
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import (
    api,
    batch,
    choices,
    comparing,
    events,
    examples,
    given,
    large,
    several,
    whole,
)
from sr_models.web.pages.upscale.request import MODE, NET, PARAMETERS, SCALE, SIZE, TOOLS
from sr_models.web.pages.upscale.result import FILES, present
from sr_models.web.programs import publish
from sr_models.web.shell import CENTRE, MULTIPLE, OF_MEASURING, OF_NETS, OF_WAITING, QUICK, QUIET, Shell

# Mark the example that is on the page.
MARK_EXAMPLE = """(name) => {
  const row = document.querySelector('#examples');
  row.dataset.chosen = name ?? '';
  document.dispatchEvent(new Event('chosen'));
}"""
RESULT = ("viewer", "stale", "sentence", "table", "download", "receipt", "sheet", "zip", "status", "outcome", "tiles")
RESULT += ("copy_picture", "result_file")
LIST = ("comparison", "back", "compared")
WAYS = ("large_crop", "large_size", "large_whole")
STATES = {"outcome": None, "tiles": (0, 0), "shown": None, "compared": None, "to_draw": ""}
STATES |= {"batch": None, "chosen_mode": False, "chosen_scale": False, "part": ""}
# "centre" comes last: CENTRE puts its value there.
READS = (*choices.CHOSEN, "example", *STATES, "past", "upload", "visitor", "leave", "told", "job", *several.TOLD)
READS += ("centre",)
OFFERED = (*choices.CHOSEN, "shell", "python", "curl", "note", "strip", "sampling", "mix_box", "mix_words")
OFFERED += ("mix_absent", "facts", "large", "large_words", "status", "stale", "comparison", *FILES, "copy_picture")
OFFERED += ("large_whole", "whole_words")
BUTTONS = ("run", "stop")
TIMES = ("facts", NET.name, "status", "large_whole", "whole_words")
SOURCES: Any = {"type": "filepath", "image_mode": None, "sources": ["upload"], "buttons": []}


def build(shell: Shell) -> None:
    """Lay out the page."""
    first = choices.example_result(examples.FIRST)
    for name, value in {**STATES, "outcome": first}.items():
        shell.state(name, value)
    for name in ("centre", "example"):
        shell.add(name, gr.Textbox, visible=False)
    for name in ("to_run", "told", "result_file", "job", "look"):
        shell.add(name, gr.Textbox, visible="hidden")
    with gr.Row(elem_id="main"):
        with gr.Column(elem_id="left"):
            _picture_in_sight(shell, first)
            _drawers(shell, first)
        with gr.Column(elem_id="right"):
            with shell.card("card_picture", "picture"):
                _picture(shell, first)
            with shell.card("card_net", "card_net"):
                _net(shell, first)
            with gr.Row(elem_id="dock"):
                shell.button("run")
            with shell.card("card_result"):
                _result(shell, first)
    shell.privacy()
    shell.reads, shell.on_error = READS, events.sorry
    _wire_choices(shell)
    _wire_runs(shell)
    _wire_viewer(shell)
    _wire_job(shell)
    page = (*OFFERED, *RESULT, *LIST, *STATES, *BUTTONS, *whole.PANEL, *several.LISTED)
    arrives = dict.fromkeys((*page, "example", "past", "upload", "history", "to_run"))
    arrived = shell.on_arrival(choices.arrive, tuple(arrives))
    shell.on(arrived.then, choices.estimated, TIMES, until="choice", trigger_mode="multiple", **OF_NETS)
    publish(api.upscale)
    publish(api.compare)
    publish(api.list_models, nets=False)


# --- layout -----------------------------------------------------------------------------------------------------------


def _picture_in_sight(shell: Shell, first: Any) -> None:
    """The viewer, what lies over it, and what belongs to the pictures in it."""
    with gr.Column(elem_id="stage"):
        shell.viewer(present(first, MARKS)["viewer"])
        shell.add("stale", gr.HTML, value="", padding=False)
        shell.progress()
    shell.add("comparison", CompareList, stale="", padding=False)
    shell.add("plane", gr.HTML, value=plane_host(), padding=False)
    shell.labelled("history", Thumbnails, visible=False)


def _drawers(shell: Shell, first: Any) -> None:
    """What is closed at first: all numbers, and the tools of a lab."""
    with shell.labelled("measure", gr.Accordion, open=False):
        shell.add("table", gr.HTML, value=present(first, MARKS)["table"], padding=False)
    with shell.labelled("tools", gr.Accordion, open=False):
        _tools(shell)


def _result(shell: Shell, first: Any) -> None:
    """The sentence of the result, and what can be taken away."""
    shell.add("sentence", gr.HTML, value=present(first, MARKS)["sentence"], padding=False)
    off: Any = {"value": None, "interactive": False}
    side: Any = {"size": "sm", "min_width": 60}
    shell.labelled("download", gr.DownloadButton, "download_none", **off)
    with gr.Row(elem_id="look"):
        shell.button("compare", **side)
        shell.button("back", visible=False, **side)
        shell.labelled("sheet", gr.DownloadButton, **off, **side)
        shell.button("copy_picture", interactive=first is not None, **side)
        shell.labelled("receipt", gr.DownloadButton, **off, **side)
        shell.labelled("zip", gr.DownloadButton, "samples_zip", visible=False, **off, **side)


def _tools(shell: Shell) -> None:
    """What only some need: how the net runs, which file it becomes, how to do the same elsewhere."""
    shell.controls(TOOLS)
    with gr.Row():
        shell.button("critic", size="sm", visible=bool(NETS.critic_net(examples.SCALE)))
        shell.button("copy_link", size="sm")
    if net := NETS.critic_net(examples.SCALE):
        Words(text("critic_help", MARKS, net=NETS.title(net, MARKS)), elem_id="critic_words")
    for name in ("shell", "python", "curl"):
        shell.labelled(name, Lines)


def _limits() -> str:
    """Return what a picture may be, and behind a "?" what several may, and one in the background."""
    rest = whole.limits(MARKS) + batch.limits(MARKS)
    mark = f"<summary aria-label='{text('limits_more', MARKS)}'>?</summary>"
    return large.limits(MARKS) + (f" <details class='help'>{mark}{rest}</details>" if rest else "")


def _picture(shell: Shell, first: Any) -> None:
    """The picture, what it is, and what is done with it."""
    with gr.Row(elem_id="given"):
        shell.labelled("picture", RawImage, placeholder=text("drop", MARKS), height=88, show_label=False, **SOURCES)
        shell.add("facts", Words)
    shell.add("limits", gr.HTML, value=_limits(), padding=False, elem_classes="lab-mute")
    several.lay_out(shell)
    _ways(shell)
    _job(shell)
    shell.labelled("examples", Thumbnails, value=examples.thumbnails(MARKS), captions=False)
    mode = {"label": label(MODE, MARKS), "choices": choices_of(MODE, MARKS), "show_label": False}
    shell.add(MODE.name, gr.Radio, value="test" if first else "enlarge", elem_classes="segments", **mode)
    _degradation(shell, first is not None)
    shell.labelled("original", RawImage, "original_upload", height=140, visible=False, **SOURCES)


def _net(shell: Shell, first: Any) -> None:
    """The net, the scale, and what only some nets have to choose."""
    scale, net = examples.SCALE, first.net if first else NETS.default(examples.SCALE)
    shell.add(NET.name, NetPicker, value=net, offers=NETS.offers(scale, MARKS), lang=MARKS)
    shell.add("note", Words, value=NETS.note(net, scale, MARKS), elem_classes="lab-mute")
    offered = choices.scale_choices("test" if first else "enlarge", MARKS)
    scales: Any = {"choices": offered, "value": scale, "show_label": False}
    shell.labelled(SCALE.name, ChangingButtons, f"setting_{SCALE.name}", elem_classes="segments", **scales)
    shell.control(SIZE, visible=False)
    with shell.add("mix_box", gr.Column, visible=False, min_width=200):
        shell.control(MIX)
        shell.add("mix_words", Words)
    shell.add("mix_absent", gr.HTML, visible=False, padding=False)
    with shell.labelled("sampling", gr.Accordion, open=True, visible=False):
        shell.controls(SAMPLING)


def _ways(shell: Shell) -> None:
    """What can be done with a picture that is too large to be run in one piece."""
    with shell.add("large", gr.Column, visible=False, min_width=200, elem_classes="lab-card"):
        shell.add("large_words", gr.HTML, padding=False)
        with gr.Row():
            for name in WAYS:
                shell.button(name, size="sm", min_width=100)
        shell.add("whole_words", gr.HTML, padding=False)


def _job(shell: Shell) -> None:
    """What runs, or ran, in the background."""
    with shell.add("job_box", gr.Column, visible=False, min_width=200, elem_classes="lab-card"):
        gr.HTML(f"<h2 class='lab-caption'>{text('large_whole', MARKS)}</h2>", apply_default_css=False)
        shell.add("job_name", gr.HTML, padding=False)
        shell.add("job_words", Status)
        with gr.Row():
            shell.button("job_stop", size="sm", min_width=100)
            for name in ("job_download", "job_receipt"):
                shell.labelled(name, gr.DownloadButton, visible=False, size="sm", min_width=100)


def _degradation(shell: Shell, visible: bool) -> None:
    """How a test makes the small picture, and what its middle will look like."""
    kernel, *amounts, seed = degradations.parameters()
    with shell.labelled("strip", gr.Accordion, open=False, visible=visible):
        with gr.Row():
            with gr.Column(scale=3, min_width=180):
                shell.control(kernel)
                shell.control(seed)
            with gr.Column(scale=2, min_width=120):
                small: Any = {"type": "filepath", "interactive": False, "visible": False, "height": 150, "buttons": []}
                shell.labelled("thumb", gr.Image, **small)
        for amount in amounts:
            shell.control(amount)


# --- events -----------------------------------------------------------------------------------------------------------


def _wire_choices(shell: Shell) -> None:
    """What the visitor does: what the page sets itself comes with all that belongs to it."""
    parts = shell.parts
    stands = (*OFFERED, *RESULT, *LIST, *BUTTONS)
    picked = (*stands, "example", "part", "chosen_mode", "chosen_scale", "to_run")
    emptied = (*stands, "example", "part", "thumb")
    shell.on(parts["picture"].clear, given.cleared, emptied, **QUICK)
    shell.on(parts["original"].clear, given.original_cleared, picked, **QUICK)
    chosen = [
        shell.on(parts[MODE.name].input, choices.mode_changed, picked, **QUICK),
        shell.on(parts[SCALE.name].input, choices.scale_changed, (*stands, "chosen_scale"), **QUICK),
        shell.on_pick("examples", choices.pick_example, picked),
    ]
    for parameter in PARAMETERS:
        if parameter in (MODE, SCALE, MIX):
            continue
        part = parts[parameter.name]
        # A menu says "input" also when it is merely left.
        event = part.select if parameter.kind == "choice" and parameter is not NET else part.input
        chosen.append(shell.on(event, choices.changed, stands, until="choice", trigger_mode="always_last", **QUICK))
    now: Any = {"until": "choice", "trigger_mode": "multiple"}
    for choice in chosen:
        shell.on(choice.then, choices.estimated, TIMES, **now, **OF_NETS)
        shell.on(choice.then, choices.thumbnail, ("thumb", "status"), **now, **QUICK)
    timing: Any = {"until": "choice", "trigger_mode": "once", **OF_NETS}
    shell.on(parts[NET.name].expand, choices.time_all, (NET.name, "status"), **timing)
    shell.remember(PARAMETERS)
    shell.remember_part("example", "example", "#examples")
    parts["example"].change(None, parts["example"], None, js=MARK_EXAMPLE, **QUICK)


def _wire_runs(shell: Shell) -> None:
    """Run, measure, draw samples, compare; and Stop, which ends any of them."""
    parts = shell.parts
    outcome = (*RESULT, *LIST, *BUTTONS, "facts", "shown")
    waits = (*BUTTONS, "status", "tiles", "part")
    taken = (*OFFERED, *RESULT, *LIST, "upload", "example", "part")
    uploaded = shell.on(parts["picture"].upload, given.uploaded, taken, until="", **QUICK)
    second = shell.on(parts["original"].upload, given.original_uploaded, (*taken, *BUTTONS), until="", **QUICK)
    shell.on(parts["large_crop"].click, choices.choose_part, (*OFFERED, *RESULT, *LIST, *BUTTONS, "part"), **QUICK)
    sized = shell.on(parts["large_size"].click, choices.choose_size, (*OFFERED, "part"), **QUICK)
    begun = shell.on(parts["run"].click, events.begin, waits, js=CENTRE, **QUICK)
    taken_over = shell.on_pick("comparison", comparing.enlarge_with, (*OFFERED, *waits), event="submit", js=CENTRE)
    released = shell.on(parts[MIX.name].release, events.begin, waits, trigger_mode="always_last", **QUICK)
    # "multiple": the run of an earlier upload is only just ending.
    running: Any = {"until": "run", **MULTIPLE, **OF_NETS}
    jobs = [
        shell.on(after.change if after is parts["to_run"] else after.then, what, outcome, **running)
        for after, what in (
            (begun, events.run),
            (taken_over, events.run),
            (uploaded, events.run_unasked),
            (second, events.run_pair),
            (sized, events.run_unasked),
            (parts["to_run"], events.run_unasked),
            (released, events.run_mixed),
            (shell.on_pick("several_list", several.pick, taken), events.run_unasked),
        )
    ]
    for job in list(jobs):
        measured = (*RESULT, "past", "history", "to_draw")
        done = shell.on(job.success, events.measure, measured, until="run", **MULTIPLE, **OF_MEASURING)
        shell.on(done.then, choices.estimated, TIMES, until="choice", **MULTIPLE, **OF_NETS)
        drawn = (*RESULT, *LIST, *BUTTONS, "past", "to_draw")
        jobs.append(shell.on(done.success, events.draw_the_samples, drawn, until="stop", **MULTIPLE, **OF_NETS))
        for ended in (job, done, jobs[-1]):
            _mark_again(shell, ended)
    jobs.append(several.wire(shell, (*taken, *BUTTONS)))
    for wait in (begun.then, uploaded.then, released.then, parts["compare"].click):
        shell.on(wait, waiting.place, ("status",), until="run", **MULTIPLE, **OF_WAITING)
    compared = (*LIST, *BUTTONS, "viewer", "status")
    how: Any = {"until": "stop", "js": CENTRE, "trigger_mode": "once", **OF_NETS}
    for press in (parts["compare"].click, parts["comparison"].click):
        jobs.append(shell.on(press, comparing.compare_all, compared, **how))
        _mark_again(shell, jobs[-1])
    cancelled = parts["stop"].click(None, cancels=jobs, **QUICK)
    # Queued: its words take the way that the tiles take, so that none of those overtakes them and comes after.
    left = (*BUTTONS, *LIST, "status", "tiles", "viewer")
    kept = shell.on(cancelled.then, events.stopped, left, until="", concurrency_limit=None, **QUIET)
    _mark_again(shell, kept)
    shell.on(kept.then, several.stopped, (*several.STANDS, "status"), until="", concurrency_limit=None, **QUIET)


def _mark_again(shell: Shell, made: Any) -> None:
    """Once something was made, mark it where the settings are not those of then."""
    shell.on(made.then, choices.marks_of_now, (*FILES, "stale", "comparison"), until="choice", **MULTIPLE, **QUICK)


def _wire_job(shell: Shell) -> None:
    """Begin long work, look how far it is, end it; its address brings the visitor back."""
    parts, panel = shell.parts, (*whole.PANEL, "status")
    # It goes on whatever becomes of the page's picture.
    shell.on(parts["large_whole"].click, whole.begin, panel, until="", trigger_mode="once", **OF_NETS)
    shell.on(parts["look"].change, whole.look, panel, until="", **QUICK)
    shell.on(parts["job_stop"].click, whole.stop, panel, until="", **QUICK)
    shell.on(parts["delete"].click, whole.delete, panel, until="", **QUICK)
    shell.remember_part("job", "job")


def _wire_viewer(shell: Shell) -> None:
    """What changes the view of a result; past runs; and the end of everything."""
    parts = shell.parts
    looked = ("viewer", "status", *LIST)
    # While the slider is dragged, the part that is looked at follows; let go, the whole picture does.
    last: Any = {"until": "choice", "trigger_mode": "always_last"}
    mixed = shell.on(parts[MIX.name].input, choices.changed, OFFERED, **last, **QUICK)
    shell.on(mixed.then, events.preview_mix, looked, js=CENTRE, **last, **OF_NETS)
    shell.on(parts["critic"].click, events.critic_eye, looked, trigger_mode="once", **OF_NETS)
    shell.on_pick("comparison", comparing.choose, ("viewer", "compared", "status"), trigger_mode="always_last")
    shell.on(parts["back"].click, events.back, ("viewer", *LIST), **QUICK)
    shell.on_pick("history", events.recall, (*RESULT, *LIST, *BUTTONS, "part"))
    # Queued: gradio drops what gr.Info says in events that are not.
    shell.on(parts["told"].change, told.told, ("status",), until="", concurrency_limit=None, **QUIET)
    parts["copy_link"].click(None, None, parts["status"], js="() => window.srLab.copyLink()", **QUICK)
    gone = (*RESULT, *LIST, *BUTTONS, *several.LISTED, "picture", "original", "upload", "shown", "facts", "example")
    gone += ("past", "history", "large", "part", "batch", "thumb")
    shell.on(parts["delete"].click, given.delete, gone, until="", **QUICK)
