"""The upload component: it hands over the file's path and decodes nothing itself."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import is_in_or_equal

from sr_models.errors import SRError
from sr_models.image import Picture, read


class RawImage(gr.Image):
    """Show a picture and pass its path: gr.Image's own decoding is wrong for 16 bits, alpha and orientation."""

    is_template = True

    def preprocess(self, payload: Any) -> str | None:  # type: ignore[override]
        """Return the path of an uploaded file; anything that is not a file in the upload folder counts as none."""
        if payload is None or not payload.path or (payload.url or "").startswith("data:"):
            return None
        return payload.path if is_in_or_equal(payload.path, self.GRADIO_CACHE) else None


def open_upload(path: str | None) -> Picture:
    """Decode an uploaded file; raise SRError with a sentence."""
    if not path:
        raise SRError("no_picture")
    if not Path(path).is_file():
        raise SRError("gone")
    return read(path)


def stem(path: str) -> str:
    """Return a short, harmless stem for the names of results."""
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in Path(path).stem)
    return kept.strip("_-")[:60] or "picture"
