"""What a GPU gives: training steps and pictures in bf16, as a share of its matrix peak and as ratios of nets.

`python -m sr_models.bench.gpu training/results/gpu.json` needs no more than training does; the next
`sr-models evaluate --write training/RESULTS.md` draws the tables.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import torch

from sr_models import archs
from sr_models.bench.nets import machine, matrix_peak, picture, seconds
from sr_models.errors import SRError
from sr_models.evaluation.report import GpuSpeed
from sr_models.files import jsonable, write_atomically
from sr_models.imaging.picture import to_tensor
from sr_models.inference.complexity import HEIGHT, WIDTH, macs
from sr_models.inference.upscaler import Upscaler
from sr_models.train.objectives import OBJECTIVES, Batch, Setup

# Times do not depend on weights, so that nets need no checkpoint here.
NETS: dict[str, tuple[str, dict[str, Any]]] = {
    "sesr_48x6": ("sesr", {"width": 48, "depth": 6}),
    "sesr_64x10": ("sesr", {"width": 64, "depth": 10}),
    "span": ("span", {}),
    "edsr": ("edsr", {}),
}
INPUTS = {"1080p to 4K": (1920, 1080), "480p to 1080p": (960, 540)}  # x2
SCALE, TRAINED_SCALE = 2, 4
BATCH, PATCH = 32, 48


def measure(
    device: torch.device,
    nets: dict[str, tuple[str, dict[str, Any]]] = NETS,
    inputs: dict[str, tuple[int, int]] = INPUTS,
    batch: int = BATCH,
    patch: int = PATCH,
) -> dict[str, Any]:
    """Time training and enlarging in bf16; return what the tables show, times in ms and shares of the matrix peak."""
    peak = matrix_peak(device, torch.bfloat16)
    facts: dict[str, Any] = {"machine": machine(device), "peak_tflops": peak / 1e12, "batch": batch, "patch": patch}
    facts["inputs"] = {name: f"{width}x{height}" for name, (width, height) in inputs.items()}
    facts["rows"] = []
    for name, (architecture, config) in nets.items():
        row: dict[str, Any] = {"net": name, **_trained(architecture, config, device, batch, patch, peak)}
        net = archs.build(architecture, scale=SCALE, **config)
        work = _macs(net)
        upscaler = Upscaler(net, name, device=str(device), dtype="bfloat16")
        for kind, (width, height) in inputs.items():
            lr = to_tensor(picture(width, height)).to(device)
            row[kind] = {"tiles": 1e3 * seconds(lambda u=upscaler, x=lr: u(x), 9)}
            lr = lr[:, : net.channels].contiguous(memory_format=torch.channels_last)
            try:
                with torch.inference_mode():
                    whole = seconds(lambda n=upscaler.net, x=lr: n(x), 9)
            except torch.OutOfMemoryError:
                continue
            done = 2 * work * width * height
            row[kind] |= {"whole": 1e3 * whole, "share": done / whole / peak}
        facts["rows"].append(row)
    return facts


def _trained(
    architecture: str, config: dict[str, Any], device: torch.device, batch: int, patch: int, peak: float
) -> dict[str, float]:
    """Return steps/s of training, plain and as a recorded graph on CUDA, and the faster one's fraction of the peak."""
    hr = torch.rand(batch, 3, patch * TRAINED_SCALE, patch * TRAINED_SCALE, device=device)
    lr = torch.nn.functional.avg_pool2d(hr, TRAINED_SCALE)
    work = _macs(archs.build(architecture, scale=TRAINED_SCALE, **config))
    rates = {}
    for graph in (False, True) if device.type == "cuda" else (False,):
        torch.manual_seed(0)
        net = archs.build(architecture, scale=TRAINED_SCALE, **config)
        net.to(device, memory_format=torch.channels_last)
        setup = Setup(net, 1e-4, partial(torch.autocast, device.type, torch.bfloat16), graph=graph)
        objective = OBJECTIVES["pixel"].make(setup, {})
        for _ in range(4 if graph else 0):  # it is recorded at the fourth
            objective.step(Batch(lr, hr, "l1"))
        rates["graph" if graph else "plain"] = 1 / seconds(lambda o=objective: o.step(Batch(lr, hr, "l1")))
    best = max(rates.values())
    done = 3 * 2 * work * batch * patch * patch  # forward, and twice that backward
    return {**rates, "share": best * done / peak}


def _macs(net: Any) -> float:
    """Return the multiplications for each LR pixel."""
    return macs(net) / (WIDTH * HEIGHT)


def main(arguments: list[str]) -> int:
    """Measure on the GPU and write the numbers; without one, say so."""
    if len(arguments) != 1:
        print("usage: python -m sr_models.bench.gpu FILE.json", file=sys.stderr)
        return 2
    if not torch.cuda.is_available():
        print(SRError("bad_device", name="cuda", known="cpu"), file=sys.stderr)
        return 2
    facts = jsonable(GpuSpeed.from_json(measure(torch.device("cuda"))).to_json())
    write_atomically(Path(arguments[0]), (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
