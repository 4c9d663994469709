"""What the page does when a visitor does something: functions of the page's values that return or yield changes."""

import secrets
import time
import uuid
from collections.abc import Iterator

import gradio as gr

from sr_models.errors import SRError
from sr_models.inference.options import DRAW_SEED
from sr_models.web import shell, storage
from sr_models.web.components.status import Progress
from sr_models.web.i18n import duration, text
from sr_models.web.nets import NETS
from sr_models.web.pages.generate import drawing, duel, ready
from sr_models.web.pages.generate.request import GENERATOR, PARAMETERS, SAMPLE, Request, card_of, count_of
from sr_models.web.pages.generate.result import Drawing, described, shown, staleness, title
from sr_models.web.shell import Values

NEWEST = 10**6  # seeds that New gives lie below
TELL_SECONDS = 0.3  # between two words of how far it is


def idle() -> Values:
    """Return the changes of the buttons while nothing runs."""
    return {"run": gr.update(interactive=True), "stop": gr.update(interactive=False)}


def busy() -> Values:
    """Return the changes of the buttons while something runs."""
    return {"run": gr.update(interactive=False), "stop": gr.update(interactive=True)}


def sorry(error: Exception, lang: str) -> Values:
    """Say what was wrong; nothing runs."""
    return {**shell.sorry(error, lang), **idle()}


def choices(lang: str) -> list[tuple[str, str]]:
    """Return what draws, as (words, name): the words are the title and, in a second line, of what."""
    return [(f"{title(c.name, lang)}\n{described(c.name, lang)}", c.name) for c in NETS.generators()]


def arrive(v: Values, query: dict[str, str]) -> Values:
    """Set the page to what the address says, nonsense counts as absent, and to what the visitor brought along."""
    lang = v["lang"]
    cards = NETS.generators()
    if not cards:
        return {**shown(None, 0, lang), "run": gr.update(interactive=False), "status": text("nothing_draws", lang)}
    changes: Values = {p.name: v[p.name] if v["brought"] else p.default for p in PARAMETERS}
    for p in PARAMETERS:
        words = query.get(p.address or p.name)
        if words is not None and p.takes(words):
            changes[p.name] = p.parse(words)
    try:
        changes[GENERATOR.name] = card_of(str(changes[GENERATOR.name])).name
    except SRError:
        changes[GENERATOR.name] = cards[0].name
    request = Request.of(changes)
    outcome = v["outcome"] if v["brought"] and v["outcome"] and v["outcome"].is_there else None
    if outcome is None and ready.known(request):
        outcome = ready.for_visitor(v["visitor"])
    sample, plane = changes[SAMPLE.name], ready.plane(make=False)
    stands = outcome is not None and outcome.request == request
    changes |= {**shown(outcome, sample, lang, stands), **idle(), "outcome": outcome}
    changes[GENERATOR.name] = gr.update(choices=choices(lang), value=changes[GENERATOR.name])
    changes["run"] = gr.update(value=more(request, lang), interactive=True)
    changes["card_plane"] = gr.update(visible=plane is not None)
    changes["plane"] = plane
    changes["status"] = text("drawn_ready", lang) if stands else text("waiting_turn", lang)
    return changes


def more(request: Request, lang: str) -> str:
    """Return the words of the button that draws the next sheet."""
    return text("draw_more", lang, count=count_of(NETS.sampler(request.generator)))


def completed(v: Values) -> Iterator[Values]:
    """Draw what the address asked for where that did not stand ready, and the plane of two numbers."""
    outcome = v["outcome"]
    if ready.plane(make=False) is None and (plane := ready.plane()):
        yield {"plane": plane, "card_plane": gr.update(visible=True)}
    if NETS.generators() and (outcome is None or outcome.request != Request.of(v)):
        yield from run(v)
    elif outcome and outcome.one and outcome.one.sample != v[SAMPLE.name]:
        yield from chosen(v)
    else:
        yield {"status": gr.skip(), "run": gr.update(interactive=bool(NETS.generators()))}


def changed(v: Values) -> Values:
    """Mark what was drawn by other settings, at once; the new sheet follows."""
    request = Request.of(v)
    outcome, lang = v["outcome"], v["lang"]
    stands = outcome is not None and outcome.request == request
    status = text("drawn_ready" if stands else "waiting_turn", lang)
    label = gr.update(value=more(request, lang))
    return {**staleness(outcome, stands, lang), "run": label, "status": status}


def begin(v: Values) -> Values:
    """Go on to the next sheet of the seed: it follows."""
    request, lang = Request.of(v), v["lang"]
    sample = v[SAMPLE.name] + count_of(NETS.sampler(request.generator))
    sample = sample if sample <= SAMPLE.high else SAMPLE.default
    return {**staleness(v["outcome"], False, lang), SAMPLE.name: sample, "status": text("waiting_turn", lang)}


def begin_anew(v: Values) -> Values:
    """Take another seed: its first sheet follows."""
    seed = secrets.randbelow(NEWEST)
    waiting = {**staleness(v["outcome"], False, v["lang"]), "status": text("waiting_turn", v["lang"])}
    return {**waiting, DRAW_SEED.name: seed, SAMPLE.name: SAMPLE.default}


