"""Measure checkpoints on folders of originals, clean or damaged on the way to LR."""

import functools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from torch import Tensor

from sr_models.checkpoints.card import Measurement
from sr_models.checkpoints.catalog import split_name
from sr_models.distributed import gather, my_part
from sr_models.errors import SRError
from sr_models.evaluation.report import Columns, Evaluation, Numbers, Partner, Protocol, Trial, Variant
from sr_models.evaluation.sheets import draw_sheet
from sr_models.evaluation.test_sets import how_lr_is_made, lr_and_hr, originals, set_name
from sr_models.imaging.decode import read
from sr_models.imaging.picture import as_8_bit, crop_to_multiple, quantize
from sr_models.inference.complexity import macs
from sr_models.inference.load import load
from sr_models.inference.restorer import Restorer
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import METRICS, known
from sr_models.metrics.perceptual import lpips_features


def measured_keys(uses: tuple[str, ...] = ("evaluation", "looks")) -> tuple[str, ...]:
    """Return the keys of METRICS that reports hold, those of every report first."""
    return tuple(dict.fromkeys(key for use in uses for key, metric in METRICS.items() if use in metric.uses))


def evaluate(
    upscaler: Upscaler,
    hr_folder: Path,
    lr_folder: Path | None = None,
    *,
    damaged: bool = False,
    first: Restorer | None = None,
    strength: float | None = None,
    looks: bool = True,
    trial: Trial | None = None,
    sheets: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Enlarge LR of every original in a folder and compare; return a report.

    LR comes from the file of the same name in `lr_folder`, else from the original by MATLAB bicubic, or by `damage`.
    Where `first` is given, it repairs LR to 8 bits before the net sees it, but not before bicubic does; `strength` is
    what it is told, None: nothing.
    `looks` adds what takes longer than the nets. Means are over pictures. Several processes share the pictures, and
    each returns the whole report. An original that cannot be measured is left out, and the report says why. Raise
    SRError for a folder without pictures, or without one that can be measured.
    """
    s = upscaler.scale
    measured = []
    missing: list[tuple[str, str]] = []
    found = originals(hr_folder)
    stems = [path.stem for path in found.pictures]
    for path in my_part(found.pictures):
        try:
            lr, hr = lr_and_hr(path, lr_folder, s, damaged)
        except SRError as error:
            missing.append((path.name, str(error)))
            continue
        bicubic, beside = _bicubic(path, lr_folder, s, damaged, looks, str(upscaler.device))
        seen = quantize(first.repair(lr, None, strength)) if first else lr
        srs = {"result": quantize(upscaler(seen)).cpu(), "bicubic": bicubic}
        if sheets:
            draw_sheet(path.stem, upscaler.name, lr, hr, srs, s, sheets)
        numbers = _numbers(srs["result"], lr, hr, s, path, looks)
        name = path.stem if stems.count(path.stem) == 1 else path.name
        measured.append((name, Columns(numbers, beside)))
        tick()
    pictures = dict(sorted(gather(measured), key=lambda found: found[0]))
    missing = sorted(gather(missing), key=lambda found: found[0])
    if not pictures:
        raise SRError("nothing_measured", path=hr_folder, name=missing[0][0], reason=missing[0][1])
    mix, runs = upscaler.mix, [upscaler, *([first] if first else [])]
    return Evaluation(
        net=split_name(upscaler.checkpoint)[0],
        scale=s,
        set=set_name(hr_folder),
        protocol=Protocol(s, how_lr_is_made(s, lr_folder, damaged)),
        variant=Variant(upscaler.ensemble, damaged, mix["alpha"] if mix else None),
        mean=Columns(_mean([p.result for p in pictures.values()]), _mean([p.bicubic for p in pictures.values()])),
        pictures=pictures,
        parameters=sum(p.numel() for run in runs for p in run.net.parameters()),
        macs=sum(macs(run.net) for run in runs),
        precision=str(upscaler.dtype).removeprefix("torch."),
        partner=Partner(mix["from"], mix["from_sha256"]) if mix else None,
        trial=trial,
        repaired_by=first and first.name + ("" if strength is None else f"_told_{strength:g}"),
        missing=dict(missing),
        left_out=tuple(path.name for path in found.left_out),
    )


@functools.lru_cache(maxsize=64)
def _bicubic(
    path: Path, lr_folder: Path | None, scale: int, damaged: bool, looks: bool, device: str
) -> tuple[Tensor, Numbers]:
    """Return bicubic's picture and its numbers, which stand beside those of every net."""
    lr, hr = lr_and_hr(path, lr_folder, scale, damaged)
    sr = quantize(load("bicubic", scale, device)(lr)).cpu()
    return sr, _numbers(sr, lr, hr, scale, path, looks)


def _numbers(sr: Tensor, lr: Tensor, hr: Tensor, scale: int, path: Path, looks: bool) -> Numbers:
    """Return the numbers of a result; `path` is that of its original."""
    pictures = {"lr": lr, "hr": hr, "scale": scale, "seen": functools.partial(_seen, path, scale)}
    keys = measured_keys() if looks else measured_keys(("evaluation",))
    return {key: known(METRICS[key](sr, **pictures)) for key in keys}


@functools.lru_cache(maxsize=64)
def _seen(path: Path, scale: int, net: str) -> list[Tensor] | None:
    """Return the features of an original, with which those of every net are compared."""
    return lpips_features(as_8_bit(crop_to_multiple(read(path).array, scale)), net, border=scale)


def _mean(rows: list[Numbers]) -> Numbers:
    mean: Numbers = {}
    for key in rows[0]:
        values = [v for row in rows if (v := row[key]) is not None]
        mean[key] = round(float(np.mean(values)), 4) if values else None
    return mean


def to_results(report: Evaluation) -> list[Measurement]:
    """Turn a report into results for a checkpoint's card, each with the protocol of its metric."""
    found = []
    for key, value in report.mean.result.items():
        baseline = report.mean.bicubic.get(key)
        if value is not None and baseline is not None and math.isfinite(value):
            protocol = METRICS[key].protocol(report.protocol.border, report.protocol.lr)
            found.append(Measurement(report.label, key, value, baseline, protocol))
    return found
