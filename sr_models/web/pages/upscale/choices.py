"""What a visitor chooses on the page `/`: each function takes the page's values by name and returns changes by name."""

import html
import uuid
from collections.abc import Iterator

import gradio as gr

from sr_models.errors import SRError
from sr_models.imaging.encode import format_choice
from sr_models.imaging.options import FORMAT, QUALITY
from sr_models.inference.options import ENSEMBLE
from sr_models.web import late, storage
from sr_models.web.components.thumbnails import history
from sr_models.web.i18n import duration, text
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import api, batch_shown, commands, examples, large, upscaling, whole
from sr_models.web.pages.upscale.describe import describe, estimate, trouble
from sr_models.web.pages.upscale.events import (
    IDLE,
    NO_LIST,
    given_alone,
    is_of,
    lacks_original,
    no_result,
    shown,
    staleness_of_list,
)
from sr_models.web.pages.upscale.offer import next_to_time, offers, timed
from sr_models.web.pages.upscale.request import (
    MODE,
    NET,
    OTHER,
    PARAMETERS,
    SCALE,
    SIZE,
    asked,
    effective,
    scale_of,
)
from sr_models.web.pages.upscale.result import FILES as FILES_OF
from sr_models.web.pages.upscale.result import UpscaleResult, staleness
from sr_models.web.requests import explain
from sr_models.web.shell import Values

FILES = ("picture", "original")
CHOSEN = (*FILES, *(p.name for p in PARAMETERS))  # the parts that hold what a request is made of

# --- arriving ---------------------------------------------------------------------------------------------------------


def example_result(name: str, net: str | None = None) -> UpscaleResult | None:
    """Return the stored result of an example; None where there is none."""
    found = examples.stored(name, net)
    if not found:
        return None
    return UpscaleResult(
        id=f"{name}_{found.net}",
        net=found.net,
        scale=examples.SCALE,
        width=found.receipt["output"]["width"],
        height=found.receipt["output"]["height"],
        bicubic=str(found.bicubic),
        result=str(found.result),
        download=str(found.result),
        sha256=found.receipt["output"]["sha256"],
        seconds=found.receipt["seconds"],
        original=str(found.picture),
        readouts=found.readouts,
        receipt=str(found.receipt_file),
        invents=found.receipt["invents_detail"],
        example=name,
    )


def example(v: Values, name: str, net: str | None, lang: str) -> Values:
    """Put an example on the page, with its stored result where there is one."""
    found = examples.example(name)
    if not found:
        return {}
    outcome = example_result(name, net) or example_result(name)
    return {
        **{p.name: p.default for p in PARAMETERS},  # its stored result was made so
        "picture": str(found.picture),
        "original": str(found.original) if found.original else None,
        MODE.name: found.mode,
        SCALE.name: examples.SCALE,
        NET.name: outcome.net if outcome else NETS.default(examples.SCALE),
        "example": name,
        "part": "",
        "chosen_mode": False,
        "chosen_scale": False,
        **(_put(v, outcome) if outcome else {**no_result(lang), **IDLE, "status": text("press_run", lang)}),
    }


def _put(v: Values, outcome: UpscaleResult) -> Values:
    """Return the changes that put the stored result of an example on the page."""
    lang = v["lang"]
    outcome = upscaling.with_sheet(outcome, storage.visitor_folder(v["visitor"]) / uuid.uuid4().hex)
    return {**no_result(lang), **IDLE, **shown(outcome, lang), "outcome": outcome, "status": _words(outcome, lang)}


def _words(outcome: UpscaleResult, lang: str) -> str:
    """Return the status of a result: of a stored one, whose time says nothing here, what it is."""
    if not outcome.example:
        return text("done", lang, seconds=duration(outcome.seconds))
    found = examples.example(outcome.example)
    words = {"name": text(f"example_{outcome.example}", lang), "scale": outcome.scale}
    return text("example_drawn" if found and found.original else "example", lang, **words)


def pick_example(v: Values) -> Values:
    """Show the example that was clicked, by the net and at the scale chosen: as it is stored, else it runs unasked."""
    late.go_on(v, "picture")
    there = examples.examples()
    if not 0 <= v["clicked"] < len(there):
        return {}
    name, lang = there[v["clicked"]].name, v["lang"]
    changes = example(v, name, v["net"], lang)
    scale = v["scale"] if v["chosen_scale"] and v["scale"] != OTHER else examples.SCALE
    if (scale, v["net"]) != (examples.SCALE, changes[NET.name]):
        changes |= {SCALE.name: scale, NET.name: v["net"], **no_result(lang), **IDLE, "to_run": uuid.uuid4().hex}
        changes |= {"picture": str(drawn)} if (drawn := examples.low(name, scale)) else {}
    return complete(v, {**changes, "chosen_scale": v["chosen_scale"] and scale == v["scale"]})


