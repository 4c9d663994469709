"""The numbers of a result beside bicubic's, measured on 8-bit pictures as files hold them."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from sr_models.files import from_jsonable, jsonable
from sr_models.imaging.picture import as_8_bit, quantize, shrink
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import METRICS, Absent, known
from sr_models.metrics.classifier import Seen, recognise
from sr_models.pipelines.inputs import Inputs

MIN_SELF_CHECK = 32  # px, the shorter side of the shrunk copy
_KINDS = ("reference", "lr", "result")  # the order of rows
READOUTS = tuple(
    sorted((k for k, m in METRICS.items() if "readouts" in m.uses), key=lambda k: _KINDS.index(METRICS[k].needs))
)
SCORES = tuple(key for key in READOUTS if METRICS[key].better)
DESCRIPTIONS = tuple(key for key in READOUTS if not METRICS[key].better)
STAND_INS = {key: original for key in READOUTS if (original := METRICS[key].stands_in_for)}
DISTANCES = ("lpips_alex", *(key for key, original in STAND_INS.items() if original == "lpips_alex"))


@dataclass(frozen=True)
class Readouts:
    """Hold the numbers of a result beside bicubic's; None where a number does not exist, with the reason in `absent`.

    Keys: READOUTS, and in `self_check` psnr_y and ssim_y. `protocol` holds facts from which the line is written. Of two
    given pictures, `result` holds the first one's numbers and `bicubic` those of the second alone. `recognised` holds
    the classes that a classifier sees in original, bicubic and result with their probabilities, the most probable
    first; empty without an original.
    """

    result: dict[str, float | None]
    bicubic: dict[str, float | None]
    self_check: dict[str, dict[str, float | None]] | None
    absent: dict[str, str]
    protocol: dict[str, Any] = field(default_factory=dict)
    recognised: dict[str, Seen] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as data that JSON can hold: infinity as "inf"."""
        return jsonable(asdict(self))

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Readouts":
        """Read what `to_json` wrote."""
        return Readouts(**from_jsonable(data))


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
    lr, hr = as_8_bit(inputs.lr), None if inputs.hr is None else as_8_bit(inputs.hr)
    ours, plain = (_measure(as_8_bit(array), lr, hr, s, check) for array in (result, bicubic))
    absent = _reasons(ours)
    seen = {} if hr is None else _recognise({"original": hr, "bicubic": as_8_bit(bicubic), "result": as_8_bit(result)})
    if isinstance(seen, Absent):
        absent["recognised"], seen = seen.code, {}
    shrunk, reason = (None, "has_original") if inputs.degradation else self_check(upscaler, lr)
    if reason:
        absent["self_check"] = reason
    protocol = {"border": s, "bits": 8, "lr": dict(inputs.degradation) if inputs.degradation else "upload"}
    protocol["on_white"] = inputs.on_white
    return Readouts(_known(ours), _known(plain), shrunk, absent, protocol, seen)


def _recognise(pictures: dict[str, torch.Tensor]) -> dict[str, Seen] | Absent:
    """Return what a classifier sees in each picture; absent as soon as it sees nothing in one."""
    found: dict[str, Seen] = {}
    for key, picture in pictures.items():
        if isinstance(seen := recognise(picture), Absent):
            return seen
        found[key] = seen
    return found


def measure_pair(first: np.ndarray, second: np.ndarray, *, check: Callable[[], None] = lambda: None) -> Readouts:
    """Measure a picture (H, W, C) against another of its size, its reference: no border cut, else as `measure` does."""
    a, b = as_8_bit(first), as_8_bit(second)
    ours, others = _measure(a, None, b, 0, check), _measure(b, None, None, 0, check)
    absent = {key: code for key, code in _reasons(ours).items() if METRICS[key].needs != "lr"}
    clear = any(array.shape[2] in (2, 4) for array in (first, second))
    return Readouts(_known(ours), _known(others), None, absent, {"border": 0, "bits": 8, "on_white": clear})


def _known(numbers: dict[str, float | Absent]) -> dict[str, float | None]:
    return {key: known(number) for key, number in numbers.items()}


def _reasons(numbers: dict[str, float | Absent]) -> dict[str, str]:
    """Return the codes of why numbers are absent."""
    absent = {key: number.code for key, number in numbers.items() if isinstance(number, Absent)}
    for key, original in STAND_INS.items():  # one of the two is enough, and the reason of the one that is missed
        absent.pop(key, None)
        if known(numbers[key]) is not None:
            absent.pop(original, None)
    return absent


def _measure(
    sr: torch.Tensor, lr: torch.Tensor | None, hr: torch.Tensor | None, scale: int, check: Callable[[], None]
) -> dict[str, float | Absent]:
    """Return the numbers of one picture by READOUTS; a stand-in is measured only where its original is absent."""
    sr = sr[:, :1] if lr is not None and lr.shape[1] == 1 else sr  # WebP has no grey
    numbers: dict[str, float | Absent] = {}
    for key in READOUTS:
        if key in STAND_INS and known(numbers[STAND_INS[key]]) is not None:
            numbers[key] = Absent("not_needed")
            continue
        numbers[key] = METRICS[key](sr, lr=lr, hr=hr, scale=scale, check=check)
        check()
    return numbers


def distance_of(result: np.ndarray, original: np.ndarray, border: int = 0) -> tuple[str, float] | None:
    """Return the key and value of the perceptual distance of a result or a part: LPIPS (Alex), else its stand-in."""
    for key in DISTANCES:
        if (value := _number_of(key, result, original, border)) is not None:
            return key, value
    return None


def no_distance(original: np.ndarray) -> str:
    """Return the code of why there is no perceptual distance to an original, "" where there is one."""
    hr = as_8_bit(original)
    found = METRICS[DISTANCES[0]](hr, hr=hr, scale=0)
    return found.code if isinstance(found, Absent) else ""


def _number_of(key: str, result: np.ndarray, original: np.ndarray, border: int) -> float | None:
    return known(METRICS[key](as_8_bit(result), hr=as_8_bit(original), scale=border))


def psnr_of(result: np.ndarray, original: np.ndarray, border: int = 0) -> float | None:
    """Return the Y-PSNR of a result or a part of it in dB, `border` pixels cut; None where it is infinite."""
    value = _number_of("psnr_y", result, original, border)
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
        sr = quantize(runner(small)).cpu()
        numbers[key] = {k: known(METRICS[k](sr, hr=hr, scale=s)) for k in ("psnr_y", "ssim_y")}
    return numbers, None
