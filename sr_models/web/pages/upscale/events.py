"""What runs on the page `/` and what is shown of it: functions of the page's values by name, as in choices.py."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from sr_models.errors import SRError
from sr_models.inference.options import MIX, SAMPLES
from sr_models.web import late, shell, storage
from sr_models.web.components.status import Progress
from sr_models.web.components.thumbnails import history
from sr_models.web.components.viewer import Show
from sr_models.web.i18n import duration, text
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import examples, large, pair, samples, upscaling
from sr_models.web.pages.upscale.compare import is_of as is_of_inputs
from sr_models.web.pages.upscale.compare import preview, title
from sr_models.web.pages.upscale.critic import judge
from sr_models.web.pages.upscale.describe import UNASKED_SECONDS, describe, estimate
from sr_models.web.pages.upscale.request import MODE, NET, SCALE, Request, asked, effective, in_parts, resolve
from sr_models.web.pages.upscale.result import FILES, Compared, UpscaleResult, present, staleness, warning
from sr_models.web.shell import Values

PAST = 8  # runs to come back to


def shown(outcome: UpscaleResult | None, lang: str) -> Values:
    """Return the changes that put an outcome on the page."""
    changes = present(outcome, lang)
    for name in FILES:
        path, label = changes[name]
        changes[name] = gr.update(value=path, interactive=path is not None, label=label)
    changes["zip"]["visible"] = bool(outcome and outcome.samples_zip)
    changes["stale"] = ""
    changes |= {"result_file": outcome.result if outcome else "", "copy_picture": gr.update(interactive=bool(outcome))}
    return changes


def sorry(error: Exception, lang: str) -> Values:
    """Say what was wrong; nothing runs."""
    return {**shell.sorry(error, lang), **IDLE}


IDLE = {"run": gr.update(interactive=True), "stop": gr.update(interactive=False)}
BUSY = {"run": gr.update(interactive=False), "stop": gr.update(interactive=True)}
NO_LIST: Values = {
    "comparison": None,
    "back": gr.update(visible=False),
    "compared": None,
}


def no_result(lang: str) -> Values:
    """Return the changes that leave no result on the page."""
    return {**shown(None, lang), **NO_LIST, "outcome": None, "tiles": (0, 0)}


def run_unasked(v: Values) -> Iterator[Values]:
    """Run where that takes no more than 5 seconds; else say how long it would take."""
    lang = v["lang"]
    if lacks_original(v):
        yield ask_for_original(v)
        return
    if v[MODE.name] == "both" and not v["example"]:  # its original belongs to another picture
        yield {**IDLE, "tiles": (0, 0)}
        return
    try:
        request = asked(v)
        seconds = estimate(request)
    except Exception as error:
        yield {**no_result(lang), **sorry(error, lang), **given_alone(v)}
        return
    facts = {"facts": describe(request, lang, seconds=seconds)}
    if in_parts(request):  # which part, the visitor says
        show = large.view(request, lang)
        yield {**facts, **no_result(lang), **IDLE, "viewer": show, "shown": show, "status": text("large_frame", lang)}
        return
    if seconds > UNASKED_SECONDS and not resolve(request).shrinks:
        yield {**facts, **no_result(lang), **BUSY}
        said = text("would_take", lang, seconds=round(seconds))
        bicubic = upscaling.bicubic_alone(request, lang)
        yield {**facts, **IDLE, "viewer": bicubic, "shown": bicubic, "status": said, "tiles": (0, 0)}
        return
    for change in run(v):
        yield {**facts, **change}


def run_pair(v: Values) -> Iterator[Values]:
    """Compare two pictures where both are there: of two that come at once, the first to be taken finds only itself."""
    if v[MODE.name] == "pair" and v["picture"] and v["original"]:
        yield from run_unasked(v)
    else:
        yield {"status": gr.skip()}


def begin(v: Values) -> Values:
    """Say at once that the run waits for its turn; an earlier one of this visitor ends.

    Of a picture that is too large, what the frame holds is run; of a part that stands in the viewer, that part again.
    """
    late.go_on(v)
    part = v["part"] or large.place(v["centre"])
    part = part if in_parts(asked(v)) else ""
    return {**BUSY, "status": text("waiting_turn", v["lang"]), "tiles": (0, 0), "part": part}


def run(v: Values) -> Iterator[Values]:
    """Show bicubic at once, then the net's result; report each tile."""
    lang = v["lang"]
    if lacks_original(v):
        yield ask_for_original(v)
        return
    # What an earlier result leaves stands until a new one begins. It goes with every message: gradio may drop
    # one of several that come close together.
    nothing = no_result(lang)
    for kept in ("viewer", "tiles"):
        nothing.pop(kept)
    yield {**BUSY, "tiles": (0, 0)}
    try:
        for change in (pair if v[MODE.name] == "pair" else upscaling).run(asked(v), lang, v["outcome"]):
            update = {**nothing, **{key: change[key] for key in ("status", "tiles") if key in change}}
            if "tiles" in change:
                update["status"] = Progress(change["status"], *change["tiles"])
            if "show" in change:
                update |= {"viewer": change["show"], "shown": change["show"]}
            if outcome := change.get("outcome"):
                update |= {**shown(outcome, lang), "outcome": outcome, **IDLE}
            yield update
    except Exception as error:
        yield {**_left(v, sorry(error, lang)), "tiles": (0, 0), **_to_measure(v)}


