"""What a visitor does with several pictures: functions of the page's values, as in choices.py."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from sr_models.errors import SRError
from sr_models.web import late
from sr_models.web.components.status import Progress
from sr_models.web.components.thumbnails import Thumbnails
from sr_models.web.components.upload import RawImage
from sr_models.web.i18n import text
from sr_models.web.pages.upscale import batch as batches
from sr_models.web.pages.upscale.batch import Batch
from sr_models.web.pages.upscale.batch_shown import shown
from sr_models.web.pages.upscale.choices import begin_pair, complete
from sr_models.web.pages.upscale.events import BUSY, IDLE
from sr_models.web.pages.upscale.given import uploaded
from sr_models.web.pages.upscale.request import MODE, asked
from sr_models.web.shell import OF_NETS, QUICK, QUIET, Shell, Values

LISTED = ("several_box", "several_list", "several_words", "enlarge_all", "several_zip", "compare_these")
TOLD = ("several", "to_enlarge")  # what the browser tells
STANDS = ("batch", "to_enlarge", *LISTED)
SHOW_SECONDS = 0.5  # between two updates of the list while small pictures are made


def take(v: Values) -> Iterator[Values]:
    """List what came, then make the small pictures."""
    files, lang = _told(v["several"]), v["lang"]
    if not files or not batches.is_on():
        yield {"status": gr.skip()}
        return
    batch, seen = batches.take(files, v["visitor"]), time.monotonic()
    kept = {**IDLE, "to_enlarge": "", "upload": (*v["upload"], *(path for _, path, _ in files if path))}
    yield {**_shown(batch, lang), **kept, "enlarge_all": gr.update(interactive=False)}
    for place, item in enumerate(batch.items):
        batch = batch.with_item(place, batches.look_at(item))
        if time.monotonic() - seen > SHOW_SECONDS:
            seen = time.monotonic()
            yield {"several_list": shown(batch, lang)["several_list"]}
    changes = _shown(batch, lang)
    changes["enlarge_all"] |= {"interactive": batch.count("waits") > 0}
    yield changes


def _told(words: str | None) -> list[tuple[str, str, int]]:
    """Read name, path and bytes of the uploads that the browser tells of; "" is the path of one that was refused."""
    try:
        told = json.loads((words or "").rpartition("#")[0] or "[]")
        return [(str(name), path if RawImage.is_ours(path) else "", int(size)) for name, path, size in told]
    except (TypeError, ValueError):
        return []


def _shown(batch: Batch | None, lang: str) -> Values:
    return {"batch": batch, **shown(batch, lang)}


def begin(v: Values) -> Values:
    """Let all that can be read wait for the net."""
    if not v["batch"]:
        return {}
    batch = batches.begin(v["batch"], asked(v))
    waits = {**BUSY, "status": text("waiting_turn", v["lang"]), "to_enlarge": uuid.uuid4().hex}
    return {**_shown(batch, v["lang"]), **(waits if batch.count("waits") else {})}


def enlarge_next(v: Values) -> Iterator[Values]:
    """Enlarge one picture; the next is an event of its own, so that other visitors have their turns between."""
    batch, lang = v["batch"], v["lang"]
    if not (v["to_enlarge"] and batch and batch.count("waits") and Path(batch.folder).is_dir()):
        yield {"status": gr.skip()}
        return
    for changed, words in batches.work(batch, lang):
        gone = changed.count("done", "failed")
        yield {**BUSY, "status": Progress(words, gone, len(changed.items))}
        batch = changed
    if batch.count("waits"):
        yield {**_shown(batch, lang), "to_enlarge": uuid.uuid4().hex}
        return
    facts = {"done": batch.count("done"), "count": len(batch.items), "seconds": round(time.time() - batch.began)}
    yield {**_shown(batch, lang), **IDLE, "status": text("batch_done", lang, **facts)}


def stopped(v: Values) -> Values:
    """Keep what is done."""
    batch, lang = v["batch"], v["lang"]
    if not batch or not batch.began or not batch.count("waits"):
        return {}
    facts = {"done": batch.count("done"), "count": len(batch.items)}
    batch = replace(batch, began=0)
    return {**_shown(batch, lang), "to_enlarge": "", "status": text("batch_stopped", lang, **facts)}


def pick(v: Values) -> Values:
    """Take one picture of the list as the page's."""
    batch = v["batch"]
    if not batch or not 0 <= v["clicked"] < len(batch.items) or not Path(batch.items[v["clicked"]].path).is_file():
        raise SRError("gone")
    return uploaded({**v, "picture": batch.items[v["clicked"]].path})


def compare_these(v: Values) -> Values:
    """Compare the two pictures of the list as they are."""
    batch = v["batch"]
    if not batch or len(batch.items) != 2:
        return {}
    late.go_on(v, "picture")
    first, second = (item.path for item in batch.items)
    now = {**v, MODE.name: "pair", "picture": first, "original": second, "example": ""}
    changes = {**begin_pair(now), **{name: now[name] for name in (MODE.name, "picture", "original")}}
    return {**complete(v, changes), "chosen_mode": True}


def close(v: Values) -> Values:
    """Put the list away, and end what runs of it."""
    running = IDLE if v["batch"] and v["batch"].began and v["batch"].count("waits") else {}
    return {**_shown(None, v["lang"]), **running, "to_enlarge": "", "status": ""}


def lay_out(shell: Shell) -> None:
    """Lay out the list, and what can be done with all that is in it."""
    shell.add("to_enlarge", gr.Textbox, visible="hidden")
    shell.add("several", gr.Textbox, visible="hidden" if batches.is_on() else False)  # what came, as the browser tells
    with shell.add("several_box", gr.Column, visible=False, min_width=200):
        shell.labelled("several_list", Thumbnails)
        shell.add("several_words", gr.HTML, padding=False, apply_default_css=False)
        small: Any = {"size": "sm", "min_width": 100}
        with gr.Row():
            shell.labelled("several_zip", gr.DownloadButton, visible=False, interactive=False, **small)
            shell.button("enlarge_all", interactive=False, **small)
            shell.button("compare_these", visible=False, **small)
            shell.button("several_close", **small)


def wire(shell: Shell, taken: tuple[str, ...]) -> Any:
    """Wire the list; `taken` is what a new picture and the buttons change. Return what Stop ends."""
    parts = shell.parts
    stands = (*STANDS, "status", "run", "stop")
    many: Any = {"trigger_mode": "multiple", **QUIET}
    # It goes on whatever becomes of the page's picture.
    job = shell.on(parts["to_enlarge"].change, enlarge_next, stands, until="", **{**OF_NETS, **many})
    came = parts["several"].change(None, cancels=[job], **QUICK)
    listing: Any = {"concurrency_id": "measure", "concurrency_limit": 1, **many}
    shell.on(came.then, take, (*stands, "upload"), until="", **listing)
    shell.on(parts["enlarge_all"].click, begin, stands, until="", **QUICK)
    closed = parts["several_close"].click(None, cancels=[job], **QUICK)
    shell.on(closed.then, close, stands, until="", **QUICK)
    shell.on(parts["compare_these"].click, compare_these, (*taken, "chosen_mode", "to_run"), **QUICK)
    return job
