"""The upload component: it hands over the file's path and decodes nothing itself."""

import threading
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import is_in_or_equal

from sr_models.errors import SRError
from sr_models.image import Picture, read
from sr_models.web.examples import ASSETS

_DECODING = threading.Semaphore(2)  # a picture at the limit takes some 200 MB while it is decoded


class RawImage(gr.Image):
    """Show a picture and pass its path: gr.Image's own decoding is wrong for 16 bits, alpha and orientation."""

    is_template = True

    def preprocess(self, payload: Any) -> str | None:  # type: ignore[override]
        """Return the path of an uploaded file or an example; any other path counts as none."""
        if payload is None or not payload.path or (payload.url or "").startswith("data:"):
            return None
        homes = (self.GRADIO_CACHE, str(ASSETS))
        return payload.path if any(is_in_or_equal(payload.path, home) for home in homes) else None


def open_upload(path: str | None) -> Picture:
    """Decode an uploaded file, two at a time at most; raise SRError with a sentence."""
    if not path:
        raise SRError("no_picture")
    if not Path(path).is_file():
        raise SRError("upload_gone")
    with _DECODING:
        return read(path)


def stem(path: str) -> str:
    """Return a short, harmless stem for the names of results."""
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in Path(path).stem)
    return kept.strip("_-")[:60] or "picture"
