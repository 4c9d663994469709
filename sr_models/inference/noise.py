"""Noise maps of any size, drawn in blocks: a place's numbers follow from the seed, the sample and the place alone.

Philox counts: no two of (seed, sample, block) share a stream. Source: Salmon et al., SC 2011.
"""

import numpy as np
import torch
from torch import Tensor

BLOCK = 64  # pixels


def noise(channels: int, rows: range, columns: range, *, seed: int, sample: int = 0) -> Tensor:
    """Return standard normal numbers (1, channels, rows, columns), float32, on the CPU: a window of an endless map."""
    out = torch.empty(1, channels, len(rows), len(columns))
    for i in range(rows.start // BLOCK, -(-rows.stop // BLOCK)):
        for j in range(columns.start // BLOCK, -(-columns.stop // BLOCK)):
            generator = np.random.Generator(np.random.Philox(key=[seed, sample], counter=[0, 0, i, j]))
            block = torch.from_numpy(generator.standard_normal((channels, BLOCK, BLOCK), np.float32))
            down, top, bottom = _overlap(i, rows)
            right, left, end = _overlap(j, columns)
            out[0, :, down, right] = block[:, top:bottom, left:end]
    return out


def latent(shape: tuple[int, ...], *, seed: int, sample: int) -> Tensor:
    """Return standard normal numbers, float32, on the CPU: the z of a sample."""
    generator = np.random.Generator(np.random.Philox(key=[seed, sample]))
    return torch.from_numpy(generator.standard_normal(shape, np.float32))


def latents(shape: tuple[int, ...], count: int, *, seed: int) -> Tensor:
    """Return the z of the first samples of a seed, (count, *shape)."""
    return torch.stack([latent(shape, seed=seed, sample=k) for k in range(count)])


def _overlap(block: int, line: range) -> tuple[slice, int, int]:
    """Return where a block falls in the window, and which of its pixels."""
    low, high = max(block * BLOCK, line.start), min((block + 1) * BLOCK, line.stop)
    return slice(low - line.start, high - line.start), low - block * BLOCK, high - block * BLOCK
