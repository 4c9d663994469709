"""A VAE that draws textures of any size: a ladder of latents from the whole picture down to places of 4 px.

encoder   1/2 (folded) 32   1/4 64   1/8 96   1/16 96   a mean over the places: the whole picture's numbers
decoder   1/16   constant, styled; 16 numbers a place      1/8   doubled, styled; 8      1/4   doubled, styled; 4
          1/2    doubled, styled, and a shuffle to the picture
Each level has a prior that sees what the levels above it drew, and a posterior that moves it by what the encoder sees.
The whole picture's numbers are drawn with the mean and covariance that they had in training, since what the encoder
finds is not quite standard normal (Ghosh et al., arXiv 1903.12436, section 4).
Sources: Sønderby et al., Ladder VAE, arXiv 1602.02282, figure 1; Child, arXiv 2011.10650; Rybkin et al., sigma-VAE,
arXiv 2006.13202 (one learned noise level). Differs from them: all of the style comes from the whole picture's numbers.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._gauss import Gauss, gauss, head, moved
from sr_models.archs._registry import architecture
from sr_models.archs._textures import (
    OWN,
    SIDE,
    SLOPE,
    WHOLE,
    Finish,
    Pair,
    Style,
    conv,
    double,
    latent_shape,
    own,
    start,
    whole,
)

FOLLOW = 0.005  # share of a batch in the means that follow them


class Again(NamedTuple):
    """Hold what is drawn again (N, 3, H, W), and of each picture in nats, (N,): -log p(picture | z), and KL of the
    whole picture's numbers and of the places'."""

    drawn: Tensor
    surprise: Tensor
    whole_kl: Tensor
    own_kl: Tensor


@architecture(
    "texture_vae",
    task="generate",
    paper="arXiv 1602.02282",
    title="Texture VAE",
    summary="Finds numbers for a texture and for each of its places, and draws textures from any such numbers.",
)
class TextureVAE(nn.Module):
    """Draw textures from a map of numbers, which it learned to find in photographed ones."""

    channels, side = 3, SIDE
    mean: Tensor
    square: Tensor

    def __init__(self, *, scale: int = 1, widths: tuple[int, ...] = (96, 96, 64, 32)) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        first, second, third, last = widths
        self.enter = conv(12, last)
        self.down = nn.ModuleList((conv(last, third, 2), conv(third, second, 2), conv(second, first, 2)))
        self.look = nn.ModuleList(conv(width, width) for width in (third, second, first))
        self.style = Style()
        self.begin = nn.Parameter(torch.randn(1, first, 1, 1))
        self.at = nn.ModuleList(Pair(a, b) for a, b in ((first, first), (first, second), (second, third)))
        self.add = nn.ModuleList(nn.Conv2d(n, width, 1) for n, width in zip(OWN, (first, second, third), strict=True))
        self.finish = Finish(third, last)
        start(self)
        self.found = nn.Linear(first, 2 * WHOLE)
        self.priors = nn.ModuleList(head(width, 2 * n) for n, width in zip(OWN, (first, second, third), strict=True))
        self.posteriors = nn.ModuleList(
            head(2 * width, 2 * n) for n, width in zip(OWN, (first, second, third), strict=True)
        )
        self.log_sigma = nn.Parameter(torch.tensor([-2.0]))
        self.register_buffer("mean", torch.zeros(WHOLE))  # of the whole picture's numbers in training
        self.register_buffer("square", torch.eye(WHOLE))  # of them and of their products

    def latent_shape(self, height: int = SIDE, width: int = SIDE) -> tuple[int, ...]:
        """Return the shape of one z; raise SRError for sides that are no multiples of 16 from 32 to 512."""
        return latent_shape("texture_vae", height, width)

    def forward(self, z: Tensor) -> Tensor:  # (N, 176, h, w) -> (N, 3, 16 h, 16 w) in [0, 1]
        spread = self.square.float() - torch.outer(self.mean.float(), self.mean.float())
        values, vectors = torch.linalg.eigh(spread)  # what is rounded to below 0 is 0
        root = vectors * values.clamp(min=0).sqrt()
        numbers = self.mean.float() + (root * whole(z).float()[:, None]).sum(2)
        return self._decode(numbers, own(z))[0]

    def _encode(self, picture: Tensor) -> list[Tensor]:
        """Return the features of a picture (N, 3, H, W), sides multiples of 16, at 1/16, 1/8 and 1/4."""
        x = F.leaky_relu(self.enter(F.pixel_unshuffle(2 * (picture - MIDDLE), 2)), SLOPE)
        seen = []
        for down, look in zip(self.down, self.look, strict=True):
            x = F.leaky_relu(down(x), SLOPE)
            x = x + F.leaky_relu(look(x), SLOPE)
            seen.append(x)
        return seen[::-1]

    def _decode(
        self, numbers: Tensor, noise: list[Tensor], seen: list[Tensor] | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the picture, and where the encoder's features are given the KL of each level, (N,)."""
        style = self.style(numbers)
        x = self.begin.expand(len(numbers), -1, *noise[0].shape[2:])
        kl = []
        for level, drawn in enumerate(noise):
            x = self.at[level](double(x) if level else x, style)
            law = prior = gauss(self.priors[level](x))
            if seen is not None:
                law = moved(prior, self.posteriors[level](torch.cat([x, seen[level]], 1)))
                kl.append(law.kl(prior).sum((1, 2, 3)))
            x = x + self.add[level](law.draw(drawn).to(x.dtype))
        return self.finish(x, style), kl

    def again(self, picture: Tensor, noise: Tensor) -> Again:
        """Draw pictures (N, 3, H, W) in [0, 1] again, of the z that `noise` (N, 176, h, w) draws; 0: of the means.

        The sides are multiples of 16.
        """
        seen = self._encode(picture)
        posterior = gauss(self.found(seen[0].mean((2, 3))))
        numbers = posterior.draw(whole(noise))
        if self.training:
            self._remember(numbers.detach())
        drawn, kl = self._decode(numbers, own(noise), seen)
        wrong = (picture - drawn).square().sum((1, 2, 3)) * (-2 * self.log_sigma).exp()
        surprise = 0.5 * wrong + picture[0].numel() * (self.log_sigma + 0.5 * math.log(2 * math.pi))
        zero = torch.zeros_like(posterior.mean)
        return Again(drawn, surprise, posterior.kl(Gauss(zero, zero)).sum(1), sum(kl[1:], kl[0]))

    @torch.no_grad()
    def _remember(self, numbers: Tensor) -> None:
        """Follow the means of numbers (N, WHOLE) and of their products."""
        numbers = numbers.float()
        products = numbers[:, :, None] * numbers[:, None]  # no matrix product, which would be rounded to 16 bits
        self.mean.lerp_(numbers.mean(0), FOLLOW)
        self.square.lerp_(products.mean(0), FOLLOW)

    def alike(self, picture: Tensor, noise: Tensor) -> Tensor:
        """Draw pictures of the kind of `picture` (N, 3, H, W): its numbers of the whole, and places by the prior."""
        posterior = gauss(self.found(self._encode(picture)[0].mean((2, 3))))
        return self._decode(posterior.draw(whole(noise)), own(noise))[0]
