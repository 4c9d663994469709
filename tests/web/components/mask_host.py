"""A page with the mask component alone, on gradio as it is: what the server got of the mask, as words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import numpy as np
from starlette.middleware import Middleware

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.encode import encode_png
from sr_models.pipelines.restore import read_mask
from sr_models.web import static, storage
from sr_models.web.components.mask import Mask, Sheet, marked, put_at, with_proposal
from sr_models.web.middleware import Limits
from sr_models.web.server import theme

VISITOR = "somebody"


def sheet(folder: Path, name: str, picture: np.ndarray) -> Sheet:
    """Write a picture and return it to draw over."""
    path = folder / f"{name}.png"
    path.write_bytes(encode_png(picture))
    return Sheet(str(path), picture.shape[1], picture.shape[0], name)


@contextmanager
def served(sheets: dict[str, Sheet]) -> Iterator[str]:
    """Serve the page over the first sheet; `#kept` holds the path of what came, *none*, or a sentence, and a count."""
    storage.temp_folder()
    first, *others = sheets
    count = 0

    def received(drawn, name):
        nonlocal count
        count += 1
        try:
            path = marked(drawn, sheets[name].subject)
            if path:
                read_mask(Path(path), sheets[name].width, sheets[name].height)
            return f"{path or 'none'}#{count}"
        except SRError as error:
            return f"{error}#{count}"

    def proposed(name):
        return with_proposal(sheets[name], read(sheets[name].picture).array, VISITOR)

    with gr.Blocks(title="mask") as demo:
        name = gr.State(first)
        mask = Mask(sheets[first], lang="en", elem_id="mask")
        kept = gr.Textbox(label="kept", elem_id="kept")
        run = gr.Button("run", elem_id="run")
        mask.drawn(received, [mask, name], kept, queue=False)
        mask.propose(proposed, name, mask, queue=False)
        run.click(received, [mask, name], kept, js=put_at(0), queue=False)
        for other in others:
            button = gr.Button(other, elem_id=other)
            button.click(lambda other=other: (sheets[other], other), None, [mask, name], queue=False)
    _, address, _ = demo.launch(
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
        theme=theme(),
        head=static.link(),
        allowed_paths=[str(Path(each.picture).parent) for each in sheets.values()],
        app_kwargs={"middleware": [Middleware(Limits)], "routes": static.ROUTES},
    )
    try:
        yield address
    finally:
        demo.close(verbose=False)
        storage.delete(VISITOR)
