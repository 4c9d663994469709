"""Which device a net runs on, and in which precision."""

import os

import torch

from sr_models.errors import SRError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def is_lent() -> bool:
    """Say whether the GPU is one that a Space is lent for a call at a time: only what is called may use it."""
    return os.environ.get("SPACES_ZERO_GPU") == "true"


def choose_device(name: str | None = None) -> torch.device:
    """Return the device named, else CUDA, MPS or the CPU, whichever is there first; a lent GPU only by its name."""
    known = ["cpu"]
    if torch.backends.mps.is_available():
        known.insert(0, "mps")
    if torch.cuda.is_available():
        known.insert(0, "cuda")
    name = name or ("cpu" if is_lent() else known[0])
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in known:
        raise SRError("bad_device", name=name, known=", ".join(known))
    return device


def reports_bf16(device: torch.device) -> bool:
    """Say whether the processor reports matrix instructions for bfloat16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, check, bool)() for check in checks)
    return False


def is_out_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in text or "not enough memory" in text
