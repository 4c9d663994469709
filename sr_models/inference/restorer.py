"""Run a net or a filter that repairs on a whole picture: with a mask, a strength, or several answers."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from sr_models.errors import SRError
from sr_models.imaging.holes import check_holes, fill, marked
from sr_models.inference.noise import noise
from sr_models.inference.tiling import Cut, Tile
from sr_models.inference.upscaler import Draw, Upscaler

LARGEST = 2**16  # pixels of a side: a tile of so many is the whole picture


class Restorer(Upscaler):
    """Repair pictures by one net or filter: `restorer.repair(picture)`, or `restorer.repaired(picture)` tile by tile.

    Pictures are as for `Upscaler` and keep their size; alpha stays as it is. A mask (1, 1, H, W) is 1 where the picture
    is unknown; known pixels come back exactly. `strength` is in the net's own unit, None where it is to find it.
    """

    def __call__(self, lr: Tensor, *, tile: int | None = None) -> Tensor:
        """Return the whole repaired picture, of whose damage nothing is told."""
        return self.repair(lr, tile=tile)

    def repair(
        self, picture: Tensor, mask: Tensor | None = None, strength: float | None = None, *, tile: int | None = None
    ) -> Tensor:
        """Return the whole repaired picture (1, C, H, W) in [0, 1]; raise SRError for a mask that fits not."""
        return self._joined(self.repaired(picture, mask, strength, tile=tile), picture, 1)[0]

    def repaired(
        self, picture: Tensor, mask: Tensor | None = None, strength: float | None = None, *, tile: int | None = None
    ) -> Iterator[Tile]:
        """Yield finished tiles of the colours, row by row."""
        colours, mask = self.prepared(picture, mask)
        level = self._level(strength, colours, mask)

        def draw(cut: Cut) -> Draw:
            part = None if mask is None else self._padded(cut.see(mask).to(self.device))
            return lambda window: self._crop([self.net(self._padded(window), part, level)], window)

        yield from self.finite(self._tiles(colours, self._side(tile), draw, self._reach(mask)))

    def answers(
        self,
        picture: Tensor,
        count: int,
        mask: Tensor | None = None,
        strength: float | None = None,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        tile: int | None = None,
    ) -> list[Tensor]:
        """Return `count` possible pictures (1, C, H, W), which `seed` decides; raise SRError as `samples` does."""
        self.check_sampling(count, seed, temperature)
        colours, mask = self.prepared(picture, mask)
        level, net, unit = self._level(strength, colours, mask), self.net, self.net.multiple_of

        def draw(cut: Cut) -> Draw:
            part = None if mask is None else self._padded(cut.see(mask).to(self.device))
            rows, columns = (range(a.low, a.low - (a.low - a.high) // unit * unit) for a in (cut.rows, cut.columns))
            drawn = (noise(net.noise_channels, rows, columns, seed=seed, sample=k) for k in range(count))
            maps = (temperature * one.to(self.device) for one in drawn)
            return lambda window: self._crop(net.sample(self._padded(window), maps, mask=part, strength=level), window)

        return self._joined(self._tiles(colours, self._side(tile), draw, net.halo), picture, count)

    def prepared(self, picture: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return the colours, with holes filled by a first guess, and the mask; raise SRError where it fits not."""
        channels = picture.shape[1] - (picture.shape[1] % 2 == 0)
        colours = picture[:, :channels]
        if mask is None:
            return colours, None
        holes = marked(mask, *picture.shape[-2:])
        check_holes(holes, needed=True)
        if "inpaint" not in self.net.repairs:
            raise SRError("no_mask", name=self.name)
        filled = fill(colours[0].permute(1, 2, 0).cpu().numpy(), holes[0, 0].cpu().numpy())
        return torch.from_numpy(filled).permute(2, 0, 1)[None].contiguous(), holes.float()

    @property
    def halo(self) -> int:
        """How many pixels around a tile the result depends on; 0 where the whole picture is one tile."""
        return self.net.halo or 0

    def _level(self, strength: float | None, colours: Tensor, mask: Tensor | None) -> Any:
        if strength is None:  # what it reads of a tile is not what it reads of the picture
            return self.net.own_strength(colours, mask) if hasattr(self.net, "own_strength") else None
        if self.net.strength is None:
            raise SRError("no_strength", name=self.name)
        return self.net.strength.check(strength)

    def _side(self, tile: int | None) -> int | None:
        return tile if self.net.halo is not None else LARGEST

    def _reach(self, mask: Tensor | None) -> int | None:
        return None if mask is None else max(self.halo, getattr(self.net, "hole_halo", 0))

    @staticmethod
    def _joined(tiles: Iterator[Tile], picture: Tensor, count: int) -> list[Tensor]:
        """Return whole pictures of tiles, with the alpha of `picture`."""
        found = [picture.float().cpu().clone() for _ in range(count)]
        for part in tiles:
            part.put(found[part.sample])
        return found
