"""The numbers of a result beside bicubic's, measured on 8-bit pictures as files hold them."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from sr_models.files import jsonable
from sr_models.imaging.picture import as_8_bit, quantize, shrink
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics.fidelity import MAX_EDGE_PIXELS, edge_agreement, fidelity, lr_consistency, psnr
from sr_models.metrics.no_reference import blur, colour_shift, contrast, jaggedness, sharpness
from sr_models.metrics.perceptual import feature_distance, lpips, perceptual_reason
from sr_models.pipelines.inputs import Inputs

MIN_SELF_CHECK = 32  # px, the shorter side of the shrunk copy
# features: where LPIPS is not here
FIDELITY = ("psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb", "edges", "lpips", "features")
DESCRIPTIONS = ("sharpness", "contrast", "blur", "jaggedness", "colour_shift")
METRICS = (*FIDELITY, "lr_consistency", *DESCRIPTIONS)


@dataclass(frozen=True)
class Readouts:
    """Hold the numbers of a result beside bicubic's; None where a number does not exist, with the reason in `absent`.

    Keys: METRICS, and in `self_check` psnr_y and ssim_y. `protocol` holds facts from which the line is written.
    """

    result: dict[str, float | None]
    bicubic: dict[str, float | None]
    self_check: dict[str, dict[str, float | None]] | None
    absent: dict[str, str]
    protocol: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as data that JSON can hold: infinity as "inf"."""
        return jsonable(asdict(self))

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Readouts":
        """Read what `to_json` wrote."""
        return Readouts(**_numbers(data))


def measure(
    upscaler: Upscaler,
    inputs: Inputs,
    result: np.ndarray,
    bicubic: np.ndarray,
    *,
    check: Callable[[], None] = lambda: None,
) -> Readouts:
    """Measure a result, and bicubic's, as 8-bit pictures; transparent ones are laid on white.

    `check` is called between the measures, which take long on large pictures; what it raises ends them.
    """
    s = inputs.scale
    absent: dict[str, str] = {}
    lr, hr = as_8_bit(inputs.lr), None if inputs.hr is None else as_8_bit(inputs.hr)
    columns = [_measure(as_8_bit(array), lr, hr, s, check) for array in (result, bicubic)]
    if hr is None:
        absent |= dict.fromkeys(FIDELITY, "no_original")
    else:
        absent |= {k: "too_small" for k in FIDELITY if columns[0][k] is None}
        if columns[0]["edges"] is None and columns[0]["ssim_y"] is not None:
            large = hr.shape[-2] * hr.shape[-1] > MAX_EDGE_PIXELS
            absent["edges"] = "too_large_for_edges" if large else "no_edges"
        absent.pop("features", None)  # it stands in for LPIPS, whose absence is told where there is neither
        if columns[0]["features"] is not None:
            absent.pop("lpips")
        elif columns[0]["lpips"] is None and columns[0]["ssim_y"] is not None:
            absent["lpips"] = perceptual_reason(hr)
    shrunk, reason = (None, "has_original") if inputs.degradation else self_check(upscaler, lr)
    if reason:
        absent["self_check"] = reason
    protocol = {"border": s, "bits": 8, "lr": dict(inputs.degradation) if inputs.degradation else "upload"}
    protocol["on_white"] = inputs.on_white
    return Readouts(columns[0], columns[1], shrunk, absent, protocol)


def _measure(
    sr: torch.Tensor, lr: torch.Tensor, hr: torch.Tensor | None, scale: int, check: Callable[[], None]
) -> dict[str, float | None]:
    """Return the numbers of one picture by METRICS."""
    sr = sr[:, :1] if lr.shape[1] == 1 else sr  # WebP has no grey
    numbers: dict[str, float | None] = dict.fromkeys(METRICS)
    if hr is not None:
        ours, true = torch.broadcast_tensors(sr, hr)  # one of them may be grey
        numbers |= fidelity(ours, true, scale, check=check)
        numbers["edges"] = edge_agreement(ours, true, border=scale)
        check()
        numbers |= dict([found]) if (found := perceptual_distance(ours, true, scale)) else {}
        check()
    described = {"sharpness": sharpness, "contrast": contrast, "blur": blur, "jaggedness": jaggedness}
    for key, measure_ in described.items():
        numbers[key] = measure_(sr)
        check()
    numbers["lr_consistency"] = lr_consistency(sr, lr)
    numbers["colour_shift"] = colour_shift(sr, lr)
    check()
    return numbers


def perceptual_distance(sr: torch.Tensor, hr: torch.Tensor, border: int) -> tuple[str, float] | None:
    """Return the name and the value of the perceptual distance that there is: lpips (Alex), else features (Lite0)."""
    for name, distance in (("lpips", lpips), ("features", feature_distance)):
        if (value := distance(sr, hr, border=border)) is not None:
            return name, value
    return None


def distance_of(result: np.ndarray, original: np.ndarray, border: int = 0) -> tuple[str, float] | None:
    """Return the perceptual distance of a result or a part of it, by its name."""
    ours, true = torch.broadcast_tensors(as_8_bit(result), as_8_bit(original))
    return perceptual_distance(ours, true, border)


def no_distance(original: np.ndarray) -> str:
    """Return the code of why there is no perceptual distance to an original."""
    return perceptual_reason(as_8_bit(original))


def psnr_of(result: np.ndarray, original: np.ndarray, border: int = 0) -> float | None:
    """Return the Y-PSNR of a result or a part of it in dB, `border` pixels cut; None where it is infinite."""
    value = psnr(*torch.broadcast_tensors(as_8_bit(result), as_8_bit(original)), border=border)
    return value if value is not None and math.isfinite(value) else None


def self_check(upscaler: Upscaler, lr: torch.Tensor) -> tuple[dict[str, dict[str, float | None]] | None, str | None]:
    """Shrink the upload (1, C, H, W), enlarge it by the net and by bicubic, and compare both with the upload.

    Return the numbers, or None and the reason why there are none.
    """
    from sr_models.inference.load import load

    s = upscaler.scale
    height, width = (n // s * s for n in lr.shape[-2:])
    if min(height, width) // s < MIN_SELF_CHECK:
        return None, "self_check_too_small"
    hr = lr[..., :height, :width]
    small = shrink(hr, s)
    numbers = {}
    for key, runner in (("result", upscaler), ("bicubic", load("bicubic", s, str(upscaler.device)))):
        measured = fidelity(quantize(runner(small)).cpu(), hr, s)
        numbers[key] = {k: measured[k] for k in ("psnr_y", "ssim_y")}
    return numbers, None


def _numbers(value: Any) -> Any:
    """Undo the words of `jsonable`."""
    if isinstance(value, dict):
        return {k: _numbers(v) for k, v in value.items()}
    return math.inf if value == "inf" else value
