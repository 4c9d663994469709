"""One region of a picture through every net of a scale, one after another, and where their results differ."""

import math
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models.checkpoints.recommend import by_validation
from sr_models.imaging.heatmap import DISAGREEMENT_TOP, disagreement
from sr_models.inference.options import MIX
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import METRICS
from sr_models.pipelines.readouts import DISTANCES, distance_of, no_distance, psnr_of
from sr_models.pipelines.region import enlarge_region, region_around
from sr_models.pipelines.upscale import write_png
from sr_models.web import storage
from sr_models.web.components.compare_list import Row
from sr_models.web.components.viewer import MAX_PICTURES
from sr_models.web.i18n import text
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.request import NET, Request, inputs_of, resolve
from sr_models.web.pages.upscale.result import REGION, Compared, UpscaleResult

FIRST, ORIGINAL, MAP = "bicubic", "original", "map"
ALPHAS = (0.25, 0.5, 0.75)  # of a mix, between its two nets


def first_choice(compared: Compared, net: str) -> list[str]:
    """Return what goes into the viewer unasked: bicubic, the chosen net, the best ones, the original if any."""
    keys = list(compared.there)
    last = [ORIGINAL] if ORIGINAL in keys else []
    first = [key for key in dict.fromkeys((FIRST, net)) if key in keys]
    rest = [key for key in keys if key not in (ORIGINAL, MAP, *first)]
    return [*first, *rest[: MAX_PICTURES - len(first) - len(last)], *last]


def is_of(compared: Compared, request: Request) -> bool:
    """Say whether a comparison is of the small picture, the original and the scale that are asked for now."""
    return compared.request is not None and inputs_of(compared.request) == inputs_of(request)


