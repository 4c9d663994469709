"""Run a net on a whole picture: device, precision, channels, alpha, padding, tiles. Tensors in, tensors out."""

import copy
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.color import rgb_to_ycbcr, ycbcr_to_rgb
from sr_models.combine import Ensemble
from sr_models.errors import SRError
from sr_models.registry import Collapses
from sr_models.resample import resize
from sr_models.tiling import Tile, tiled

if TYPE_CHECKING:
    from sr_models.checkpoint import Card

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
MIN_TILE = 16
_CHECK_DB = 50.0  # bf16 is used only where it agrees with float32 this well
_BICUBIC_HALO = 3
_PACE_SIDE = 160


def choose_device(name: str | None = None) -> torch.device:
    """Return the device named, else CUDA, MPS or the CPU, whichever is there first."""
    known = ["cpu"]
    if torch.backends.mps.is_available():
        known.insert(0, "mps")
    if torch.cuda.is_available():
        known.insert(0, "cuda")
    name = name or known[0]
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in known:
        raise SRError("bad_device", name=name, known=", ".join(known))
    return device


def reports_bf16(device: torch.device) -> bool:
    """Say whether the processor reports matrix instructions for bfloat16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, check, bool)() for check in checks)
    return False


def _agreement(net: nn.Module, other: nn.Module, channels: int, device: torch.device) -> float:
    """Return the PSNR in dB between two nets on a fixed tile."""
    tile = torch.rand(1, channels, 12, 12, generator=torch.Generator().manual_seed(0))
    tile = resize(tile, 48, 48).clamp(0, 1).to(device)
    with torch.inference_mode():
        error = (net(tile) - other(tile)).square().mean()
    return float(-10 * torch.log10(error))


def _out_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in text or "not enough memory" in text


class Upscaler:
    """Enlarge pictures by one net: `upscaler(lr)` or, tile by tile, `upscaler.tiles(lr)`.

    Pictures are (1, C, H, W) in [0, 1] with C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha (not
    premultiplied); results are (1, C, s*H, s*W) in [0, 1], float32, on `device`.
    """

    def __init__(
        self,
        net: Any,
        name: str,
        *,
        device: str | None = None,
        dtype: str | None = None,
        card: "Card | None" = None,
        parts: "tuple[Card, ...]" = (),
        sha256: str | None = None,
    ) -> None:
        self.name = self.checkpoint = name
        self.card = card
        self.cards = (card,) if card else parts  # of all that it is made of
        self.ensemble = False
        self.sha256 = sha256
        self.device = choose_device(device)
        net = net.collapse() if isinstance(net, Collapses) else net
        net = net.eval().requires_grad_(False).to(self.device)
        self.scale: int = net.scale
        self.net, self.dtype = self._choose_precision(net, dtype or os.environ.get("SR_LAB_DTYPE"))
        self._pace = 0.0  # seconds per LR pixel, when it is known
        self.tile = (512 if self.device.type == "cuda" else 192) * 4 // max(self.scale, 4)

    def _choose_precision(self, net: Any, name: str | None) -> tuple[Any, torch.dtype]:
        if name and name not in DTYPES:
            raise SRError("bad_dtype", name=name, known=", ".join(DTYPES))
        if name == "float32" or not any(True for _ in net.parameters()):
            return net.to(memory_format=torch.channels_last), torch.float32
        if not name and not reports_bf16(self.device):
            return net.to(memory_format=torch.channels_last), torch.float32
        half = copy.deepcopy(net).to(torch.bfloat16, memory_format=torch.channels_last)
        if name == "bfloat16" or _agreement(net, half, net.channels, self.device) >= _CHECK_DB:
            return half, torch.bfloat16
        return net.to(memory_format=torch.channels_last), torch.float32

    def ensembled(self) -> "Upscaler":
        """Return the same net as an average over 8 flips and turns: the weights are shared, a run takes 8 times as long."""
        if self.ensemble:
            return self
        other = copy.copy(self)
        other.name, other.ensemble = f"{self.name}_ensemble", True
        other.net, other._pace = Ensemble(self.net), 0.0
        return other

    @property
    def invents(self) -> bool:
        """Say whether any part of it invents detail."""
        return any(card.invents for card in self.cards)

    @property
    def license(self) -> str | None:
        """Return the licence of the weights, several joined by " + "; None for a classical method."""
        return " + ".join(dict.fromkeys(card.license for card in self.cards)) or None

    def seconds(self, width: int, height: int) -> float:
        """Estimate how long a picture of this size takes, from the time of one tile, taken once."""
        if not self._pace:
            tile = torch.zeros(1, 3, _PACE_SIDE, _PACE_SIDE)
            for _ in range(2):  # the first call pays for what is set up once
                start = time.perf_counter()
                self(tile).cpu()
                self._pace = (time.perf_counter() - start) / _PACE_SIDE**2
        return self._pace * width * height

    def __call__(self, lr: Tensor, *, tile: int | None = None) -> Tensor:
        """Return the whole enlarged picture."""
        height, width = lr.shape[-2:]
        out = torch.empty(1, lr.shape[1], height * self.scale, width * self.scale, device=self.device)
        for part in self.tiles(lr, tile=tile):
            s = self.scale
            out[..., part.rows.start * s : part.rows.end * s, part.columns.start * s : part.columns.end * s] = (
                part.pixels
            )
        return out

    @property
    def halo(self) -> int:
        """How many LR pixels around a tile the result depends on."""
        return max(self.net.halo, _BICUBIC_HALO)

    def tiles(self, lr: Tensor, *, tile: int | None = None) -> Iterator[Tile]:
        """Yield finished tiles, row by row. When memory runs out, it begins again at tile 0 with smaller tiles."""
        size = tile or self.tile
        if size < MIN_TILE:
            raise SRError("tile_too_small", value=size, low=MIN_TILE)
        varying_alpha = lr.shape[1] in (2, 4) and bool(lr[:, -1].min() < lr[:, -1].max())

        def run(window: Tensor) -> Tensor:
            with torch.inference_mode():
                return self._run(window.to(self.device), varying_alpha)

        while True:
            try:
                yield from tiled(run, [lr], [1], tile=size, halo=self.halo, multiple_of=self.net.multiple_of)
                return
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if size // 2 < MIN_TILE:
                    raise SRError("out_of_memory") from error
                size //= 2

    def _run(self, window: Tensor, varying_alpha: bool) -> Tensor:
        """Enlarge one window with any number of channels."""
        if window.shape[1] in (1, 3):
            return self._colour(window)
        colour, alpha = window[:, :-1], window[:, -1:]
        if not varying_alpha:
            height, width = window.shape[-2:]
            flat = alpha[..., :1, :1].expand(1, 1, height * self.scale, width * self.scale)
            return torch.cat([self._colour(colour), flat], 1)
        sr, sr_alpha = self._colour(colour * alpha), self._colour(alpha)
        # Where the alpha is flat, a net's ripple would make solid parts see-through: keep it flat.
        flat = F.max_pool2d(alpha, 5, 1, 2) == -F.max_pool2d(-alpha, 5, 1, 2)
        wide = torch.cat([alpha, flat.float()], 1).repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)
        sr_alpha = torch.where(wide[:, 1:] > 0, wide[:, :1], sr_alpha)
        sr = torch.where(sr_alpha > 0, sr / sr_alpha.clamp(min=1e-6), 0).clamp(0, 1)
        return torch.cat([sr, sr_alpha], 1)

    def _colour(self, window: Tensor) -> Tensor:
        """Enlarge grey or RGB (1, 1 or 3, H, W), clamped to [0, 1]."""
        if window.shape[1] == 1:
            return self._colour(window.expand(1, 3, *window.shape[-2:])).mean(1, keepdim=True)
        if self.net.channels == 3:
            return self._net(window).clamp(0, 1)
        height, width = window.shape[-2:]
        ycbcr = rgb_to_ycbcr(window)
        y = self._net(ycbcr[:, :1])
        chroma = resize(ycbcr[:, 1:], height * self.scale, width * self.scale, scale=self.scale)
        return ycbcr_to_rgb(torch.cat([y, chroma], 1)).clamp(0, 1)

    def _net(self, window: Tensor) -> Tensor:
        """Run the net, padded to the size that it needs."""
        height, width = window.shape[-2:]
        unit, least = self.net.multiple_of, self.net.minimum
        bottom, right = (-(-max(n, least) // unit) * unit - n for n in (height, width))
        if bottom or right:
            window = F.pad(window, (0, right, 0, bottom), mode="replicate")
        out = self.net(window.contiguous(memory_format=torch.channels_last)).float()
        return out[..., : height * self.scale, : width * self.scale]
