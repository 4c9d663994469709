"""A GAN that draws textures of any size: its generator, fully convolutional, after FastGAN and StyleGAN.

z (N, 176, h, w)  ->  a style of the whole picture, and each place's own numbers
1/16   constant and the places' numbers -> 96, styled
1/8    doubled, numbers of 8 px added, two styled layers
1/4    doubled, numbers of 4 px added, two styled layers of 64
1/2    doubled, two styled layers of 32, and a shuffle to the picture
Sources: Liu et al., FastGAN, arXiv 2101.04775 (few pictures, few layers); Karras et al., StyleGAN, arXiv 1812.04948.
Differs from them: no excitation from layer to layer, no squares of noise: the noise is part of z.
"""

import torch
from torch import Tensor, nn

from sr_models.archs._blocks import check_scale
from sr_models.archs._registry import architecture
from sr_models.archs._textures import OWN, SIDE, Finish, Pair, Style, Styled, double, latent_shape, own, start, whole


@architecture(
    "texture_gan",
    task="generate",
    paper="arXiv 2101.04775",
    title="Texture GAN",
    summary="Draws textures that a critic took for photographed ones.",
)
class TextureGAN(nn.Module):
    """Draw textures from a map of numbers."""

    channels, side = 3, SIDE

    def __init__(self, *, scale: int = 1, widths: tuple[int, ...] = (96, 96, 64, 32)) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        first, second, third, last = widths
        self.style = Style()
        self.begin = nn.Parameter(torch.randn(1, first, 1, 1))
        self.add = nn.ModuleList(nn.Conv2d(n, width, 1) for n, width in zip(OWN, (first, first, second), strict=True))
        self.at_16 = Styled(first, first)
        self.at_8, self.at_4 = Pair(first, second), Pair(second, third)
        self.finish = Finish(third, last)
        start(self)

    def latent_shape(self, height: int = SIDE, width: int = SIDE) -> tuple[int, ...]:
        """Return the shape of one z; raise SRError for sides that are no multiples of 16 from 32 to 512."""
        return latent_shape("texture_gan", height, width)

    def forward(self, z: Tensor) -> Tensor:  # (N, 176, h, w) -> (N, 3, 16 h, 16 w) in [0, 1]
        style, numbers = self.style(whole(z)), own(z)
        x = self.at_16(self.begin + self.add[0](numbers[0]), style)
        x = self.at_8(double(x) + self.add[1](numbers[1]), style)
        x = self.at_4(double(x) + self.add[2](numbers[2]), style)
        return self.finish(x, style)
