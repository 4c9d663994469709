"""Losses between sr and hr (N, C, H, W) in [0, 1]; lower is better, 0 for equal pictures."""

import torch
import torch.nn.functional as F
from torch import Tensor


def charbonnier(sr: Tensor, hr: Tensor) -> Tensor:
    """Return the mean of sqrt(d² + 1e-6), a smooth L1. Source: Lai et al., LapSRN, arXiv 1704.03915."""
    return ((sr - hr).square() + 1e-6).sqrt().mean()


def fft(sr: Tensor, hr: Tensor) -> Tensor:
    """Return L1 + 0.05 x L1 of the spectra. Source: Cho et al., MIMO-UNet, arXiv 2108.05054."""
    spectrum = torch.view_as_real(torch.fft.rfft2(sr - hr, norm="ortho"))
    return F.l1_loss(sr, hr) + 0.05 * spectrum.abs().mean()


def rmse(sr: Tensor, hr: Tensor) -> Tensor:
    """Return the mean over the pictures of the root of MSE."""
    return ((sr - hr).square().mean((1, 2, 3)) + 1e-8).sqrt().mean()


def log_mse(sr: Tensor, hr: Tensor) -> Tensor:
    """Return the mean over the pictures of log(MSE) / 2: what the mean PSNR rises by, easy and hard ones alike."""
    return 0.5 * ((sr - hr).square().mean((1, 2, 3)) + 1e-6).log().mean()


LOSSES = {"l1": F.l1_loss, "mse": F.mse_loss, "charbonnier": charbonnier, "fft": fft, "rmse": rmse, "log_mse": log_mse}
