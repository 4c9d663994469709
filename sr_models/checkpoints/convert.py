"""Make a .safetensors of a .pth, which may run programs when it is read: only tensors survive.

It is read in a process of its own, by torch's reader that builds nothing but tensors, with limits of memory and time.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from sr_models.errors import SRError

MAX_BYTES = 2**30
MEMORY = 6 * 2**30  # bytes that the process may write to
SECONDS = 120
ENDINGS = (".pth", ".pt", ".ckpt", ".bin")
READ = 3  # exit codes of the process: the file could not be read, or holds no weights
EMPTY = 4


def convert(source: Path, target: Path, *, seconds: float = SECONDS) -> None:
    """Write the weights of `source` to `target`; raise SRError where it holds none, is too large or takes too long."""
    if not source.is_file():
        raise SRError("file_missing", path=source)
    if source.stat().st_size > MAX_BYTES:
        raise SRError("convert_too_large", path=source.name, limit=MAX_BYTES // 2**20)
    if find_spec("spandrel") is None:
        raise SRError("package_missing", what="Reading a net from elsewhere", package="spandrel")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        command = [sys.executable, "-m", "sr_models.checkpoints.convert", str(source), str(part)]
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
        if done.returncode == EMPTY:
            raise SRError("convert_empty", path=source.name)
        if done.returncode == READ:
            raise SRError("convert_unreadable", path=source.name)
        if done.returncode or not part.is_file():
            raise SRError("convert_broke_off", path=source.name, limit=MEMORY // 2**30)
        part.replace(target)
    except subprocess.TimeoutExpired as error:
        raise SRError("convert_slow", path=source.name, limit=int(seconds)) from error
    finally:
        part.unlink(missing_ok=True)


def _convert_here(source: str, target: str) -> int:
    """Do it in this process, whose memory is limited first; return an exit code."""
    import torch
    from safetensors.torch import save_file
    from spandrel import canonicalize_state_dict

    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    try:
        found = torch.load(source, map_location="cpu", weights_only=True)  # noqa: TID251  # tensors alone
    except MemoryError:
        raise
    except Exception:  # what it refuses, and what is damaged, comes in many kinds
        return READ
    if not isinstance(found, dict):
        return EMPTY
    found = canonicalize_state_dict(found)  # the weights within what trainers store beside them
    state = {
        key: value.detach().clone().contiguous()  # weights that share their memory are stored apart
        for key, value in found.items()
        if isinstance(key, str) and isinstance(value, torch.Tensor) and value.layout == torch.strided
    }
    if not state:
        return EMPTY
    save_file(state, target, {"format": "pt"})
    return 0


if __name__ == "__main__":
    sys.exit(_convert_here(*sys.argv[1:3]))
