"""What nets that invent do wrong: patterns of the sub-pixel grid, shifted colours, flat parts that are not flat.

Pictures are (1, C, H, W) in [0, 1], C = 1 or 3, as read from 8-bit files; `border` pixels are cut.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from sr_models.imaging.color import luma
from sr_models.metrics._registry import Absent, Number, metric
from sr_models.metrics.fidelity import inside

_PERIODS = 8  # of the grid in a window: enough to tell its frequencies from their neighbours
_FLAT_WINDOW, _FLAT_LEVELS = 9, 1.0  # a part is flat where the original's luma varies less, in grey levels


@metric("grid", needs="reference", digits=2, unit="", better=None, limit=1.0, label="grid", uses=("looks",))
def grid_energy(sr: Tensor, hr: Tensor, scale: int, *, border: int = 0) -> Number:
    """Return the energy of the result at the frequencies of the sub-pixel grid over the original's; 1 is as much.

    The frequencies are k / scale of a cycle per pixel along either axis, 0 apart, in windows of 8 periods (Hann,
    half overlapping) of luma. A blur has less than 1, a checkerboard more. Range [0, inf); absent where no window fits
    or the original has no such energy. That checkerboards sit there: Odena et al., "Deconvolution and checkerboard
    artifacts", Distill 2016; the measure is ours.
    """
    sr, hr, side = inside(sr, border), inside(hr, border), _PERIODS * scale
    if min(hr.shape[-2:]) < side:
        return Absent("too_small")
    energies = [_grid(luma(picture), side) for picture in (sr, hr)]
    return energies[0] / energies[1] if energies[1] > 1e-12 else Absent("no_grid")


def _grid(y: Tensor, side: int) -> float:
    windows = y[0, 0].unfold(0, side, side // 2).unfold(1, side, side // 2)
    hann = torch.hann_window(side, device=y.device)
    windows = windows - windows.mean((2, 3), keepdim=True)
    power = torch.fft.fft2(windows * hann[:, None] * hann).abs().square().mean((0, 1))[::_PERIODS, ::_PERIODS]
    return float(power.sum() - power[0, 0])


@metric(
    "shift",
    needs="reference",
    digits=2,
    unit="/255",
    better="lower",
    limit=0.0,
    label="shift",
    pixels="RGB",
    uses=("looks",),
)
def level_shift(sr: Tensor, hr: Tensor, *, border: int = 0) -> Number:
    """Return by how many grey levels of 255 the mean of a colour channel differs, of the channel where it is most.

    Absent for pictures without a pixel.
    """
    sr, hr = inside(sr, border), inside(hr, border)
    if hr.numel() == 0:
        return Absent("too_small")
    return 255 * float((sr.mean((0, 2, 3)) - hr.mean((0, 2, 3))).abs().max())


@metric("flat_noise", needs="reference", digits=2, unit="/255", better="lower", label="flat noise", uses=("looks",))
def flat_noise(sr: Tensor, hr: Tensor, *, border: int = 0) -> Number:
    """Return how much the result varies where the original is flat: the RMS of its luma's deviation in grey levels.

    Flat is where the original's luma deviates less than a level within 9x9 pixels. Absent where nothing is flat, or a
    side is shorter.
    """
    sr, hr = inside(sr, border), inside(hr, border)
    if min(hr.shape[-2:]) < _FLAT_WINDOW:
        return Absent("too_small")
    flat = _deviation(hr) < _FLAT_LEVELS
    return float(_deviation(sr)[flat].square().mean().sqrt()) if flat.any() else Absent("nothing_flat")


def _deviation(picture: Tensor) -> Tensor:
    """Return the standard deviation of luma in each 9x9 window, in grey levels."""
    y = 255 * luma(picture).double()
    mean, square = (F.avg_pool2d(x, _FLAT_WINDOW, 1) for x in (y, y.square()))
    return (square - mean.square()).clamp(min=0).sqrt()
