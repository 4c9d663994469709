"""A conditional VAE that enlarges: one small picture, many possible originals. Of our own design.

y = base(x) + sigma · r(z, x): a frozen deterministic net gives the mean, the VAE explains its residual, which is
divided by the residual's usual size sigma. Latents are maps, so that any picture size works: `fine` channels on the LR
grid and `coarse` channels on a quarter of it. The prior p(coarse | x), p(fine | x, coarse) is learned, ladder style;
the posterior, which training alone uses, also sees the true residual and moves the prior's mean and log variance.
Unless it is asked not to, every picture is projected onto the LR, so that it shrinks back to it.
Sources: Kingma and Welling, arXiv 1312.6114; Sohn et al., conditional VAE, NIPS 2015; Sønderby et al., ladder VAE,
arXiv 1602.02282, figure 1; Vahdat and Kautz, NVAE, arXiv 2007.03898, section 3.2 (posterior relative to the prior);
Irani and Peleg, CVGIP 1991 (back-projection).
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models import archs
from sr_models.archs._blocks import MIDDLE, PReLU, Residual, check_scale, start_near_zero
from sr_models.archs._gauss import Gauss, gauss, head, moved
from sr_models.archs._registry import architecture
from sr_models.imaging.resample import resize

USUAL = {
    2: 0.0224,
    3: 0.0334,
    4: 0.0411,
}  # root mean square of the residual of sesr_48x6 on training tiles, RGB in [0, 1]


class Trunk(NamedTuple):
    """Hold what all samples share: the base net's picture, LR features, the prior of the coarse latent."""

    base: Tensor
    features: Tensor
    coarse: Gauss


class Explained(NamedTuple):
    """Hold what training needs: the true r and the decoded one (N, 3, s*H, s*W), (posterior, prior) of each latent."""

    true: Tensor
    decoded: Tensor
    latents: tuple[tuple[Gauss, Gauss], ...]  # coarse, fine


def project(picture: Tensor, lr: Tensor, times: int = 2) -> Tensor:
    """Move `picture` (N, 3, s*H, s*W) towards those that shrink to `lr` (N, 3, H, W); float32."""
    height, width = lr.shape[-2:]
    for _ in range(times):
        wrong = resize(picture, height, width) - lr.float()
        picture = picture - resize(wrong, *picture.shape[-2:])
    return picture