def lacks_original(v: Values) -> bool:
    """Say whether the visitor has two pictures and gave only the first one."""
    return v[MODE.name] in ("both", "pair") and bool(v["picture"]) and not v["original"]


def ask_for_original(v: Values) -> Values:
    """Ask for the original; where no result stands, bicubic's picture does."""
    code = "pair_wanted" if v[MODE.name] == "pair" else "original_wanted"
    asks = {**IDLE, "tiles": (0, 0), "status": text(code, v["lang"]), **given_alone(v)}
    if v["outcome"] or v[MODE.name] == "pair":
        return asks
    bicubic = upscaling.bicubic_alone(asked(v), v["lang"])
    return {**asks, "viewer": bicubic, "shown": bicubic}


def given_alone(v: Values) -> Values:
    """Show the picture that was given of two that are to be compared; nothing of other modes."""
    return {"viewer": pair.alone(asked(v), v["lang"])} if v[MODE.name] == "pair" else {}


def _left(v: Values, said: Values) -> Values:
    """Return what is said of a failed run with the marks of the result that stands."""
    return {**staleness(v["outcome"], is_of(v["outcome"], v), v["lang"]), **said}


def _to_measure(v: Values) -> Values:
    """Return what lets a result be measured after all, whose measuring the failed run ended."""
    outcome = v["outcome"]
    if not outcome or outcome.readouts:
        return {}
    return {"outcome": dataclasses.replace(outcome, mark=storage.newest(v["visitor"])), "tiles": (1, 1)}


def is_of(outcome: UpscaleResult | None, v: Values) -> bool:
    """Say whether a result is what the page's settings give."""
    if outcome is None:
        return False
    try:
        request = effective(asked(v))
    except SRError:
        return False
    if outcome.request:
        return request == outcome.request
    found = examples.example(outcome.example)
    if not found:
        return False
    made: dict[str, Any] = {MODE.name: found.mode, NET.name: outcome.net, SCALE.name: outcome.scale}
    files = {"visitor": request.visitor, "picture": str(found.picture), "original": request.original}
    return request == effective(Request.of({**made, **files}))


def measure(v: Values) -> Values:
    """Measure the files of a run that came to its end; offer its receipt, and keep it among the visitor's runs."""
    outcome, tiles, lang = v["outcome"], v["tiles"], v["lang"]
    if not outcome or outcome.readouts or not 0 < tiles[0] == tiles[1]:
        return {}
    try:
        outcome = (pair if outcome.pair else upscaling).measure(outcome)
    except storage.Superseded:
        return {}
    except Exception as error:
        return {**sorry(error, lang), "sentence": warning(outcome, lang)}
    past = [outcome, *(o for o in v["past"] if o.id != outcome.id)][:PAST]
    done = {"status": text("done", lang, seconds=duration(outcome.seconds)), "outcome": outcome, "past": past}
    changes = {**shown(outcome, lang), **done, "history": history(past, lang), "to_draw": outcome.id}
    changes.pop("viewer")  # it shows all of it already, or by now a comparison
    return changes


def recall(v: Values) -> Values:
    """Show a past run again."""
    there = [o for o in v["past"] if Path(o.thumbnail).is_file()]
    if not 0 <= v["clicked"] < len(there) or not Path(there[v["clicked"]].result).is_file():
        return sorry(SRError("gone"), v["lang"])
    outcome = there[v["clicked"]]
    late.go_on(v)
    part = outcome.request.part if outcome.request else ""
    status = {"status": text("done", v["lang"], seconds=duration(outcome.seconds)), "part": part}
    drawn = outcome.samples
    rows = listed(drawn, v["lang"]) if drawn else NO_LIST
    recalled = {**shown(outcome, v["lang"]), **rows, **status, **IDLE, "outcome": outcome, "tiles": (0, 0)}
    if is_of(outcome, {**v, "part": part}):
        return recalled
    return recalled | {"stale": staleness(outcome, False, v["lang"])["stale"]}  # its files are its own all the same


def stopped(v: Values) -> Values:
    """Say how far it came; the cancelled run leaves its tiles to look at and nothing to download."""
    late.go_on(v, "stop")  # the server may take it before it hears that the run is to be cancelled
    tiles, before, lang = v["tiles"], v["shown"], v["lang"]
    changes: Values = {**IDLE, "tiles": (0, 0)}
    if compared := v["compared"]:
        compared = dataclasses.replace(compared, running=False)
        if compared.request:
            compared = dataclasses.replace(compared, title=title(compared, lang))
        changes |= {"compared": compared, "comparison": compared.listed(lang)}
    if tiles[0] == 0 or before is None or tiles[0] == tiles[1]:
        code = "stopped_samples" if samples.is_of_samples(compared) else "stopped_comparing"
        return {**changes, "status": text(code if compared else "stopped_early", lang)}
    facts = {"done": tiles[0], "total": tiles[1]}
    changes["viewer"] = dataclasses.replace(before, waiting=text("stopped_label", lang, **facts))
    return {**changes, "status": text("stopped", lang, **facts)}


