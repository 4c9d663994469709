"""Tell text, diagrams and line art from photographs, by their grey levels and edges."""

import numpy as np

from sr_models.imaging.color import luma
from sr_models.imaging.picture import to_8_bit, to_tensor

_SIDE = 1024  # the middle of a picture says enough
_NEAR, _APART = 8, 24  # grey levels: of one mode, and between two
_FLAT, _EDGE, _STRONG = 2, 12, 48  # grey levels between neighbours
# The least share of: pixels near the two main levels, flat pixels, strong edges, strong ones among the edges.
_MODES, _PLAIN, _LINES, _SHARP = 0.55, 0.3, 0.01, 0.35


def is_drawn(array: np.ndarray) -> bool:
    """Say whether (H, W, C) of uint8 or uint16 is rather text or line art than a photograph.

    Most of its pixels are near two grey levels, most neighbours are equal, and the edges that there are, are sharp.
    """
    height, width = array.shape[:2]
    top, left = max((height - _SIDE) // 2, 0), max((width - _SIDE) // 2, 0)
    part = to_8_bit(np.asarray(array[top : top + _SIDE, left : left + _SIDE]))
    part = part[..., : 3 if part.shape[2] > 2 else 1]
    if min(part.shape[:2]) < 2:
        return False
    grey = (255 * luma(to_tensor(part))[0, 0]).numpy()
    shares = np.bincount(grey.round().astype(int).ravel(), minlength=256) / grey.size
    near = np.convolve(shares, np.ones(2 * _NEAR + 1), "same")
    first = int(near.argmax())
    modes = near[first]
    near[max(first - _APART, 0) : first + _APART + 1] = 0
    modes += near.max()
    across, down = np.abs(np.diff(grey, axis=1))[:-1], np.abs(np.diff(grey, axis=0))[:, :-1]
    step = np.maximum(across, down)
    strong, edges = (step > _STRONG).mean(), (step > _EDGE).mean()
    return bool(modes >= _MODES and (step <= _FLAT).mean() >= _PLAIN and strong >= _LINES and strong >= _SHARP * edges)
