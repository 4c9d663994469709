"""What programs may call of this page: the same drawing as the page's."""

import json
from typing import Any

from sr_models.inference.options import DRAW_SEED, DRAW_TEMPERATURE
from sr_models.web import storage
from sr_models.web.pages.generate import drawing
from sr_models.web.pages.generate.request import GENERATOR, SAMPLE, Request
from sr_models.web.programs import file, program


@program(GENERATOR, DRAW_SEED, DRAW_TEMPERATURE, SAMPLE, picture=False)
def generate(asked: dict[str, Any]) -> dict:
    """Draw the sheet of a seed that has a sample; return files: the `sheet`, the `sample` alone, and it `enlarged`.

    `generator` is the name of a net that draws, by default the first there is. `receipt` tells how it was made.
    """
    *_, (_, _, made) = drawing.draw(Request.of(asked), storage.visitor_folder(asked["visitor"]))
    assert made is not None
    made = drawing.enlarge(made, SAMPLE.check(asked.get(SAMPLE.name)))
    assert made.one is not None
    files = {"sheet": made.sheet, "sample": made.one.drawn, "enlarged": made.one.enlarged}
    return {**{name: file(path) for name, path in files.items()}, "receipt": json.loads(made.receipt.read_text())}
