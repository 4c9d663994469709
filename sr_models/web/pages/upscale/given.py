"""The files that a visitor gives to the page `/`, or takes away: functions of the page's values, as in choices.py."""

import gradio as gr

from sr_models.errors import SRError
from sr_models.web import late, storage
from sr_models.web.components.thumbnails import history
from sr_models.web.i18n import text
from sr_models.web.pages.upscale import batch_shown, examples, large, upscaling
from sr_models.web.pages.upscale.choices import begin_pair, changed, complete, next_step
from sr_models.web.pages.upscale.describe import is_large, suggested
from sr_models.web.pages.upscale.events import IDLE, given_alone, no_result
from sr_models.web.pages.upscale.request import MODE, NET, SCALE, asked
from sr_models.web.shell import Values


def uploaded(v: Values) -> Values:
    """Take the picture in; where another came meanwhile, only the file is remembered: it is the visitor's to delete."""
    changes = _take(v)
    return {"upload": changes["upload"]} if late.is_late(v, "picture") else changes


def _take(v: Values) -> Values:
    """Take the picture into the visitor's folder; the example's test is left behind: the picture is to be enlarged."""
    path = v["picture"]
    late.go_on(v, "picture")
    kept = storage.adopt(path, v["visitor"]) if path else None
    changes = {
        **no_result(v["lang"]),  # what stood there belongs to another picture
        "picture": kept,
        "upload": (*v["upload"], path) if path else v["upload"],
        "example": "",
        MODE.name: v["mode"] if v["chosen_mode"] else "enlarge",
        "part": "",
    }
    if v["example"]:
        changes["original"] = None
    if changes[MODE.name] == "enlarge" and kept and not v["chosen_scale"]:
        changes[SCALE.name] = 2 if is_large(kept) else examples.SCALE
    if changes[MODE.name] == "enlarge" and kept:
        changes[NET.name] = suggested(kept, v["net"], changes.get(SCALE.name, v["scale"]))
    changes["status"] = next_step({**v, **changes})  # unless it runs unasked
    if large_view := large.framed({**v, **changes}):
        return complete(v, {**changes, **large_view})
    full = {**complete(v, changes), **given_alone({**v, **changes})}
    if changes[MODE.name] == "pair":
        return full
    try:
        return {**full, "viewer": upscaling.bicubic_alone(asked({**v, **changes}), v["lang"])}
    except SRError:  # the run tells of it
        return full


def original_uploaded(v: Values) -> Values:
    """Take the original into the visitor's folder; a result that was measured against another is out of date."""
    if not v["original"]:
        return {}
    kept = storage.adopt(v["original"], v["visitor"])
    now = {**v, "original": kept}
    changes = complete(now, begin_pair(now)) if v[MODE.name] == "pair" else changed(now)
    return {**changes, "original": kept, "upload": (*v["upload"], v["original"])}


def original_cleared(v: Values) -> Values:
    """Go on without an original."""
    now = {**v, "original": None}
    return complete(now, begin_pair(now)) if v[MODE.name] == "pair" else changed(now)


def cleared(v: Values) -> Values:
    """Empty the page: the picture is gone, and with it all that was made of it."""
    late.go_on(v, "picture")
    gone = {**no_result(v["lang"]), **IDLE, "example": "", "part": "", "picture": None}
    return {**complete(v, gone), "facts": "", "status": "", "thumb": gr.update(visible=False)}


def delete(v: Values) -> Values:
    """Delete the visitor's files from this server, at once."""
    lang = v["lang"]
    storage.delete(v["visitor"], v["upload"])
    gone = {**dict.fromkeys(("picture", "original", "shown")), "upload": ()}
    gone |= dict.fromkeys(("facts", "example", "part"), "")
    changes = {**no_result(lang), **IDLE, **gone, "status": text("deleted", lang)}
    return {
        **changes,
        "past": [],
        "history": history([], lang),
        "thumb": gr.update(value=None, visible=False),
        "large": gr.update(visible=False),
        "batch": None,
        **batch_shown.shown(None, lang),
    }
