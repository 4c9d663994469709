"""Run a net on a whole picture: device, precision, channels, alpha, padding, tiles. Tensors in, tensors out."""

import copy
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs import Collapses, Samples
from sr_models.errors import SRError
from sr_models.imaging.color import rgb_to_ycbcr, ycbcr_to_rgb
from sr_models.imaging.resample import resize
from sr_models.inference.compose import SelfEnsemble, interpolate, mixable
from sr_models.inference.device import DTYPES, choose_device, is_out_of_memory, reports_bf16
from sr_models.inference.noise import noise
from sr_models.inference.options import MIX, SAMPLE_SEED, SAMPLES, TEMPERATURE
from sr_models.inference.tiling import Cut, Tile, cuts

if TYPE_CHECKING:
    from sr_models.checkpoints.card import Card


MIN_TILE = 16
_CHECK_DB = 50.0  # bf16 is used only where it agrees with float32 this well
_BICUBIC_HALO = 3
_PACE_SIDE = 160
Draw = Callable[[Tensor], Iterator[Tensor]]  # an RGB or luma window -> the net's pictures of it


def _agreement(net: nn.Module, other: nn.Module, channels: int, device: torch.device) -> float:
    """Return the PSNR in dB between two nets on a fixed tile."""
    tile = torch.rand(1, channels, 12, 12, generator=torch.Generator().manual_seed(0))
    tile = resize(tile, 48, 48).clamp(0, 1).to(device)
    with torch.inference_mode():
        error = (net(tile) - other(tile)).square().mean()
    return float(-10 * torch.log10(error))


