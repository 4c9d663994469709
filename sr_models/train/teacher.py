"""Distillation: a teacher's pictures of the training tiles, stored, as a second target beside the originals.

Source: Hinton et al., "Distilling the knowledge in a neural network", arXiv 1503.02531; for super-resolution, He et
al., FAKD, ICIP 2020.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sr_models.checkpoints.catalog import locate
from sr_models.files import sha256
from sr_models.imaging.degradations import Degradation
from sr_models.imaging.picture import to_array
from sr_models.inference.load import load

PART = 16  # tiles between two lines of progress


def teach(upscaler: Callable[[Tensor], Tensor], degrade: Degradation, hr: Tensor) -> Tensor:
    """Return what a teacher makes of one tile (1, 3, H, W) in [0, 1] that `degrade` shrank first; (3, H, W) uint8."""
    lr = degrade(hr, torch.Generator().manual_seed(0))
    return torch.from_numpy(to_array(upscaler(lr))).permute(2, 0, 1)


def targets(
    name: str,
    pixels: Tensor,
    degrade: Degradation,
    scale: int,
    folder: Path,
    device: str | None = None,
    say: Callable[[str], None] = print,
) -> Tensor:
    """Return teacher `name`'s self-ensembled pictures of all tiles (N, 3, side, side) uint8, from `folder` if there.

    The sides are multiples of `scale`. The file is named by the teacher and a digest of it and of the tiles, so that it
    is made again when either changes. It stays on disk and is read as it is needed.
    """
    path = locate(f"{name}_x{scale}")
    digest = hashlib.sha256(f"{sha256(path)} {degrade!r}".encode())
    digest.update(pixels.numpy().data)
    file = folder / f"{name}_x{scale}_{digest.hexdigest()[:16]}.npy"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        made = np.lib.format.open_memmap(part, "w+", np.uint8, tuple(pixels.shape))
        teacher = load(str(path), device=device).ensembled()
        try:
            for i, tile in enumerate(pixels):
                made[i] = teach(teacher, degrade, tile[None].float() / 255)
                if (i + 1) % PART == 0:
                    say(f"{teacher.name}: {i + 1} of {len(pixels)} tiles")
            made.flush()
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)  # where it was stopped: as large as the whole
    return torch.from_numpy(np.load(file, mmap_mode="c"))
