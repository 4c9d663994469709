"""One region of a picture through every net of a scale, one after another, and where their results differ."""

import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sr_models import job
from sr_models.picks import by_validation
from sr_models.web import limits, runs
from sr_models.web.maps import DISAGREEMENT_TOP, disagreement
from sr_models.web.nets import cards, runner, title, trained
from sr_models.web.outcome import REGION
from sr_models.web.text import text
from sr_models.web.viewer import MAX_PICTURES, Show

FIRST, LAST = "bicubic", ("original", "map")


@dataclass(frozen=True)
class Compared:
    """Hold the results so far by net, each (path, label[, legend]), in the order of the grid; all of one size."""

    id: str
    width: int
    height: int
    results: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def chosen(self, keys: list[str]) -> list[str]:
        """Return those of `keys` that are there, each once, at most as many as the viewer takes."""
        there = dict(self.results)
        return [key for key in dict.fromkeys(keys) if key in there][:MAX_PICTURES]

    def show(self, keys: list[str], lang: str) -> Show:
        """Return what the viewer shows of the chosen ones."""
        there = dict(self.results)
        pictures = tuple(there[key] for key in self.chosen(keys))
        return Show(self.width, self.height, pictures, mode="side", lang=lang, id=self.id)


def first_choice(compared: Compared) -> list[str]:
    """Return what goes into the viewer unasked: bicubic, the best nets, and the original where there is one."""
    keys = [key for key, _ in compared.results]
    last = [key for key in LAST[:1] if key in keys]
    tried = [key for key in keys if key not in LAST]
    return [tried[0], *tried[1:][-(MAX_PICTURES - 1 - len(last)) :], *last] if tried else []


def compare(settings: runs.Settings, centre: str, lang: str) -> Iterator[tuple[Compared, str]]:
    """Run the region around `centre` ("x y" as shares of the picture) through all nets of the scale, the best last.

    Yield what there is after each, and the words for it; at the end come the original and the map of disagreement.
    """
    prepared = runs.prepare(settings)
    inputs, scale = prepared.inputs, prepared.inputs.scale
    region, margin = _region(inputs.lr, centre)
    height, width = ((part.stop - part.start) * scale for part in region)
    folder = limits.visitor_folder(settings.visitor) / uuid.uuid4().hex
    measured = by_validation(scale, list(cards()))
    order = [FIRST, *(net for net in trained(scale) if net not in measured), *reversed(measured)]
    hr = None
    if inputs.hr is not None:
        hr = inputs.hr[tuple(slice(part.start * scale, part.stop * scale) for part in region)]
    compared = Compared(uuid.uuid4().hex, width, height)
    arrays: list[np.ndarray] = []

    def add(key: str, array: np.ndarray, *words: str) -> Compared:
        path = folder / f"{len(compared.results)}_{key}.png"
        job.write_png(array, path)
        return replace(compared, results=(*compared.results, (key, (str(path), *words))))

    for i, net in enumerate(order):
        array = job.enlarged(runner(net, scale), inputs.lr[margin])
        top, left = ((part.start - wide.start) * scale for part, wide in zip(region, margin, strict=True))
        arrays.append(array[top : top + height, left : left + width])
        label = title(net, scale, lang)
        if hr is not None and (value := job.psnr_of(arrays[-1], hr)) is not None:
            label += f" · {value:.2f} dB"
        compared = add(net, arrays[-1], label)
        yield compared, text("comparing", lang, done=i + 1, total=len(order))
    if hr is not None:
        compared = add(LAST[0], hr, text("original", lang))
    if len(arrays) > 2:
        words = text("disagreement", lang), text("legend", lang, top=DISAGREEMENT_TOP)
        compared = add(LAST[1], disagreement(arrays[1:]), *words)
    said = text("compared_measured", lang) if hr is not None else ""
    size = {"width": width // scale, "height": height // scale}
    yield compared, text("compared", lang, count=len(order), **size) + said


def _region(lr: np.ndarray, centre: str) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return rows and columns of the region in LR pixels, and the same with a margin that the nets look at.

    `centre` is "x y", each a share from 0 to 1; anything else counts as the middle.
    """
    try:
        x, y = (float(word) * length for word, length in zip(centre.split(), lr.shape[1::-1], strict=True))
    except ValueError:
        x, y = math.nan, math.nan
    places = []
    for length, middle in zip(lr.shape[:2], (y, x), strict=True):
        side = min(REGION, length)
        start = (length - side) / 2 if math.isnan(middle) else middle - side / 2
        low = round(min(max(start, 0), length - side))
        places.append((slice(low, low + side), slice(max(low - REGION, 0), min(low + side + REGION, length))))
    (rows, wide_rows), (columns, wide_columns) = places
    return (rows, columns), (wide_rows, wide_columns)
