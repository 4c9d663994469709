"""Draw labelled sheets of results to look at."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from sr_models.files import write_atomically
from sr_models.imaging.color import luma
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import to_array
from sr_models.metrics import METRICS, known

SHEET_PX = 320  # the middle of each picture, in HR pixels
ERROR_LEVELS = 32  # grey levels at the ramp's end
Y = METRICS["psnr_y"]


def draw_sheet(stem: str, name: str, lr: Tensor, hr: Tensor, srs: dict[str, Tensor], scale: int, folder: Path) -> None:
    """Write a labelled row of LR, bicubic, result, original and error map, from the middle of the picture."""
    from matplotlib import colormaps

    sr, bicubic = srs["result"], srs["bicubic"]
    wide = lr.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    error = (luma(sr) - luma(hr)).abs()[0, 0].numpy() * 255 / ERROR_LEVELS
    ramp = (colormaps["cividis"](np.clip(error, 0, 1))[:, :, :3] * 255).round().astype(np.uint8)
    numbers = [Y.write(known(Y(x, hr=hr, scale=scale))) for x in (bicubic, sr)]
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
    write_sheet(folder / f"{stem}_{name}.png", dict(zip(labels, panels, strict=True)))


def write_sheet(path: Path, panels: dict[str, np.ndarray]) -> None:
    """Write pictures (H, W, 3) uint8 of one size beside each other as a PNG, each under its label."""
    height, width = next(iter(panels.values())).shape[:2]
    step, rows = max(width, 200) + 8, height + 24
    canvas = Image.new("RGB", (step * len(panels), rows), "white")
    draw = ImageDraw.Draw(canvas)
    for i, (label, panel) in enumerate(panels.items()):
        draw.text((i * step + 2, 6), label, fill="black")
        canvas.paste(Image.fromarray(np.ascontiguousarray(panel)), (i * step, 24))
    write_atomically(path, encode_png(np.asarray(canvas)))
