"""Measures that need the original. Pictures are (1, C, H, W) in [0, 1], C = 1 or 3, as read from 8-bit files."""

import math
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from sr_models.imaging.color import luma
from sr_models.imaging.resample import resize
from sr_models.metrics._registry import Absent, Number, metric

SSIM_WINDOW = 11
MAX_EDGE_PIXELS = 2**22  # edges of larger pictures take too much memory
_STRIP = 128  # rows


def inside(picture: Tensor, border: int) -> Tensor:
    """Return a picture (N, C, H, W) without `border` pixels on each side; it may be empty."""
    height, width = picture.shape[-2:]
    return picture[..., border : max(height - border, border), border : max(width - border, border)]


def _prepare(a: Tensor, b: Tensor, border: int, y: bool) -> tuple[Tensor, Tensor]:
    if a.shape != b.shape:
        raise ValueError(f"pictures of different shapes: {tuple(a.shape)} and {tuple(b.shape)}")
    if y:
        a, b = luma(a), luma(b)
    return inside(a, border), inside(b, border)


_EVERYWHERE = ("readouts", "evaluation")
_psnr = partial(metric, needs="reference", digits=2, unit="dB", better="higher", limit=math.inf, uses=_EVERYWHERE)
_ssim = partial(metric, needs="reference", digits=4, unit="", better="higher", limit=1.0, uses=_EVERYWHERE)


@_psnr("psnr_rgb", label="PSNR-RGB", pixels="RGB", y=False)
@_psnr("psnr_y", label="PSNR-Y", y=True)
def psnr(sr: Tensor, hr: Tensor, *, border: int = 0, y: bool = True) -> Number:
    """Return 10 log10(1 / MSE) in dB, on Y of BT.601 or RGB, `border` pixels cut; higher is better.

    Range (0, inf]; inf for equal pictures; absent where the border leaves nothing. Source: the protocol of
    SRCNN and EDSR (arXiv 1707.02921).
    """
    sr, hr = _prepare(sr, hr, border, y)
    if sr.numel() == 0:
        return Absent("too_small")
    error = float((sr - hr).square().mean(dtype=torch.float64))
    return math.inf if error == 0 else -10 * math.log10(error)


@_ssim("ssim_rgb", label="SSIM-RGB", pixels="RGB", y=False)
@_ssim("ssim_y", label="SSIM-Y", y=True)
def ssim(
    sr: Tensor, hr: Tensor, *, border: int = 0, y: bool = True, check: Callable[[], None] = lambda: None
) -> Number:
    """Return the mean structural similarity, (2 m1 m2 + c1)(2 s12 + c2) / ((m1² + m2² + c1)(s1² + s2² + c2)).

    Gaussian window 11x11 of sigma 1.5, c1 = 0.01², c2 = 0.03², full windows only, channels averaged.
    `check` is called for every strip of rows and may raise to end it.
    Range [-1, 1], 1 for equal pictures, higher is better; absent where a side is under 11 pixels.
    Source: Wang et al., IEEE TIP 2004.
    """
    sr, hr = _prepare(sr, hr, border, y)
    if min(sr.shape[-2:]) < SSIM_WINDOW:
        return Absent("too_small")
    x = torch.arange(SSIM_WINDOW, dtype=torch.float64) - SSIM_WINDOW // 2
    line = torch.exp(-(x**2) / (2 * 1.5**2))
    line = (line / line.sum()).to(sr.device)
    sums = []
    rows = sr.shape[-2] - SSIM_WINDOW + 1
    for top in range(0, rows, _STRIP):  # strips bound the memory: all of it is float64
        check()
        strip = slice(top, min(top + _STRIP, rows) + SSIM_WINDOW - 1)
        sums.append(_ssim_map(sr[..., strip, :].double(), hr[..., strip, :].double(), line).sum())
    return float(sum(sums)) / (sr.shape[1] * rows * (sr.shape[-1] - SSIM_WINDOW + 1))


def _ssim_map(sr: Tensor, hr: Tensor, line: Tensor) -> Tensor:
    """Return the similarity at every full window, (C, 1, H - 10, W - 10)."""

    def blur(picture: Tensor) -> Tensor:
        flat = picture.flatten(0, 1)[:, None]
        return F.conv2d(F.conv2d(flat, line[None, None, :, None]), line[None, None, None, :])

    mean_a, mean_b = blur(sr), blur(hr)
    var_a = blur(sr * sr) - mean_a**2
    var_b = blur(hr * hr) - mean_b**2
    covariance = blur(sr * hr) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    ratio = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return ratio / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))


@metric(
    "edges",
    needs="reference",
    digits=3,
    unit="",
    better="higher",
    limit=1.0,
    label="edges",
    uses=("readouts",),
)
def edge_agreement(sr: Tensor, hr: Tensor, *, border: int) -> Number:
    """Return the F1 score of the result's edges against the original's, matched within one pixel.

    Edges: Canny of Y in [0, 1], sigma 1, thresholds 0.1 and 0.2 of the Sobel gradient. Precision is the share of edge
    pixels of `sr` that touch one of `hr`, recall the other way round. Range [0, 1], higher is better; absent where a
    side is under 11 pixels inside the border, above MAX_EDGE_PIXELS, or where neither has an edge.
    Source: Canny, IEEE PAMI 1986; F1 of edges: Martin et al., IEEE PAMI 2004.
    """
    from skimage.feature import canny

    pixels = sr.shape[-2] * sr.shape[-1]
    sr, hr = _prepare(sr, hr, border, y=True)
    if pixels > MAX_EDGE_PIXELS:
        return Absent("too_large_for_edges")
    if min(sr.shape[-2:]) < SSIM_WINDOW:
        return Absent("too_small")
    studio = 255 / 219
    a, b = (torch.from_numpy(canny((y[0, 0] * studio).cpu().numpy(), sigma=1.0)) for y in (sr, hr))
    if not a.any() and not b.any():
        return Absent("no_edges")
    precision, recall = _share_near(a, b), _share_near(b, a)
    return 2 * precision * recall / max(precision + recall, 1e-12)


def _share_near(edges: Tensor, others: Tensor) -> float:
    """Return how many of the pixels of `edges` (H, W) touch one of `others`, corners included.

    0 where there are none.
    """
    near = F.max_pool2d(others[None].float(), 3, stride=1, padding=1)[0] > 0
    return float((edges & near).sum()) / max(int(edges.sum()), 1)


@metric(
    "lr_consistency",
    needs="lr",
    digits=2,
    unit="dB",
    better="higher",
    limit=math.inf,
    label="LR-cons.",
    pixels="RGB",
    uses=_EVERYWHERE,
)
def lr_consistency(sr: Tensor, lr: Tensor) -> Number:
    """Return the RGB PSNR in dB of the result, shrunk by `resize` (bicubic), against the input; higher is better.

    Range (0, inf]. From about 40 dB the result "shrinks back to the picture". Source: Lugmayr et al., SRFlow,
    arXiv 2006.14200.
    """
    height, width = lr.shape[-2:]
    shrunk = resize(sr, height, width).clamp(0, 1)
    return psnr(shrunk, lr, y=False)
