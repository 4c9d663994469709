"""How different two pictures look, by pretrained features: LPIPS v0.1, and a cheaper distance that losses may use.

The weights are not ours: `python training/features.py` fetches them into a folder; without them there is no number.
Sources: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", arXiv 1801.03924;
Tan and Le, EfficientNet, arXiv 1905.11946, table 1, in its Lite form (ReLU6, no squeeze-and-excitation).
"""

import functools
import os
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.metrics._registry import Absent, Number, metric
from sr_models.metrics.fidelity import inside

ALEX = ((64, 11, 4, 2), (192, 5, 1, 2), (384, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1))  # channels, kernel, stride, pad
VGG = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
LITE0 = ((1, 1, 16, 3, 1), (6, 2, 24, 3, 2), (6, 2, 40, 5, 2))  # expansion, blocks, channels, kernel, first stride
STEM = 32  # channels of Lite0's first layer
MEAN, STD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of ImageNet in [-1, 1]
MOST_PIXELS = 2**22  # larger pictures take too long
LEAST = 32  # px of the shorter side: below it the last features have no pixel


def features_folder() -> Path:
    """Return where pretrained features are kept: SR_LAB_FEATURES, else a folder of the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("SR_LAB_FEATURES") or cache / "sr-lab" / "features")


class Lpips(nn.Module):
    """Compare pictures (N, 3, H, W) in [0, 1] by the features of `net`, alex or vgg.

    One number each, 0 for equal ones.
    """

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

    def forward(self, one: Tensor, other: Tensor, seen: list[Tensor] | None = None) -> Tensor:
        """Return the distance of each pair, (N,); `seen` are the features of `other` where they are known."""
        pairs = zip(self.features(one), seen or self.features(other), self.weights, strict=True)
        return torch.stack([((a - b).square() * w).sum(1).mean((1, 2)) for a, b, w in pairs]).sum(0)


class Same(nn.Conv2d):
    """Convolve with TensorFlow's padding: where a stride leaves an odd rest, the far side has one pixel more."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outside, ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        rest = [max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in (x.shape[-1], x.shape[-2])]
        x = F.pad(x, [side for r in rest for side in (r // 2, r - r // 2)]) if any(rest) else x
        return super().forward(x)


class Bottleneck(nn.Module):
    """Widen, look at each channel, narrow: MobileNetV2's block, arXiv 1801.04381, its normalisation folded in."""

    def __init__(self, inside: int, outside: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        middle = inside * expansion
        self.expand = Same(inside, middle, 1) if expansion > 1 else None
        self.depthwise = Same(middle, middle, kernel, stride, groups=middle)
        self.project = Same(middle, outside, 1)
        self.whole = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outside, H / stride, W / stride)."""
        wide = F.relu6(self.expand(x)) if self.expand else x
        out = self.project(F.relu6(self.depthwise(wide)))
        return x + out if self.whole else out


def bottlenecks(table: Iterable[tuple[int, int, int, int, int]]) -> nn.ModuleList:
    """Return the stages of an EfficientNet behind its stem: expansion, blocks, channels, kernel, first stride."""
    inside, stages = STEM, []
    for expansion, count, outside, kernel, stride in table:
        blocks = [
            Bottleneck(outside if i else inside, outside, expansion, kernel, 1 if i else stride) for i in range(count)
        ]
        stages.append(nn.Sequential(*blocks))
        inside = outside
    return nn.ModuleList(stages)


def centred(picture: Tensor) -> Tensor:
    """Return a picture in [0, 1] in the range that EfficientNet-Lite0 was trained on, -0.99 to 1."""
    return (255 * picture - 127) / 128


class Lite0(nn.Module):
    """Give the features of EfficientNet-Lite0 of pictures (N, 3, H, W) in [0, 1], and the distance of two by them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Same(3, STEM, 3, 2)
        self.stages = bottlenecks(LITE0)

    def features(self, picture: Tensor) -> list[Tensor]:
        """Return the features of stem and stages at 1/2, 1/2, 1/4, 1/8 of the side, each place of length 1."""
        x = F.relu6(self.stem(centred(picture)))
        found = [x]
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return [f / (f.norm(dim=1, keepdim=True) + 1e-6) for f in found]

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        """Return the distance of each pair, (N,): squared differences, mean over places and stages."""
        pairs = zip(self.features(one), self.features(other), strict=True)
        return torch.stack([(a - b).square().sum(1).mean((1, 2)) for a, b in pairs]).mean(0)


FEATURES = {"lpips_alex": lambda: Lpips("alex"), "lpips_vgg": lambda: Lpips("vgg"), "lite0": Lite0}


@functools.cache
def _kept(path: Path) -> Any:
    from safetensors.torch import load_file

    made = FEATURES[path.stem]()
    made.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    return made.eval().requires_grad_(False)


def load_features(name: str) -> Any:
    """Return the pretrained net of that name (of FEATURES), None where its weights are not there."""
    path = features_folder() / f"{name}.safetensors"
    return _kept(path) if path.is_file() else None


def load_lpips(net: str = "alex") -> Lpips | None:
    """Return LPIPS with its weights, None where they are not there."""
    return load_features(f"lpips_{net}")


_distance = functools.partial(metric, needs="reference", digits=3, unit="", better="lower", limit=0.0, pixels="RGB")


@_distance("lpips_vgg", label="LPIPS-VGG", uses=("looks",), net="vgg")
@_distance("lpips_alex", label="LPIPS-Alex", net="alex")
def lpips(
    sr: Tensor,
    hr: Tensor,
    net: str = "alex",
    *,
    border: int = 0,
    seen: Callable[[str], list[Tensor] | None] = lambda _: None,
) -> Number:
    """Return LPIPS of two pictures (1, 1 or 3, H, W) in [0, 1], `border` pixels cut; lower is better, 0 for equal ones.

    `seen` gives by net what `lpips_features` gave for `hr`, where it is known. Absent without its weights, and for
    pictures that are too small or too large.
    """
    if (reason := _not_measurable(sr, border)) is not None:
        return reason
    if (model := load_lpips(net)) is None:
        return Absent("no_features")
    with torch.inference_mode():
        return float(model(_rgb(sr, border), _rgb(hr, border), seen(net)))


def lpips_features(hr: Tensor, net: str = "alex", *, border: int = 0) -> list[Tensor] | None:
    """Return an original's features for many comparisons; None where there is no distance."""
    model = load_lpips(net)
    if model is None or _not_measurable(hr, border) is not None:
        return None
    with torch.inference_mode():
        return model.features(_rgb(hr, border))


def _rgb(picture: Tensor, border: int) -> Tensor:
    """Return RGB without the border."""
    part = inside(picture, border)
    return part.expand(1, 3, *part.shape[-2:]).float()


def _not_measurable(picture: Tensor, border: int) -> Absent | None:
    """Return why the size allows no distance, None where it does."""
    height, width = picture.shape[-2:]
    if height * width > MOST_PIXELS:
        return Absent("too_large_for_lpips")
    return Absent("too_small_for_lpips") if min(height, width) - 2 * border < LEAST else None


@_distance("features", label="features", stands_in_for="lpips_alex")
def feature_distance(sr: Tensor, hr: Tensor, *, border: int = 0) -> Number:
    """Return the distance of two pictures (1, 1 or 3, H, W) in [0, 1] by Lite0's features, `border` pixels cut.

    The mean over four places of the grid, a pixel apart, since strided layers alias. Lower is better, 0 for equal ones.
    Absent without its weights, and for pictures that are too small or too large.
    """
    if (reason := _not_measurable(sr, border)) is not None:
        return reason
    if (model := load_features("lite0")) is None:
        return Absent("no_features")
    pair = _rgb(sr, border), _rgb(hr, border)
    with torch.inference_mode():
        moved = [float(model(*(x[..., y:, z:] for x in pair))) for y in (0, 1) for z in (0, 1)]
    return sum(moved) / len(moved)
