"""What the page does when a visitor does something: functions of the page's values that return or yield changes."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from sr_models.web import shell
from sr_models.web.components.net_board import Board, NetBoard
from sr_models.web.components.status import Progress
from sr_models.web.i18n import duration, text
from sr_models.web.nets import NETS
from sr_models.web.pages.models import elsewhere
from sr_models.web.pages.models.facts import PLAIN, in_files, nets, offered_scales
from sr_models.web.pages.models.speeds import HEIGHT, SPEEDS, WIDTH
from sr_models.web.shell import Values


def idle() -> Values:
    """Return the changes of the buttons while nothing is measured."""
    return {"measure_speed": gr.update(interactive=True), "stop": gr.update(interactive=False)}


def sorry(error: Exception, lang: str) -> Values:
    """Say what was wrong; nothing is measured."""
    return {**shell.sorry(error, lang), **idle()}


def board(lang: str) -> Board:
    """Return all nets at all scales, the default one chosen."""
    scales = offered_scales()
    return Board({scale: nets(scale, lang) for scale in scales}, NETS.default(scales[0]) if scales else PLAIN, lang)


def known_seconds() -> dict[str, Any]:
    """Return the part of the board's update that tells the seconds measured by now."""
    there = {scale: {net: SPEEDS.of(net, scale) for net in measurable(scale)} for scale in offered_scales()}
    return NetBoard.measured(
        {scale: {net: (m.seconds, duration(m.seconds)) for net, m in of.items() if m} for scale, of in there.items()}
    )


def measurable(scale: int) -> list[str]:
    """Return bicubic and the nets with a file at a scale."""
    return [PLAIN, *in_files(scale)]


def arrive(v: Values, query: dict[str, str]) -> Values:
    """Show the nets that are there now, and what is known of their speed."""
    lang = v["lang"]
    shown = {"board": gr.update(value=board(lang), **known_seconds()), "folder": elsewhere.folder(lang)}
    return {**shown, **idle(), "status": standing(scale_of(query), lang)}


def scale_of(query: dict[str, str]) -> int:
    """Return the scale that the address names, else the first that is offered."""
    scales = offered_scales()
    return next((scale for scale in scales if query.get("scale") == str(scale)), scales[0] if scales else 4)


def standing(scale: int, lang: str) -> str:
    """Return when the speeds of a scale were measured, or that they were not."""
    days = sorted({m.day for net in measurable(scale) if (m := SPEEDS.of(net, scale))})
    facts: dict[str, Any] = {"scale": scale, "width": WIDTH, "height": HEIGHT}
    facts |= {"large_width": WIDTH * scale, "large_height": HEIGHT * scale}
    if SPEEDS.goes_on:
        return text("speeds_go_on", lang)
    return text("speeds_of", lang, day=days[-1], **facts) if days else text("speeds_none", lang, **facts)


def measure_missing(v: Values) -> Iterator[Values]:
    """Measure the nets of the scale in sight that were not measured yet."""
    there = [net for net in measurable(v["scale"]) if SPEEDS.of(net, v["scale"]) is None]
    yield from _measure(there, v) if there else iter([{"status": gr.skip()}])


def measure(v: Values) -> Iterator[Values]:
    """Measure all nets of the scale in sight."""
    yield from _measure(measurable(v["scale"]), v)


def _measure(there: list[str], v: Values) -> Iterator[Values]:
    """Measure nets one after another; each dot moves as soon as it is known."""
    scale, lang = v["scale"], v["lang"]
    begun = False
    for i, net in enumerate(SPEEDS.measure(there, scale)):
        begun = True
        words = text("measuring_net", lang, done=i + 1, total=len(there), name=NETS.title(net, lang))
        busy = {"measure_speed": gr.update(interactive=False), "stop": gr.update(interactive=True)}
        yield {**busy, "status": Progress(words, i, len(there)), "board": gr.update(**known_seconds())}
    status = standing(scale, lang) if begun else text("speeds_go_on", lang)
    yield {"status": status, "board": gr.update(**known_seconds()), **idle()}


def stopped(v: Values) -> Values:
    """Say that measuring was stopped; what was measured stands."""
    return {"status": text("speeds_stopped", v["lang"]), "board": gr.update(**known_seconds()), **idle()}