def run(v: Values) -> Iterator[Values]:
    """Draw a sheet, then the chosen sample alone and large, then a walk."""
    lang = v["lang"]
    try:
        request = Request.of(v)
        old = v["outcome"]
        if old and old.request == request and old.is_there:
            yield {**staleness(old, True, lang), "status": text("drawn_ready", lang), **idle()}
            return
        folder = storage.visitor_folder(v["visitor"]) / uuid.uuid4().hex
        folder.mkdir()
        yield busy()
        told = time.perf_counter()
        made: Drawing | None = None
        for done, total, made in drawing.draw(request, folder):
            if made is None and time.perf_counter() - told > TELL_SECONDS:
                told = time.perf_counter()
                words = text("drawn_of", lang, done=done, total=total)
                yield {"status": Progress(words, done, total), "parts": (done, total)}
        assert made is not None
        sample = v[SAMPLE.name] if request.first <= v[SAMPLE.name] < request.first + made.count else request.first
        made = drawing.enlarge(made, sample)
        yield {**shown(made, sample, lang), "outcome": made, "walk": gr.skip(), "parts": (0, 0)}
        made = drawing.walk(made, *drawing.ends_of(made, v["ends"]))
        said = text("drawn_done", lang, seconds=duration(made.seconds), count=made.count)
        label = gr.update(value=more(request, lang), interactive=True)
        yield {**idle(), "walk": made.show_way(lang), "outcome": made, "status": said, "run": label}
    except Exception as error:
        yield {**sorry(error, lang), "parts": (0, 0)}


def pick(v: Values) -> Values:
    """Take the sample that was clicked for the chosen one; its enlargement follows, unless another sheet does."""
    outcome, lang = v["outcome"], v["lang"]
    if not outcome:
        raise SRError("gone")
    if outcome.request != Request.of(v):
        return {"status": text("waiting_turn", lang)}
    return {SAMPLE.name: outcome.request.first + v["clicked"], "status": text("waiting_turn", lang)}


def chosen(v: Values) -> Iterator[Values]:
    """Draw the chosen sample alone, and enlarge it."""
    outcome, lang, sample = v["outcome"], v["lang"], v[SAMPLE.name]
    if outcome and outcome.request != Request.of(v):  # another sheet comes
        yield {"status": gr.skip()}
        return
    try:
        if not outcome or not outcome.is_there:
            raise SRError("gone")
        made = drawing.enlarge(outcome, sample)
    except Exception as error:
        yield sorry(error, lang)
        return
    changes = shown(made, sample, lang)
    kept = {name: changes[name] for name in ("one", "download_one", "receipt")}
    assert made.one
    said = text("enlarged_done", lang, sample=sample, seconds=duration(sum(made.one.seconds)))
    yield {**kept, "outcome": made, "status": said}


def walk_from(v: Values) -> Iterator[Values]:
    """Begin the walk at the chosen sample."""
    yield from _walk(v, 0)


def walk_to(v: Values) -> Iterator[Values]:
    """End the walk at the chosen sample."""
    yield from _walk(v, 1)


def _walk(v: Values, end: int) -> Iterator[Values]:
    outcome, lang = v["outcome"], v["lang"]
    if not outcome or not outcome.is_there or outcome.one is None:
        yield sorry(SRError("gone"), lang)
        return
    ends = list(v["ends"])
    ends[end] = outcome.request.place(outcome.one.sample)
    begun = time.perf_counter()
    try:
        made = drawing.walk(outcome, *drawing.ends_of(outcome, (ends[0], ends[1])))
    except Exception as error:
        yield sorry(error, lang)
        return
    said = text("walk_done", lang, seconds=duration(time.perf_counter() - begun))
    yield {"walk": made.show_way(lang), "outcome": made, "ends": tuple(ends), "status": said}


def step_generator(v: Values) -> Iterator[Values]:
    """Let the generator learn once against its critic."""
    yield _stepped(v, ("generator",))


def step_critic(v: Values) -> Iterator[Values]:
    """Let the critic learn once to tell what is drawn from what is written."""
    yield _stepped(v, ("critic",))


def step_both(v: Values) -> Iterator[Values]:
    """Let both learn in turns."""
    yield _stepped(v, ("critic", "generator") * duel.BOTH)


def pair_anew(v: Values) -> Iterator[Values]:
    """Begin with a new pair."""
    yield _stepped(v, (), anew=True)


def _stepped(v: Values, steps: tuple[str, ...], anew: bool = False) -> Values:
    try:
        pair = duel.of(v["visitor"], anew)
        for which in steps:
            pair.step(which)
        return {"duel": duel.shown(pair, v["lang"]), "status": gr.skip()}
    except Exception as error:
        return sorry(error, v["lang"])


def stopped(v: Values) -> Values:
    """Say how far it came; what stood before stands, marked where it is of other settings."""
    (done, total), lang, outcome = v["parts"], v["lang"], v["outcome"]
    said = text("stopped_drawing", lang, done=done, total=total)
    stands = outcome is not None and outcome.request == Request.of(v)
    return {**idle(), **staleness(outcome, stands, lang), "parts": (0, 0), "status": said}


def delete(v: Values) -> Values:
    """Delete the visitor's files from this server, at once."""
    storage.delete(v["visitor"], v["upload"])
    return {**shown(None, 0, v["lang"]), **idle(), "outcome": None, "status": text("deleted_drawn", v["lang"])}
