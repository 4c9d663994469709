"""Measures that need no original: they describe, they do not score. Pictures are (1, C, H, W) in [0, 1], C = 1 or 3."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sr_models.imaging.color import luma
from sr_models.imaging.resample import resize
from sr_models.metrics._registry import Absent, Number, metric

_WINDOW = 11
_STRIP = 32  # rows: what a processor's cache holds


def _grey(picture: Tensor) -> Tensor:
    """Return luma stretched to [0, 1]."""
    return ((luma(picture) * 255 - 16) / 219).clamp(0, 1)


@metric("sharpness", needs="result", digits=0, unit="", better=None, uses=("readouts",), label="sharpness")
def sharpness(picture: Tensor) -> Number:
    """Return the variance of the Laplacian of luma, in squared grey levels; more detail, noise or ringing is higher.

    Range [0, inf); absent under 3 pixels. Source: Pech-Pacheco et al., ICPR 2000.
    """
    if min(picture.shape[-2:]) < 3:
        return Absent("too_small_to_describe")
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], device=picture.device)
    return float(F.conv2d(_grey(picture) * 255, kernel[None, None]).var(correction=0))


@metric("contrast", needs="result", digits=3, unit="", better=None, uses=("readouts",), label="contrast")
def contrast(picture: Tensor) -> float:
    """Return the RMS contrast: the standard deviation of luma in [0, 1]. Source: Peli, JOSA A 1990."""
    return float(_grey(picture).std(correction=0))


@metric("blur", needs="result", digits=3, unit="", better=None, uses=("readouts",), label="blur")
def blur(picture: Tensor) -> Number:
    """Return how much of the variation between neighbours survives a further blur: 0 sharp, 1 blurred.

    Absent under 4 pixels or where nothing varies. Source: Crete et al., SPIE 2007.
    """
    from skimage.measure import blur_effect

    y = _grey(picture)[0, 0].cpu().numpy()
    if min(y.shape) < 4:
        return Absent("too_small_to_describe")
    found = blur_effect(y, h_size=11, reduce_func=None)  # 1 along an axis where nothing varies
    kept = [float(f) for axis, f in enumerate(found) if np.abs(np.diff(y, axis=axis)).max() > 1e-6]
    return max(kept) if kept else Absent("nothing_varies")


@metric("jaggedness", needs="result", digits=3, unit="", better=None, uses=("readouts",), label="jaggedness")
def jaggedness(picture: Tensor) -> Number:
    """Return how much edges change direction within a few pixels: the incoherence of luma's structure tensor.

    1 - ((l1 - l2) / (l1 + l2))², averaged with the gradient's energy l1 + l2 as weight: differences of 2x2 pixels,
    gaussian window 11x11 of sigma 1.5, full windows only. Range [0, 1]: 0 for straight edges, higher for stairs, and
    for corners, texture and noise. Absent under 12 pixels or where nothing varies.
    Source: Bigün and Granlund, ICCV 1987; Weickert, IJCV 1999; that they measure stairs is ours.
    """
    y = _grey(picture)
    height, width = y.shape[-2:]
    if min(height, width) <= _WINDOW:
        return Absent("too_small_to_describe")
    x = torch.arange(_WINDOW, device=y.device) - _WINDOW // 2
    line = torch.exp(-(x**2) / (2 * 1.5**2))
    line = line / line.sum()
    incoherent, energy = 0.0, 0.0
    for top in range(0, height - _WINDOW, _STRIP):  # strips bound the memory
        part = y[..., top : top + _STRIP + _WINDOW, :]
        down, right = part.diff(dim=-2), part.diff(dim=-1)
        dy, dx = (down[..., 1:] + down[..., :-1]) / 2, (right[..., 1:, :] + right[..., :-1, :]) / 2
        tensor = torch.cat([dx * dx, dy * dy, dx * dy])
        tensor = F.conv2d(F.conv2d(tensor, line[None, None, :, None]), line[None, None, None])
        xx, yy, xy = tensor
        trace = xx + yy
        incoherent += float((4 * (xx * yy - xy * xy) / trace.clamp(min=1e-12)).sum(dtype=torch.float64))
        energy += float(trace.sum(dtype=torch.float64))
    return Absent("nothing_varies") if energy < 1e-12 * height * width else max(incoherent / energy, 0.0)


@metric(
    "colour_shift",
    needs="lr",
    digits=2,
    unit="",
    better="lower",
    limit=0.0,
    label="colour shift",
    pixels="RGB",
    uses=("readouts",),
)
def colour_shift(sr: Tensor, lr: Tensor) -> Number:
    """Return the mean CIEDE2000 between the result, shrunk by `resize`, and the input; about 1 is just visible.

    Range [0, inf), lower is better; absent for grey pictures. Source: Sharma et al., Color Research & Application 2005.
    """
    if sr.shape[1] != 3:
        return Absent("grey")
    height, width = lr.shape[-2:]
    return float(ciede2000(_lab(resize(sr, height, width).clamp(0, 1)), _lab(lr)).mean())


def _lab(rgb: Tensor) -> Tensor:
    """Turn sRGB (1, 3, H, W) in [0, 1] into CIE Lab (D65, 2 degrees), float64."""
    rgb = rgb.double()
    linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    matrix = torch.tensor(
        [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]],
        dtype=torch.float64,
        device=rgb.device,
    )
    white = torch.tensor([0.95047, 1.0, 1.08883], dtype=torch.float64, device=rgb.device)
    xyz = torch.einsum("ij,njhw->nihw", matrix, linear) / white[:, None, None]
    f = torch.where(xyz > 0.008856, xyz.clamp(min=1e-12) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def ciede2000(first: Tensor, second: Tensor) -> Tensor:
    """Return the colour difference of Lab pictures (N, 3, H, W), per pixel (N, H, W)."""
    (l1, a1, b1), (l2, a2, b2) = first.unbind(1), second.unbind(1)
    mean_chroma = (torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2
    g = 0.5 * (1 - torch.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    h1, h2 = (torch.atan2(b, a).remainder(2 * math.pi) for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = h2 - h1
    turn = torch.where(turn > math.pi, turn - 2 * math.pi, torch.where(turn < -math.pi, turn + 2 * math.pi, turn))
    turn = torch.where(grey, torch.zeros_like(turn), turn)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * torch.sqrt(c1 * c2) * torch.sin(turn / 2)
    mean_l, c, total = (l1 + l2) / 2, (c1 + c2) / 2, h1 + h2
    far = (h1 - h2).abs() > math.pi
    h = torch.where(far, torch.where(total < 2 * math.pi, total + 2 * math.pi, total - 2 * math.pi), total) / 2
    h = torch.where(grey, total, h)
    degree = math.pi / 180
    t = 1 - 0.17 * torch.cos(h - 30 * degree) + 0.24 * torch.cos(2 * h)
    t = t + 0.32 * torch.cos(3 * h + 6 * degree) - 0.20 * torch.cos(4 * h - 63 * degree)
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / torch.sqrt(20 + (mean_l - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = 2 * torch.sqrt(c**7 / (c**7 + 25.0**7))
    rotation = -rotation * torch.sin(60 * degree * torch.exp(-(((h / degree - 275) / 25) ** 2)))
    squared = (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh)
    return squared.clamp(min=0).sqrt()
