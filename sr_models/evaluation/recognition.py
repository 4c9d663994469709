"""Measure whether enlarged pictures are still recognised: does a classifier name them as it names their originals?"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from torch import Tensor

from sr_models.errors import SRError
from sr_models.evaluation.report import Protocol, Recognition
from sr_models.evaluation.test_sets import how_lr_is_made
from sr_models.imaging.picture import quantize, shrink
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import Absent
from sr_models.metrics.classifier import NAME, load_classifier, probabilities
from sr_models.metrics.perceptual import features_folder

SURE = 0.5  # the probability from which on the classifier counts as sure of an original
ORIGINAL = "original"
NOTE = "EfficientNet-Lite0 on the middle square of 7/8 of the shorter side, resized to 224 px"


def measure_recognition(
    pictures: Sequence[tuple[str, Tensor]],
    label: str,
    upscalers: Mapping[str, Upscaler],
    scale: int,
    *,
    note: str = "",
    tick: Callable[[], object] = lambda: None,
) -> Recognition:
    """Shrink every original (name, (1, 3, H, W)), enlarge it by each of `upscalers`, and ask the classifier of all.

    Numbers, by the upscaler's name: `agreement` is the share of pictures whose most probable class is the original's,
    `sure` the same among originals named with at least SURE, `three` the share with the original's class among its
    three most probable, `probability` the mean probability of the original's class. `note` says which part of the
    pictures these are. Raise SRError without the classifier's weights, and where no picture is large enough.
    """
    if (there := load_classifier()) is None:
        raise SRError("classifier_missing", path=features_folder() / f"{NAME}.safetensors")
    found: dict[str, list[tuple[int, Tensor]]] = {}  # by the way's name: the original's class, and all probabilities
    seen: dict[str, dict[str, list[object]]] = {}
    for name, whole in pictures:
        hr = whole[..., : whole.shape[-2] // scale * scale, : whole.shape[-1] // scale * scale]
        truth = probabilities(hr)
        if not isinstance(truth, Absent):
            lr, best = shrink(hr, scale), int(truth.argmax())
            results = {way: probabilities(quantize(upscaler(lr)).cpu()) for way, upscaler in upscalers.items()}
            every = {ORIGINAL: truth, **{way: p for way, p in results.items() if not isinstance(p, Absent)}}
            for way, p in every.items():
                found.setdefault(way, []).append((best, p))
            seen[name] = {way: [there[1][int(p.argmax())], round(float(p.max()), 4)] for way, p in every.items()}
        tick()
    if not seen:
        raise SRError("no_pictures", path=label)
    certain = [float(p[best]) >= SURE for best, p in found[ORIGINAL]]
    rows = {way: _numbers(each, certain) for way, each in found.items()}
    words = "; ".join(filter(None, (NOTE, note)))
    protocol = Protocol(0, how_lr_is_made(scale, None), "RGB", words)
    return Recognition(scale, label, protocol, len(seen), sum(certain), rows, seen)


def _numbers(each: Sequence[tuple[int, Tensor]], certain: Sequence[bool]) -> dict[str, float]:
    same = [int(p.argmax()) == best for best, p in each]
    sure = [one for one, counts in zip(same, certain, strict=True) if counts]
    three = [best in p.topk(3).indices.tolist() for best, p in each]
    means = {"agreement": same, "sure": sure, "three": three, "probability": [float(p[best]) for best, p in each]}
    return {key: round(float(np.mean(values)), 4) for key, values in means.items() if values}