def draw_the_samples(v: Values) -> Iterator[Values]:
    """Draw samples beside a measured result, where its net draws any."""
    outcome, lang = v["outcome"], v["lang"]
    if not (outcome and outcome.id == v["to_draw"] and outcome.request and outcome.request[SAMPLES]):
        yield {"status": gr.skip()}  # nothing was run, or by a net that draws none
        return
    yield {**BUSY, "to_draw": ""}
    try:
        update: Values = {}
        for compared, status, done in samples.draw(outcome, lang):
            if update:
                yield update
            update = {"status": status}
            if compared:
                update |= listed(compared, lang, again=len(compared.there) > 2)
            if done:
                past = [done, *(o for o in v["past"] if o.id != done.id)][:PAST]
                update |= {**shown(done, lang), **update, "outcome": done, "past": past}
        yield {**update, **IDLE}
    except storage.Superseded:
        yield {"status": gr.skip()}


def listed(compared: Compared, lang: str, again: bool = False) -> Values:
    """Return the changes that show results in the list, and the chosen ones in the viewer.

    `again` says that it grows: its mark is left as it is, the settings may have changed meanwhile.
    """
    stale: Values = {} if again else {"stale": ""}
    return {
        "comparison": gr.update(value=compared.listed(lang), **stale),
        "viewer": compared.show(lang),
        "compared": compared,
        "back": gr.update(visible=True),
    }


def preview_mix(v: Values) -> Values:
    """Show at once what a mix makes of the part that is looked at, over the result that stands."""
    outcome, lang, request = v["outcome"], v["lang"], effective(asked(v))
    if outcome and outcome.request == request:
        return {}  # the whole came first
    press = {"status": text("press_run", lang)}
    if not outcome or not Path(outcome.result).is_file():
        return press
    found = preview(request, outcome, v["centre"], lang)
    if found is None:
        return press
    path, (left, top), words = found
    waiting = text("mix_name", lang, net=NETS.title(request[NET], lang), alpha=request[MIX])
    waiting = text("partly_invented", lang, label=waiting) if request[MIX] else waiting
    pictures = ((outcome.result, outcome.label(lang)),)
    how = {"lang": lang, "subject": outcome.subject, "id": outcome.viewed}
    show = Show(outcome.width, outcome.height, pictures, waiting=waiting, **how)
    words += " " + text("inventive", lang) if request[MIX] else ""
    return {"viewer": show.with_tile(path, left, top), "status": words, **NO_LIST}


def run_mixed(v: Values) -> Iterator[Values]:
    """Run the mix that was chosen where that takes no more than 5 seconds; else say how long it would take."""
    seconds = estimate(asked(v))
    if seconds > UNASKED_SECONDS:
        yield {**IDLE, "status": text("would_take", v["lang"], seconds=round(seconds))}
        return
    yield from run(v)


def critic_eye(v: Values) -> Values:
    """Show beside the result what the critic takes for fake, and beside that the original where there is one."""
    outcome, lang = v["outcome"], v["lang"]
    if not outcome or not Path(outcome.result).is_file():
        raise SRError("critic_needs_result")
    levels, fake, true = judge(outcome, v["visitor"])
    legend = text("critic_legend", lang)
    pictures: list[tuple[str, ...]] = [(outcome.result, outcome.label(lang))]
    pictures += [(outcome.original, text("original", lang))] if outcome.original else []
    pictures.append((str(levels), text("critic_map", lang), legend))
    said = (
        text("critic_done_alone", lang, fake=fake)
        if true is None
        else text("critic_done", lang, fake=fake, true=f"{true:.0%}")
    )
    show = Show(outcome.width, outcome.height, tuple(pictures), mode="side", lang=lang, subject=outcome.subject)
    return {**NO_LIST, "viewer": show, "back": gr.update(visible=True), "status": said}


def staleness_of_list(v: Values) -> Values:
    """Say on the list why it is not of the settings, where it is not."""
    compared, lang = v["compared"], v["lang"]
    if not compared:
        return {}
    try:
        stands = is_of(v["outcome"], v) if samples.is_of_samples(compared) else is_of_inputs(compared, asked(v))
    except SRError:
        stands = False
    return {"comparison": gr.update(stale="" if stands else text("list_stale", lang))}


def back(v: Values) -> Values:
    """Show the result again."""
    outcome = v["outcome"]
    return {**NO_LIST, "viewer": outcome.show(v["lang"]) if outcome else v["shown"]}
