"""Training pictures in memory as one uint8 tensor, and batches of crops drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sr_models.errors import SRError
from sr_models.imaging.sources import rgb_pictures

TILE = 480


@dataclass(frozen=True)
class Tiles:
    """Hold training pictures (N, 3, side, side) uint8 and what was left out; `others` names what is no picture."""

    pixels: Tensor
    damaged: int
    small: int
    others: tuple[str, ...] = ()


def load_tiles(paths: Sequence[Path], least: int) -> Tiles:
    """Read all pictures with sides of at least `least` pixels and cut them into equal squares.

    The squares are as large as the smallest picture allows, at most 480 pixels. Damaged and small files are counted.
    """
    kept: list[np.ndarray] = []
    damaged = small = 0
    others: list[str] = []
    for array in rgb_pictures(paths, others):
        if array is None:
            damaged += 1
        elif min(array.shape[:2]) < least:
            small += 1
        else:
            kept.append(array)
    if not kept:
        places = ", ".join(str(p) for p in paths)
        raise SRError("no_tiles", limit=least, path=places, damaged=damaged, small=small)
    side = min(TILE, *(min(a.shape[:2]) for a in kept))
    corners = [
        (i, y, x) for i, a in enumerate(kept) for y in _starts(a.shape[0], side) for x in _starts(a.shape[1], side)
    ]
    pixels = torch.empty(len(corners), 3, side, side, dtype=torch.uint8)
    for n, (i, y, x) in enumerate(corners):
        pixels[n] = torch.from_numpy(kept[i][y : y + side, x : x + side].transpose(2, 0, 1).copy())
    return Tiles(pixels, damaged, small, tuple(others))


def _starts(length: int, side: int) -> list[int]:
    """Place squares side by side, the last one flush with the end."""
    return sorted({*range(0, length - side + 1, side), length - side})


class Crops:
    """Draw batches of random crops and flips; they depend on (seed, step, sample) alone.

    Process `rank` of `count` draws its part of the batch. `teacher_targets` holds a teacher's pictures of `pixels`,
    made at `grid` times less: then crops begin where its pixels do.
    """

    def __init__(
        self,
        pixels: Tensor,
        batch: int,
        seed: int,
        device: torch.device,
        rank: int = 0,
        count: int = 1,
        *,
        teacher_targets: Tensor | None = None,
        grid: int = 1,
    ) -> None:
        if batch % count:
            raise SRError("bad_share", batch=batch, count=count)
        self.pixels = pixels.to(device)
        self.teacher_targets = None if teacher_targets is None else teacher_targets.to(device)
        self.grid = 1 if teacher_targets is None else grid
        self.batch = batch
        self.seed = seed
        self.mine = slice(rank * batch // count, (rank + 1) * batch // count)

    def seed_of(self, step: int) -> int:
        """Return what all random numbers of a step follow from."""
        return self.seed * 1_000_003 + step

    def generators(self, step: int) -> list[torch.Generator]:
        """Return the random numbers of each sample, for its degradation."""
        seed = (self.seed_of(step) + 500_009) * 1009
        return [torch.Generator().manual_seed(seed + sample) for sample in range(self.batch)[self.mine]]

    def draw(self, step: int, side: int) -> Tensor:
        """Return crops (N, 3, side, side) in [0, 1]."""
        return self._taken(self.pixels, step, side)

    def draw_teacher_target(self, step: int, side: int) -> Tensor | None:
        """Return the teacher's pictures of the same crops, None without a teacher."""
        return None if self.teacher_targets is None else self._taken(self.teacher_targets, step, side)

    def draw_labels(self, step: int) -> Tensor | None:
        """Return what the pictures show, (N,), None where that is not known."""
        return None

    def _taken(self, pixels: Tensor, step: int, side: int) -> Tensor:
        return pixels.flatten()[self._places(step, side)].float() / 255

    def _places(self, step: int, side: int) -> Tensor:
        """Return where a step's crops lie in the flattened pictures (N, 3, side, side)."""
        count, _, height, width = self.pixels.shape
        grid = self.grid
        generator = torch.Generator().manual_seed(self.seed_of(step))
        numbers = torch.rand(self.batch, 6, generator=generator, dtype=torch.float64)[self.mine]
        limits = torch.tensor([count, (height - side) // grid + 1, (width - side) // grid + 1, 2, 2, 2])
        tile, top, left, flip, mirror, turn = (numbers * limits).long().to(self.pixels.device).T
        line = torch.arange(side, device=self.pixels.device)
        rows = grid * top[:, None] + torch.where(flip[:, None] > 0, side - 1 - line, line)
        columns = grid * left[:, None] + torch.where(mirror[:, None] > 0, side - 1 - line, line)
        grid_rows, grid_columns = rows[:, :, None].expand(-1, -1, side), columns[:, None, :].expand(-1, side, -1)
        swap = turn[:, None, None] > 0
        grid_rows, grid_columns = (
            torch.where(swap, grid_rows.mT, grid_rows),
            torch.where(swap, grid_columns.mT, grid_columns),
        )
        index = ((tile[:, None, None] * 3 * height + grid_rows) * width + grid_columns)[:, None]
        return index + (torch.arange(3, device=index.device) * height * width)[:, None, None]


class Digits(Crops):
    """Draw batches of whole pictures (N, C, H, W) with their labels; they depend on (seed, step, sample) alone."""

    def __init__(
        self, pixels: Tensor, labels: Tensor, batch: int, seed: int, device: torch.device, rank: int = 0, count: int = 1
    ) -> None:
        super().__init__(pixels, batch, seed, device, rank, count)
        self.labels = labels.to(device)

    def draw(self, step: int, side: int) -> Tensor:
        """Return pictures in [0, 1]; they have one side, whatever is asked for."""
        return self.pixels[self._chosen(step)].float() / 255

    def draw_labels(self, step: int) -> Tensor:
        """Return what the pictures of the step show, (N,)."""
        return self.labels[self._chosen(step)]

    def _chosen(self, step: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed_of(step))
        return torch.randint(len(self.pixels), (self.batch,), generator=generator)[self.mine].to(self.pixels.device)
