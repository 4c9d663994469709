"""Where the parts of the page `/generate` stand, and which event calls what."""

from typing import Any

import gradio as gr

from sr_models.inference.options import DRAW_SEED, DRAW_TEMPERATURE
from sr_models.web import waiting
from sr_models.web.components.latent_plane import LatentPlane
from sr_models.web.components.menus import ChangingButtons, ChangingNumber
from sr_models.web.components.samples import Samples
from sr_models.web.components.walk import Walk
from sr_models.web.i18n import MARKS, text
from sr_models.web.nets import NETS
from sr_models.web.pages.generate import api, duel, events, ready
from sr_models.web.pages.generate.request import GENERATOR, PARAMETERS, SAMPLE
from sr_models.web.pages.generate.result import sentence, stages
from sr_models.web.programs import publish
from sr_models.web.shell import MULTIPLE, OF_NETS, OF_WAITING, QUICK, QUIET, Shell

SETTINGS = tuple(p.name for p in PARAMETERS)
DOWNLOADS = ("download", "download_one", "receipt")
RESULT = ("samples", "one", "walk", "sentence", "stale", *DOWNLOADS, "outcome", "status", "parts", "run", "stop")
READS = (*SETTINGS, "outcome", "ends", "parts", "upload", "visitor", "leave")
DUEL = {
    "step_generator": events.step_generator,
    "step_critic": events.step_critic,
    "step_both": events.step_both,
    "pair_anew": events.pair_anew,
}
STALE = (*DOWNLOADS, "stale", "run", "status")


def build(shell: Shell) -> None:
    """Lay out the page."""
    NETS.refresh()
    first = ready.first_sight() if NETS.generators() else None
    plane = ready.plane()
    for name, value in {"outcome": None, "ends": (None, None), "parts": (0, 0)}.items():
        shell.state(name, value)
    shell.add(SAMPLE.name, ChangingNumber, value=SAMPLE.default, visible="hidden", precision=0)
    with gr.Row(elem_id="main", elem_classes="generate"):
        with gr.Column(elem_id="left"):
            with gr.Column(elem_id="stage"):
                with gr.Row(elem_id="sheet_and_one"):
                    shell.add("samples", Samples, value=first.show(SAMPLE.default, MARKS) if first else None)
                    with gr.Column(elem_id="chosen", min_width=200):
                        shell.add("one", gr.HTML, value=stages(first, MARKS) if first else "", padding=False)
                        with gr.Row(elem_id="ends"):
                            shell.button("walk_from", size="sm", min_width=60)
                            shell.button("walk_to", size="sm", min_width=60)
                shell.add("stale", gr.HTML, value="", padding=False)
                shell.progress()
            with shell.card("card_walk", "walk_title"):
                shell.add("walk", Walk, value=first.show_way(MARKS) if first else None)
        with gr.Column(elem_id="right"):
            _choices(shell, first.request.generator if first else "")
            with shell.card("card_result"):
                shell.add("sentence", gr.HTML, value=sentence(first, MARKS) if first else "", padding=False)
                off: Any = {"value": None, "interactive": False}
                count = first.count if first else 0
                shell.add("run", gr.Button, value=text("draw_more", MARKS, count=count), variant="primary")
                with gr.Row(elem_id="look"):
                    side: Any = {"size": "sm", "min_width": 60}
                    shell.labelled("download", gr.DownloadButton, "download_sheet", **off, **side)
                    shell.labelled("download_one", gr.DownloadButton, "download_one_none", **off, **side)
                    shell.labelled("receipt", gr.DownloadButton, **off, **side)
            with shell.card("card_plane", "plane_title", visible=plane is not None):
                shell.add("plane", LatentPlane, value=plane)
            if duel.is_offered():
                _duel(shell)
    shell.privacy()
    shell.reads, shell.on_error = READS, events.sorry
    _wire(shell)


def _choices(shell: Shell, generator: str) -> None:
    """What draws, from which seed, how far from the typical."""
    with shell.card("card_generator", "setting_generator"):
        how: Any = {"choices": events.choices(MARKS), "value": generator, "show_label": False, "interactive": True}
        shell.labelled(GENERATOR.name, ChangingButtons, "setting_generator", elem_classes="tiles", **how)
    with shell.card("card_knobs"), gr.Row(elem_id="knobs"):
        with gr.Row(elem_id="seeds"):
            number: Any = {"value": DRAW_SEED.default, "precision": 0, "interactive": True, "min_width": 90}
            shell.labelled(DRAW_SEED.name, ChangingNumber, "setting_seed", **number)
            shell.button("new_seed", size="sm", scale=0, min_width=64)
        info = text("temperature_ends", MARKS)
        shell.control(DRAW_TEMPERATURE, info=info, interactive=True, min_width=120)


def _duel(shell: Shell) -> None:
    """Two nets that learn against each other, a step at a time."""
    with shell.card("card_duel", "duel_title"):
        shell.add("duel", gr.HTML, value=f"<p>{text('duel_begin', MARKS)}</p>", padding=False)
        with gr.Row(elem_id="duel_steps"):
            for name in DUEL:
                words = text(name, MARKS, count=duel.BOTH)
                shell.add(name, gr.Button, value=words, size="sm", min_width=60)


def _wire(shell: Shell) -> None:
    """Arrive, change, draw, choose, walk, stop, delete."""
    parts = shell.parts
    last: Any = {"trigger_mode": "always_last"}
    plane = ("plane", "card_plane")
    arrived = shell.on_arrival(events.arrive, (*SETTINGS, *RESULT, *plane))
    jobs = [shell.on(arrived.then, events.completed, (*RESULT, *plane), **OF_NETS)]
    for name in (GENERATOR.name, DRAW_SEED.name, DRAW_TEMPERATURE.name):
        shell.on(parts[name].input, events.changed, STALE, **last, **QUICK)
        jobs.append(shell.on(parts[name].input, events.run, RESULT, **last, **OF_NETS))
    for name, what in (("run", events.begin), ("new_seed", events.begin_anew)):
        begun = shell.on(parts[name].click, what, (*STALE, SAMPLE.name, DRAW_SEED.name), **QUICK)
        jobs.append(shell.on(begun.then, events.run, RESULT, **MULTIPLE, **OF_NETS))
        shell.on(begun.then, waiting.place, ("status",), **MULTIPLE, **OF_WAITING)
    picked = shell.on_pick("samples", events.pick, (SAMPLE.name, "status"), trigger_mode="multiple")
    shell.on(picked.then, events.chosen, RESULT, **last, **OF_NETS)
    for name, what in (("walk_from", events.walk_from), ("walk_to", events.walk_to)):
        shell.on(parts[name].click, what, ("walk", "outcome", "ends", "status"), **OF_NETS)
    for name, what in DUEL.items() if duel.is_offered() else ():
        shell.on(parts[name].click, what, ("duel", "status", "stop", "run"), **OF_NETS)
    cancelled = parts["stop"].click(None, cancels=jobs, **QUICK)
    shell.on(cancelled.then, events.stopped, (*RESULT,), concurrency_limit=None, **QUIET)
    shell.on(parts["delete"].click, events.delete, RESULT, until="", **QUICK)
    for p in (GENERATOR, DRAW_SEED, DRAW_TEMPERATURE):
        shell.remember_part(p.name, p.address or p.name, "#seeds" if p is DRAW_SEED else "")
    shell.remember_part(SAMPLE.name, SAMPLE.name, "#samples")
    publish(api.generate)
