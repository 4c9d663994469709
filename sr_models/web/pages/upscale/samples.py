"""Possible answers of a net that knows many: drawn one after another, shown beside the mean, with where they differ."""

import json
import math
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.encode import format_choice
from sr_models.imaging.heatmap import SPREAD_TOP, spread_map
from sr_models.imaging.picture import fit
from sr_models.metrics import diversity
from sr_models.pipelines.readouts import psnr_of
from sr_models.pipelines.upscale import draw_samples, write_png
from sr_models.web import middleware, requests
from sr_models.web.components.upload import stem
from sr_models.web.components.viewer import MAX_PICTURES
from sr_models.web.i18n import duration, error_text, text
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.compare import FIRST, Compared
from sr_models.web.pages.upscale.result import UpscaleResult

MEAN, ORIGINAL, MAP = "mean", "original", "spread"
ZIP_BYTES = 100 * 2**20  # larger ones are not packed: the server's room is everybody's


def is_of_answers(compared: Compared | None) -> bool:
    """Say whether what stands in the grid are possible answers, and not other nets."""
    return bool(compared) and MEAN in dict(compared.results)


def first_choice(compared: Compared) -> list[str]:
    """Return what goes into the viewer unasked: the mean, the first answers, the original and the map."""
    keys = [key for key, _ in compared.results if key != FIRST]
    last = [key for key in (ORIGINAL, MAP) if key in keys]
    drawn = [key for key in keys if key not in last]
    return [*drawn[: MAX_PICTURES - len(last)], *last]


def draw(outcome: UpscaleResult, lang: str) -> Iterator[tuple[Compared | None, str, UpscaleResult | None]]:
    """Draw the answers that the settings of a measured outcome ask for, beside its result, which is the mean.

    Yield what there is, None where nothing is new, and the words for it; the last comes with the outcome that holds them
    all. Raise runs.Superseded when the visitor goes on to something else.
    """
    settings = outcome.settings
    if not (settings and Path(outcome.result).is_file()):
        raise SRError("gone")
    folder, written = Path(outcome.result).parent, []

    def new(name: str) -> Path:
        """Return a file to write, unless the visitor went on."""
        upscaling.check_newest(outcome)
        written.append(folder / name)
        return written[-1]

    try:
        yield from _draw(outcome, settings, new, lang)
        upscaling.check_newest(outcome)
    except upscaling.Superseded:
        for path in written:  # the folder may have been deleted meanwhile
            path.unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _draw(outcome: UpscaleResult, settings: requests.Settings, new: Any, lang: str) -> Iterator[Any]:
    prepared = requests.prepare(settings)
    count, hr = settings.samples, prepared.inputs.hr
    mean = upscaling.read_result(outcome.result)
    compared = Compared(uuid.uuid4().hex, outcome.width, outcome.height)

    def add(key: str, path: str, label: str, *legend: str, array: np.ndarray | None = None) -> Compared:
        value = psnr_of(array, hr, outcome.scale) if hr is not None and array is not None else None
        label += f" · {value:.2f} dB" if value is not None else ""
        return replace(compared, results=(*compared.results, (key, (path, label, *legend))))

    compared = add(
        FIRST, outcome.bicubic, text("left", lang, size=outcome.size), array=upscaling.read_result(outcome.bicubic)
    )
    compared = add(MEAN, outcome.result, text("answers_mean", lang), array=mean)
    yield compared, text("answers_begin", lang, total=count), None
    arrays: dict[int, np.ndarray] = {}
    dropped: tuple[int, ...] = ()
    name, begun = f"{stem(settings.path or '')}_{prepared.upscaler.name}", time.perf_counter()
    how: dict[str, Any] = {"seed": settings.answer_seed, "temperature": settings.temperature}
    how["consistent"] = settings.consistent
    depth = format_choice(settings.format)[1]
    for step in draw_samples(
        prepared.upscaler, prepared.inputs.lr, count, tile=settings.tile or None, depth=depth, **how
    ):
        upscaling.check_newest(outcome)
        taken = time.perf_counter() - begun
        if taken > 60 * middleware.DEADLINE_MINUTES:
            raise SRError("too_slow", minutes=middleware.DEADLINE_MINUTES)
        fresh = sorted(step.arrays.keys() - arrays.keys())
        for k in fresh:
            arrays[k] = fit(step.arrays[k], prepared.target) if prepared.target else step.arrays[k]
            path = new(f"{name}_s{k + 1}.png")
            write_png(arrays[k], path)
            compared = add(f"s{k + 1}", str(path), text("answer", lang, number=k + 1), array=arrays[k])
        dropped = step.dropped
        left = math.ceil(taken / step.done * (step.total - step.done))
        facts = {"done": step.done, "steps": step.total, "seconds": left, "drawn": len(arrays), "total": count}
        yield (compared if fresh else None), text("answers_drawn", lang, **facts), None
    lost = "".join(" " + error_text(SRError("sample_dropped", sample=k + 1), lang) for k in dropped)
    if not arrays:
        yield compared, text("answers_none", lang) + lost, None
        return
    if outcome.original:
        compared = add(ORIGINAL, outcome.original, text("original", lang))
    spread: dict[str, Any] = {"count": len(arrays), "temperature": settings.temperature}
    if len(arrays) > 1:
        spread["levels"] = float(diversity.spread(list(arrays.values())).mean())
        levels = diversity.spread(list(arrays.values()), around=outcome.scale)
        path = new(f"{name}_spread.png")
        write_png(spread_map(levels), path)
        compared = add(MAP, str(path), text("answers_spread", lang), text("legend", lang, top=SPREAD_TOP))
        if hr is not None:
            spread["rank"] = diversity.pooled_rank_correlation(levels, diversity.luma_error(mean, hr))
    files = {Path(found[0]).name: sha256(found[0]) for key, found in compared.results if key[:1] == "s" and key != MAP}
    kept = {"asked": count, "kept": len(arrays), "dropped": [k + 1 for k in dropped]}
    facts = {**kept, **how, **spread, "invents_detail": True, "files": files}
    receipt = {**upscaling.receipt(outcome), "samples": facts}
    new(Path(outcome.receipt).name).write_text(json.dumps(receipt, indent=1) + "\n")
    packed = _pack(new(f"{name}_answers.zip"), compared)
    outcome = replace(outcome, answers=compared, spread=spread, invents=True, answers_zip=packed)
    words = "answers_done" if len(arrays) > 1 else "answers_one"
    took = duration(time.perf_counter() - begun)
    yield compared, text(words, lang, count=len(arrays), seconds=took) + lost, outcome


def _pack(path: Path, compared: Compared) -> str:
    """Put the answers and the map into one file to take away; "" where it would be too large."""
    files = [Path(found[0]) for key, found in compared.results if key not in (FIRST, MEAN, ORIGINAL)]
    if sum(file.stat().st_size for file in files) > ZIP_BYTES:
        return ""
    with zipfile.ZipFile(path, "w") as archive:  # PNG is compressed already
        for file in files:
            archive.write(file, file.name)
    return str(path)
