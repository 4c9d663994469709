"""What programs may call: the same runs as the page's, by `curl` or `gradio_client`."""

from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from sr_models.checkpoints.catalog import DEFAULT_SCALE, list_checkpoints
from sr_models.errors import SRError
from sr_models.web import requests, storage
from sr_models.web.components.upload import RawImage
from sr_models.web.nets import default
from sr_models.web.pages.upscale import upscaling


def upscale(picture: dict, net: str = "", scale: int = DEFAULT_SCALE, size: str = "", mix: float = 1.0) -> dict:
    """Enlarge an uploaded picture; return its PNG as `file`, and `receipt`, how it was made and measured.

    `size` ("1920", "x1080", "1.5x") is taken instead of the scale where it is not empty. `mix`: of
    a net that invents, how far to go from the measured net that it continues, 0, to itself, 1.
    """
    visitor, outcome = storage.new_visitor(), None
    try:
        path = str(picture.get("path")) if isinstance(picture, dict) else ""
        kept = storage.adopt(path, visitor) if RawImage.is_ours(path) else None
        chosen = requests.OTHER if size else int(scale)
        if not isinstance(mix, int | float):
            raise SRError("out_of_range", name="mix", value=mix, low=0, high=1)
        settings = requests.Settings(
            visitor, kept, "enlarge", net or default(chosen or DEFAULT_SCALE), chosen, size=size, mix=mix
        )
        for change in upscaling.run(settings, "en"):
            outcome = change.get("outcome")
        assert outcome is not None
        receipt = upscaling.receipt(upscaling.measure(outcome))
    except Exception as error:
        raise gr.Error(upscaling.explain(error, "en")) from error
    return {"file": FileData(path=outcome.download).model_dump(), "receipt": receipt}


def list_models() -> list[dict[str, Any]]:
    """Return name, scale and measured results of every checkpoint."""
    found = []
    for card in list_checkpoints():
        results = [{"set": r.set, "metric": r.metric, "value": r.value, "bicubic": r.baseline} for r in card.results]
        found.append({"name": card.name, "scale": card.scale, "license": card.license, "results": results})
    return found
