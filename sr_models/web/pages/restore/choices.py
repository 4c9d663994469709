"""What a visitor gives and chooses: functions that take the page's values by name and return changes by name."""

import html
from pathlib import Path
from typing import Any

import gradio as gr

from sr_models.errors import SRError
from sr_models.web import late, storage
from sr_models.web.components.mask import Sheet, with_proposal
from sr_models.web.components.thumbnails import history
from sr_models.web.i18n import duration, text
from sr_models.web.nets import architecture_title
from sr_models.web.pages.restore import example, repairing
from sr_models.web.pages.restore.events import idle, is_of, no_result, sorry
from sr_models.web.pages.restore.findings import listed, suggested
from sr_models.web.pages.restore.request import (
    CLASSICAL,
    CURES,
    DAMAGE,
    DOING,
    HOLES,
    METHOD,
    PARAMETERS,
    STAGE,
    STRENGTH,
    Request,
    Resolved,
    foreign,
    main_of,
    methods,
    resolve,
)
from sr_models.web.pages.restore.result import TAKEN, RepairResult, shown, staleness
from sr_models.web.shell import Values


def arrive(v: Values, query: dict[str, str]) -> Values:
    """Set the page to what the address says, nonsense counts as absent, and to what the visitor brought along."""
    lang, changes = v["lang"], dict[str, Any]()
    if v["brought"]:
        kept = ("picture", "outcome", "past", "upload", *(p.name for p in PARAMETERS))
        changes = {name: v[name] for name in kept}
    elif not v["picture"] or v["picture"] == str(example.PICTURE):
        changes = {**example.values(), "picture": str(example.PICTURE)}
    for parameter in PARAMETERS:
        words = query.get(parameter.address or parameter.name)
        if words is not None and parameter.takes(words):
            changes[parameter.name] = parameter.parse(words)
    if changes.get(METHOD.name, METHOD.default) not in methods():
        changes[METHOD.name] = METHOD.default
    now = {**v, **changes, "marking": None}  # this page has none yet
    outcome = v["outcome"] if v["brought"] else None
    if outcome is None and now["picture"] == str(example.PICTURE):
        outcome = example.stored(v["visitor"])
    changes |= {**shown(outcome, lang), **idle(), "outcome": outcome, "history": history(now["past"], lang)}
    changes[STAGE.name] = gr.update(value="mark" if now[HOLES.name] and outcome is None else STAGE.default)
    changes = _over(changes, _complete({**now, "outcome": outcome}, lang))
    if outcome is None and now["picture"]:
        changes |= before(now)
    chosen = changes.get(METHOD.name, v[METHOD.name])
    return {**changes, METHOD.name: gr.update(choices=methods_offered(lang), value=chosen)}


def methods_offered(lang: str) -> list[tuple[str, str]]:
    """Return what may repair, as (words, name)."""
    offered = [(text("method_net", lang), METHOD.default)]
    for name, tasks in CLASSICAL.items():
        what = text("list_separator", lang).join(text(f"setting_{task}", lang) for task in tasks)
        offered.append((text("method_of", lang, name=architecture_title(name, lang), task=what), name))
    return offered + [(text("method_foreign", lang, name=name), name) for name in foreign()]


def before(v: Values) -> Values:
    """Show what is to be repaired."""
    try:
        return {"viewer": repairing.show_before(resolve(Request.of(v)), v["lang"])}
    except SRError as error:
        return {**no_result(v["lang"]), **sorry(error, v["lang"]), "findings": "", "facts": ""}


def _complete(v: Values, lang: str) -> Values:
    """Return what belongs to the settings: facts, findings, what is visible, the strength's range, what is stale."""
    testing = v[DOING.name] == "test"
    stands = is_of(v["outcome"], v)
    changes: Values = {"damage": gr.update(visible=testing), **staleness(v["outcome"], stands, lang)}
    changes[STAGE.name] = gr.update(visible=bool(v[HOLES.name] and v["picture"]))
    try:
        resolved = resolve(Request.of(v))
    except SRError:  # the status tells of it
        return {**changes, "facts": "", "findings": ""}
    changes |= _to_mark(v, resolved)
    changes["facts"] = _facts(resolved, lang)
    changes["findings"] = listed(resolved.findings, lang)
    changes |= _strength(resolved, v, lang)
    changes["status"] = _next(v["outcome"], stands, resolved.request, lang)
    return changes


