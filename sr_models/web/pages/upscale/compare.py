"""One region of a picture through every net of a scale, one after another, and where their results differ."""

import math
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from sr_models.checkpoints.recommend import by_validation
from sr_models.imaging.heatmap import DISAGREEMENT_TOP, disagreement
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines.readouts import distance_of, no_distance, psnr_of
from sr_models.pipelines.upscale import enlarged, write_png
from sr_models.web import requests, storage
from sr_models.web.components.perception_distortion import InterpolationPath, NetPoint, perception_distortion_plane
from sr_models.web.components.viewer import MAX_PICTURES
from sr_models.web.i18n import text
from sr_models.web.nets import cards, invents, partner_of, runner, title, trained
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.result import REGION, Compared, UpscaleResult

FIRST, LAST = "bicubic", ("original", "map")
SHARES = (0.25, 0.5, 0.75)  # of a mix, between its two nets


def first_choice(compared: Compared, net: str) -> list[str]:
    """Return what goes into the viewer unasked: bicubic, the chosen net, the best ones, the original where there is one."""
    keys = [key for key, _ in compared.results]
    last = [key for key in LAST[:1] if key in keys]
    first = [key for key in dict.fromkeys((FIRST, net)) if key in keys]
    rest = [key for key in keys if key not in (*LAST, *first)]
    return [*first, *rest[-(MAX_PICTURES - len(first) - len(last)) :], *last]


