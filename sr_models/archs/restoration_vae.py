"""A conditional VAE that repairs: one damaged picture, many possible originals. Of our own design.

y = base(x) + b(x) * r(z, x): a frozen net (`restoration`) gives the mean, b is how wrong it is expected to be at each
place, and the VAE explains the rest. Latents are maps, `coarse` channels at 1/8 of the sides and `fine` ones at 1/4,
so that any picture size works. The prior p(coarse | x), p(fine | x, coarse) is learned, ladder style, given the damaged
picture; the posterior, which training alone uses, also sees what the mean got wrong. Where a mask is given, the known
pixels come back as they are in every sample.
Sources: Sohn et al., conditional VAE, NIPS 2015; Sønderby et al., ladder VAE, arXiv 1602.02282, figure 1; Vahdat and
Kautz, NVAE, arXiv 2007.03898, section 3.2 (posterior relative to the prior).
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models import archs
from sr_models.archs._blocks import check_scale, start_near_zero
from sr_models.archs._gauss import Gauss, gauss, head, moved
from sr_models.archs._registry import architecture
from sr_models.archs.restoration import LEAK, STRENGTH, Leaky

USUAL = 0.03  # an error of the mean, of values in [0, 1], from which b starts


class Trunk(NamedTuple):
    """Hold what all samples share: the mean, b, features at 1/2, 1/4 and 1/8, the coarse prior; the mask, if any."""

    base: Tensor
    expected: Tensor
    half: Tensor
    quarter: Tensor
    coarse: Gauss
    mask: Tensor | None


class Explained(NamedTuple):
    """Hold what training needs: the true r and the decoded one (N, 3, H, W), (posterior, prior) of each latent."""

    true: Tensor
    decoded: Tensor
    latents: tuple[tuple[Gauss, Gauss], ...]  # coarse, fine


@architecture(
    "restoration_vae",
    task="restore",
    paper="arXiv 1312.6114",
    title="Restoration VAE",
    summary="Repairs a picture, draws several answers where one cannot be known, and shows where they differ.",
)
class RestorationVAE(nn.Module):
    """Repair RGB to the mean and what the latent maps add; `sample` draws others."""

    channels = 3
    minimum = 8
    multiple_of = 8
    exact_tiling = True
    repairs = ("denoise", "dejpeg", "deblur", "inpaint")
    strength = STRENGTH
    LATENTS = "coarse", "fine"  # in the order in which they are drawn

    def __init__(
        self,
        *,
        scale: int = 1,
        width: int = 48,
        deep: int = 64,
        fine: int = 8,
        coarse: int = 16,
        base_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        self.base = archs.build("restoration", **(base_config or {})).requires_grad_(False)
        self.fine, self.coarse = fine, coarse
        self.noise_channels = fine + coarse
        held = self.base.last.in_channels
        # Pixels beyond the mean's: strides of 4 and 8, layers of 4 and 8, and 5 of 2 behind them.
        self.halo = self.hole_halo = self.base.hole_halo + 4 + 8 + 8 + 32 + 8 + 10
        self.expect = nn.Sequential(nn.Conv2d(held, width // 2, 3, padding=1), nn.LeakyReLU(LEAK), _narrow(width // 2))
        self.enter = nn.Conv2d(held + 4, width, 3, padding=1)
        self.to_quarter = nn.Sequential(nn.Conv2d(width, width, 3, 2, 1), Leaky(width))
        self.to_eighth = nn.Sequential(nn.Conv2d(width, deep, 3, 2, 1), Leaky(deep), Leaky(deep))
        self.coarse_prior = head(deep, 2 * coarse)
        self.unfold = nn.Conv2d(coarse, width, 1)
        self.refine = Leaky(width)
        self.fine_prior = head(width, 2 * fine)
        self.join = nn.Conv2d(width + fine, width, 3, padding=1)
        self.body = nn.Sequential(Leaky(width), Leaky(width))
        self.look = nn.Conv2d(12 + width, width, 3, padding=1)
        self.look_quarter = nn.Sequential(nn.Conv2d(width, width, 3, 2, 1), Leaky(width))
        self.look_eighth = nn.Sequential(nn.Conv2d(width, deep, 3, 2, 1), Leaky(deep))
        self.coarse_posterior = head(2 * deep, 2 * coarse)
        self.fine_posterior = head(2 * width, 2 * fine)
        self.draw = nn.Sequential(Leaky(width), Leaky(width))
        self.tail = start_near_zero(nn.Conv2d(width, 12, 3, padding=1))

    def contained(self) -> nn.Module:
        """Return the net whose picture this one begins with."""
        return self.base

    def trunk(self, degraded: Tensor, mask: Tensor | None = None, strength: Tensor | float | None = None) -> Trunk:
        """Return what all samples share; the arguments are those of `forward`."""
        with torch.no_grad():
            seen = self.base.seen(degraded, mask, strength)
            base = self.base.picture(degraded, seen, mask)
        expected = (USUAL * self.expect(seen).float().clamp(-4, 4).exp()).repeat_interleave(2, 2)
        holes = seen.new_zeros(len(seen), 4, *seen.shape[-2:]) if mask is None else F.pixel_unshuffle(mask, 2)
        half = self.enter(torch.cat([seen, holes.to(seen.dtype)], 1))
        quarter = self.to_quarter(half)
        coarse = gauss(self.coarse_prior(self.to_eighth(quarter)))
        return Trunk(base, expected.repeat_interleave(2, 3), half, quarter, coarse, mask)

    def _open(self, trunk: Trunk, coarse: Tensor) -> Tensor:
        """Join the features at 1/4 and the coarse latent; (N, width, H/4, W/4)."""
        x = self.unfold(coarse.to(trunk.quarter.dtype))
        return self.refine(trunk.quarter + F.interpolate(x, scale_factor=2, mode="nearest"))

    def _decode(self, trunk: Trunk, opened: Tensor, fine: Tensor) -> Tensor:
        """Return r (N, 3, H, W), what the mean got wrong in units of b, float32."""
        x = self.body(self.join(torch.cat([opened, fine.to(opened.dtype)], 1)))
        x = self.draw(trunk.half + F.interpolate(x, scale_factor=2, mode="nearest"))
        return F.pixel_shuffle(self.tail(x).float(), 2)

    def _split(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return standard normal numbers of the coarse and the fine latent: sums over their places, scaled."""
        fine, coarse = noise.split([self.fine, self.coarse], 1)
        return F.avg_pool2d(coarse, 8) * 8, F.avg_pool2d(fine, 4) * 4

    def residual(self, trunk: Trunk, noise: Tensor) -> Tensor:
        """Return r for noise maps (N, fine + coarse, H, W): standard normal times a temperature, 0 for the mode."""
        coarse, fine = self._split(noise)
        opened = self._open(trunk, trunk.coarse.draw(coarse))
        return self._decode(trunk, opened, gauss(self.fine_prior(opened)).draw(fine))

    def explain(self, trunk: Trunk, hr: Tensor, noise: Tensor) -> Explained:
        """Encode what the mean got wrong of `hr` (N, 3, H, W) by the posterior and decode it again."""
        true = (hr - trunk.base) / trunk.expected.detach()
        if trunk.mask is not None:
            true = true * trunk.mask
        seen = self.look(torch.cat([F.pixel_unshuffle(true.clamp(-8, 8), 2).to(trunk.half.dtype), trunk.half], 1))
        quarter = self.look_quarter(seen)
        eighth = torch.cat([self.look_eighth(quarter), self.to_eighth(trunk.quarter)], 1)
        coarse_noise, fine_noise = self._split(noise)
        coarse = moved(trunk.coarse, self.coarse_posterior(eighth))
        opened = self._open(trunk, coarse.draw(coarse_noise))
        prior = gauss(self.fine_prior(opened))
        fine = moved(prior, self.fine_posterior(torch.cat([quarter, opened], 1)))
        return Explained(
            true, self._decode(trunk, opened, fine.draw(fine_noise)), ((coarse, trunk.coarse), (fine, prior))
        )

    @staticmethod
    def picture(trunk: Trunk, residual: Tensor) -> Tensor:
        """Return the mean and r in units of b; known pixels stay as they are."""
        added = trunk.expected * residual
        return trunk.base + (added if trunk.mask is None else trunk.mask * added)

    def forward(self, degraded: Tensor, mask: Tensor | None = None, strength: Tensor | float | None = None) -> Tensor:
        """Return the mean (N, 3, H, W), not clamped; the arguments are those of `Restoration.forward`."""
        return self.base(degraded, mask, strength)

    def sample(
        self,
        degraded: Tensor,
        noise: Iterable[Tensor],
        consistent: bool = True,
        *,
        mask: Tensor | None = None,
        strength: Tensor | float | None = None,
    ) -> Iterator[Tensor]:
        """Yield one picture (1, 3, H, W) for each noise map (1, fine + coarse, H, W).

        `consistent` changes nothing: known pixels are always kept.
        """
        trunk = self.trunk(degraded, mask, strength)
        for one in noise:
            yield self.picture(trunk, self.residual(trunk, one))


def _narrow(width: int) -> nn.Conv2d:
    """Return the layer that answers log(b / USUAL), which starts at 0."""
    last = nn.Conv2d(width, 1, 3, padding=1)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)  # type: ignore[arg-type]
    return last