def _to_mark(v: Values, resolved: Resolved) -> Values:
    """Return what is drawn on where holes are to be filled, the picture before any were made; nothing if it stands."""
    request, old = resolved.request, v["marking"]
    if not request[HOLES]:
        return {}
    path, (height, width, _) = str(repairing.before_of(resolved.without_holes)), resolved.array.shape
    if old and (old.picture, old.subject) == (path, request.subject):
        return {}
    marked = request.mask if request.mask and Path(request.mask).is_file() else None
    sheet = Sheet(path, width, height, request.subject, marked=marked)
    return {"mask": sheet, "marking": sheet}


def _over(changes: Values, more: Values) -> Values:
    """Lay changes over others; of a part that both change, what the second ones do not say stays."""
    both = {name: {**changes[name], **more[name]} for name in {*TAKEN, STAGE.name} & changes.keys() & more.keys()}
    strength = {}
    if isinstance(more.get(STRENGTH.name), dict) and STRENGTH.name in changes:  # its value was set, now its range
        strength = {STRENGTH.name: {"value": changes[STRENGTH.name], **more[STRENGTH.name]}}
    return {**changes, **more, **both, **strength}


def _facts(resolved: Resolved, lang: str) -> str:
    picture = resolved.picture
    size = {"width": picture.width, "height": picture.height}
    line = text("facts", lang, **size, mode=picture.mode, depth=picture.depth, format=picture.format)
    if picture.jpeg_quality:
        line += text("facts_quality", lang, quality=picture.jpeg_quality)
    return "; ".join([line, *(text(f"note_{note}", lang) for note in picture.notes)])


def _strength(resolved: Resolved, v: Values, lang: str) -> Values:
    """Return the range of the strength, that of the step which can be told any; hidden where there is none."""
    work = main_of(resolved.works)
    if work is None:
        return {"card_strength": gr.update(visible=False)}
    told = work.restorer.net.strength
    name = architecture_title(work.restorer.net.architecture, lang)
    unit = text("strength_levels" if told.unit == "/255" else "strength_unit", lang, unit=told.unit)
    unit = unit if told.unit else ""
    words = text("strength_of", lang, name=name, low=f"{told.low:g}", high=f"{told.high:g}", unit=unit)
    update: dict[str, Any] = {"minimum": 0, "maximum": told.high, "step": told.step, "info": words}
    if not told.low <= v[STRENGTH.name] <= told.high and v[STRENGTH.name]:
        update["value"] = STRENGTH.default
    return {"card_strength": gr.update(visible=True), STRENGTH.name: gr.update(**update)}


def _next(outcome: RepairResult | None, stands: bool, request: Request, lang: str) -> str:
    """Say that the result stands, or what the visitor is to do next."""
    if stands and outcome:
        code = "restore_example" if outcome.example else "done"
        return text(code, lang, seconds=duration(outcome.seconds))
    if not request.tasks:
        return text("choose_task", lang)
    return text("press_run" if outcome else "press_repair", lang)


def uploaded(v: Values) -> Values:
    """Take the picture in; where another came meanwhile, only the file is remembered: it is the visitor's to delete."""
    changes = _take(v)
    if changes and late.is_late(v, "picture"):
        return {"upload": changes["upload"]}
    begun = ("run", "stop") if late.is_late(v, "run") else ()  # they are of the run that was begun meanwhile
    return {name: change for name, change in changes.items() if name not in begun}


def _take(v: Values) -> Values:
    """Take the picture into the visitor's folder, read what is wrong with it, and suggest what to repair."""
    path, lang = v["picture"], v["lang"]
    if not path:
        return {}
    late.go_on(v, "picture")
    kept = storage.adopt(path, v["visitor"])
    was_example = v["outcome"] is not None and v["outcome"].example
    changes = {**no_result(lang), **idle(), "picture": kept, "upload": (*v["upload"], path)}
    if was_example:  # its settings are its own
        changes |= {p.name: p.default for p in (DOING, METHOD, STRENGTH, *DAMAGE)}
    return suggest({**v, **changes}, changes)


def suggest(v: Values, changes: Values | None = None) -> Values:
    """Choose what the findings suggest."""
    changes, lang = dict(changes or {}), v["lang"]
    try:
        resolved = resolve(Request.of(v))
    except SRError as error:
        return {**changes, **no_result(lang), **sorry(error, lang), "findings": "", "facts": ""}
    wanted = suggested(resolved.findings)
    changes |= {cure.name: cure.name in wanted for cure in CURES}
    now = {**v, **changes}
    changes = _over(changes, _complete(now, lang))
    return changes if now["outcome"] else {**changes, **before(now)}


