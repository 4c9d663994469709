"""Where a visitor's doing meets the server: uploads decoded once, names made harmless, errors made sentences."""

import json
import logging
import threading
import uuid
from pathlib import Path
from typing import Any

import numpy as np

from sr_models.errors import SRError
from sr_models.files import write_atomically
from sr_models.imaging.decode import read
from sr_models.imaging.picture import Picture
from sr_models.web import storage
from sr_models.web.i18n import error_text

DECODING = threading.Lock()  # a picture at the limit takes up to 1000 MB while it is decoded
DEADLINE_MINUTES = 10  # of a run


def open_upload(path: str | None) -> Picture:
    """Decode an uploaded file, one at a time; raise SRError with a sentence.

    What is decoded is kept beside a visitor's file, so that the same file is decoded once.
    """
    if not path:
        raise SRError("no_picture")
    if not Path(path).is_file():
        raise SRError("upload_gone")
    pixels, facts = Path(f"{path}.npy"), Path(f"{path}.facts")
    if facts.is_file() and pixels.is_file():
        kept = json.loads(facts.read_text())
        kept |= {"notes": tuple(kept["notes"]), "dpi": kept["dpi"] and tuple(kept["dpi"])}
        return Picture(np.load(pixels, mmap_mode="r"), **kept)
    with DECODING:
        picture = read(path)
    if storage.is_of_a_visitor(path):
        new = pixels.with_name(f"{uuid.uuid4().hex}.npy")  # another event may be reading what stands there
        np.save(new, picture.array)
        new.replace(pixels)
        kept = {name: getattr(picture, name) for name in ("format", "notes", "jpeg_quality", "dpi")}
        write_atomically(facts, json.dumps(kept).encode())
    return picture


def stem(path: str | None) -> str:
    """Return a short, harmless stem for the names of results."""
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in Path(path or "").stem)
    return kept.strip("_-")[:60] or "picture"


def explain(error: Exception, lang: str) -> str:
    """Return what to tell the visitor; what should not happen goes to the log in full."""
    if not isinstance(error, SRError):
        logging.getLogger(__name__).exception("unexpected", exc_info=error)
        error = SRError("unexpected")
    return error_text(error, lang)


def is_hosts(request: Any) -> bool:
    """Say whether a request comes from the host's own machine, not by way of a proxy."""
    near = getattr(getattr(request, "client", None), "host", "") in ("127.0.0.1", "::1")
    return near and not any(name in request.headers for name in ("x-forwarded-for", "forwarded"))
