"""The side-by-side pictures of results, with labels and numbers."""

from typing import TYPE_CHECKING

import numpy as np

from sr_models.web.components.readouts import number, protocol
from sr_models.web.components.sheet import sheet
from sr_models.web.i18n import text

if TYPE_CHECKING:
    from sr_models.web.pages.upscale.result import UpscaleResult


def comparison_sheet(
    outcome: "UpscaleResult", bicubic: np.ndarray, result: np.ndarray, hr: np.ndarray | None
) -> np.ndarray:
    """Return bicubic, result and original side by side where the first two differ most, with labels and numbers."""
    measured = outcome.readouts
    names = ["bicubic", outcome.name("en")]
    if measured and measured.result["psnr_y"] is not None:
        for i, numbers in enumerate((measured.bicubic, measured.result)):
            psnr, ssim = (number(key, numbers[key], "en") for key in ("psnr_y", "ssim_y"))
            names[i] += f"   {psnr} dB / {ssim}"
    panels = list(zip((bicubic, result), names, strict=True))
    if hr is not None:
        panels.append((hr, "original"))
    lines = [protocol(measured, "en")] if measured and measured.result["psnr_y"] is not None else []
    lines += [text("inventive", "en")] if outcome.invents else []
    return sheet(panels, "sheet_part", lines)


def sheet_of_pair(outcome: "UpscaleResult", first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return two given pictures side by side where they differ most, by their names where the font has those."""
    assert outcome.pair
    given = zip(outcome.pair, ("first picture", "second picture"), strict=True)
    names = [name if name.isascii() else instead for name, instead in given]
    if measured := outcome.readouts:
        psnr, ssim = (number(key, measured.result[key], "en") for key in ("psnr_y", "ssim_y"))
        names[0] += f"   {psnr.replace('∞ ', '')} dB / {ssim}"
    lines = [protocol(measured, "en")] if measured else []
    return sheet(list(zip((first, second), names, strict=True)), "sheet_pair", lines)
