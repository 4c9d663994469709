"""Measure checkpoints on folders of originals, clean or damaged on the way to LR."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from sr_models.checkpoints.card import Measurement
from sr_models.distributed import gather, my_part
from sr_models.evaluation.layout import aligned
from sr_models.evaluation.sheets import draw_sheet
from sr_models.evaluation.test_sets import lr_and_hr, originals, set_name, standard_degradation
from sr_models.imaging.decode import read
from sr_models.imaging.picture import as_8_bit, crop_to_multiple, quantize
from sr_models.inference.complexity import macs
from sr_models.inference.load import load
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import METRICS, known
from sr_models.metrics.perceptual import lpips_features


def measured_keys(uses: tuple[str, ...] = ("evaluation", "looks")) -> tuple[str, ...]:
    """Return the keys of METRICS that reports hold, those of every report first."""
    return tuple(dict.fromkeys(key for use in uses for key, metric in METRICS.items() if use in metric.uses))


def protocol(scale: int, lr: str = "files") -> str:
    """Return the line that belongs to every number of an evaluation; `lr` is files, made or damaged."""
    made = {
        "files": "LR as given",
        "made": "LR by MATLAB bicubic",
        "damaged": f"LR by {standard_degradation(scale)}, seed the CRC-32 of the picture's name",
    }
    return f"border {scale}, 8 bit, Y of BT.601, {made[lr]}"


def evaluate(
    upscaler: Upscaler,
    hr_folder: Path,
    lr_folder: Path | None = None,
    *,
    damaged: bool = False,
    looks: bool = True,
    sheets: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Enlarge LR of every original in a folder and compare; return a report as data.

    LR comes from the file of the same name in `lr_folder`, else from the original by MATLAB bicubic, or by `damage`.
    `looks` adds what takes longer than the nets. Means are over pictures. Several processes share the pictures, and
    each returns the whole report. Raise SRError for an empty folder or LR of another size.
    """
    s = upscaler.scale
    made = "damaged" if damaged else "files" if lr_folder else "made"
    measured = []
    for path in my_part(originals(hr_folder)):
        lr, hr = lr_and_hr(path, lr_folder, s, damaged)
        bicubic, beside = _bicubic(path, lr_folder, s, damaged, looks, str(upscaler.device))
        srs = {"result": quantize(upscaler(lr)).cpu(), "bicubic": bicubic}
        if sheets:
            draw_sheet(path.stem, upscaler.name, lr, hr, srs, s, sheets)
        numbers = _numbers(srs["result"], lr, hr, s, path, looks)
        measured.append((path.stem, {"result": numbers, "bicubic": beside}))
        tick()
    numbers = dict(sorted(gather(measured)))
    return {
        "checkpoint": upscaler.name,
        "set": set_name(hr_folder),
        "damaged": damaged,
        "scale": s,
        "parameters": sum(p.numel() for p in upscaler.net.parameters()),
        "macs": macs(upscaler.net),
        "mix": upscaler.mix,
        "precision": str(upscaler.dtype).removeprefix("torch."),
        "protocol": protocol(s, made),
        "mean": {key: _mean([p[key] for p in numbers.values()]) for key in ("result", "bicubic")},
        "pictures": numbers,
    }


@functools.lru_cache(maxsize=64)
def _bicubic(
    path: Path, lr_folder: Path | None, scale: int, damaged: bool, looks: bool, device: str
) -> tuple[Tensor, dict[str, float | None]]:
    """Return bicubic's picture and its numbers, which stand beside those of every net."""
    lr, hr = lr_and_hr(path, lr_folder, scale, damaged)
    sr = quantize(load("bicubic", scale, device)(lr)).cpu()
    return sr, _numbers(sr, lr, hr, scale, path, looks)


def _numbers(sr: Tensor, lr: Tensor, hr: Tensor, scale: int, path: Path, looks: bool) -> dict[str, float | None]:
    """Return the numbers of a result; `path` is that of its original."""
    pictures = {"lr": lr, "hr": hr, "scale": scale, "seen": functools.partial(_seen, path, scale)}
    keys = measured_keys() if looks else measured_keys(("evaluation",))
    return {key: known(METRICS[key](sr, **pictures)) for key in keys}


@functools.lru_cache(maxsize=64)
def _seen(path: Path, scale: int, net: str) -> list[Tensor] | None:
    """Return the features of an original, with which those of every net are compared."""
    return lpips_features(as_8_bit(crop_to_multiple(read(path).array, scale)), net, border=scale)


def _mean(rows: list[dict[str, float | None]]) -> dict[str, float | None]:
    mean: dict[str, float | None] = {}
    for key in rows[0]:
        values = [v for row in rows if (v := row[key]) is not None]
        mean[key] = round(float(np.mean(values)), 4) if values else None
    return mean


def label(report: dict[str, Any]) -> str:
    """Return the set's name, with a word for damaged pictures."""
    return report["set"] + "_damaged" * report.get("damaged", False)


def to_results(report: dict[str, Any]) -> list[Measurement]:
    """Turn a report into results for a checkpoint's card."""
    mean = report["mean"]
    return [
        Measurement(label(report), key, mean["result"][key], mean["bicubic"][key], report["protocol"])
        for key in mean["result"]
        if mean["result"][key] is not None and mean["bicubic"][key] is not None and np.isfinite(mean["result"][key])
    ]


def as_table(reports: list[dict[str, Any]]) -> str:
    """Draw reports as a text table, a row each, bicubic's numbers in brackets."""
    columns = [key for key in measured_keys() if any(key in report["mean"]["result"] for report in reports)]
    rows = [["checkpoint", "set", *(METRICS[key].label for key in columns)]]
    for report in reports:
        result, bicubic = report["mean"]["result"], report["mean"]["bicubic"]
        cells = (f"{METRICS[k].write(result.get(k))} ({METRICS[k].write(bicubic.get(k))})" for k in columns)
        rows.append([report["checkpoint"], label(report), *cells])
    return aligned(rows)
