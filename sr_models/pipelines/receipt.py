"""All that is needed to make the same result again."""

import platform
import time
from typing import Any

import torch

import sr_models
from sr_models.files import jsonable
from sr_models.imaging.encode import describe_file
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines.inputs import Inputs
from sr_models.pipelines.readouts import Readouts


def made_with() -> dict[str, str]:
    """Return the versions of what made a result, and when."""
    return {
        "program": f"sr-models {sr_models.__version__}",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def make_receipt(
    upscaler: Upscaler,
    inputs: Inputs,
    readouts: Readouts | None,
    *,
    seconds: float,
    result_sha256: str,
    notes: tuple[str, ...] = (),
    tile: int | None = None,
    size: tuple[int, int] | None = None,
    target: tuple[int, int] | None = None,
    part: dict[str, int] | None = None,
    alpha: str = "keep",
    format: dict[str, Any] | None = None,
    device: str = "",
) -> dict[str, Any]:
    """Return all that is needed to make the same result again, as data for receipt.json.

    `size` is the file's (width, height), by default that of the net's output; `target` the size that was asked for;
    `part` where the input lies in a larger picture (left, top, width, height, of_width, of_height); `format` is what
    `describe_file` says of the file, by default a PNG of the input's depth; `device` is where it was made, by default
    the net's.
    """
    card = upscaler.card
    height, width = inputs.lr.shape[:2]
    size = size or target or (width * inputs.scale, height * inputs.scale)
    return jsonable(
        {
            **made_with(),
            "checkpoint": upscaler.checkpoint,
            "checkpoint_sha256": upscaler.sha256,
            "architecture": card.architecture if card else upscaler.net.architecture,
            "license_of_weights": upscaler.license,
            "scale": inputs.scale,
            "mode": inputs.mode,
            "degradation": dict(inputs.degradation) if inputs.degradation else None,
            "device": device or upscaler.device.type,
            "precision": str(upscaler.dtype).removeprefix("torch."),
            "tile": tile or upscaler.tile,
            "ensemble": upscaler.ensemble,
            "mix": upscaler.mix,
            "alpha": alpha,
            "target": target,
            "part": part,
            "format": format or describe_file("png", inputs.lr),
            "input": {"width": width, "height": height, "bits": inputs.lr.dtype.itemsize * 8, "notes": notes},
            "output": {"width": size[0], "height": size[1], "sha256": result_sha256},
            "seconds": round(seconds, 3),
            "invents_detail": upscaler.invents,
            "readouts": readouts.to_json() if readouts else None,
        }
    )
