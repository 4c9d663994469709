"""What runs on the page and what is shown of it: functions of the page's values by name, as in choices.py."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr

from sr_models.errors import SRError
from sr_models.web import late, shell, storage
from sr_models.web.components.status import Progress
from sr_models.web.components.thumbnails import history
from sr_models.web.i18n import duration, text
from sr_models.web.pages.restore import answering, repairing
from sr_models.web.pages.restore.request import HOLES, STAGE, Request
from sr_models.web.pages.restore.result import RepairResult, shown, staleness
from sr_models.web.shell import Values

PAST = 8  # runs that are kept to look at again
IDLE: Values = {"run": {"interactive": True}, "stop": {"interactive": False}}
BUSY: Values = {"run": {"interactive": False}, "stop": {"interactive": True}}


def idle() -> Values:
    """Return the changes of the buttons while nothing runs."""
    return {name: gr.update(**settings) for name, settings in IDLE.items()}


def busy() -> Values:
    """Return the changes of the buttons while something runs."""
    return {name: gr.update(**settings) for name, settings in BUSY.items()}


def sorry(error: Exception, lang: str) -> Values:
    """Say what was wrong; nothing runs."""
    return {**shell.sorry(error, lang), **idle()}


def no_result(lang: str) -> Values:
    """Return the changes that leave no result on the page."""
    return {**shown(None, lang), "outcome": None, "tiles": (0, 0), "preview": ""}


def recall(v: Values) -> Values:
    """Show a past run again; where the settings are others now, it says so, and its files are its own all the same."""
    lang, there = v["lang"], [o for o in v["past"] if Path(o.thumbnail).is_file()]
    if not 0 <= v["clicked"] < len(there) or not Path(there[v["clicked"]].result).is_file():
        return sorry(SRError("gone"), lang)
    outcome = there[v["clicked"]]
    late.go_on(v)
    changes = {**shown(outcome, lang), **idle(), "outcome": outcome, "tiles": (0, 0), "preview": ""}
    stale = staleness(outcome, is_of(outcome, v), lang)["stale"]
    done = text("done", lang, seconds=duration(outcome.seconds))
    return {**changes, "stale": stale, "status": done, STAGE.name: gr.update(value=STAGE.default)}


def before_after(v: Values) -> Values:
    """Show what came in and the result again, instead of other answers."""
    outcome = v["outcome"]
    if not outcome:
        return sorry(SRError("gone"), v["lang"])
    return {"viewer": outcome.show(v["lang"]), "before_after": gr.update(visible=False)}


def other_answers(v: Values) -> Iterator[Values]:
    """Draw other answers to what stood in the holes, and show them."""
    outcome, lang = v["outcome"], v["lang"]
    if not outcome or not outcome.draws:
        yield sorry(SRError("gone"), lang)
        return
    yield busy()
    try:
        for words, done in answering.draw(outcome, lang):
            changes: Values = {"status": words}
            if done:
                past = [done if o.id == done.id else o for o in v["past"]]
                files = {"zip": gr.update(value=done.answers_zip or None, visible=bool(done.answers_zip))}
                changes |= {**files, "outcome": done, "past": past, "viewer": done.show_answers(lang), **idle()}
                changes["before_after"] = gr.update(visible=True)
            yield changes
    except Exception as error:
        yield sorry(error, lang)


def is_of(outcome: RepairResult | None, v: Values) -> bool:
    """Say whether a result is what the page's settings give."""
    try:
        asked = Request.of(v)
    except SRError:
        return False
    return outcome is not None and replace(outcome.request, visitor=asked.visitor) == asked


def begin(v: Values) -> Values:
    """Say at once that the run waits for its turn; an earlier one of this visitor ends."""
    if not v["picture"]:
        return {"status": text("error_no_picture", v["lang"])}
    request = Request.of(v)
    if not request.tasks:
        return {"status": text("choose_task", v["lang"])}
    if request[HOLES] and not request.mask:
        return {"status": text("mark_first", v["lang"]), STAGE.name: gr.update(value="mark")}
    late.go_on(v)
    return {**busy(), STAGE.name: gr.update(value="see"), "status": text("waiting_turn", v["lang"]), "tiles": (0, 0)}


def run(v: Values) -> Iterator[Values]:
    """Repair, tile by tile; then what stands beside it, and the numbers."""
    lang = v["lang"]
    request = Request.of(v)
    if not v["picture"] or not request.tasks or (request[HOLES] and not request.mask):
        yield {"status": gr.skip()}
        return
    nothing = no_result(lang)
    for kept in ("viewer", "tiles", "preview"):
        nothing.pop(kept)
    yield busy()
    try:
        for change in repairing.run(request, lang):
            update = {**nothing, "status": change["status"]}
            if "tiles" in change:
                update |= {"tiles": change["tiles"], "status": Progress(change["status"], *change["tiles"])}
            if "show" in change:
                update |= {"viewer": change["show"]}
            if outcome := change.get("outcome"):
                past = [outcome, *v["past"]][:PAST]
                update |= {**shown(outcome, lang), "outcome": outcome, "tiles": (0, 0), **idle()}
                update |= {"past": past, "history": history(past, lang)}
            yield update
    except Exception as error:
        yield {**sorry(error, lang), "tiles": (0, 0)}


def stopped(v: Values) -> Values:
    """Say how far it came; the cancelled run leaves nothing to download."""
    late.go_on(v, "stop")  # the server may take it before it hears that the run is to be cancelled
    (done, total), lang = v["tiles"], v["lang"]
    said = text("stopped", lang, done=done, total=total) if total else text("stopped_early", lang)
    return {**idle(), "tiles": (0, 0), "status": said}


def enlarge_this(v: Values) -> Values:
    """Return what the page `/` is to begin with: the result, in the same visitor's folder."""
    outcome = v["outcome"]
    if not outcome:
        raise SRError("gone")
    result = storage.adopt(outcome.download, v["visitor"])
    start = {"picture": result, "example": "", "outcome": None, "original": None, "mode": "enlarge"}
    return {**start, "chosen_mode": False, "chosen_scale": False, "past": [], "upload": (), "part": "", "batch": None}
