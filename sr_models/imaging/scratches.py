"""Scratches and specks: a mask of thin marks that are about the lightest, or the darkest, that a picture has.

For a visitor to look at and to correct. Good for white or black scratches of up to 7 pixels on a photograph, in a JPEG
too: of strokes drawn over 2 to 4 % of the photographs in `assets/`, white or black, it finds 93 and 85 % of the pixels
that differ by 40 grey levels, and 93 % of what it proposes is of a stroke; of specks of 3 to 7 pixels a half, and fewer
where there is texture. Of the clean photographs it proposes 0.03 %, at most 0.15. Not for drawings and text, whose
lines are such marks themselves (9 % of the chart), nor for scratches fainter than the picture's own lights and shadows.
"""

import numpy as np
from PIL import Image

from sr_models.errors import SRError

_WIDE = 9  # px: what is as wide is no scratch
_CONTRAST = 15  # grey levels beside what lies around, at least
_CLEAR = 50  # more of them somewhere in each mark
_TEXTURE = 1.2  # the contrast that is needed more, per grey level of the texture around
_AROUND = 21  # px: the side of what is around
_EDGE = 35  # grey levels of contrast that count as texture at most: a scratch is none to its neighbours
_TOP = 99.9  # percentile of the picture that counts as its lightest, or darkest
_DIM = 40  # grey levels from there to a pixel of a mark
_MEAN = 8  # and to the mean of a mark
_LONG = 20  # px: a shorter mark is a speck
_CALM = 12  # grey levels of texture around a speck, at most


def propose(picture: np.ndarray) -> np.ndarray:
    """Return where a picture (H, W, C) uint8 seems to be scratched or specked, (H, W) bool; alpha is not looked at."""
    try:
        import skimage  # noqa: F401
    except ImportError as error:
        raise SRError("package_missing", what="finding scratches", package="scikit-image") from error
    grey = picture[..., 0] if picture.shape[2] < 3 else np.asarray(Image.fromarray(picture[..., :3]).convert("L"))
    return _light_marks(grey) | _light_marks(255 - grey)


def _light_marks(grey: np.ndarray) -> np.ndarray:
    """Return where (H, W) has thin marks (H, W) that are about the lightest there is."""
    from scipy.ndimage import uniform_filter
    from skimage.filters import apply_hysteresis_threshold
    from skimage.measure import label, regionprops_table
    from skimage.morphology import footprint_rectangle, white_tophat

    square = footprint_rectangle((_WIDE, _WIDE), decomposition="separable")
    contrast = np.asarray(white_tophat(grey, square), np.float32)
    texture = uniform_filter(np.minimum(contrast, _EDGE), _AROUND)
    top = np.percentile(grey, _TOP)
    marks = apply_hysteresis_threshold(contrast - _CONTRAST - _TEXTURE * texture, 0, _CLEAR) & (grey >= top - _DIM)
    parts = np.asarray(label(marks, connectivity=2))
    found = regionprops_table(parts, properties=("area", "bbox"))
    if not len(found["area"]):
        return marks

    def mean(of: np.ndarray) -> np.ndarray:
        return np.bincount(parts.ravel(), of.ravel())[1:] / found["area"]

    length = np.hypot(found["bbox-2"] - found["bbox-0"], found["bbox-3"] - found["bbox-1"])
    others = mean(texture) - found["area"] * _EDGE / _AROUND**2
    kept = (mean(grey) >= top - _MEAN) & ((length >= _LONG) | (others < _CALM))
    return np.concatenate([[False], kept])[parts]
