"""Measure checkpoints on folders of originals, clean or damaged on the way to LR; draw sheets to look at."""

import functools
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from torch import Generator, Tensor

from sr_models import shares
from sr_models.checkpoint import Result, jsonable, write_atomically
from sr_models.color import luma
from sr_models.cost import macs
from sr_models.degradations import Blur, Chain, Downscale, Jpeg, Noise
from sr_models.errors import SRError
from sr_models.formats import encode_png
from sr_models.image import EXTENSIONS, as_8_bit, crop_to_multiple, quantize, read, shrink, to_array
from sr_models.loader import load
from sr_models.metrics.artifacts import grid_energy, level_shift, unrest
from sr_models.metrics.fidelity import fidelity, lr_consistency
from sr_models.metrics.perceptual import feature_distance, lpips, lpips_features
from sr_models.pipeline import Upscaler
from sr_models.tables import NOTHING, aligned

COLUMNS = {
    "psnr_y": "PSNR-Y",
    "ssim_y": "SSIM-Y",
    "psnr_rgb": "PSNR-RGB",
    "ssim_rgb": "SSIM-RGB",
    "lr_consistency": "LR-consistency",
}
# Of plain nets on clean pictures only: LPIPS takes longer than the nets.
PERCEPTUAL = {
    "lpips_alex": "LPIPS-Alex",
    "lpips_vgg": "LPIPS-VGG",
    "features": "features",
    "grid": "grid energy",
    "shift": "colour shift",
    "unrest": "unrest",
}
SHEET_PX = 320  # the middle of each picture, in HR pixels
ERROR_LEVELS = 32  # grey levels at the ramp's end


def damage(scale: int) -> Chain:
    """Return what *damaged pictures* go through: blur in HR pixels, shrink, noise on LR, JPEG."""
    return Chain((Blur(0.8), Downscale(scale), Noise(5.0), Jpeg(60)))


def protocol(scale: int, lr: str = "files") -> str:
    """Return the line that belongs to every number of an evaluation; `lr` is files, made or damaged."""
    made = {
        "files": "LR as given",
        "made": "LR by MATLAB bicubic",
        "damaged": f"LR by {damage(scale)}, seed the CRC-32 of the picture's name",
    }
    return f"border {scale}, 8 bit, Y of BT.601, {made[lr]}"


def evaluate(
    upscaler: Upscaler,
    hr_folder: Path,
    lr_folder: Path | None = None,
    *,
    damaged: bool = False,
    perceptual: bool = True,
    sheets: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Enlarge LR of every original in a folder and compare; return a report as data.

    LR comes from the file of the same name in `lr_folder`, else from the original by MATLAB bicubic, or by `damage`.
    Means are over pictures. Several processes share the pictures, and each returns the whole report. Raise SRError
    for an empty folder or LR of another size.
    """
    s = upscaler.scale
    made = "damaged" if damaged else "files" if lr_folder else "made"
    measured = []
    for path in shares.mine(pictures(hr_folder)):
        lr, hr = pair(path, lr_folder, s, damaged)
        bicubic, beside = _bicubic(path, lr_folder, s, damaged, perceptual, str(upscaler.device))
        srs = {"result": quantize(upscaler(lr)).cpu(), "bicubic": bicubic}
        if sheets:
            sheet(path.stem, upscaler.name, lr, hr, srs, s, sheets)
        numbers = _numbers(srs["result"], lr, hr, s)
        if perceptual:
            numbers |= _looks(srs["result"], hr, s, path, NETS if upscaler.mix is None else NETS[:1])
        measured.append((path.stem, {"result": numbers, "bicubic": beside}))
        tick()
    numbers = dict(sorted(shares.gather(measured)))
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
    path: Path, lr_folder: Path | None, scale: int, damaged: bool, perceptual: bool, device: str
) -> tuple[Tensor, dict[str, float | None]]:
    """Return bicubic's picture and its numbers, which stand beside those of every net."""
    lr, hr = pair(path, lr_folder, scale, damaged)
    sr = quantize(load("bicubic", scale, device)(lr)).cpu()
    return sr, _numbers(sr, lr, hr, scale) | (_looks(sr, hr, scale, path) if perceptual else {})


def pictures(folder: Path) -> list[Path]:
    """Return the originals of a folder; raise SRError where there is none."""
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() in EXTENSIONS) if folder.is_dir() else []
    if not paths:
        raise SRError("no_pictures", path=folder)
    return paths


def set_name(folder: Path) -> str:
    """Return the name of a set from its folder of originals, which may be called HR."""
    return folder.parent.name if folder.name.upper() == "HR" else folder.name


