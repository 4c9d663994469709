"""How different two pictures look, by pretrained features: LPIPS v0.1. Its weights are not ours: they come from a folder.

Source: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", arXiv 1801.03924.
`python training/features.py` fetches the weights; without them there is no number.
"""

import functools
import os
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

ALEX = ((64, 11, 4, 2), (192, 5, 1, 2), (384, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1))  # channels, kernel, stride, pad
VGG = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
MEAN, STD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of ImageNet in [-1, 1]
MOST_PIXELS = 2**22  # larger pictures take too long
LEAST = 32  # px of the shorter side: below it the last features have no pixel


def features_folder() -> Path:
    """Return where pretrained features are kept: SR_LAB_FEATURES, else a folder of the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("SR_LAB_FEATURES") or cache / "sr-lab" / "features")


class Lpips(nn.Module):
    """Compare pictures (N, 3, H, W) in [0, 1] by the features of `net`, alex or vgg: one number each, 0 for equal ones."""

    mean: Tensor
    std: Tensor

    def __init__(self, net: str = "alex") -> None:
        super().__init__()
        if net == "alex":
            widths = [c for c, *_ in ALEX]
            insides = [3, *widths]
            layers = [(nn.Conv2d(i, c, k, s, p),) for i, (c, k, s, p) in zip(insides, ALEX, strict=False)]
            self.pool, self.pools = nn.MaxPool2d(3, 2), (1, 2)  # before these stages
        else:
            widths = [group[-1] for group in VGG]
            chain = [3, *(c for group in VGG for c in group)]
            convolutions = iter(nn.Conv2d(i, o, 3, padding=1) for i, o in pairwise(chain))
            layers = [tuple(next(convolutions) for _ in group) for group in VGG]
            self.pool, self.pools = nn.MaxPool2d(2), (1, 2, 3, 4)
        self.stages = nn.ModuleList(nn.Sequential(*(m for c in group for m in (c, nn.ReLU()))) for group in layers)
        self.weights = nn.ParameterList(torch.zeros(1, c, 1, 1) for c in widths)
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(STD)[:, None, None], persistent=False)

    def features(self, picture: Tensor) -> list[Tensor]:
        """Return the features after each of five stages, each place of length 1."""
        x, found = (2 * picture - 1 - self.mean) / self.std, []
        for i, stage in enumerate(self.stages):
            x = stage(self.pool(x) if i in self.pools else x)
            found.append(x / (x.norm(dim=1, keepdim=True) + 1e-10))
        return found

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the distance of each pair, (N,)."""
        pairs = zip(self.features(one), self.features(other), self.weights, strict=True)
        return torch.stack([((a - b).square() * w).sum(1).mean((1, 2)) for a, b, w in pairs]).sum(0)


@functools.cache
def _kept(path: Path, net: str) -> Lpips:
    from safetensors.torch import load_file

    made = Lpips(net)
    made.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    return made.eval().requires_grad_(False)


def load_lpips(net: str = "alex") -> Lpips | None:
    """Return LPIPS with its weights, None where they are not there."""
    path = features_folder() / f"lpips_{net}.safetensors"
    return _kept(path, net) if path.is_file() else None


def lpips_reason(picture: Tensor, net: str = "alex") -> str:
    """Return the code of why there is no LPIPS of a picture."""
    if load_lpips(net) is None:
        return "no_features"
    return "too_large_for_lpips" if picture.shape[-2] * picture.shape[-1] > MOST_PIXELS else "too_small_for_lpips"


def lpips(sr: Tensor, hr: Tensor, net: str = "alex", *, border: int = 0) -> float | None:
    """Return LPIPS of two pictures (1, 1 or 3, H, W) in [0, 1], `border` pixels cut; lower is better, 0 for equal ones.

    None without its weights, and for pictures that are too small or too large.
    """
    model = load_lpips(net)
    one, other = (x[..., border : x.shape[-2] - border, border : x.shape[-1] - border] for x in (sr, hr))
    if model is None or min(one.shape[-2:]) < LEAST or sr.shape[-2] * sr.shape[-1] > MOST_PIXELS:
        return None
    with torch.inference_mode():
        return float(model(*(x.expand(1, 3, *x.shape[-2:]).float() for x in (one, other))))
