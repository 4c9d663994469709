"""The nets that a visitor may choose from, each with the seconds it takes for the picture in sight, where known."""

from collections.abc import Iterable, Iterator
from typing import Any

from sr_models.checkpoints.recommend import recommend
from sr_models.errors import SRError
from sr_models.inference.options import ENSEMBLE
from sr_models.web.components.net_picker import NetPicker
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale.describe import estimate
from sr_models.web.pages.upscale.request import NET, Request, scale_of


def offers(request: Request, lang: str) -> dict[str, Any]:
    """Return the part of an update that offers the nets of the request's scale; no net is run for it."""
    scale = scale_of(request)
    known = [net for net in NETS.names(scale) if NETS.is_paced(net, scale, request[ENSEMBLE])]
    return NetPicker.offered(NETS.offers(scale, lang, _seconds(request, known)))


def next_to_time(request: Request) -> list[str]:
    """Return the chosen net and one recommended net that was not timed yet: all at once would keep others waiting."""
    scale = scale_of(request)
    picks = recommend(scale, list(NETS.cards())).values()
    new = [net for net in picks if not NETS.is_paced(net, scale, request[ENSEMBLE])]
    return [request[NET], *new[:1]]


def timed(request: Request, nets: Iterable[str], lang: str) -> Iterator[dict[str, Any]]:
    """Time one net after another, each by one tile, and yield what is offered then."""
    for net in nets:
        _seconds(request, [net])
        yield offers(request, lang)


def _seconds(request: Request, nets: Iterable[str]) -> dict[str, float]:
    """Return the seconds of each net that can run so; they are those that the facts tell of the chosen one."""
    found: dict[str, float] = {}
    for net in nets if request.picture else ():
        try:
            found[net] = estimate(request.with_(net=net))
        except SRError:
            continue  # too large for this one, or its file is gone: it has no time to show
    return found
