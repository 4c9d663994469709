"""What a visitor chooses on the page `/`: each function takes the page's values by name and returns changes by name."""

import html
import os
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_PIXELS, read_smaller
from sr_models.imaging.encode import FORMAT_CHOICES as FORMATS
from sr_models.imaging.resample import KERNELS
from sr_models.pipelines.inputs import ALPHAS
from sr_models.pipelines.upscale import TEMPERATURE, write_png
from sr_models.web import nets, requests, storage
from sr_models.web.components.upload import DECODING
from sr_models.web.i18n import duration, text
from sr_models.web.pages.upscale import commands, examples, upscaling
from sr_models.web.pages.upscale.events import IDLE, NO_GRID, Values, history, shown, sorry
from sr_models.web.pages.upscale.result import UpscaleResult

MODES = ("enlarge", "test", "both")
SCALES = (2, 3, 4, 8, requests.OTHER)
TILES = (0, 64, 128, 192, 256, 512)


# The settings, by name: their parameter in the address, what they are at first, and what they may be.
SETTINGS: dict[str, tuple[str, Any, tuple[Any, ...] | tuple[float, float] | None]] = {
    "scale": ("scale", examples.SCALE, SCALES),
    "size": ("size", "", None),
    "kernel": ("kernel", "bicubic", tuple(KERNELS)),
    "blur": ("blur", 0, (0.0, 4.0)),
    "noise": ("noise", 0, (0.0, 50.0)),
    "jpeg": ("jpeg", 0, (0.0, 100.0)),
    "seed": ("seed", 0, (0.0, 2.0**31)),
    "tile": ("tile", 0, TILES),
    "ensemble": ("ensemble", False, (False, True)),
    "alpha": ("alpha", "keep", tuple(ALPHAS)),
    "format": ("format", "png", tuple(FORMATS)),
    "quality": ("quality", 90, (1.0, 100.0)),
    "metadata": ("metadata", False, (False, True)),
    "mix": ("mix", 1, (0.0, 1.0)),
    "samples": ("samples", 4, (2.0, 8.0)),
    "temperature": ("temperature", TEMPERATURE, (0.0, 1.5)),
    "answer_seed": ("answer_seed", 0, (0.0, 2.0**31)),
    "consistent": ("consistent", True, (False, True)),
}