def arrive(v: Values, query: dict[str, str]) -> Values:
    """Set the page to what the address says, nonsense counts as absent, and to what the visitor brought along."""
    lang = v["lang"]
    wanted = examples.example(query.get("example", ""))
    name = wanted.name if wanted else v["example"] if v["picture"] else examples.FIRST
    changes: Values = {**NO_LIST, **IDLE}
    v["job"] = query.get("job") or v["job"]
    if v["brought"]:
        kept = (*CHOSEN, "example", "chosen_mode", "chosen_scale", "outcome", "past", "upload", "part", "batch")
        changes |= {key: v[key] for key in kept if key in v} | shown(v["outcome"], lang)
    elif name and name != v["example"]:
        changes = example(v, name, query.get(NET.address), lang)
    elif v["outcome"]:
        changes = shown(v["outcome"], lang)
    for parameter in PARAMETERS:
        words = query.get(parameter.address or parameter.name)
        if words is not None and parameter.takes(words):
            changes[parameter.name] = parameter.parse(words)
        elif not (v["brought"] or parameter in (MODE, NET)):
            changes[parameter.name] = parameter.default
    changes["chosen_scale"] = changes.get("chosen_scale", v["chosen_scale"]) or SCALE.name in query
    # That of an example is the example's.
    linked_mode = query.get(MODE.name) in ("both", "pair") and "example" not in query
    changes["chosen_mode"] = changes.get("chosen_mode", v["chosen_mode"]) or linked_mode
    now = {**v, **changes}
    if now[MODE.name] == "pair" and (now["example"] or not now["outcome"]):
        changes |= begin_pair(now)
    elif (outcome := now["outcome"]) and now["picture"]:
        changes["status"] = _words(outcome, lang) if is_of(outcome, now) else next_step(now)
        unmeasured = v["brought"] and not outcome.readouts  # the change of language ended its measuring
        linked = not v["brought"] and not is_of(outcome, now) and set(query) & {p.address or p.name for p in PARAMETERS}
        if unmeasured or linked:
            changes |= {**no_result(lang), "to_run": uuid.uuid4().hex}  # a link shows what it says
    elif v["brought"] and now["picture"]:
        changes["to_run"] = uuid.uuid4().hex  # at least bicubic's picture stands
    changes = complete(
        {**v, **dict.fromkeys(CHOSEN)} if v["brought"] else v, {**v, **changes} if v["brought"] else changes
    )
    changes |= {"history": history(now["past"], lang), **batch_shown.shown(now["batch"], lang)}
    return {**changes, **whole.look(v)}


# --- choosing ---------------------------------------------------------------------------------------------------------


def complete(v: Values, changes: Values) -> Values:
    """Add to new settings all that belongs to them: what is offered, what is visible, facts and note."""
    now, lang = {**v, **changes}, v["lang"]
    if now[MODE.name] != "enlarge" and now[SCALE.name] == OTHER:
        now[SCALE.name] = SCALE.default
    request = asked(now)
    scale = scale_of(request)
    now[NET.name] = request[NET]
    update: Values = {
        SCALE.name: {"choices": scale_choices(request[MODE], lang)},
        SIZE.name: {"visible": request[SCALE] == OTHER},
        NET.name: offers(request, lang),
        "original": {"visible": request[MODE] in ("both", "pair"), "label": label_of_second(request[MODE], lang)},
        QUALITY.name: {"visible": format_choice(request[FORMAT])[0] == "jpeg"},
    }
    for name in CHOSEN:  # what did not change is not sent: the visitor may be changing it just now
        if now[name] != v[name]:
            update.setdefault(name, {})["value"] = now[name]
    counts = effective(request)
    return {
        **staleness_of_list(now),
        **{name: change for name, change in changes.items() if name not in CHOSEN},
        **{name: gr.update(**settings) for name, settings in update.items()},
        "note": NETS.note(request[NET], scale, lang),
        "strip": gr.update(visible=request[MODE] == "test"),
        "sampling": gr.update(visible=NETS.draws_samples(request[NET], scale) and not request[ENSEMBLE]),
        **offer_mix(request[NET], scale, lang),
        "facts": describe(request, lang),
        **large.offer(request, lang),
        **whole.offer(request, lang),
        "shell": commands.shell(counts, scale),
        "python": commands.python(counts, scale),
        "curl": commands.curl(v["host"], counts, api.TAKEN),
        **_marked(changes, now, lang),
    }


def marks_of_now(v: Values) -> Values:
    """Mark what was made last where it is not of the settings: they may have changed while it was being made."""
    outcome, changes = v["outcome"], staleness_of_list(v)
    if outcome and outcome.mark == storage.newest(v["visitor"]) and not is_of(outcome, v):
        changes |= staleness(outcome, False, v["lang"])
    return changes


def _marked(changes: Values, now: Values, lang: str) -> Values:
    """Return the marks of a result that is not of the settings, laid over what the changes say of its files."""
    marks = staleness(now["outcome"], is_of(now["outcome"], now), lang)
    return {name: {**changes.get(name, {}), **mark} if name in FILES_OF else mark for name, mark in marks.items()}


