"""What a test of repair does to a clean picture: the settings, and the chain of degradations that follows from them.

Their order is that of a picture's life: blur in the lens, tones of the exposure and of years, noise, JPEG.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from sr_models.imaging.degradations import DEGRADATIONS, SEED, Chain, Degradation
from sr_models.imaging.picture import as_8_bit, to_array
from sr_models.imaging.tone import Contrast, Exposure, Fading
from sr_models.parameters import Parameter

EXPOSURE = Parameter("exposure", 0.0, low=-1.5, high=1, step=0.1, unit="EV")
FLATNESS = Parameter("flatness", 0, low=0, high=80, step=5, unit="%")  # of the contrast that is taken away
FADING = Parameter("fading", 0, low=0, high=40, unit="/255")
_GAINS = 0.3, 0.2  # how much a channel loses or gains at most, where the fading is strongest
BLUR, NOISE, JPEG = (DEGRADATIONS[name].parameter for name in ("blur", "noise", "jpeg"))
DAMAGE: tuple[Parameter[Any], ...] = (BLUR, EXPOSURE, FLATNESS, FADING, NOISE, JPEG, SEED)


def chain(chosen: Mapping[str, Any]) -> Chain:
    """Return what damages a picture by the values of DAMAGE; 0 leaves one out.

    Fading lifts each channel by up to so many levels, and scales it, by amounts of its own, which the seed decides.
    """
    exposure, flatness, fading = (chosen[p.name] for p in (EXPOSURE, FLATNESS, FADING))
    steps: list[Degradation] = [DEGRADATIONS[BLUR.name].build(chosen[BLUR.name])] if chosen[BLUR.name] else []
    steps += [Exposure(exposure, 1.0)] if exposure else []
    steps += [Contrast(1 - flatness / 100)] if flatness else []
    if fading:
        loss, gain = (share * fading / FADING.high for share in _GAINS)
        steps.append(Fading((1 - loss, 1 + gain), (0.0, float(fading))))
    steps += [DEGRADATIONS[p.name].build(chosen[p.name]) for p in (NOISE, JPEG) if chosen[p.name]]
    return Chain(tuple(steps))


def damaged(original: np.ndarray, chosen: Mapping[str, Any]) -> np.ndarray:
    """Return what becomes of a picture (H, W, C): 8 bits, transparent parts on white."""
    generator = torch.Generator().manual_seed(chosen[SEED.name])
    return to_array(chain(chosen)(as_8_bit(original), generator))
