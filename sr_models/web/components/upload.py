"""The upload component: it hands over the file's path and decodes nothing itself."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import is_in_or_equal

from sr_models.web import storage


class RawImage(gr.Image):
    """Show a picture and pass its path: gr.Image's own decoding is wrong for 16 bits, alpha and orientation.

    An example is shown by its small picture, which the page has anyway, and passed as what it is.
    """

    is_template = True

    def preprocess(self, payload: Any) -> str | None:  # type: ignore[override]
        """Return the path of an uploaded file or an example; any other path counts as none."""
        if payload is None or (payload.url or "").startswith("data:"):
            return None
        return _whole(payload.path) if self.is_ours(payload.path) else None

    def postprocess(self, value: Any) -> Any:  # type: ignore[override]
        """Give the file back as it is: gr.Image would lay an SVG into the page, and its path would be lost."""
        return ImageData(path=_small(Path(value)), orig_name=Path(value).name) if value else None

    @staticmethod
    def is_ours(path: object) -> bool:
        """Say whether a path that the browser names is an upload or an example."""
        homes = (str(storage.temp_folder()), str(storage.ASSETS))
        return isinstance(path, str) and any(is_in_or_equal(path, home) for home in homes)


def _small(picture: Path) -> str:
    """Return what shows a file in the field: an example's small picture, else the file."""
    small = storage.THUMBNAILS / f"{picture.stem}.webp"
    return str(small if picture.parent == storage.ASSETS and small.is_file() else picture)


def _whole(shown: str) -> str:
    """Return the file that was given for what is shown of it."""
    small = Path(shown)
    if small.parent != storage.THUMBNAILS:
        return shown
    return next((str(path) for path in storage.ASSETS.iterdir() if path.is_file() and path.stem == small.stem), shown)
