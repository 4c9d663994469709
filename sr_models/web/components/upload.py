"""The upload component: it hands over the file's path and decodes nothing itself; and the one way to open an upload."""

import json
import threading
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.utils import is_in_or_equal

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.picture import Picture
from sr_models.web import storage
from sr_models.web.storage import ASSETS

DECODING = threading.Semaphore(2)  # a picture at the limit takes some 200 MB while it is decoded


class RawImage(gr.Image):
    """Show a picture and pass its path: gr.Image's own decoding is wrong for 16 bits, alpha and orientation."""

    is_template = True

    def preprocess(self, payload: Any) -> str | None:  # type: ignore[override]
        """Return the path of an uploaded file or an example; any other path counts as none."""
        if payload is None or (payload.url or "").startswith("data:"):
            return None
        return payload.path if self.is_ours(payload.path) else None

    @staticmethod
    def is_ours(path: object) -> bool:
        """Say whether a path that the browser names is an upload or an example."""
        homes = (str(storage.temp_folder()), str(ASSETS))
        return isinstance(path, str) and any(is_in_or_equal(path, home) for home in homes)


def open_upload(path: str | None) -> Picture:
    """Decode an uploaded file, two at a time at most; raise SRError with a sentence.

    What is decoded is kept beside a visitor's file, so that the same file is decoded once.
    """
    if not path:
        raise SRError("no_picture")
    if not Path(path).is_file():
        raise SRError("upload_gone")
    pixels, facts = Path(f"{path}.npy"), Path(f"{path}.facts")
    if facts.is_file() and pixels.is_file():
        kept = json.loads(facts.read_text())
        return Picture(np.load(pixels, mmap_mode="r"), **{**kept, "notes": tuple(kept["notes"])})
    with DECODING:
        picture = read(path)
    if Path(path).is_relative_to(storage.temp_folder() / "visitors"):
        np.save(pixels, picture.array)
        kept = {"format": picture.format, "notes": picture.notes, "jpeg_quality": picture.jpeg_quality}
        facts.write_text(json.dumps(kept))
    return picture


def stem(path: str) -> str:
    """Return a short, harmless stem for the names of results."""
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in Path(path).stem)
    return kept.strip("_-")[:60] or "picture"
