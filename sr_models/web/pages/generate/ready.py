"""The first sight: drawn once when the server starts, and kept as long as it runs, for everyone the same."""

import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from sr_models.web import storage
from sr_models.web.components.latent_plane import Plane
from sr_models.web.pages.generate import drawing
from sr_models.web.pages.generate.request import SAMPLE, Request
from sr_models.web.pages.generate.result import Drawing

_LOCK = threading.Lock()
_KEPT: dict[str, object] = {}


def folder() -> Path:
    """Return the folder of what is kept: in memory it would be as large, and what shows it takes files."""
    if "folder" not in _KEPT:
        _KEPT["folder"] = tempfile.TemporaryDirectory(prefix="sr-lab-ready-")
    return Path(_KEPT["folder"].name)  # type: ignore[attr-defined]


def first_sight() -> Drawing:
    """Return the sheet of the default settings, with the chosen sample enlarged and a walk; raise SRError."""
    request = Request.of({})
    key = f"{request} {drawing.sha256_of(request.generator)}"
    with _LOCK:
        if key not in _KEPT:
            *_, (_, _, made) = drawing.draw(request, folder())
            assert made is not None
            _KEPT[key] = drawing.walk(drawing.enlarge(made, SAMPLE.default), *drawing.ends_of(made, (None, None)))
        found = _KEPT[key]
    assert isinstance(found, Drawing)
    return found


def known(request: Request) -> bool:
    """Say whether a request is that of the first sight, and stands drawn."""
    return f"{request} {drawing.sha256_of(request.generator)}" in _KEPT


def for_visitor(visitor: str) -> Drawing:
    """Return the first sight with files of the visitor's own."""
    made = first_sight()
    home = storage.visitor_folder(visitor) / made.id
    assert made.one
    assert made.steps
    one, steps = made.one, made.steps
    paths = (made.sheet, made.receipt, one.drawn, one.enlarged, one.both, steps.strip, steps.large)
    home.mkdir(exist_ok=True)
    copies = [Path(shutil.copyfile(path, home / path.name)) for path in paths]
    one = replace(one, drawn=copies[2], enlarged=copies[3], both=copies[4])
    steps = replace(steps, strip=copies[5], large=copies[6])
    return replace(made, sheet=copies[0], receipt=copies[1], one=one, steps=steps)


def plane(make: bool = True) -> Plane | None:
    """Return what the net of two numbers draws, drawn once; None where there is none, or none yet and not to `make`."""
    name = drawing.plane_net()
    if name is None:
        return None
    key = f"plane {drawing.sha256_of(name)}"
    with _LOCK:
        if key not in _KEPT and make:
            _KEPT[key] = drawing.plane(name, folder())
        found = _KEPT.get(key)
    return found if isinstance(found, Plane) else None
