"""Every x4 net for 320x180 -> 1280x720, against the same net run otherwise and against Pillow, as ratios of one run."""

import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from sr_models.checkpoints.catalog import list_checkpoints
from sr_models.errors import SRError
from sr_models.imaging.picture import to_tensor
from sr_models.inference.complexity import HEIGHT, WIDTH, macs
from sr_models.inference.load import load
from sr_models.inference.onnx import export
from sr_models.inference.upscaler import Upscaler

SCALE = 4
REFERENCE = "espcn_x4"
_ENOUGH = 5.0  # seconds after which a slow call is not repeated further


def picture(width: int, height: int) -> np.ndarray:
    """Make a picture (height, width, 3) uint8 with edges, gradients and grain, the same each time."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [np.sin(columns / (5 + 3 * c)) + np.sin(rows / (9 - 2 * c)) for c in range(3)]
    grain = np.random.default_rng(0).normal(0, 0.1, (height, width, 3))
    return np.clip(127 + 50 * (np.stack(waves, 2) + grain), 0, 255).astype(np.uint8)


def seconds(run: Callable[[], object], repeats: int = 15) -> float:
    """Return the median time of a call after two to warm up; a slow call is repeated less often, but thrice."""
    times: list[float] = []
    while len(times) < repeats + 2 and (len(times) < 5 or sum(times) < _ENOUGH):
        start = time.perf_counter()
        run()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def eager(upscaler: Upscaler) -> Upscaler:
    """Return the same net as a plain user would run it: float32, channels first, one piece."""
    plain = load(upscaler.name, device=str(upscaler.device), dtype="float32")
    plain.net = plain.net.to(memory_format=torch.contiguous_format)
    plain.tile = 4096
    return plain


def measure(device: str | None, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Time every x4 net and return a table as data: times in ms, ratios, a share of the matrix peak, memory in MiB.

    `ratio` is the time over that of ESPCN in eager float32, `pillow` over Pillow's bicubic; `eager`, `onnx` and
    `openvino` are how many times as long the same net takes there, None where it does not run.
    """
    lr = to_tensor(small := picture(WIDTH, HEIGHT))
    names = [c.name for c in list_checkpoints() if c.scale == SCALE]
    if REFERENCE not in names:
        raise SRError("bench_reference", name=REFERENCE)
    large = (WIDTH * SCALE, HEIGHT * SCALE)
    pillow = seconds(lambda: Image.fromarray(small).resize(large, Image.Resampling.BICUBIC))
    base = load(REFERENCE, device=device)
    peak = matrix_peak(base.device, base.dtype)
    with torch.inference_mode():
        x = lr[:, : base.net.channels].to(base.device)
        plain = eager(base).net
        reference = seconds(lambda: plain(x))
        rows = []
        for name in ("bicubic_x4", *names):
            say(name)
            rows.append(_row(load(name, device=device), lr, reference, pillow, peak))
    rows.append(dict.fromkeys(rows[0]) | {"net": "bicubic of Pillow", "precision": "uint8"})
    rows[-1] |= {"ms": pillow * 1e3, "ratio": pillow / reference, "pillow": 1.0}
    return {"machine": machine(base.device), "size": f"{WIDTH}x{HEIGHT}", "peak_gflops": peak / 1e9, "rows": rows}


def _row(ours: Upscaler, lr: torch.Tensor, reference: float, pillow: float, peak: float) -> dict[str, Any]:
    x = lr[:, : ours.net.channels].to(ours.device)
    fast = seconds(lambda: ours.net(x.contiguous(memory_format=torch.channels_last)))
    plain = eager(ours)
    times: dict[str, float | None] = {"eager": seconds(lambda: plain.net(x)), "onnx": None, "openvino": None}
    if ours.card and ours.device.type == "cpu":
        times |= elsewhere(ours.name, x.numpy())
    return {
        "net": ours.name,
        "precision": str(ours.dtype).removeprefix("torch."),
        "ms": fast * 1e3,
        "ratio": fast / reference,
        "pillow": fast / pillow,
        **{key: value and value / fast for key, value in times.items()},
        "share": 2 * macs(ours.net) / fast / peak if ours.card else None,
        "memory": peak_memory(ours.name, ours.device),
    }


def elsewhere(name: str, x: np.ndarray) -> dict[str, float | None]:
    """Return the seconds that ONNX Runtime and OpenVINO take for the exported net, None where one is not there."""
    threads = torch.get_num_threads()
    times: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.onnx"
        try:
            export(load(name, device="cpu", dtype="float32"), path)
        except SRError:
            return times
        try:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            times["onnx"] = seconds(lambda: session.run(None, {"lr": x}))
        except ImportError:
            pass
        try:
            import openvino  # type: ignore[import-not-found]

            model = (core := openvino.Core()).read_model(path)
            model.reshape(list(x.shape))
            compiled = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads})
            times["openvino"] = seconds(lambda: compiled(x))
        except ImportError:
            pass
    return times


def matrix_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Return the best rate of a large matrix product in operations per second, in the precision that nets run in."""
    side = 8192 if device.type == "cuda" else 1024
    a, b = torch.rand(2, side, side, device=device).to(dtype)
    return 2 * side**3 / seconds(lambda: a @ b)


def peak_memory(name: str, device: torch.device) -> float | None:
    """Return the most memory in MiB that one 320x180 picture takes beside the loaded net; None where it is not known.

    On the CPU it is measured in a process of its own, because freed memory stays with a process.
    """
    if device.type == "cuda":
        upscaler = load(name, device=str(device))
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        upscaler(to_tensor(picture(WIDTH, HEIGHT)))
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    if not Path("/proc/self/clear_refs").exists():
        return None
    code = f"from sr_models.bench.nets import print_memory; print_memory({name!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def print_memory(name: str) -> None:
    """Print how far one picture raises this process's memory, in MiB; the high-water mark is set back first."""

    def status(key: str) -> int:
        found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text())
        return int(found[1]) if found else 0

    upscaler, lr = load(name, device="cpu"), to_tensor(picture(WIDTH, HEIGHT))
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    upscaler(lr)
    print((status("VmHWM") - before) / 1024)


def machine(device: torch.device) -> str:
    """Describe what ran: processor, threads, torch."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        info = Path("/proc/cpuinfo")
        found = re.search(r"model name\s*: (.+)", info.read_text()) if info.is_file() else None
        name = f"{found[1].strip() if found else platform.machine()}, threads: {torch.get_num_threads()}"
    return f"{name}, torch {torch.__version__}"
