"""Holes in a picture: masks drawn by kind, and a smooth first guess of what was there.

A mask is (1, H, W) float32, 1 where the picture is unknown. Kinds are frozen dataclasses, called with the sides and a
generator; a field that is a (low, high) range is drawn anew for each picture.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Generator, Tensor

from sr_models.errors import SRError
from sr_models.imaging.degradations import Amount, Random, draw_amounts, generators_for, say_amount
from sr_models.imaging.picture import quantize

MOST = 0.5  # of a picture that may be holes
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZabdefghijkmnopqrstuvwxyz0123456789"


def _whole(low: int, high: int, generator: Generator) -> int:
    """Draw a whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=generator))


@dataclass(frozen=True)
class _Holes:
    """Draw marks until `share` of the picture is a hole."""

    share: Amount = (0.02, 0.3)

    def __post_init__(self) -> None:
        for value in self.share if isinstance(self.share, tuple) else (self.share,):
            if not 0 < value <= MOST:
                raise SRError("out_of_range", name="share", value=value, low=0, high=MOST)

    def __str__(self) -> str:
        return f"{type(self).__name__.lower()} over {say_amount(self.share)} of the picture"

    def __call__(self, height: int, width: int, generator: Generator) -> Tensor:
        """Return a mask (1, height, width); the last mark may go a little beyond the share."""
        picture = Image.new("L", (width, height))
        (share,) = draw_amounts(self.share, 1, generator)
        wanted = 255 * share * height * width
        while np.asarray(picture, dtype=np.uint32).sum() < wanted:
            self._mark(ImageDraw.Draw(picture), width, height, generator)
        return torch.from_numpy(np.asarray(picture) > 127).float()[None]

    def _mark(self, draw: ImageDraw.ImageDraw, width: int, height: int, generator: Generator) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Strokes(_Holes):
    """Draw bent lines of 1 to 5 pixels, as scratches are."""

    def _mark(self, draw: ImageDraw.ImageDraw, width: int, height: int, generator: Generator) -> None:
        points = [(_whole(0, width - 1, generator), _whole(0, height - 1, generator))]
        for _ in range(_whole(1, 4, generator)):
            x, y = points[-1]
            points.append((x + _whole(-60, 60, generator), y + _whole(-60, 60, generator)))
        draw.line(points, fill=255, width=_whole(1, 5, generator), joint="curve")


@dataclass(frozen=True)
class Text(_Holes):
    """Write words of 10 to 28 pixels."""

    def _mark(self, draw: ImageDraw.ImageDraw, width: int, height: int, generator: Generator) -> None:
        word = "".join(LETTERS[_whole(0, len(LETTERS) - 1, generator)] for _ in range(_whole(3, 9, generator)))
        place = _whole(-20, width - 1, generator), _whole(-10, height - 1, generator)
        draw.text(place, word, fill=255, font=ImageFont.load_default(_whole(10, 28, generator)))


@dataclass(frozen=True)
class Boxes(_Holes):
    """Cut rectangles whose sides are 16 to 32 pixels."""

    def _mark(self, draw: ImageDraw.ImageDraw, width: int, height: int, generator: Generator) -> None:
        x, y = _whole(-8, width - 8, generator), _whole(-8, height - 8, generator)
        draw.rectangle((x, y, x + _whole(16, 32, generator) - 1, y + _whole(16, 32, generator) - 1), fill=255)


def check_size(width: int, height: int, picture_width: int, picture_height: int) -> None:
    """Raise SRError where a mask has not the size of its picture."""
    if (width, height) != (picture_width, picture_height):
        raise SRError("mask_size", width=width, height=height, expected=f"{picture_width}×{picture_height}")


def marked(mask: Tensor, height: int, width: int) -> Tensor:
    """Return where masks (N, 1, H, W) mark holes: where they are brighter than middle grey, as bool.

    Raise SRError for another size than that of the picture, (height, width).
    """
    check_size(mask.shape[-1], mask.shape[-2], width, height)
    return mask > 0.5


def check_holes(holes: Tensor, *, needed: bool) -> None:
    """Raise SRError for holes (N, 1, H, W) that leave nothing of a picture, or are none although they are needed."""
    each = holes.flatten(1)
    if needed and not each.any(1).all():
        raise SRError("mask_empty")
    if each.all(1).any():
        raise SRError("mask_full")


def fill(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return (H, W, C) in [0, 1] with a smooth guess where `mask` (H, W) is True; the rest stays exactly as it is.

    Raise SRError where scikit-image is not there. Source: its `inpaint_biharmonic`; Damelin and Hoang, "On surface
    completion and image inpainting by biharmonic functions", 2018.
    """
    try:
        from skimage.restoration import inpaint_biharmonic
    except ImportError as error:
        raise SRError("package_missing", what="filling holes", package="scikit-image") from error
    guess = inpaint_biharmonic(picture, mask, split_into_regions=True, channel_axis=-1)
    return np.where(mask[..., None], np.clip(guess, 0, 1), picture).astype(np.float32)


@dataclass(frozen=True)
class Holed:
    """Make holes of one of `kinds` in each picture: (N, 4, H, W), RGB with holes filled by `fill`, then the mask."""

    kinds: tuple[_Holes, ...] = (Strokes(), Text(), Boxes())

    def __str__(self) -> str:
        return " or ".join(map(str, self.kinds))

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Draw a kind and its holes for each picture."""
        done = []
        for picture, own in zip(hr, generators_for(generator, len(hr)), strict=True):
            kind = self.kinds[_whole(0, len(self.kinds) - 1, own)]
            mask = kind(hr.shape[-2], hr.shape[-1], own)
            filled = fill(picture.permute(1, 2, 0).cpu().numpy(), mask[0].numpy() > 0)
            done.append(torch.cat([quantize(torch.from_numpy(filled).permute(2, 0, 1)), mask]))
        return torch.stack(done).to(hr.device)