def offer_mix(net: str, scale: int, lang: str) -> Values:
    """Show the choice between measured and sharp where there is one; for a net that invents and has none, say why."""
    other, why = NETS.partner_of(net, scale), NETS.no_mix(net, scale)
    names = {"partner": NETS.title(other, lang), "net": NETS.title(net, lang)} if other else {}
    mark = f"<summary>{text('mix_absent', lang)}</summary>"
    said = f"<details class='help wide'>{mark}{html.escape(explain(why, lang))}</details>" if why else ""
    return {
        "mix_box": gr.update(visible=bool(other)),
        "mix_words": gr.update(value=text("mix_help", lang, **names) if other else ""),
        "mix_absent": gr.update(value=said, visible=bool(why)),
    }


def scale_choices(mode: str, lang: str) -> list[tuple[str, int]]:
    """Return the scales; another size is only for enlarging."""
    scales = [scale for scale in SCALE.choices if scale != OTHER or mode == "enlarge"]
    return [(f"×{scale}" if scale else text("other_size", lang), scale) for scale in scales]


def next_step(v: Values) -> str:
    """Say what the visitor is to do next, or what cannot be done as asked."""
    if found := trouble(asked(v)):
        return explain(found, v["lang"])
    if v[MODE.name] == "pair":
        return text("measuring" if v["picture"] and v["original"] else "pair_wanted", v["lang"])
    return text("original_wanted" if lacks_original(v) else "press_run", v["lang"])


def changed(v: Values) -> Values:
    """Offer what belongs to the new choice, and show what is stored of it."""
    late.go_on(v, "choice")
    changes: Values = {}
    if v["example"] and v["mode"] == "both" and (drawn := examples.low(v["example"], v["scale"])):
        changes["picture"] = str(drawn)
    now, lang = {**v, **changes}, v["lang"]
    if not is_of(v["outcome"], now):
        changes["status"] = next_step(now)
        kept = example_result(v["example"], v["net"]) if v["example"] else None
        if kept and is_of(kept, now):
            late.go_on(v)
            changes |= _put(v, kept)
    else:
        changes["status"] = _words(v["outcome"], lang)
    return complete(v, changes)


def scale_changed(v: Values) -> Values:
    """Do as for any choice, and remember that the scale is the visitor's own."""
    return {**changed(v), "chosen_scale": True, **large.framed(v)}


def mode_changed(v: Values) -> Values:
    """Do as for any choice, and remember that the mode is the visitor's own."""
    new = complete(v, begin_pair(v)) if v[MODE.name] == "pair" else changed(v)
    return {**new, "chosen_mode": True}


def begin_pair(v: Values) -> Values:
    """Compare the visitor's two pictures where both are there, else show what is; an example goes."""
    late.go_on(v)
    changes = {**no_result(v["lang"]), **IDLE, "example": "", "part": ""}
    if v["example"]:
        changes |= {"picture": None, "original": None}
    now = {**v, **changes}
    changes |= {"status": next_step(now), **given_alone(now)}
    ready = now["picture"] and now["original"] and not trouble(asked(now))
    return {**changes, "to_run": uuid.uuid4().hex} if ready else changes


def label_of_second(mode: str, lang: str) -> str:
    """Return what the field of the second picture is called."""
    return text("second_upload" if mode == "pair" else "original_upload", lang)


def choose_part(v: Values) -> Values:
    """Show all of a picture that is too large, with the frame of the part that is to be run."""
    late.go_on(v)
    scale = {} if v["scale"] else {SCALE.name: examples.SCALE}
    changes = {**no_result(v["lang"]), **IDLE, "part": "", **scale}
    changes |= {"status": text("large_frame", v["lang"]), **large.framed({**v, **changes})}
    return complete(v, changes)


def choose_size(v: Values) -> Values:
    """Ask for a size that screens show, unless the visitor typed one; it is run at once where that is quick."""
    late.go_on(v)
    size = v["size"] if v["scale"] == OTHER and v["size"] else large.USUAL_SIZE
    return complete(v, {SCALE.name: OTHER, SIZE.name: size, MODE.name: "enlarge", "part": ""})


def estimated(v: Values) -> Values:
    """Add to the facts how long a run takes here, and to the nets how long those would that were timed."""
    request, lang = asked(v), v["lang"]
    if request[MODE] == "pair":
        return {"facts": describe(request, lang)}  # no net runs
    try:
        facts = {"facts": describe(request, lang, seconds=estimate(request))}
    except SRError:  # the status tells of it
        return {"facts": describe(request, lang)}
    *_, offered = timed(request, next_to_time(request), lang)
    offered_whole = whole.offer(request, lang, timed=True) if whole.has_way(request) else {}  # else all is told already
    return {**facts, NET.name: gr.update(**offered), **offered_whole}


def time_all(v: Values) -> Iterator[Values]:
    """Tell of every net how long it would take; of those that never ran here one after another."""
    request = asked(v)
    for offered in timed(request, NETS.names(scale_of(request)), v["lang"]):
        yield {NET.name: gr.update(**offered)}


def thumbnail(v: Values) -> Values:
    """Show what the test will make of the picture's middle."""
    try:
        path = upscaling.preview(asked(v))
    except SRError:  # the status tells of it
        path = None
    return {"thumb": gr.update(value=str(path) if path else None, visible=path is not None)}