def _in_range(sr: Tensor) -> Tensor:
    """Clamp to [0, 1]; what is infinite is no colour and becomes NaN."""
    return (sr + 0 * sr).clamp(0, 1)


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
        sha256: str | None = None,
    ) -> None:
        self.name = self.checkpoint = name
        self.card = card
        self.cards = (card,) if card else ()  # of all that it is made of
        self.ensemble = False
        self.mix: dict[str, Any] | None = None  # of which nets this one is a mixture
        self.sha256 = sha256
        self.device = choose_device(device)
        net = net.collapse() if isinstance(net, Collapses) else net
        net = net.eval().requires_grad_(False).to(self.device)
        self.scale: int = net.scale
        self.net, self.dtype = self._choose_precision(net, dtype or os.environ.get("SR_LAB_DTYPE"))
        self._pace = self._sample_pace = 0.0  # seconds per LR pixel, when they are known
        usual = (512 if self.device.type == "cuda" else 192) * 4 // max(self.scale, 4)
        self.tile = max(usual, 6 * self.halo)  # so that at most half of the work is halo

    def _choose_precision(self, net: Any, name: str | None) -> tuple[Any, torch.dtype]:
        if name and name not in DTYPES:
            raise SRError("bad_dtype", name=name, known=", ".join(DTYPES))
        plain = getattr(net, "only_float32", False) or not any(True for _ in net.parameters())
        if name == "float32" or plain:
            return net.to(memory_format=torch.channels_last), torch.float32
        if not name and not reports_bf16(self.device):
            return net.to(memory_format=torch.channels_last), torch.float32
        half = copy.deepcopy(net).to(torch.bfloat16, memory_format=torch.channels_last)
        if name == "bfloat16" or _agreement(net, half, net.channels, self.device) >= _CHECK_DB:
            return half, torch.bfloat16
        return net.to(memory_format=torch.channels_last), torch.float32

    def ensembled(self) -> "Upscaler":
        """Return the same net as an average over 8 flips and turns: shared weights, 8 times as long."""
        if self.ensemble:
            return self
        other = copy.copy(self)
        other.name, other.ensemble = f"{self.name}_ensemble", True
        other.net, other._pace, other._sample_pace = SelfEnsemble(self.net), 0.0, 0.0
        return other

    def mixed_with(self, measured: "Upscaler", alpha: float) -> "Upscaler":
        """Return what lies between a measured net, alpha 0, and this one, alpha 1: at the ends, one of the two."""
        MIX.check(alpha)
        if alpha in (0, 1):
            return self if alpha else measured
        if not mixable(measured.net, self.net):
            raise SRError("partner_differs", name=self.name, partner=measured.name)
        other = copy.copy(self)
        other.name = f"{self.name}_mix{alpha:g}"
        other.net = interpolate(measured.net, self.net, alpha)
        other.cards = (*measured.cards, *self.cards)
        other.mix = {"alpha": alpha, "from": measured.checkpoint, "from_sha256": measured.sha256}
        return other

    @property
    def invents(self) -> bool:
        """Say whether any part of it invents detail."""
        return any(card.invents for card in self.cards)

    @property
    def license(self) -> str | None:
        """Return the licence of the weights, several joined by " + "; None for a classical method."""
        parts = (part for card in self.cards for part in card.license.split(" + "))  # a cascade's card joins them too
        return " + ".join(dict.fromkeys(parts)) or None

    def seconds(self, width: int, height: int, samples: int = 0) -> float:
        """Estimate how long a picture of this size, and so many samples, take: by the time of one tile, taken once."""
        tile = torch.zeros(1, 3, _PACE_SIDE, _PACE_SIDE)
        if not self._pace:
            self._pace = self._time(lambda: self(tile).cpu())
        if samples and not self._sample_pace:
            self._sample_pace = self._time(lambda: list(self.samples(tile, 2))) / 2
        parts = cuts(height, width, tile=self.tile, halo=self.halo, multiple_of=self.net.multiple_of)
        seen = sum((p.rows.high - p.rows.low) * (p.columns.high - p.columns.low) for p in parts)  # with what overlaps
        return (self._pace + samples * self._sample_pace) * seen

    @staticmethod
    def _time(work: Callable[[], object]) -> float:
        """Return the seconds for each pixel of a tile of _PACE_SIDE; the first call pays for what is set up once."""
        work()
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) / _PACE_SIDE**2

    def __call__(self, lr: Tensor, *, tile: int | None = None) -> Tensor:
        """Return the whole enlarged picture."""
        height, width = lr.shape[-2:]
        out = torch.empty(1, lr.shape[1], height * self.scale, width * self.scale, device=self.device)
        for part in self.tiles(lr, tile=tile):
            part.put(out, self.scale)
        return out

    @property
    def halo(self) -> int:
        """How many LR pixels around a tile the result depends on."""
        return max(self.net.halo, _BICUBIC_HALO)

    def tiles(self, lr: Tensor, *, tile: int | None = None) -> Iterator[Tile]:
        """Yield finished tiles, row by row. When memory runs out, it begins again at tile 0 with smaller tiles."""
        yield from self.finite(self._tiles(lr, tile, lambda cut: self._once))

    def finite(self, tiles: Iterable[Tile]) -> Iterator[Tile]:
        """Yield tiles; raise SRError for one with values that are no numbers, which would be black in a file."""
        for tile in tiles:
            if not torch.isfinite(tile.pixels).all():
                raise SRError("result_not_finite", name=self.name)
            yield tile

    @property
    def knows_many(self) -> bool:
        """Say whether it can draw `samples`."""
        return isinstance(self.net, Samples)

    def check_sampling(self, count: int, seed: int, temperature: float) -> None:
        """Raise SRError where `samples` could not draw so."""
        if not self.knows_many:
            raise SRError("one_answer", name=self.name)
        for parameter, value in ((SAMPLES, count), (SAMPLE_SEED, seed), (TEMPERATURE, temperature)):
            parameter.check(value)

    def samples(
        self,
        lr: Tensor,
        count: int,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        consistent: bool = True,
        tile: int | None = None,
    ) -> Iterator[Tile]:
        """Yield the tiles of `count` possible pictures, all samples of a tile before the next tile.

        Sample k depends on `seed` and k, not on `count`, tiles or device. `temperature` 0 gives the net's mean,
        1 what it takes for likely; `consistent` pictures shrink back to `lr`. Raise SRError for values out of range
        and for a net that knows one answer only.
        """
        self.check_sampling(count, seed, temperature)
        net, unit = self.net, self.net.multiple_of

        def draw(cut: Cut) -> Draw:
            rows, columns = (range(a.low, a.low - (a.low - a.high) // unit * unit) for a in (cut.rows, cut.columns))
            maps = (noise(net.noise_channels, rows, columns, seed=seed, sample=k) for k in range(count))
            scaled = (temperature * drawn.to(self.device) for drawn in maps)  # each when it is its turn
            return lambda window: self._crop(net.sample(self._padded(window), scaled, consistent), window)

        yield from self._tiles(lr, tile, draw)

    def _tiles(
        self, lr: Tensor, tile: int | None, draw: Callable[[Cut], Draw], halo: int | None = None
    ) -> Iterator[Tile]:
        size = tile or self.tile
        halo = self.halo if halo is None else halo
        if size < MIN_TILE:
            raise SRError("tile_too_small", value=size, low=MIN_TILE)
        varying_alpha = lr.shape[1] in (2, 4) and bool(lr[:, -1].min() < lr[:, -1].max())
        while True:
            try:
                for cut in cuts(*lr.shape[-2:], tile=size, halo=halo, multiple_of=self.net.multiple_of):
                    pictures = self._run(cut.see(lr).to(self.device), varying_alpha, draw(cut))
                    k = 0
                    while True:
                        with torch.inference_mode():
                            picture = next(pictures, None)
                        if picture is None:
                            break
                        yield cut.keep(picture, k)
                        k += 1
                return
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                if size // 2 < MIN_TILE:
                    raise SRError("out_of_memory") from error
                size //= 2

    def _once(self, window: Tensor) -> Iterator[Tensor]:
        yield from self._crop([self.net(self._padded(window))], window)

    def _run(self, window: Tensor, varying_alpha: bool, draw: Draw) -> Iterator[Tensor]:
        """Enlarge one window with any number of channels to each picture that `draw` gives."""
        if window.shape[1] in (1, 3):
            yield from self._colour(window, draw)
            return
        colour, alpha = window[:, :-1], window[:, -1:]
        if not varying_alpha:
            height, width = window.shape[-2:]
            even = alpha[..., :1, :1].expand(1, 1, height * self.scale, width * self.scale)
            yield from (torch.cat([sr, even], 1) for sr in self._colour(colour, draw))
            return
        sr_alpha = next(self._colour(alpha, self._once))
        # Where the alpha is flat, a net's ripple would make solid parts see-through: keep it flat.
        flat = F.max_pool2d(alpha, 5, 1, 2) == -F.max_pool2d(-alpha, 5, 1, 2)
        wide = torch.cat([alpha, flat.float()], 1).repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)
        sr_alpha = torch.where(wide[:, 1:] > 0, wide[:, :1], sr_alpha)
        for sr in self._colour(colour * alpha, draw):
            sr = torch.where(sr_alpha > 0, sr / sr_alpha.clamp(min=1e-6), 0).clamp(0, 1)
            yield torch.cat([sr, sr_alpha], 1)

    def _colour(self, window: Tensor, draw: Draw) -> Iterator[Tensor]:
        """Enlarge grey or RGB (1, 1 or 3, H, W), clamped to [0, 1]."""
        if window.shape[1] == 1:
            wide = self._colour(window.expand(1, 3, *window.shape[-2:]), draw)
            yield from (sr.mean(1, keepdim=True) for sr in wide)
        elif self.net.channels == 3:
            yield from (_in_range(sr) for sr in draw(window))
        else:
            height, width = window.shape[-2:]
            ycbcr = rgb_to_ycbcr(window)
            chroma = resize(ycbcr[:, 1:], height * self.scale, width * self.scale, scale=self.scale)
            yield from (_in_range(ycbcr_to_rgb(torch.cat([y, chroma], 1))) for y in draw(ycbcr[:, :1]))

    def _padded(self, window: Tensor) -> Tensor:
        """Pad a window to the size that the net needs."""
        height, width = window.shape[-2:]
        unit, least = self.net.multiple_of, self.net.minimum
        bottom, right = (-(-max(n, least) // unit) * unit - n for n in (height, width))
        if bottom or right:
            window = F.pad(window, (0, right, 0, bottom), mode="replicate")
        return window.contiguous(memory_format=torch.channels_last)

    def _crop(self, pictures: Iterable[Tensor], window: Tensor) -> Iterator[Tensor]:
        """Cut what belongs to the padding off the net's pictures."""
        height, width = (n * self.scale for n in window.shape[-2:])
        yield from (picture.float()[..., :height, :width] for picture in pictures)
