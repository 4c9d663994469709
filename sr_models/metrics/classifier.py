"""What a net trained on ImageNet's 1000 classes sees in a picture: EfficientNet-Lite0 with its head.

The weights are not ours: `python training/features.py` fetches them into the folder of pretrained features, with the
names of the classes in the same file; without them nothing is recognised. Source: Tan and Le, EfficientNet, arXiv
1905.11946, table 1, in its Lite form. A picture is prepared as that net's own evaluation does: the middle square of 7/8
of the shorter side is resized to 224 pixels by bicubic, and its values v from 0 to 255 become (v - 127) / 128. Our
bicubic is antialiased, so a large picture is smoothed before it is looked at.
"""

import functools
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.imaging.resample import resize
from sr_models.metrics._registry import Absent
from sr_models.metrics.perceptual import LITE0, STEM, Same, bottlenecks, centred, features_folder

NAME = "lite0_head"
TABLE = (*LITE0, (6, 3, 80, 3, 2), (6, 3, 112, 5, 1), (6, 4, 192, 5, 2), (6, 1, 320, 3, 1))
WIDE, CLASSES = 1280, 1000
SIDE, ROUND_IT = 224, 32  # px of what it sees, and of what lies around that when the shorter side is 256
LEAST = 32  # px of the shorter side: below it there is nothing to recognise

Seen = list[tuple[str, float]]  # classes with their probabilities, the most probable first


class Classifier(nn.Module):
    """Give the logits (N, 1000) of ImageNet's classes for pictures (N, 3, 224, 224) in [0, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Same(3, STEM, 3, 2)
        self.stages = bottlenecks(TABLE)
        self.head = Same(TABLE[-1][2], WIDE, 1)
        self.classes = nn.Linear(WIDE, CLASSES)

    def forward(self, picture: Tensor) -> Tensor:
        """Return one logit per class."""
        x = F.relu6(self.stem(centred(picture)))  # (N, 32, 112, 112)
        for stage in self.stages:
            x = stage(x)
        x = F.relu6(self.head(x))  # (N, 1280, 7, 7)
        return self.classes(x.mean((2, 3)))


@functools.cache
def _kept(path: Path) -> tuple[Classifier, tuple[str, ...]]:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        keys = file.keys()
        state = {key: file.get_tensor(key).float() for key in keys}
        names = tuple(json.loads(file.metadata()["classes"]))
    net = Classifier()
    net.load_state_dict(state)
    return net.eval().requires_grad_(False), names


def load_classifier() -> tuple[Classifier, tuple[str, ...]] | None:
    """Return the net and the English names of its classes, None where its weights are not there."""
    path = features_folder() / f"{NAME}.safetensors"
    return _kept(path) if path.is_file() else None


def look(picture: Tensor) -> Tensor:
    """Return the part (N, 3, 224, 224) of pictures (N, 1 or 3, H, W) in [0, 1] that the classifier sees."""
    height, width = picture.shape[-2:]
    side = max(min(height, width) * SIDE // (SIDE + ROUND_IT), 1)
    top, left = (height - side) // 2, (width - side) // 2
    middle = picture[..., top : top + side, left : left + side]
    return resize(middle, SIDE, SIDE).clamp(0, 1).expand(-1, 3, -1, -1)


def probabilities(picture: Tensor) -> Tensor | Absent:
    """Return the probability of each class, (1000,), for a picture (1, 1 or 3, H, W) in [0, 1].

    Absent without the net's weights, and for pictures with a side below 32 pixels.
    """
    if min(picture.shape[-2:]) < LEAST:
        return Absent("too_small_to_recognise")
    if (there := load_classifier()) is None:
        return Absent("no_classifier")
    with torch.inference_mode():
        return there[0](look(picture.cpu())).softmax(1)[0]


def recognise(picture: Tensor, count: int = 3) -> Seen | Absent:
    """Return the `count` most probable classes of a picture (1, 1 or 3, H, W) in [0, 1]; absent as `probabilities`."""
    found, there = probabilities(picture), load_classifier()
    if isinstance(found, Absent) or there is None:
        return found if isinstance(found, Absent) else Absent("no_classifier")
    values, places = found.topk(count)
    return [(there[1][i], round(p, 4)) for i, p in zip(places.tolist(), values.tolist(), strict=True)]
