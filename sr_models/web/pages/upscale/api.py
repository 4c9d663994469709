"""What programs may call: the same runs as the page's, by `curl` or `gradio_client`."""

import inspect
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from sr_models.checkpoints.catalog import DEFAULT_SCALE, SCALES
from sr_models.errors import SRError
from sr_models.inference.options import MIX
from sr_models.web import storage
from sr_models.web.components.upload import RawImage
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.request import NET, OTHER, SCALE, SIZE, TOOLS, Request
from sr_models.web.requests import explain

TAKEN = (NET, SCALE, SIZE, MIX, *TOOLS)


def upscale(picture: dict, *given: Any) -> dict:
    """Enlarge an uploaded picture; return its file as `file`, and `receipt`, how it was made and measured.

    `size` ("1920", "x1080", "1.5x") is taken instead of the scale where it is not empty; one
    below the picture's own is a plain shrink. What is too large is refused with the limit: no part of it is taken
    unasked. `mix`: of
    a net that invents, how far to go from the measured net that it continues, 0, to itself, 1.
    """
    visitor, outcome = storage.new_visitor(), None
    try:
        NETS.refresh()
        path = str(picture.get("path")) if isinstance(picture, dict) else ""
        kept = storage.adopt(path, visitor) if RawImage.is_ours(path) else ""
        asked = dict(zip((p.name for p in TAKEN), given, strict=False))
        if not asked.get("size") and asked.get("scale") not in (None, *SCALES):
            known = ", ".join(map(str, SCALES))
            raise SRError("unknown_choice", name=SCALE.name, value=asked["scale"], known=known)
        asked["scale"] = OTHER if asked.get("size") else asked.get("scale")
        asked["net"] = asked.get("net") or NETS.default(SCALE.check(asked["scale"]) or DEFAULT_SCALE)
        for change in upscaling.run(Request.of({**asked, "visitor": visitor, "picture": kept}), "en"):
            outcome = change.get("outcome")
        assert outcome is not None
        receipt = upscaling.receipt(upscaling.measure(outcome))
    except Exception as error:
        # What was unexpected stands in the log already; what was not is no matter for it.
        raise gr.Error(explain(error, "en"), print_exception=False) from error
    return {"file": FileData(path=outcome.download).model_dump(), "receipt": receipt}


# Gradio reads the arguments, their types and defaults off the signature: those of the settings.
_first = inspect.Parameter("picture", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=dict)
_others = [inspect.Parameter(p.name, _first.kind, default=p.default, annotation=type(p.default)) for p in TAKEN]
upscale.__signature__ = inspect.Signature([_first, *_others], return_annotation=dict)  # type: ignore[attr-defined]
upscale.__annotations__ = {p.name: p.annotation for p in (_first, *_others)} | {"return": dict}


def list_models() -> list[dict[str, Any]]:
    """Return name, scale and measured results of every checkpoint."""
    NETS.refresh()
    found = []
    for card in (card for card in NETS.cards() if not card.passes):
        results = [{"set": r.set, "metric": r.metric, "value": r.value, "bicubic": r.baseline} for r in card.results]
        found.append({"name": card.name, "scale": card.scale, "license": card.license, "results": results})
    return found
