"""Possible answers of a net that knows many: drawn one after another, shown beside the mean, with where they differ."""

import json
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sr_models import formats, job
from sr_models.checkpoint import sha256, write_atomically
from sr_models.errors import SRError
from sr_models.image import fit
from sr_models.web import runs
from sr_models.web.compare import Compared
from sr_models.web.maps import SPREAD_TOP, spread_map
from sr_models.web.outcome import Outcome
from sr_models.web.text import error_text, text
from sr_models.web.viewer import MAX_PICTURES

MEAN, MAP = "mean", "spread"


def first_choice(compared: Compared) -> list[str]:
    """Return what goes into the viewer unasked: the mean, the first answers, and the map."""
    keys = [key for key, _ in compared.results if key != MAP]
    last = [key for key, _ in compared.results if key == MAP]
    return [*keys[: MAX_PICTURES - len(last)], *last]


def draw(outcome: Outcome, lang: str) -> Iterator[tuple[Compared, str, Outcome | None]]:
    """Draw the answers that the settings of a measured outcome ask for, beside its result, which is the mean.

    Yield what there is after each and the words for it; the last comes with the outcome that holds them all. It ends
    early when the visitor brings a new picture.
    """
    settings = outcome.settings
    if not (settings and Path(outcome.result).is_file()):
        raise SRError("gone")
    newest = runs.limits.newest(settings.visitor)
    prepared = runs.prepare(settings)
    folder, count, hr = Path(outcome.result).parent, settings.samples, prepared.inputs.hr
    mean = runs.read_result(outcome.result)
    compared = Compared(uuid.uuid4().hex, outcome.width, outcome.height)

    def add(key: str, path: str, label: str, *legend: str, array: np.ndarray | None = None) -> Compared:
        value = job.psnr_of(array, hr, outcome.scale) if hr is not None and array is not None else None
        label += f" · {value:.2f} dB" if value is not None else ""
        return replace(compared, results=(*compared.results, (key, (path, label, *legend))))

    compared = add(MEAN, outcome.result, text("answers_mean", lang), array=mean)
    yield compared, text("answers_begin", lang, total=count), None
    arrays: dict[int, np.ndarray] = {}
    dropped: tuple[int, ...] = ()
    depth = formats.choice(settings.format)[1]
    how: dict[str, Any] = {"seed": settings.answer_seed, "temperature": settings.temperature}
    how["consistent"] = settings.consistent
    for step in job.draw(prepared.upscaler, prepared.inputs.lr, count, tile=settings.tile or None, depth=depth, **how):
        if runs.superseded(settings.visitor, newest, folder):
            return
        for k in sorted(step.arrays.keys() - arrays.keys()):
            array = step.arrays[k]
            arrays[k] = fit(array, prepared.target) if prepared.target else array
            path = folder / f"{runs.stem(settings.path or '')}_{prepared.upscaler.name}_s{k + 1}.png"
            job.write_png(arrays[k], path)
            compared = add(f"s{k + 1}", str(path), text("answer", lang, number=k + 1), array=arrays[k])
        dropped = step.dropped
        yield compared, text("answers_drawn", lang, done=len(arrays), total=count), None
    spread: dict[str, Any] = {}
    if len(arrays) > 1:
        levels = job.spread(list(arrays.values()), around=outcome.scale)
        path = folder / "spread.png"
        job.write_png(spread_map(levels), path)
        compared = add(MAP, str(path), text("answers_spread", lang), text("legend", lang, top=SPREAD_TOP))
        spread = {"levels": float(levels.mean())}
        if hr is not None:
            spread["rank"] = job.rank_correlation(levels, job.luma_error(mean, hr))
    outcome = replace(outcome, answers=compared, spread=spread, invents=True, answers_zip=_keep(outcome, compared))
    facts = {"count": len(arrays), **how, "dropped": dropped, **spread, "invents_detail": True}
    files = {Path(found[0]).name: sha256(found[0]) for key, found in compared.results if key not in (MEAN, MAP)}
    receipt = {**runs.receipt(outcome), "samples": {**facts, "files": files}}
    write_atomically(Path(outcome.receipt), (json.dumps(receipt, indent=1) + "\n").encode())
    lost = "".join(" " + error_text(SRError("sample_dropped", sample=k + 1), lang) for k in dropped)
    yield compared, text("answers_done", lang, count=len(arrays)) + lost, outcome


def _keep(outcome: Outcome, compared: Compared) -> str:
    """Put the answers and the map into one file to take away."""
    path = Path(outcome.download).with_name(f"{Path(outcome.download).stem}_answers.zip")
    with zipfile.ZipFile(path, "w") as archive:  # PNG is compressed already
        for key, (file, *_) in compared.results:
            if key != MEAN:
                archive.write(file, f"{path.stem}_{MAP}.png" if key == MAP else Path(file).name)
    return str(path)