def compare(settings: requests.Settings, centre: str, lang: str) -> Iterator[tuple[Compared, str]]:
    """Run the region around `centre` ("x y" as shares of the picture) through all nets of the scale, the best last.

    Yield what there is after each, and the words for it; at the end come the original and the map of disagreement.
    """
    prepared = requests.prepare(settings)
    inputs, scale = prepared.inputs, prepared.inputs.scale
    measured = by_validation(scale, list(cards()))
    order = [FIRST, *(net for net in trained(scale) if net not in measured), *reversed(measured)]
    unit = math.lcm(*(runner(net, scale).net.multiple_of for net in order))
    region, margin = _region(inputs.lr, centre, REGION, unit)
    height, width = ((part.stop - part.start) * scale for part in region)
    folder = storage.visitor_folder(settings.visitor) / uuid.uuid4().hex
    hr = None
    if inputs.hr is not None:
        hr = inputs.hr[tuple(slice(part.start * scale, part.stop * scale) for part in region)]
    compared = Compared(uuid.uuid4().hex, width, height)
    arrays: list[np.ndarray] = []
    dots: dict[str, tuple[str, NetPoint]] = {}  # by net: the distance's name, and what it reached

    def enlarged(upscaler: Upscaler) -> np.ndarray:
        return _enlarged(upscaler, inputs.lr, region, margin)

    def add(key: str, array: np.ndarray, *words: str) -> Compared:
        path = folder / f"{len(compared.results)}_{key}.png"
        write_png(array, path)
        return replace(compared, results=(*compared.results, (key, (str(path), *words))))

    for i, net in enumerate(order):
        arrays.append(enlarged(runner(net, scale)))
        name = title(net, scale, lang)
        label = text("partly_invented", lang, label=name) if invents(net, scale) else name
        if hr is not None and (value := psnr_of(arrays[-1], hr)) is not None:
            label += f" · {value:.2f} dB"
            if found := _dot(net, name, value, arrays[-1], hr):
                dots[net] = found
                label += f" · {found[1].distance:.3f}"
        compared = add(net, arrays[-1], label)
        yield compared, text("comparing", lang, done=i + 1, total=len(order))
    if hr is not None:
        compared = add(LAST[0], hr, text("original", lang))
        ways = [way for net in order if (way := _way(net, scale, dots, enlarged, hr, lang))]
        compared = replace(compared, plot=_plot(dots, ways, hr, lang))
    if len(arrays) > 2:
        words = text("disagreement", lang), text("legend", lang, top=DISAGREEMENT_TOP)
        compared = add(LAST[1], disagreement(arrays[1:]), *words)
    said = ""
    if hr is not None:
        said = text("compared_measured", lang)
        if found := next(iter(dots.values()), None):
            said += text("compared_distance", lang, distance=text(found[0], lang))
    if inventive := [title(net, scale, lang) for net in order if invents(net, scale)]:
        said += text("compared_inventive", lang, nets=", ".join(inventive))
    size = {"width": width // scale, "height": height // scale}
    yield compared, text("compared", lang, count=len(order), **size) + said


def _dot(net: str, label: str, psnr: float, array: np.ndarray, hr: np.ndarray) -> tuple[str, NetPoint] | None:
    """Return the name of the perceptual distance and where the net lies; None where there is no distance."""
    found = distance_of(array, hr)
    return (found[0], NetPoint(net, label, psnr, found[1])) if found else None


def _way(
    net: str,
    scale: int,
    dots: dict[str, tuple[str, NetPoint]],
    enlarged: Callable[[Upscaler], np.ndarray],
    hr: np.ndarray,
    lang: str,
) -> InterpolationPath | None:
    """Return the way from the measured net that `net` continues to itself; None where there is none."""
    other = partner_of(net, scale)
    if other not in dots or net not in dots:
        return None
    between = []
    for share in SHARES:
        array = enlarged(runner(net, scale, mix=share))
        label, value = text("mix_name", lang, net=title(net, scale, lang), share=share), psnr_of(array, hr)
        if value is not None and (found := _dot(net, label, value, array, hr)):
            between.append(found[1])
    label = text("plane_path", lang, partner=title(other, scale, lang), net=title(net, scale, lang))
    return InterpolationPath(label, (dots[other][1], *between, dots[net][1]))


def _plot(dots: dict[str, tuple[str, NetPoint]], ways: list[InterpolationPath], hr: np.ndarray, lang: str) -> str:
    """Draw the plane, or say why there is none."""
    if not dots:
        code = no_distance(hr)
        return f"<p>{text('plane_none', lang, reason=text(f'reason_{code}', lang))}</p>"
    kind = next(iter(dots.values()))[0]
    return perception_distortion_plane(tuple(dot for _, dot in dots.values()), tuple(ways), kind, lang)


def preview(
    settings: requests.Settings, outcome: UpscaleResult, centre: str, lang: str
) -> tuple[str, tuple[int, int], str] | None:
    """Run the region around `centre` through the net of the settings, for a result that stands in the viewer.

    Return the file, where its corner lies in the result, and the words for it; None where the result is of another
    picture or size.
    """
    prepared = requests.prepare(settings)
    inputs, scale = prepared.inputs, prepared.inputs.scale
    if prepared.target or not upscaling.same_view(outcome, settings, *prepared.size):
        return None
    upscaler = prepared.upscaler
    region, margin = _region(inputs.lr, centre, upscaler.halo, upscaler.net.multiple_of)
    array = _enlarged(upscaler, inputs.lr, region, margin)
    height, width = array.shape[:2]
    if not Path(outcome.result).is_file():  # the visitor deleted everything meanwhile
        return None
    path = storage.visitor_folder(settings.visitor) / uuid.uuid4().hex / "preview.png"
    write_png(array, path)
    corner = region[1].start * scale, region[0].start * scale
    numbers = ""
    if inputs.hr is not None:
        hr = inputs.hr[corner[1] : corner[1] + height, corner[0] : corner[0] + width]
        value, found = psnr_of(array, hr), distance_of(array, hr)
        numbers = text("mix_numbers", lang, psnr=f"{value:.2f}") if value is not None else ""
        numbers += f", {text(found[0], lang)} {found[1]:.3f}" if found else ""
    facts = {"share": settings.mix, "width": width // scale, "height": height // scale, "numbers": numbers}
    return str(path), corner, text("mix_preview", lang, **facts)


def _enlarged(
    upscaler: Upscaler, lr: np.ndarray, region: tuple[slice, slice], margin: tuple[slice, slice]
) -> np.ndarray:
    """Enlarge a region of `lr`, of which the net sees the margin too; (s*h, s*w, C)."""
    array = enlarged(upscaler, lr[margin])
    rows, columns = (
        slice((part.start - wide.start) * upscaler.scale, (part.stop - wide.start) * upscaler.scale)
        for part, wide in zip(region, margin, strict=True)
    )
    return array[rows, columns]


def _region(lr: np.ndarray, centre: str, around: int, unit: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return rows and columns of the region in LR pixels, and the same with `around` more on each side or, at its
    start, a little more: nets that fold `unit` pixels into one must fold them as they do in the whole picture.

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
        places.append(
            (slice(low, low + side), slice(max(low - around, 0) // unit * unit, min(low + side + around, length)))
        )
    (rows, wide_rows), (columns, wide_columns) = places
    return (rows, columns), (wide_rows, wide_columns)
