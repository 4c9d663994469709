"""Measure checkpoints on folders of originals; draw sheets to look at, and the tables of RESULTS.md."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from sr_models.checkpoint import Result, write_atomically
from sr_models.color import luma
from sr_models.errors import SRError
from sr_models.image import EXTENSIONS, as_8_bit, crop_to_multiple, encode_png, quantize, read, shrink, to_array
from sr_models.loader import load
from sr_models.metrics.fidelity import fidelity, lr_consistency
from sr_models.pipeline import Upscaler

COLUMNS = ("psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb", "lr_consistency")
SHEET_PX = 320  # the middle of each picture, in HR pixels
ERROR_LEVELS = 32  # grey levels at the ramp's end


def protocol(scale: int, lr: str = "files") -> str:
    """Return the line that belongs to every number of an evaluation."""
    made = "LR as given" if lr == "files" else "LR by MATLAB bicubic"
    return f"border {scale}, 8 bit, Y of BT.601, {made}"


def evaluate(
    upscaler: Upscaler,
    hr_folder: Path,
    lr_folder: Path | None = None,
    *,
    name: str | None = None,
    sheets: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Enlarge LR of every original in a folder and compare; return a report as data.

    LR comes from the file of the same name in `lr_folder`, else from the original by MATLAB bicubic. Means are
    over pictures. Raise SRError for an empty folder or LR of another size.
    """
    s = upscaler.scale
    bicubic = load("bicubic", s, str(upscaler.device))
    paths = sorted(p for p in hr_folder.glob("*") if p.suffix.lower() in EXTENSIONS) if hr_folder.is_dir() else []
    if not paths:
        raise SRError("no_pictures", path=hr_folder)
    pictures = {}
    for path in paths:
        hr = as_8_bit(crop_to_multiple(read(path).array, s))
        if 0 in hr.shape:
            raise SRError("too_small_to_test", width=hr.shape[-1], height=hr.shape[-2], scale=s, limit=s)
        lr = as_8_bit(read(lr_folder / path.name).array) if lr_folder else shrink(hr, s)
        expected = tuple(n // s for n in hr.shape[-2:])
        if tuple(lr.shape[-2:]) != expected:
            size = {"width": lr.shape[-1], "height": lr.shape[-2], "expected": f"{expected[1]}×{expected[0]}"}
            raise SRError("size_mismatch", name=path.name, **size)
        results = {}
        for key, runner in (("result", upscaler), ("bicubic", bicubic)):
            sr = quantize(runner(lr)).cpu()
            results[key] = fidelity(sr, hr, s) | {"lr_consistency": lr_consistency(sr, lr)}
            if sheets and key == "result":
                sheet(path.stem, upscaler.name, lr, quantize(bicubic(lr)).cpu(), sr, hr, s, sheets)
        pictures[path.stem] = results
        tick()
    return {
        "checkpoint": upscaler.name,
        "set": name or (hr_folder.parent.name if hr_folder.name.upper() == "HR" else hr_folder.name),
        "scale": s,
        "parameters": sum(p.numel() for p in upscaler.net.parameters()),
        "precision": str(upscaler.dtype).removeprefix("torch."),
        "protocol": protocol(s, "files" if lr_folder else "made"),
        "mean": {key: _mean([p[key] for p in pictures.values()]) for key in ("result", "bicubic")},
        "pictures": pictures,
    }


def _mean(rows: list[dict[str, float | None]]) -> dict[str, float | None]:
    mean: dict[str, float | None] = {}
    for key in COLUMNS:
        values = [v for row in rows if (v := row[key]) is not None]
        mean[key] = round(float(np.mean(values)), 4) if values else None
    return mean


def to_results(report: dict[str, Any]) -> list[Result]:
    """Turn a report into results for a checkpoint's card."""
    mean = report["mean"]
    return [
        Result(report["set"], key, round(mean["result"][key], 4), round(mean["bicubic"][key], 4), report["protocol"])
        for key in COLUMNS
        if mean["result"][key] is not None and np.isfinite(mean["result"][key])
    ]


def as_json(reports: Any) -> bytes:
    """Write reports as JSON; infinity, which JSON does not know, becomes "inf"."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        if isinstance(value, list):
            return [plain(v) for v in value]
        return str(value) if isinstance(value, float) and not np.isfinite(value) else value

    return (json.dumps(plain(reports), indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def as_table(reports: list[dict[str, Any]]) -> str:
    """Draw reports as a text table, a row each, bicubic's numbers in brackets."""
    rows: list[tuple[str, ...]] = [("checkpoint", "set", "PSNR-Y", "SSIM-Y", "PSNR-RGB", "SSIM-RGB", "LR-consistency")]
    for report in reports:
        result, bicubic = report["mean"]["result"], report["mean"]["bicubic"]
        cells = (f"{_number(k, result[k])} ({_number(k, bicubic[k])})" for k in COLUMNS)
        rows.append((report["checkpoint"], report["set"], *cells))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _number(key: str, value: float | str | None) -> str:
    return (
        "-"
        if value is None
        else "∞"
        if value in ("inf", float("inf"))
        else f"{value:.4f}"
        if key.startswith("ssim")
        else f"{value:.2f}"
    )


def sheet(stem: str, name: str, lr: Any, bicubic: Any, sr: Any, hr: Any, scale: int, folder: Path) -> None:
    """Write a labelled row of LR, bicubic, result, original and error map, from the middle of the picture."""
    from matplotlib import colormaps

    wide = lr.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    error = (luma(sr) - luma(hr)).abs()[0, 0].numpy() * 255 / ERROR_LEVELS
    ramp = (colormaps["cividis"](np.clip(error, 0, 1))[:, :, :3] * 255).round().astype(np.uint8)
    numbers = [_number("psnr_y", fidelity(x, hr, scale)["psnr_y"]) for x in (bicubic, sr)]
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


def write_results(reports: list[dict[str, Any]], markdown: Path) -> None:
    """Keep each report in `results/` beside RESULTS.md and draw its tables again; prose between them stays."""
    folder = markdown.parent / "results"
    for report in reports:
        write_atomically(folder / f"{report['checkpoint']}_{report['set']}.json", as_json(report))
    kept = [json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))]
    text = markdown.read_text() if markdown.is_file() else "# Results\n"
    for scale in sorted({r["scale"] for r in kept}, reverse=True):
        start, end = f"<!-- table x{scale} -->", f"<!-- end x{scale} -->"
        block = f"{start}\n{_markdown_table([r for r in kept if r['scale'] == scale])}\n{end}"
        if start in text and end in text:
            text = text[: text.index(start)] + block + text[text.index(end) + len(end) :]
        else:
            text += f"\n## x{scale}\n\n{block}\n"
    write_atomically(markdown, text.encode())


