"""What a critic takes for fake in a result."""

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from sr_models.errors import SRError
from sr_models.imaging.picture import as_8_bit

MOST_JUDGED = 2**22  # pixels that a critic looks at: it holds all of them at once


def critic_map(critic: Any, result: np.ndarray, lr: np.ndarray) -> np.ndarray:
    """Return for each pixel of a result how sure a critic is that it is fake, (H, W) in [0, 1], on its 8-bit pixels.

    `lr` (H, W, C) is what was enlarged, which a conditional critic looks at too. Raise SRError above MOST_JUDGED
    pixels.
    """
    height, width = result.shape[:2]
    if height * width > MOST_JUDGED:
        raise SRError("critic_too_large", width=width, height=height, limit=MOST_JUDGED)
    step = math.lcm(critic.multiple_of, critic.scale)
    right, below = -width % step, -height % step
    seen = []
    for array, share in ((result, 1), (lr, critic.scale)):
        picture = as_8_bit(array).expand(1, 3, *array.shape[:2])
        seen.append(F.pad(picture, [0, right // share, 0, below // share], mode="replicate"))
    with torch.inference_mode():
        logits = critic(*seen)[0, 0, :height, :width]
    return torch.sigmoid(-logits).numpy()