def pair(path: Path, lr_folder: Path | None, scale: int, damaged: bool = False) -> tuple[Tensor, Tensor]:
    """Return LR and the original (1, C, H, W) of 8 bits, cropped to a multiple of the scale."""
    hr = as_8_bit(crop_to_multiple(read(path).array, scale))
    if 0 in hr.shape:
        raise SRError("too_small_to_test", width=hr.shape[-1], height=hr.shape[-2], scale=scale, limit=scale)
    if damaged:
        return damage(scale)(hr, Generator().manual_seed(zlib.crc32(path.stem.encode()))), hr
    lr = as_8_bit(read(lr_folder / path.name).array) if lr_folder else shrink(hr, scale)
    expected = tuple(n // scale for n in hr.shape[-2:])
    if tuple(lr.shape[-2:]) != expected:
        size = {"width": lr.shape[-1], "height": lr.shape[-2], "expected": f"{expected[1]}×{expected[0]}"}
        raise SRError("size_mismatch", name=path.name, **size)
    return lr, hr


def _numbers(sr: Tensor, lr: Tensor, hr: Tensor, scale: int) -> dict[str, float | None]:
    return {**fidelity(sr, hr, scale), "lr_consistency": lr_consistency(sr, lr)}


NETS = ("alex", "vgg")  # of LPIPS; a mix is measured by the first


def _looks(sr: Tensor, hr: Tensor, scale: int, path: Path, nets: tuple[str, ...] = NETS) -> dict[str, float | None]:
    """Return the columns of PERCEPTUAL for a result; `path` is that of its original."""
    distances: dict[str, float | None] = {
        f"lpips_{net}": lpips(sr, hr, net, border=scale, seen=_seen(path, scale, net)) for net in nets
    }
    distances["features"] = feature_distance(sr, hr, border=scale)
    sr, hr = (x[..., scale : x.shape[-2] - scale, scale : x.shape[-1] - scale] for x in (sr, hr))
    return distances | {"grid": grid_energy(sr, hr, scale), "shift": level_shift(sr, hr), "unrest": unrest(sr, hr)}


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


def to_results(report: dict[str, Any]) -> list[Result]:
    """Turn a report into results for a checkpoint's card."""
    mean = report["mean"]
    return [
        Result(label(report), key, mean["result"][key], mean["bicubic"][key], report["protocol"])
        for key in mean["result"]
        if mean["result"][key] is not None and mean["bicubic"][key] is not None and np.isfinite(mean["result"][key])
    ]


def as_json(facts: Any) -> bytes:
    """Write reports as JSON; infinity, which JSON does not know, becomes "inf"."""
    return (json.dumps(jsonable(facts), indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def as_table(reports: list[dict[str, Any]]) -> str:
    """Draw reports as a text table, a row each, bicubic's numbers in brackets."""
    wide = any(set(PERCEPTUAL) & set(report["mean"]["result"]) for report in reports)
    columns = COLUMNS | PERCEPTUAL if wide else COLUMNS
    rows = [["checkpoint", "set", *columns.values()]]
    for report in reports:
        result, bicubic = report["mean"]["result"], report["mean"]["bicubic"]
        cells = (f"{number(k, result.get(k))} ({number(k, bicubic.get(k))})" for k in columns)
        rows.append([report["checkpoint"], label(report), *cells])
    return aligned(rows)


def number(key: str, value: float | str | None) -> str:
    """Write a value of one of the columns for a table: SSIM with four digits, distances with three, dB with two."""
    if value is None:
        return NOTHING
    if value in ("inf", float("inf")):
        return "∞"
    digits = 4 if key.startswith("ssim") else 3 if key.startswith(("lpips", "features")) else 2
    return f"{value:.{digits}f}"


def sheet(stem: str, name: str, lr: Tensor, hr: Tensor, srs: dict[str, Tensor], scale: int, folder: Path) -> None:
    """Write a labelled row of LR, bicubic, result, original and error map, from the middle of the picture."""
    from matplotlib import colormaps

    sr, bicubic = srs["result"], srs["bicubic"]
    wide = lr.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    error = (luma(sr) - luma(hr)).abs()[0, 0].numpy() * 255 / ERROR_LEVELS
    ramp = (colormaps["cividis"](np.clip(error, 0, 1))[:, :, :3] * 255).round().astype(np.uint8)
    numbers = [number("psnr_y", fidelity(x, hr, scale)["psnr_y"]) for x in (bicubic, sr)]
    labels = (
        f"LR x{scale}",
        f"bicubic {numbers[0]} dB",
        f"{name} {numbers[1]} dB",
        "original",
        f"|error| of Y, 0 (dark) to {ERROR_LEVELS} levels",
    )
    panels = [np.broadcast_to(to_array(x), (*x.shape[-2:], 3)) for x in (wide, bicubic, sr, hr)] + [ramp]
    height, width = hr.shape[-2:]
    top, left = max(height - SHEET_PX, 0) // 2, max(width - SHEET_PX, 0) // 2
    panels = [p[top : top + SHEET_PX, left : left + SHEET_PX] for p in panels]
    step, rows = max(panels[0].shape[1], 200) + 8, panels[0].shape[0] + 24
    canvas = Image.new("RGB", (step * len(panels), rows), "white")
    draw = ImageDraw.Draw(canvas)
    for i, (label, panel) in enumerate(zip(labels, panels, strict=True)):
        draw.text((i * step + 2, 6), label, fill="black")
        canvas.paste(Image.fromarray(np.ascontiguousarray(panel)), (i * step, 24))
    write_atomically(folder / f"{stem}_{name}.png", encode_png(np.asarray(canvas)))