def changed(v: Values) -> Values:
    """Offer what belongs to a new choice; a result of others is out of date."""
    late.go_on(v, "choice")
    return {**_complete(v, v["lang"]), **({} if v["outcome"] else before(v)), "preview": ""}


def holes_chosen(v: Values) -> Values:
    """Offer a mask to draw where holes are to be filled, else what stood there."""
    stage = {STAGE.name: gr.update(value="mark" if v[HOLES.name] else STAGE.default)}
    return _over(stage, changed(v))


def marked(v: Values) -> Values:
    """Keep in mind which upload holds the mask; a result of another one is out of date."""
    drawn = v["mask"].path if v["mask"] else ""
    uploads = {"upload": (*v["upload"], drawn)} if drawn and drawn not in v["upload"] else {}
    stands = is_of(v["outcome"], v)
    status = _next(v["outcome"], stands, Request.of(v), v["lang"])
    return {**staleness(v["outcome"], stands, v["lang"]), **uploads, "status": status}


def proposed(v: Values) -> Values:
    """Seek scratches in what is drawn on; what is found is shown, to be agreed to."""
    sheet = v["marking"]
    if sheet is None:
        return {}
    found = with_proposal(sheet, resolve(Request.of(v)).array, v["visitor"])
    return {"mask": found, "marking": found}


def chosen_anew(v: Values) -> Values:
    """Do the same, and choose what is suggested now: the picture that is repaired is another one."""
    late.go_on(v, "choice")
    return {**suggest(v), "preview": ""}


def marks_of_now(v: Values) -> Values:
    """Mark what was made last where it is not of the settings: they may have changed while it was being made."""
    outcome = v["outcome"]
    if not outcome or outcome.mark != storage.newest(v["visitor"]) or is_of(outcome, v):
        return {}
    return changed_strength(v)


def changed_strength(v: Values) -> Values:
    """Mark a result of another strength; the preview, which comes meanwhile, stands."""
    outcome, lang = v["outcome"], v["lang"]
    stands = is_of(outcome, v)
    return {**staleness(outcome, stands, lang), "status": _next(outcome, stands, Request.of(v), lang)}


def method_changed(v: Values) -> Values:
    """Do as for any choice; the strength of another method says nothing here."""
    return {**changed({**v, STRENGTH.name: STRENGTH.default}), STRENGTH.name: _reset(v)}


def _reset(v: Values) -> Any:
    update = _complete({**v, STRENGTH.name: STRENGTH.default}, v["lang"]).get(STRENGTH.name, {})
    return gr.update(**{**{k: x for k, x in update.items() if k != "__type__"}, "value": STRENGTH.default})


def previewed(v: Values) -> Values:
    """Show on a part of what is looked at what the strength makes of it."""
    lang = v["lang"]
    first, second, architecture, looks_further = repairing.preview(Request.of(v), str(v["centre"] or ""))
    if not second:
        return {"preview": ""}
    name = architecture_title(architecture, lang)
    strength = f"{v[STRENGTH.name]:g}" if v[STRENGTH.name] else text("by_itself", lang)
    words = (text("preview_before", lang), text("preview_after", lang, name=name, strength=strength))
    figures = "".join(
        f"<figure><img src='{address}' alt='{html.escape(said)}'><figcaption>{html.escape(said)}</figcaption></figure>"
        for address, said in zip((first, second), words, strict=True)
    )
    side = repairing.PREVIEW + 2 * repairing.MARGIN
    note = f"<p class='lab-mute'>{html.escape(text('preview_part', lang, side=side))}</p>" if looks_further else ""
    return {"preview": f"<div class='preview'>{figures}</div>{note}"}


def cleared(v: Values) -> Values:
    """Empty the page: the picture is gone, and with it all that was made of it."""
    late.go_on(v, "picture")
    nothing = {"picture": None, "facts": "", "findings": "", "status": "", "mask": None, "marking": None}
    return {**no_result(v["lang"]), **idle(), **nothing, STAGE.name: gr.update(value=STAGE.default, visible=False)}


def delete(v: Values) -> Values:
    """Delete the visitor's files from this server, at once."""
    storage.delete(v["visitor"], v["upload"])
    gone = {"upload": (), "past": [], "history": history([], v["lang"])}
    return {**cleared(v), **gone, "status": text("deleted", v["lang"])}
