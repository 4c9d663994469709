"""What the visitor does with the list: compare all nets, choose what stands in the viewer, take a row's net."""

from collections.abc import Iterator

from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import large
from sr_models.web.pages.upscale.choices import complete
from sr_models.web.pages.upscale.compare import compare
from sr_models.web.pages.upscale.events import BUSY, IDLE, begin, listed
from sr_models.web.pages.upscale.request import NET, asked, in_parts, scale_of
from sr_models.web.shell import Values


def compare_all(v: Values) -> Iterator[Values]:
    """Show a region through all nets, one after another."""
    lang, update = v["lang"], {}
    yield dict(BUSY)
    part = v["part"] or large.place(v["centre"])
    centre = v["centre"] if v["part"] or not in_parts(asked(v)) else ""  # of the part, its middle
    for compared, status in compare(asked({**v, "part": part}), centre, lang):
        if update:
            yield update
        update = {**listed(compared, lang, again=bool(update)), "status": status}
    yield {**update, **IDLE}  # in one: gradio repeats the last of close messages and may drop others


def choose(v: Values) -> Values:
    """Show the rows that were chosen, as many as the viewer takes."""
    compared, keys = v["compared"], v["clicked"]
    if not compared or not isinstance(keys, list) or not (chosen := compared.choose(keys)).chosen:
        return {}
    return {"viewer": chosen.show(v["lang"]), "compared": chosen}


def enlarge_with(v: Values) -> Values:
    """Take the net of a row of the list for the page's, and say that its run waits."""
    request = asked(v)
    if v["clicked"] not in NETS.names(scale_of(request)):
        return {}
    return {**complete(v, {NET.name: v["clicked"]}), **begin(v)}
