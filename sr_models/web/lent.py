"""The GPU of a ZeroGPU Space, which is lent for a call at a time to a process of its own; elsewhere there is none.

The package `spaces` is there where such a GPU is: ZeroGPU installs it. What is lent has a name, not a net: what the
call needs is sent to its process.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from sr_models.inference.device import is_lent
from sr_models.inference.load import load
from sr_models.inference.tiling import Tile
from sr_models.inference.upscaler import Upscaler
from sr_models.web.i18n import text

BEGIN, PER_MEGAPIXEL, MOST = 15, 10, 120  # seconds: to load a net, of a small picture, and what ZeroGPU lends at once
Work = Callable[["Net", Tensor, int], Iterator[Tile]]


@dataclass(frozen=True)
class Net:
    """Name a net and its settings, as `Nets.runner` takes them, and the precision."""

    name: str
    scale: int
    ensemble: bool
    mix: float
    dtype: str


def seconds(net: Net, lr: Tensor, tile: int) -> int:
    """Return for how long the GPU is asked for, by the size of the small picture (1, C, H, W).

    It is an estimate that was never measured. What takes longer than that is ended, and what is asked for counts
    against the visitor's quota.
    """
    megapixels = lr.shape[-2] * lr.shape[-1] / 1e6 * (8 if net.ensemble else 1)
    return min(round(BEGIN + PER_MEGAPIXEL * megapixels), MOST)


def enlarge(net: Net, lr: Tensor, tile: int, device: str = "cuda") -> Iterator[Tile]:
    """Yield the tiles of an enlarged picture, made on the GPU, with their pixels on the CPU."""
    torch.set_num_threads(1)  # the process is a fork, in which OpenMP's other threads are gone
    upscaler = load(net.name, net.scale, device, dtype=net.dtype, mix=None if net.mix == 1 else net.mix)
    upscaler = upscaler.ensembled() if net.ensemble else upscaler
    for part in upscaler.tiles(lr, tile=tile):
        yield replace(part, pixels=part.pixels.cpu())


def borrow() -> Work | None:
    """Return `enlarge` as a call to the GPU that this Space is lent; None where it is lent none."""
    if not is_lent():
        return None
    import spaces  # type: ignore[import-not-found]

    return spaces.GPU(duration=seconds)(enlarge)


ON_GPU = borrow()  # ZeroGPU wants to know before the server starts


class Borrowed:
    """Enlarge by a net on the lent GPU; where the Space is refused it, on the CPU. `device` is where it was done."""

    def __init__(self, upscaler: Upscaler, **settings: Any) -> None:
        self.upscaler, self.settings, self.scale = upscaler, settings, upscaler.scale
        self.device, self.refused = upscaler.device.type, False

    def tiles(self, lr: Tensor, *, tile: int | None = None) -> Iterator[Tile]:
        """Yield finished tiles, row by row; they begin again at 0 where the GPU is taken away meanwhile."""
        upscaler, tile = self.upscaler, tile or self.upscaler.tile
        if ON_GPU and upscaler.card:  # a classical method is as quick without
            net = Net(**self.settings, scale=self.scale, dtype=str(upscaler.dtype).removeprefix("torch."))
            try:
                self.device = "cuda"
                yield from ON_GPU(net, lr, tile)
                return
            except Exception as error:  # a quota, none free, too little time; what is wrong with the net comes again
                logging.getLogger(__name__).warning("no GPU is lent: %s", error)
                self.device, self.refused = upscaler.device.type, True
        yield from upscaler.tiles(lr, tile=tile)

    def said(self, lang: str) -> str:
        """Return what is said before the words of a run that is on the CPU because of a refusal, else ""."""
        return text("gpu_refused", lang) if self.refused else ""