def example_outcome(name: str, net: str | None = None) -> UpscaleResult | None:
    """Return the stored result of an example as an outcome; None where there is none."""
    found = examples.stored(name, net)
    if not found:
        return None
    size = {key: found.receipt["output"][key] for key in ("width", "height")}
    return UpscaleResult(
        id=f"{name}_{found.net}",
        net=found.net,
        scale=examples.SCALE,
        **size,
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
    outcome = example_outcome(name, net) or example_outcome(name)
    outcome = outcome and upscaling.with_share(outcome, storage.visitor_folder(v["visitor"]) / uuid.uuid4().hex)
    net = outcome.net if outcome else nets.default(examples.SCALE)
    changes = {
        **{key: first for key, (_, first, _) in SETTINGS.items()},  # its stored result was made so
        "picture": str(found.picture),
        "original": str(found.original) if found.original else None,
        "mode": found.mode,
        "scale": examples.SCALE,
        "net": net,
        "example": name,
        "chosen_mode": False,
        "chosen_scale": False,
        "outcome": outcome,
        **IDLE,
        "tiles": (0, 0),
        "status": text(
            "example_drawn" if found.original else "example",
            lang,
            name=text(f"example_{name}", lang),
            scale=examples.SCALE,
        ),
        **shown(outcome, lang),
        **NO_GRID,
    }
    if not outcome:
        changes["status"] = text("press_run", lang)
    return changes


def pick_example(v: Values) -> Values:
    """Show the example that was clicked."""
    storage.supersede(v["visitor"])
    there = examples.examples()
    if not 0 <= v["clicked"] < len(there):
        return {}
    return complete(v, example(v, there[v["clicked"]].name, v["net"], v["lang"]), v["lang"])


def complete(v: Values, changes: Values, lang: str) -> Values:
    """Add to new settings all that belongs to them: what is offered, what is visible, facts and note."""
    now = {**v, **changes}
    if now["mode"] != "enlarge" and now["scale"] == requests.OTHER:
        now["scale"] = 4
    settings = requests.Settings.of(now)
    scale = requests.net_scale(settings)
    if now["net"] not in nets.nets(scale):
        now["net"] = nets.default(scale)
    update: Values = {
        "scale": {"choices": scale_choices(now["mode"], lang)},
        "size": {"visible": now["scale"] == requests.OTHER},
        "net": {"choices": nets.choices(scale, lang)},
        "original": {"visible": now["mode"] == "both"},
        "quality": {"visible": now["format"] == "jpeg"},
    }
    many = nets.knows_many(now["net"], scale) and not now["ensemble"]
    for name in requests.ASKED:  # what did not change is not sent: the visitor may be changing it just now
        if now[name] != v[name]:
            update.setdefault(name, {})["value"] = now[name]
    size = now["size"] if now["scale"] == requests.OTHER else ""
    options = {key: now[key] for key in ("ensemble", "tile", "alpha", "format", "quality", "metadata")}
    options["mix"] = settings.mix
    options |= {key: now[key] for key in ("samples", "temperature", "answer_seed", "consistent")} if many else {}
    return {
        **changes,
        **{name: gr.update(**settings) for name, settings in update.items()},
        "note": nets.note(now["net"], scale, lang),
        "strip": gr.update(visible=now["mode"] == "test"),
        "many": gr.update(visible=many),
        **offer_mix(now["net"], scale, lang),
        "facts": upscaling.describe(settings, lang),
        "smaller": gr.update(visible=False),
        "shell": commands.shell(now["net"], scale, size, **options),
        "python": commands.python(now["net"], scale, now["ensemble"], settings.mix),
        "curl": commands.curl(now["host"], now["net"], scale, size, settings.mix),
    }


def offer_mix(net: str, scale: int, lang: str) -> Values:
    """Show the choice between measured and sharp where there is one; for a net that invents and has none, say why."""
    other, why = nets.partner_of(net, scale), nets.no_mix(net, scale)
    names = {"partner": nets.title(other, scale, lang), "net": nets.title(net, scale, lang)} if other else {}
    mark = f"<summary>{text('mix_absent', lang)}</summary>"
    said = f"<details class='help wide'>{mark}{html.escape(upscaling.explain(why, lang))}</details>" if why else ""
    return {
        "mix_box": gr.update(visible=bool(other)),
        "mix_words": gr.update(value=text("mix_help", lang, **names) if other else ""),
        "mix_absent": gr.update(value=said, visible=bool(why)),
    }


def scale_choices(mode: str, lang: str) -> list[tuple[str, int]]:
    """Return the scales; another size is only for enlarging."""
    scales = [scale for scale in SCALES if scale != requests.OTHER or mode == "enlarge"]
    return [(f"×{scale}" if scale else text("other_size", lang), scale) for scale in scales]


def _read(wanted: str | None, first: Any, allowed: Any) -> Any:
    """Return a parameter's value where it is allowed, else what stands there at first."""
    if wanted is None:
        return first
    if allowed is None:
        return wanted[:40]
    if len(allowed) == 2 and isinstance(allowed[0], float):
        try:
            value = float(wanted)
        except ValueError:
            return first
        kept = value if allowed[0] <= value <= allowed[1] else first
        return int(kept) if kept == int(kept) else kept
    return next((value for value in allowed if str(value).lower() == wanted.lower()), first)


def arrive(v: Values, query: dict[str, str], lang: str) -> Values:
    """Set the page to what the address says; nonsense counts as absent."""
    asked = examples.example(query.get("example", ""))
    name = asked.name if asked else v["example"] if v["picture"] else examples.FIRST
    changes: Values = dict(NO_GRID)
    if name and name != v["example"]:
        changes = example(v, name, query.get("arch"), lang)
    elif v["outcome"]:
        changes = shown(v["outcome"], lang)
    changes |= {key: _read(query.get(word), first, allowed) for key, (word, first, allowed) in SETTINGS.items()}
    if "scale" in query:
        changes["chosen_scale"] = True
    if query.get("mode") in MODES:
        changes["mode"] = query["mode"]
    if "arch" in query:
        changes["net"] = query["arch"]
    now = {**v, **changes}
    outcome = now["outcome"]
    if now["picture"] and outcome:
        stands = _is_of(outcome, requests.Settings.of(now))
        done = text("done", lang, seconds=duration(outcome.seconds))
        done = changes.get("status", done) if outcome.example else done
        changes["status"] = done if stands else text("press_run", lang)
    changes = complete(v, {**changes, "lang": lang, "spoken": lang}, lang)
    return {**changes, "history": history(v["past"], lang)}


def query(address: str | None) -> dict[str, str]:
    """Return the parameters of an address as the browser tells it: "?a=b#n"."""
    words = (address or "").split("#")[0].removeprefix("?")
    return dict(parse_qsl(words[:2000]))


def space() -> str:
    """Return the name of the Hugging Face Space that the page runs on, "" elsewhere."""
    return os.environ.get("SPACE_ID", "")


def uploaded(v: Values) -> Values:
    """Take the picture into the visitor's folder; the example's test is left behind: the picture is to be enlarged."""
    path = v["picture"]
    storage.supersede(v["visitor"])
    kept = storage.adopt(path, v["visitor"]) if path else None
    changes = {
        "picture": kept,
        "upload": (*v["upload"], path) if path else v["upload"],
        "example": "",
        "mode": v["mode"] if v["chosen_mode"] else "enlarge",
    }
    changes["status"] = text("press_run", v["lang"])  # unless it runs unasked
    if v["example"]:
        changes["original"] = None
    if changes["mode"] == "enlarge" and kept and not v["chosen_scale"]:
        changes["scale"] = 2 if upscaling.is_large(kept) else examples.SCALE
    if changes["mode"] == "enlarge" and kept:
        changes["net"] = upscaling.suggested(kept, v["net"], changes.get("scale", v["scale"]))
    return complete(v, changes, v["lang"])


def original_uploaded(v: Values) -> Values:
    """Take the original into the visitor's folder."""
    if not v["original"]:
        return {}
    kept = storage.adopt(v["original"], v["visitor"])
    return {"original": kept, "upload": (*v["upload"], v["original"])}


def changed(v: Values) -> Values:
    """Offer what belongs to the new choice."""
    changes: Values = {}
    if v["example"] and v["mode"] == "both" and (drawn := examples.low(v["example"], v["scale"])):
        changes["picture"] = str(drawn)
    stands = _is_of(v["outcome"], requests.Settings.of({**v, **changes}))
    return {**complete(v, changes, v["lang"]), **({} if stands else {"status": text("press_run", v["lang"])})}


def _is_of(outcome: UpscaleResult | None, settings: requests.Settings) -> bool:
    """Say whether what stands on the page is what these settings give."""
    if outcome is None:
        return False
    if outcome.settings:
        return settings == outcome.settings
    found = examples.example(outcome.example)
    return bool(found) and settings == requests.Settings(
        settings.visitor, str(found.picture), found.mode, outcome.net, outcome.scale, original=settings.original
    )


def scale_changed(v: Values) -> Values:
    """Do as for any choice, and remember that the scale is the visitor's own."""
    return {**changed(v), "chosen_scale": True}


def cleared(v: Values) -> Values:
    """Take away what was said of the picture that is gone."""
    return {"facts": "", "status": "", **({} if v["outcome"] else {"sentence": ""})}


def mode_changed(v: Values) -> Values:
    """Do as for any choice, and remember that the mode is the visitor's own."""
    return {**changed(v), "chosen_mode": True}


def make_smaller(v: Values) -> Values:
    """Put in the picture's place a copy that is small enough for its scale."""
    lang, path = v["lang"], v["picture"]
    try:
        if not path or not Path(path).is_file():
            raise SRError("upload_gone")
        scale = v["scale"] or 4
        home = storage.visitor_folder(v["visitor"]) / uuid.uuid4().hex
        small = home / f"{Path(path).stem}.png"
        with DECODING:
            write_png(read_smaller(path, MAX_PIXELS // scale**2).array, small)
    except Exception as error:
        return sorry(error, lang)
    return complete(v, {"picture": str(small)}, lang)


def estimated(v: Values) -> Values:
    """Add to the facts how long a run takes here."""
    settings = requests.Settings.of(v)
    try:
        return {"facts": upscaling.describe(settings, v["lang"], seconds=upscaling.estimate(settings))}
    except Exception:
        return {"facts": upscaling.describe(settings, v["lang"])}


def thumbnail(v: Values) -> Values:
    """Show what the test will make of the picture's middle."""
    try:
        path = upscaling.preview(requests.Settings.of(v))
    except Exception:
        path = None
    return {"thumb": gr.update(value=str(path) if path else None, visible=path is not None)}
