"""Maps of errors and of disagreement, as (H, W, 3) uint8 pictures on one ramp that colour-blind people can read."""

import functools

import numpy as np

from sr_models.imaging.picture import as_8_bit

ERROR_TOP = 32  # grey levels at the ramp's last colour
DISAGREEMENT_TOP = 16
SPREAD_TOP = 16


def error_map(result: np.ndarray, original: np.ndarray) -> np.ndarray:
    """Paint the absolute difference in 8-bit grey levels, averaged over channels, clipped at ERROR_TOP.

    Both (H, W, C) uint8 or uint16, transparent parts on white.
    """
    return _paint(np.abs(_levels(result) - _levels(original)).mean(0), ERROR_TOP)


def disagreement(pictures: list[np.ndarray]) -> np.ndarray:
    """Paint the standard deviation over the pictures in 8-bit grey levels, averaged over channels.

    All (H, W, C) uint8 or uint16 of one size; clipped at DISAGREEMENT_TOP.
    """
    return _paint(np.stack([_levels(p) for p in pictures]).std(0).mean(0), DISAGREEMENT_TOP)


def spread_map(levels: np.ndarray) -> np.ndarray:
    """Paint how far samples lie apart, (H, W) in grey levels; clipped at SPREAD_TOP."""
    return _paint(levels, SPREAD_TOP)


def fake_map(shares: np.ndarray) -> np.ndarray:
    """Paint how sure a critic is that pixels are fake, (H, W) from 0 to 1."""
    return _paint(shares, 1.0)


def ramp(n: int = 9) -> list[str]:
    """Return `n` > 1 colours from the ramp's first (0) to its last, as #rrggbb."""
    return ["#" + bytes(_colours()[min(i * 256 // (n - 1), 255)]).hex() for i in range(n)]


@functools.cache
def _colours() -> np.ndarray:
    """Return the 256 colours (256, 3) of cividis. Source: Nuñez, Anderton and Renslow, PLOS ONE 2018."""
    from matplotlib import colormaps

    return (colormaps["cividis"](np.arange(256))[:, :3] * 255).round().astype(np.uint8)


def _levels(array: np.ndarray) -> np.ndarray:
    """Return (C, H, W) float32 in whole grey levels, C = 1 or 3."""
    return (as_8_bit(array)[0] * 255).round().numpy()


def _paint(values: np.ndarray, top: float) -> np.ndarray:
    """Turn (H, W) from 0 to `top` into colours."""
    return _colours()[np.minimum(values * (256 / top), 255).astype(np.uint8)]