@architecture(
    "vae",
    task="upscale",
    paper="arXiv 1312.6114",
    title="VAE",
    summary="Many originals fit one small picture: this net draws some, and shows where they differ.",
)
class VAE(nn.Module):
    """Enlarge RGB to the base net's picture and what the latent maps add; `sample` draws others."""

    channels = 3
    minimum = 4
    multiple_of = 4
    exact_tiling = True
    LATENTS = "coarse", "fine"  # in the order in which they are drawn

    def __init__(
        self,
        *,
        scale: int = 4,
        width: int = 32,
        blocks: int = 5,
        fine: int = 8,
        coarse: int = 16,
        base: str = "sesr",
        base_config: dict[str, Any] | None = None,
        normalise: bool = True,
    ) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        config = {"width": 48, "depth": 6} if base_config is None else base_config
        self.base = archs.build(base, scale=scale, **config).requires_grad_(False)
        self.sigma = USUAL[scale] if normalise else 1.0
        self.fine, self.coarse = fine, coarse
        self.noise_channels = fine + coarse
        # Features 3; to the coarse grid 3, there 2 layers of 4 px and a place within 4; up 0; to the fine latent 2;
        # decoder 1 + 2 a block + 1; two projections of 4 px and one more where a bicubic weight reaches.
        self.halo = max(3 + 3 + 8 + 3 + 2 + 2 + 2 * blocks, self.base.halo) + 10
        pixels = 3 * scale * scale
        self.see = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), Residual(width))
        self.shrink = _down(width)
        self.coarse_prior = head(2 * width, 2 * coarse)
        self.unfold = nn.Conv2d(coarse, width, 1)
        self.refine = Residual(width)
        self.fine_prior = head(width, 2 * fine)
        self.enter = nn.Conv2d(width + fine, width, 3, padding=1)
        self.body = nn.Sequential(*(Residual(width) for _ in range(blocks)))
        self.tail = start_near_zero(nn.Conv2d(width, pixels, 3, padding=1))
        self.look = nn.Sequential(nn.Conv2d(pixels + width, width, 3, padding=1), PReLU(width), Residual(width))
        self.look_coarse = _down(width)
        self.coarse_posterior = head(2 * width, 2 * coarse)
        self.fine_posterior = head(2 * width, 2 * fine)

    def contained(self) -> nn.Module:
        """Return the net whose picture this one begins with."""
        return self.base

    def trunk(self, lr: Tensor) -> Trunk:
        """Return what all samples of `lr` (N, 3, H, W) share; sides are multiples of 4."""
        with torch.no_grad():
            base = self.base(lr)
        features = self.see((lr - MIDDLE).to(self.tail.weight.dtype))
        return Trunk(base, features, gauss(self.coarse_prior(self.shrink(features))))

    @staticmethod
    def take(trunk: Trunk, count: int) -> Trunk:
        """Return the first `count` pictures of a trunk."""
        coarse = Gauss(trunk.coarse.mean[:count], trunk.coarse.logvar[:count])
        return Trunk(trunk.base[:count], trunk.features[:count], coarse)

    def _open(self, trunk: Trunk, coarse: Tensor) -> Tensor:
        """Join LR features and the coarse latent; (N, width, H, W)."""
        x = self.unfold(coarse.to(trunk.features.dtype))
        x = trunk.features + F.interpolate(x, scale_factor=4, mode="nearest")
        return self.refine(x)

    def _decode(self, joined: Tensor, fine: Tensor) -> Tensor:
        """Return r (N, 3, s*H, s*W), the residual in units of sigma, float32."""
        x = self.enter(torch.cat([joined, fine.to(joined.dtype)], 1))
        return F.pixel_shuffle(self.tail(self.body(x)).float(), self.scale)

    def residual(self, trunk: Trunk, noise: Tensor) -> Tensor:
        """Return r for noise maps (N, fine + coarse, H, W): standard normal times a temperature, 0 for the mean.

        The coarse latent takes the sum of 4x4 numbers over 4, which is standard normal again.
        """
        fine, coarse = noise.split([self.fine, self.coarse], 1)
        joined = self._open(trunk, trunk.coarse.draw(F.avg_pool2d(coarse, 4) * 4))
        return self._decode(joined, gauss(self.fine_prior(joined)).draw(fine))

    def explain(self, trunk: Trunk, hr: Tensor, noise: Tensor) -> Explained:
        """Encode the true residual of `hr` (N, 3, s*H, s*W) by the posterior and decode it again."""
        true = (hr - trunk.base) / self.sigma
        parts = F.pixel_unshuffle(true, self.scale).to(trunk.features.dtype)
        seen = self.look(torch.cat([parts, trunk.features], 1))
        fine_noise, coarse_noise = noise.split([self.fine, self.coarse], 1)
        coarse = moved(trunk.coarse, self.coarse_posterior(self.look_coarse(seen)))
        joined = self._open(trunk, coarse.draw(F.avg_pool2d(coarse_noise, 4) * 4))
        prior = gauss(self.fine_prior(joined))
        fine = moved(prior, self.fine_posterior(torch.cat([seen, joined], 1)))
        decoded = self._decode(joined, fine.draw(fine_noise))
        return Explained(true, decoded, ((coarse, trunk.coarse), (fine, prior)))

    project = staticmethod(project)

    def _picture(self, trunk: Trunk, lr: Tensor, noise: Tensor, consistent: bool) -> Tensor:
        picture = trunk.base + self.sigma * self.residual(trunk, noise)
        return project(picture, lr) if consistent else picture

    def forward(self, lr: Tensor) -> Tensor:  # (N, 3, H, W), sides multiples of 4 -> (N, 3, s*H, s*W)
        return self._picture(self.trunk(lr), lr, lr.new_zeros(len(lr), self.noise_channels, *lr.shape[-2:]), True)

    def sample(self, lr: Tensor, noise: Iterable[Tensor], consistent: bool = True) -> Iterator[Tensor]:
        """Yield one picture (1, 3, s*H, s*W) of `lr` (1, 3, H, W) for each noise map (1, fine + coarse, H, W)."""
        trunk = self.trunk(lr)
        for one in noise:
            yield self._picture(trunk, lr, one, consistent)


def _down(width: int) -> nn.Sequential:
    """Go from the LR grid to a quarter of it, (N, 2 * width, H/4, W/4)."""
    return nn.Sequential(
        nn.Conv2d(width, width, 3, 2, 1), PReLU(width), nn.Conv2d(width, 2 * width, 3, 2, 1), Residual(2 * width)
    )
