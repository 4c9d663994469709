"""Write a net as ONNX: float32, any batch, height and width, to run without this program."""

import copy
import logging
import warnings
from pathlib import Path
from typing import Any

import torch

from sr_models.errors import SRError
from sr_models.files import write_atomically
from sr_models.inference.upscaler import Upscaler

OPSET = 18
FORMATS = ("onnx",)
LUMA = "Y of BT.601 (16 to 235) / 255; enlarge Cb and Cr by bicubic"


def export(upscaler: Upscaler, path: Path, format: str = "onnx") -> dict[str, str]:
    """Write the net of an upscaler to a file; return what the file says about itself.

    Load it as float32: a bfloat16 net has lost digits. The input is `lr` (batch, C, height, width) in [0, 1], the
    output `sr`, s times as high and wide, not clamped. Raise SRError for a net whose operations depend on the size
    of the picture, such as a resize within the net.
    """
    if format not in FORMATS:
        raise SRError("unknown_choice", name="format", value=format, known=", ".join(FORMATS))
    try:
        import onnxscript  # noqa: F401  torch.onnx needs it, and onnx with it
    except ImportError as error:
        raise SRError("package_missing", what="ONNX", package="onnx onnxscript") from error
    net = copy.deepcopy(upscaler.net).float().to("cpu", memory_format=torch.contiguous_format)
    lr = torch.rand(2, net.channels, *(net.multiple_of * -(-max(net.minimum, n) // net.multiple_of) for n in (24, 20)))
    facts = {
        "name": upscaler.name,
        "scale": str(net.scale),
        "channels": LUMA if net.channels == 1 else "RGB",
        "license": upscaler.license or "none",
        "sha256": upscaler.sha256 or "none",
    }
    program = _program(net, lr, upscaler.name)
    program.model.metadata_props.update(facts)
    write_atomically(path, program.model_proto.SerializeToString())
    return facts


def _program(net: Any, lr: torch.Tensor, name: str) -> Any:
    """Trace the net for open sizes."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it tells of every package that it does not find
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.onnx.export(
                net,
                (lr,),
                dynamo=True,
                dynamic_shapes=({0: "batch", 2: "height", 3: "width"},),
                input_names=["lr"],
                output_names=["sr"],
                opset_version=OPSET,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise SRError("not_exportable", name=name, format="ONNX") from error
    finally:
        logger.setLevel(level)