@dataclass
class _Comparison:
    """Gather what one comparison finds: its rows so far, and where the nets lie in the plane."""

    compared: Compared
    folder: Path
    scale: int
    hr: np.ndarray | None
    lang: str
    net: str  # of the page
    enlarged: Callable[[Upscaler], np.ndarray]
    arrays: list[np.ndarray] = field(default_factory=list)

    def put(self, row: Row, array: np.ndarray) -> None:
        """Write a picture and put its row in the place of the one that waits for it, else at the end."""
        row = replace(row, path=str(self.folder / f"{len(self.compared.there)}_{row.key}.png"))
        write_png(array, Path(row.path))
        rows = {**{there.key: there for there in self.compared.rows}, row.key: row}
        compared = replace(self.compared, rows=tuple(rows.values()))
        self.compared = compared.choose(first_choice(compared, self.net))

    def run(self, row: Row) -> None:
        """Enlarge the region by one net."""
        begun = time.perf_counter()
        array = self.enlarged(NETS.runner(row.key, self.scale))
        seconds = time.perf_counter() - begun
        self.arrays.append(array)
        found = _numbers(array, self.hr)
        columns = dict.fromkeys((*found, *self.compared.columns, "seconds"))
        columns = sorted(columns, key=lambda key: key == "seconds")
        self.compared = replace(self.compared, columns=tuple(columns))
        self.put(replace(row, numbers={**found, "seconds": seconds}), array)
        self.compared = replace(self.compared, title=title(self.compared, self.lang))

    def finish(self) -> None:
        """Add the original, the mixes' numbers for the plane, and the map of disagreement."""
        lang = self.lang
        if self.hr is not None:
            self.put(Row(ORIGINAL, text("original", lang)), self.hr)
            nets = {row.key: row for row in self.compared.rows if len(row.numbers) == 3}
            ways = tuple(way for net in nets if (way := self._way(net, nets, self.hr)))
            reason = "" if nets else text("plane_none", lang, reason=text(f"reason_{no_distance(self.hr)}", lang))
            self.compared = replace(self.compared, ways=ways, no_plane=reason)
        if len(self.arrays) > 2:
            row = Row(MAP, text("disagreement", lang), legend=text("legend", lang, top=DISAGREEMENT_TOP))
            self.put(row, disagreement(self.arrays[1:]))
        self.compared = replace(self.compared, running=False)

    def _way(self, net: str, there: dict[str, Row], hr: np.ndarray) -> tuple[tuple[float, float], ...]:
        """Return the way from the measured net that `net` continues to itself; () where there is none."""
        other = NETS.partner_of(net, self.scale)
        if other not in there:
            return ()
        mixed = [_numbers(self.enlarged(NETS.runner(net, self.scale, mix=alpha)), hr) for alpha in ALPHAS]
        numbers = [there[other].numbers, *mixed, there[net].numbers]
        dots = [tuple(value for key, value in found.items() if key != "seconds") for found in numbers]
        return tuple((dot[0], dot[1]) for dot in dots if len(dot) == 2)

    def words(self, order: list[str]) -> str:
        """Return what is said of the whole."""
        said, lang = "", self.lang
        if self.hr is not None:
            said = text("compared_measured", lang)
            if found := next((key for key in self.compared.columns if key in DISTANCES), None):
                said += text("compared_distance", lang, distance=text(found, lang))
        if inventive := [NETS.title(net, lang) for net in order if NETS.invents(net, self.scale)]:
            said += text("compared_inventive", lang, nets=text("list_separator", lang).join(inventive))
        size = {"width": self.compared.width // self.scale, "height": self.compared.height // self.scale}
        return text("compared", lang, count=len(order), **size) + said


def compare(request: Request, centre: str, lang: str) -> Iterator[tuple[Compared, str]]:
    """Run the region around `centre` ("x y" as shares of the picture) through all nets of the scale, the best last.

    Yield what there is after each, and the words for it; at the end come the original and the map of disagreement.
    """
    resolved = resolve(request)
    inputs, scale = resolved.inputs, resolved.scale
    measured = by_validation(scale, list(NETS.cards()))
    order = [FIRST, *(net for net in NETS.trained(scale) if net not in measured), *reversed(measured)]
    unit = math.lcm(*(NETS.runner(net, scale).net.multiple_of for net in order))
    region = region_around(inputs.lr, centre, REGION, REGION, unit)
    rows = [_row(net, scale, lang) for net in order]
    listed = tuple(reversed(rows))
    width, height = region.size(1)
    about = text("list_about", lang, scale=scale, width=width, height=height)
    told: dict[str, Any] = {"about": about, "note": text("list_note", lang)}
    size = region.size(scale)
    comparison = _Comparison(
        Compared(uuid.uuid4().hex, *size, listed, request=resolved.request, sort="psnr_y", running=True, **told),
        storage.visitor_folder(request.visitor) / uuid.uuid4().hex,
        scale,
        None if inputs.hr is None else region.of(inputs.hr, scale),
        lang,
        request[NET],
        lambda upscaler: enlarge_region(upscaler, inputs.lr, region),
    )
    begun = time.perf_counter()
    for i, row in enumerate(rows):
        comparison.run(row)
        left = (time.perf_counter() - begun) / (i + 1) * (len(rows) - i - 1)
        words = text("comparing", lang, done=i + 1, total=len(rows), seconds=math.ceil(left))
        yield comparison.compared, words
    comparison.finish()
    yield comparison.compared, comparison.words(order)


def _row(net: str, scale: int, lang: str) -> Row:
    """Return the row of a net that was not run yet."""
    facts: dict[str, Any] = {
        "pick": NETS.picks(scale, lang).get(net, ""),
        "invents": NETS.invents(net, scale),
        "net": True,
    }
    return Row(net, NETS.title(net, lang), **facts)


def _numbers(array: np.ndarray, hr: np.ndarray | None) -> dict[str, float]:
    """Return PSNR and the perceptual distance of a part, those that there are, by metric."""
    if hr is None:
        return {}
    value, found = psnr_of(array, hr), distance_of(array, hr)
    return ({} if value is None else {"psnr_y": value}) | (dict([found]) if found else {})


def title(compared: Compared, lang: str) -> str:
    """Return the sentence over the list: which net is closest, and which looks most alike."""
    nets = [row for row in compared.there.values() if row.net]
    measured = [row for row in nets if "psnr_y" in row.numbers]
    if not measured:
        return text("list_unmeasured", lang)
    closest = max(measured, key=lambda row: row.numbers["psnr_y"])
    facts = {"net": closest.name, "psnr": METRICS["psnr_y"].write(closest.numbers["psnr_y"])}
    if waiting := len(compared.rows) - len(compared.there):
        code = "list_so_far" if compared.running else "list_stopped"
        return text(code, lang, waiting=waiting, count=len(nets), **facts)
    said = text("list_closest", lang, **facts)
    key = next((key for key in compared.columns if key in DISTANCES), "")
    if not key:
        return said
    alike = min((row for row in nets if key in row.numbers), key=lambda row: row.numbers[key])
    code = "list_alike_too" if alike is closest else "list_alike_invents" if alike.invents else "list_alike"
    facts = {"net": alike.name, "name": text(f"plane_{key}", lang), "distance": METRICS[key].write(alike.numbers[key])}
    return said + text(code, lang, **facts)


def preview(
    request: Request, outcome: UpscaleResult, centre: str, lang: str
) -> tuple[str, tuple[int, int], str] | None:
    """Run the region around `centre` through the net that is asked for, for a result that stands in the viewer.

    Return the file, where its corner lies in the result, and the words for it; None where the result is of another
    picture or size.
    """
    resolved = resolve(request)
    inputs, scale = resolved.inputs, resolved.scale
    if resolved.target or not upscaling.same_view(outcome, resolved.request, *resolved.size):
        return None
    upscaler = resolved.upscaler
    region = region_around(inputs.lr, centre, REGION, upscaler.halo, upscaler.net.multiple_of)
    array = enlarge_region(upscaler, inputs.lr, region)
    if not Path(outcome.result).is_file():  # the visitor deleted everything meanwhile
        return None
    path = storage.visitor_folder(request.visitor) / uuid.uuid4().hex / "preview.png"
    write_png(array, path)
    numbers = ""
    if inputs.hr is not None:
        hr = region.of(inputs.hr, scale)
        value, found = psnr_of(array, hr), distance_of(array, hr)
        numbers = text("mix_numbers", lang, psnr=METRICS["psnr_y"].write(value)) if value is not None else ""
        numbers += f", {text(found[0], lang)} {METRICS[found[0]].write(found[1])}" if found else ""
    width, height = region.size(1)
    facts = {"alpha": request[MIX], "width": width, "height": height, "numbers": numbers}
    corner = region.columns.start * scale, region.rows.start * scale
    return str(path), corner, text("mix_preview", lang, **facts)