def _markdown_table(reports: list[dict[str, Any]]) -> str:
    """Draw one scale's table: a row per checkpoint, four numbers per set, bicubic first."""
    sets = sorted({r["set"] for r in reports}, key=lambda s: (len(s), s))
    head = ["checkpoint", "parameters", *(f"{s} {m}" for s in sets for m in ("Y", "SSIM-Y", "RGB", "LR-cons."))]
    keys = ("psnr_y", "ssim_y", "psnr_rgb", "lr_consistency")
    found = {(r["checkpoint"], r["set"]): r for r in reports}
    names = sorted({r["checkpoint"] for r in reports}, key=lambda n: (_score(found, n, sets[0]), n))
    first = {s: next(r for r in reports if r["set"] == s)["mean"]["bicubic"] for s in sets}
    rows = [["bicubic", "-", *(_number(k, first[s][k]) for s in sets for k in keys)]]
    for name in names:
        mine = {s: found[name, s]["mean"]["result"] for s in sets if (name, s) in found}
        parameters = next(r["parameters"] for r in reports if r["checkpoint"] == name)
        cells = (_number(k, mine[s][k]) if s in mine else "-" for s in sets for k in keys)
        rows.append([name, f"{parameters:,}", *cells])
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _score(found: dict[tuple[str, str], dict[str, Any]], name: str, dataset: str) -> float:
    report = found.get((name, dataset))
    return report["mean"]["result"]["psnr_y"] if report else 0.0
