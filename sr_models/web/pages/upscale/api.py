"""What programs may call of this page: the same runs as the page's."""

from typing import Any

from sr_models.checkpoints.catalog import DEFAULT_SCALE, SCALES
from sr_models.errors import SRError
from sr_models.inference.options import MIX
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import compare as comparison
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.request import MODE, NET, OTHER, SCALE, SIZE, TOOLS, Request
from sr_models.web.programs import file, program

TAKEN = (NET, SCALE, SIZE, MIX, *TOOLS)


@program(*TAKEN)
def upscale(asked: dict[str, Any]) -> dict:
    """Enlarge an uploaded picture; return its file as `file`, and `receipt`, how it was made and measured.

    `size` ("1920", "x1080", "1.5x") is taken instead of the scale where it is not empty; one
    below the picture's own is a plain shrink. What is too large is refused with the limit: no part of it is taken
    unasked. `mix`: of
    a net that invents, how far to go from the measured net that it continues, 0, to itself, 1.
    """
    outcome = None
    if not asked.get("size"):
        _check_scale(asked.get("scale"))
    asked["scale"] = OTHER if asked.get("size") else asked.get("scale")
    asked["net"] = asked.get("net") or NETS.default(SCALE.check(asked["scale"]) or DEFAULT_SCALE)
    for change in upscaling.run(Request.of(asked), "en"):
        outcome = change.get("outcome")
    assert outcome is not None
    return {"file": file(outcome.download), "receipt": upscaling.receipt(upscaling.measure(outcome))}


def _check_scale(scale: Any) -> None:
    if scale not in (None, *SCALES):
        known = ", ".join(map(str, SCALES))
        raise SRError("unknown_choice", name=SCALE.name, value=scale, known=known)


@program(SCALE, MODE)
def compare(asked: dict[str, Any]) -> dict:
    """Run the middle of an uploaded picture, 96 pixels a side, through every net of a scale; return `rows`.

    `mode` is *enlarge*, or *test*: the picture is the original, is shrunk and enlarged again, and each row has `psnr_y`
    in dB and a perceptual distance. A row has `net` (*original* and *map*, where the nets differ, beside the nets'
    names), `title`, `file`, and of a net `invents` and `seconds`. The rows come with the best by validation last.
    """
    _check_scale(asked.get("scale"))
    request = Request.of({**asked, "net": NETS.default(SCALE.check(asked.get("scale")))})
    *_, (compared, words) = comparison.compare(request, "", "en")
    rows = [
        {"net": row.key, "title": row.name, "file": file(row.path), "invents": row.invents, **row.numbers}
        for row in compared.rows
    ]
    return {"width": compared.width, "height": compared.height, "rows": rows, "words": words}


def list_models() -> list[dict[str, Any]]:
    """Return name, scale and measured results of every checkpoint."""
    NETS.refresh()
    found = []
    for card in (card for card in NETS.cards() if not card.passes):
        results = [{"set": r.set, "metric": r.metric, "value": r.value, "bicubic": r.baseline} for r in card.results]
        found.append({"name": card.name, "scale": card.scale, "license": card.license, "results": results})
    return found
