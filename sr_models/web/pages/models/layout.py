"""Where the parts of the page `/models` stand, and which event calls what."""

import gradio as gr

from sr_models.web.components.net_board import NetBoard, hosts
from sr_models.web.i18n import MARKS, text
from sr_models.web.nets import NETS
from sr_models.web.pages.models import elsewhere, events
from sr_models.web.shell import OF_NETS, QUICK, QUIET, Shell

READS = ("scale", "visitor", "leave")
MEASURED = ("board", "measure_speed", "stop", "status")
# The scale in sight, which the browser alone knows, goes along.
IN_SIGHT = "(...asked) => [Number(new URLSearchParams(location.search).get('scale')) || asked[0], ...asked.slice(1)]"


def build(shell: Shell) -> None:
    """Lay out the page."""
    NETS.refresh()
    side, table = hosts()
    shell.add("scale", gr.Number, value=events.scale_of({}), visible="hidden", precision=0)
    with gr.Row(elem_id="main", elem_classes="models"):
        with gr.Column(elem_id="left"), shell.card("card_plot", "board_title"):
            shell.add("board", NetBoard, value=events.board(MARKS), **events.known_seconds())
            with gr.Row(elem_id="speed"):
                shell.progress()
                shell.button("measure_speed", size="sm", scale=0, min_width=150)
        with gr.Column(elem_id="right"):
            gr.HTML(side, apply_default_css=False, padding=False)
    gr.HTML(table, apply_default_css=False, padding=False, elem_id="all", elem_classes="models")
    with gr.Row(elem_id="beside", elem_classes="models"):
        with shell.card("card_folder", "models_folder"):
            shell.add("folder", gr.HTML, value=elsewhere.folder(MARKS), apply_default_css=False, padding=False)
        with shell.card("card_not", "models_not"):
            gr.HTML(text("models_not_words", MARKS), apply_default_css=False, padding=False)
    with gr.Column(elem_classes="models"), shell.card("card_others", "models_others"):
        gr.HTML(elsewhere.other_pages(MARKS), apply_default_css=False, padding=False)
    shell.reads, shell.on_error = READS, events.sorry
    _wire(shell)


def _wire(shell: Shell) -> None:
    """Arrive, measure, stop."""
    parts = shell.parts
    arrived = shell.on_arrival(events.arrive, ("board", "folder", "measure_speed", "stop", "status"))
    jobs = [shell.on(arrived.then, events.measure_missing, MEASURED, js=IN_SIGHT, **OF_NETS)]
    jobs.append(shell.on(parts["measure_speed"].click, events.measure, MEASURED, js=IN_SIGHT, **OF_NETS))
    cancelled = parts["stop"].click(None, cancels=jobs, **QUICK)
    shell.on(cancelled.then, events.stopped, MEASURED, until="", concurrency_limit=None, **QUIET)
