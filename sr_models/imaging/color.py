"""RGB and YCbCr of BT.601 in studio range, as MATLAB's `rgb2ycbcr`: Y in [16, 235] / 255 for RGB in [0, 1]."""

import torch
from torch import Tensor

_TO_YCBCR = torch.tensor(
    [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]], dtype=torch.float64
)
_OFFSET = torch.tensor([16.0, 128.0, 128.0], dtype=torch.float64)
_TO_RGB = torch.linalg.inv(_TO_YCBCR)
_PEAK = 255.0


def _mix(picture: Tensor, matrix: Tensor) -> Tensor:
    with torch.autocast(picture.device.type, enabled=False):
        return torch.einsum("ij,njhw->nihw", matrix.to(picture.device, torch.float32), picture.float())


def rgb_to_ycbcr(rgb: Tensor) -> Tensor:
    """Turn RGB (N, 3, H, W) in [0, 1] into Y, Cb, Cr (N, 3, H, W) in [16, 240] / 255."""
    offset = (_OFFSET / _PEAK).to(rgb.device, torch.float32)
    return _mix(rgb, _TO_YCBCR / _PEAK) + offset[:, None, None]


def ycbcr_to_rgb(ycbcr: Tensor) -> Tensor:
    """Turn Y, Cb, Cr (N, 3, H, W) back into RGB (N, 3, H, W); not clamped."""
    offset = (_OFFSET / _PEAK).to(ycbcr.device, torch.float32)
    return _mix(ycbcr - offset[:, None, None], _TO_RGB * _PEAK)


def luma(picture: Tensor) -> Tensor:
    """Return Y (N, 1, H, W) in [16, 235] / 255 of RGB (N, 3, H, W) or grey (N, 1, H, W) in [0, 1]."""
    if picture.shape[1] == 1:
        return picture.float() * (219 / _PEAK) + 16 / _PEAK
    offset = 16 / _PEAK
    return _mix(picture, _TO_YCBCR[:1] / _PEAK) + offset
