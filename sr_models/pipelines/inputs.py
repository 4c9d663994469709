"""What a run starts from: LR, and the original where there is one."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from sr_models.errors import SRError
from sr_models.imaging.degradations import SEED, chain
from sr_models.imaging.options import GROUNDS
from sr_models.imaging.picture import Picture, as_8_bit, crop_to_multiple, flatten, to_array, to_tensor
from sr_models.parameters import Values


@dataclass(frozen=True)
class Inputs:
    """Hold what a run needs: `lr` (H, W, C) and `hr` (s*H, s*W, C) where there is an original."""

    lr: np.ndarray
    hr: np.ndarray | None
    scale: int
    degradation: Values | None = None  # of `degradations.parameters()`, where LR was made from the original
    on_white: bool = False  # transparent parts were laid on white, or are when it is measured

    @property
    def mode(self) -> str:
        """Return *enlarge* (no original), *test* (LR made from the original) or *both* (LR and original as given)."""
        return "enlarge" if self.hr is None else "test" if self.degradation else "both"


def prepare(
    picture: Picture,
    scale: int,
    degradation: Values | None = None,
    *,
    limit: int | None = None,
    alpha: str = "keep",
    target: tuple[int, int] | None = None,
) -> Inputs:
    """Make the inputs of a run: without `degradation` the picture is LR, with it the picture is the original.

    `limit` is how many pixels the result, or the `target` (width, height), may have. Raise SRError when it would have
    more, or when the original is too small to be shrunk. Only *Enlarge* keeps 16 bits and alpha; a test has 8 bits.
    """
    if degradation is None:
        check_output(picture, scale, limit, target)
        return Inputs(laid(picture.array, alpha), None, scale, on_white=_on_white(picture, alpha))
    if min(picture.width, picture.height) < scale:
        raise SRError("too_small_to_test", width=picture.width, height=picture.height, scale=scale, limit=scale)
    cropped = laid(crop_to_multiple(picture.array, scale), alpha)
    hr = to_array(flatten(to_tensor(cropped)))
    lr = chain(scale, degradation)(to_tensor(hr), torch.Generator().manual_seed(degradation[SEED]))
    return Inputs(to_array(lr), hr, scale, degradation, _on_white(picture, alpha))


def ground(alpha: str) -> float | None:
    """Return the grey that transparent parts are laid on, None where they stay; `alpha` is one of GROUNDS."""
    if alpha not in GROUNDS:
        raise SRError("unknown_choice", name="alpha", value=alpha, known=", ".join(GROUNDS))
    return GROUNDS[alpha]


def _on_white(picture: Picture, alpha: str) -> bool:
    return picture.mode in ("LA", "RGBA") and alpha != "black"


def laid(array: np.ndarray, alpha: str) -> np.ndarray:
    """Lay transparent parts of (H, W, C) on what `alpha`, one of GROUNDS, says; others stay."""
    grey = ground(alpha)
    if grey is None or array.shape[2] not in (2, 4):
        return array
    return to_array(flatten(to_tensor(array), grey), array.dtype.itemsize * 8)


def check_output(picture: Picture, scale: int, limit: int | None, target: tuple[int, int] | None = None) -> None:
    """Raise SRError where the enlarged picture, or the size it is brought to, would have more than `limit` pixels."""
    pixels = picture.width * picture.height * scale**2
    pixels = max(pixels, target[0] * target[1]) if target else pixels
    if limit and pixels > limit:
        size = {"width": picture.width, "height": picture.height}
        raise SRError("too_large_for_sr", **size, scale=scale, pixels=pixels, limit=limit)


def pair(lr: Picture, original: Picture, scale: int, *, limit: int | None = None, alpha: str = "keep") -> Inputs:
    """Make the inputs of a run on a picture whose original is known; raise SRError when the sizes do not match."""
    inputs = prepare(lr, scale, limit=limit, alpha=alpha)
    width, height = lr.width * scale, lr.height * scale
    if (original.width // scale, original.height // scale) == (lr.width, lr.height):  # it was cut before it was shrunk
        original = replace(original, array=crop_to_multiple(original.array, scale))
    if (original.width, original.height) != (width, height):
        size = {"width": original.width, "height": original.height, "expected": f"{width}×{height}"}
        raise SRError("original_size", **size, scale=scale)
    on_white = inputs.on_white or _on_white(original, alpha)
    return Inputs(inputs.lr, to_array(as_8_bit(laid(original.array, alpha))), scale, on_white=on_white)
