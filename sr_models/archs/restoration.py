"""A net that repairs: noise, JPEG marks, blur on a flat path at half resolution, holes on a deep one. Our own design.

The picture, folded 2x2 into channels, goes through one 3x3 layer and `depth` more that each add to what came; what
they find is added to the picture. Where a mask is given, two levels at 1/4 and 1/8 of the sides carry the surroundings
into the holes, and only there: pixels that are known come back as they are.
Sources: Zhang et al., FFDNet, arXiv 1710.04026, sections III.A and III.B (work on the folded picture, tell the noise
level as a map); Ronneberger et al., U-Net, arXiv 1505.04597, figure 1 (the deep path).
Differs from both: one net for all damages, and the level, the expected error of whatever kind, may stay untold.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, PReLU, check_scale, start_near_zero
from sr_models.archs._registry import architecture
from sr_models.parameters import Parameter

STRENGTH = Parameter(
    "strength", 0.0, low=1, high=60, step=0.5, unit="/255", help="Expected error, of noise its sigma; default: any"
)
LEAK = 0.1  # slope below 0 of the deep levels, whose units a slope of 0 kills


class Leaky(nn.Module):
    """Add two 3x3 convolutions with leaky slopes before and between; (N, width, H, W) in and out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return x and what the convolutions add."""
        return x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, LEAK)), LEAK))


def spread(mask: Tensor, cell: int, reach: int) -> Tensor:
    """Return which cells of `cell` pixels lie in a hole or at most `reach` cells from one: (N, 1, H/cell, W/cell)."""
    return F.max_pool2d(F.max_pool2d(mask, cell), 2 * reach + 1, 1, reach)


@architecture(
    "restoration",
    task="restore",
    paper="arXiv 1710.04026",
    title="Restoration",
    summary="Takes noise, JPEG marks and blur off a picture, and fills holes: one answer.",
)
class Restoration(nn.Module):
    """Repair RGB; of the damage it is told nothing, or how strong it is."""

    channels = 3
    minimum = 8
    multiple_of = 8
    exact_tiling = True
    repairs = ("denoise", "dejpeg", "deblur", "inpaint")
    strength = STRENGTH

    def __init__(self, *, scale: int = 1, width: int = 48, depth: int = 8, deep: int = 64) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        self.halo = 2 * (depth + 3) + 1
        self.enter = nn.Conv2d(14, width, 3, padding=1)
        self.enter_act = PReLU(width)
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.body_act = nn.ModuleList(PReLU(width) for _ in range(depth))
        self.hole = _Hole(width, deep)
        self.last = nn.Conv2d(width, width, 3, padding=1)
        self.tail = start_near_zero(nn.Conv2d(width, 12, 3, padding=1))

    @property
    def hole_halo(self) -> int:
        """How many pixels around a hole its content depends on."""
        return self.halo + self.hole.reach

    def features(self, degraded: Tensor, strength: Tensor | float | None) -> Tensor:
        """Return what is known of each 2x2 pixels, (N, width, H/2, W/2); the arguments are those of `forward`."""
        told = level = degraded.new_zeros(len(degraded), 1, degraded.shape[2] // 2, degraded.shape[3] // 2)
        if strength is not None:
            given = torch.as_tensor(strength, device=told.device).to(told).view(-1, 1, 1, 1)
            told, level = told + (~given.isnan()).to(told), level + given.nan_to_num() / STRENGTH.high
        x = torch.cat([F.pixel_unshuffle(degraded - MIDDLE, 2), told, level], 1)
        x = first = self.enter_act(self.enter(x.to(self.tail.weight.dtype)))
        for convolve, activate in zip(self.body, self.body_act, strict=True):
            x = x + activate(convolve(x))
        return x + first

    def forward(self, degraded: Tensor, mask: Tensor | None = None, strength: Tensor | float | None = None) -> Tensor:
        """Return the repaired pictures (N, 3, H, W), not clamped; sides are multiples of 8.

        `degraded` (N, 3, H, W) is in [0, 1]; `mask` (N, 1, H, W) is 1 in holes, where `degraded` holds a first guess,
        and 0 where the picture is known and comes back exactly. `strength`, one or (N,), is how far a picture is
        expected to be from its original, root mean square in grey levels of 255 (of gaussian noise the sigma), NaN: not
        told.
        """
        return self.picture(degraded, self.seen(degraded, mask, strength), mask)

    def seen(self, degraded: Tensor, mask: Tensor | None, strength: Tensor | float | None) -> Tensor:
        """Return the features (N, width, H/2, W/2) of which the picture is made; arguments as of `forward`."""
        x = self.features(degraded, strength)
        return x if mask is None else x + self.hole(x, mask)

    def picture(self, degraded: Tensor, seen: Tensor, mask: Tensor | None) -> Tensor:
        """Return the repaired picture that the features make of the damaged one."""
        added = F.pixel_shuffle(self.tail(self.last(seen)).float(), 2)
        return degraded.float() + (added if mask is None else mask * added)


class _Hole(nn.Module):
    """Carry features (N, width, H/2, W/2) from around holes into them, over 1/4 and 1/8 of the sides; 0 elsewhere."""

    def __init__(self, width: int, deep: int) -> None:
        super().__init__()
        self.quarter = nn.Conv2d(width + 4, width, 3, 2, 1)
        self.quarter_blocks = nn.Sequential(Leaky(width), Leaky(width))
        self.eighth = nn.Conv2d(width, deep, 3, 2, 1)
        self.eighth_blocks = nn.Sequential(Leaky(deep), Leaky(deep))
        self.rise = nn.Conv2d(deep, width, 1)
        self.mix = Leaky(width)
        self.fine = nn.Sequential(Leaky(width), Leaky(width))
        self.out = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]
        # In pixels: a stride of 4 and 4 layers of 4; a stride of 8 and 4 layers of 8; 2 of 4; 5 of 2 at the end.
        self.reach = 4 + 16 + 8 + 32 + 8 + 10

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        quarter = self.quarter_blocks(self.quarter(torch.cat([x, F.pixel_unshuffle(mask, 2).to(x.dtype)], 1)))
        eighth = self.eighth_blocks(self.eighth(quarter))
        quarter = self.mix(quarter + F.interpolate(self.rise(eighth), scale_factor=2, mode="nearest"))
        x = self.fine(x + F.interpolate(quarter, scale_factor=2, mode="nearest"))
        return self.out(x) * spread(mask, 2, 4).to(x.dtype)
