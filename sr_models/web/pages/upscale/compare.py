"""One region of a picture through every net of a scale, one after another, and where their results differ."""

import math
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sr_models.checkpoints.recommend import by_validation
from sr_models.imaging.heatmap import DISAGREEMENT_TOP, disagreement
from sr_models.inference.options import MIX
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import METRICS
from sr_models.pipelines.readouts import distance_of, no_distance, psnr_of
from sr_models.pipelines.region import enlarge_region, region_around
from sr_models.pipelines.upscale import write_png
from sr_models.web import storage
from sr_models.web.components.perception_distortion import InterpolationPath, NetPoint, perception_distortion_plane
from sr_models.web.components.viewer import MAX_PICTURES
from sr_models.web.i18n import text
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.request import Request, resolve
from sr_models.web.pages.upscale.result import REGION, Compared, UpscaleResult

FIRST, LAST = "bicubic", ("original", "map")
ALPHAS = (0.25, 0.5, 0.75)  # of a mix, between its two nets


def first_choice(compared: Compared, net: str) -> list[str]:
    """Return what goes into the viewer unasked: bicubic, the chosen net, the best ones, the original if any."""
    keys = [key for key, _ in compared.results]
    last = [key for key in LAST[:1] if key in keys]
    first = [key for key in dict.fromkeys((FIRST, net)) if key in keys]
    rest = [key for key in keys if key not in (*LAST, *first)]
    return [*first, *rest[-(MAX_PICTURES - len(first) - len(last)) :], *last]


@dataclass
class _Comparison:
    """Gather what one comparison finds: its results so far, and where the nets lie in the plane."""

    compared: Compared
    folder: Path
    scale: int
    hr: np.ndarray | None
    lang: str
    enlarged: Callable[[Upscaler], np.ndarray]
    arrays: list[np.ndarray] = field(default_factory=list)
    points: dict[str, tuple[str, NetPoint]] = field(
        default_factory=dict
    )  # by net: the distance's name, what it reached

    def add(self, key: str, array: np.ndarray, *words: str) -> None:
        """Write a picture and put it into the grid."""
        path = self.folder / f"{len(self.compared.results)}_{key}.png"
        write_png(array, path)
        self.compared = replace(self.compared, results=(*self.compared.results, (key, (str(path), *words))))

    def run(self, net: str) -> None:
        """Enlarge the region by one net."""
        array, name = self.enlarged(NETS.runner(net, self.scale)), NETS.title(net, self.lang)
        self.arrays.append(array)
        label = text("partly_invented", self.lang, label=name) if NETS.invents(net, self.scale) else name
        if self.hr is not None and (value := psnr_of(array, self.hr)) is not None:
            label += f" · {METRICS['psnr_y'].write(value)} dB"
            if found := _point(net, name, value, array, self.hr):
                self.points[net] = found
                label += f" · {METRICS[found[0]].write(found[1].distance)}"
        self.add(net, array, label)

    def finish(self, order: list[str]) -> None:
        """Add the original, the plane and the map of disagreement."""
        if self.hr is not None:
            self.add(LAST[0], self.hr, text("original", self.lang))
            paths = [path for net in order if (path := self._path(net, self.hr))]
            self.compared = replace(self.compared, plot=_plot(self.points, paths, self.hr, self.lang))
        if len(self.arrays) > 2:
            words = text("disagreement", self.lang), text("legend", self.lang, top=DISAGREEMENT_TOP)
            self.add(LAST[1], disagreement(self.arrays[1:]), *words)

    def _path(self, net: str, hr: np.ndarray) -> InterpolationPath | None:
        """Return the way from the measured net that `net` continues to itself; None where there is none."""
        other, lang = NETS.partner_of(net, self.scale), self.lang
        if other not in self.points or net not in self.points:
            return None
        between = []
        for alpha in ALPHAS:
            array = self.enlarged(NETS.runner(net, self.scale, mix=alpha))
            label, value = text("mix_name", lang, net=NETS.title(net, lang), alpha=alpha), psnr_of(array, hr)
            if value is not None and (found := _point(net, label, value, array, hr)):
                between.append(found[1])
        label = text("plane_path", lang, partner=NETS.title(other, lang), net=NETS.title(net, lang))
        return InterpolationPath(label, (self.points[other][1], *between, self.points[net][1]))

    def words(self, order: list[str]) -> str:
        """Return what is said of the whole."""
        said, lang = "", self.lang
        if self.hr is not None:
            said = text("compared_measured", lang)
            if found := next(iter(self.points.values()), None):
                said += text("compared_distance", lang, distance=text(found[0], lang))
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
    comparison = _Comparison(
        Compared(uuid.uuid4().hex, *region.size(scale)),
        storage.visitor_folder(request.visitor) / uuid.uuid4().hex,
        scale,
        None if inputs.hr is None else region.of(inputs.hr, scale),
        lang,
        lambda upscaler: enlarge_region(upscaler, inputs.lr, region),
    )
    for i, net in enumerate(order):
        comparison.run(net)
        yield comparison.compared, text("comparing", lang, done=i + 1, total=len(order))
    comparison.finish(order)
    yield comparison.compared, comparison.words(order)


def _point(net: str, label: str, psnr: float, array: np.ndarray, hr: np.ndarray) -> tuple[str, NetPoint] | None:
    """Return the name of the perceptual distance and where the net lies; None where there is no distance."""
    found = distance_of(array, hr)
    return (found[0], NetPoint(net, label, psnr, found[1])) if found else None


def _plot(points: dict[str, tuple[str, NetPoint]], paths: list[InterpolationPath], hr: np.ndarray, lang: str) -> str:
    """Draw the plane, or say why there is none."""
    if not points:
        code = no_distance(hr)
        return f"<p>{text('plane_none', lang, reason=text(f'reason_{code}', lang))}</p>"
    kind = next(iter(points.values()))[0]
    return perception_distortion_plane(tuple(point for _, point in points.values()), tuple(paths), kind, lang)


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
