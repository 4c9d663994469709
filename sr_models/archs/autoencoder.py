"""An autoencoder whose decoder gives the high-resolution picture: HR = D(E(LR)), of our own design.

E: two 3x3 layers on the LR grid, then twice a strided one (64, 96 channels); the last gives the latent, a quarter of
the LR's side. D: residual blocks, then twice convolution and pixel shuffle back to the LR grid, there two layers and
the sub-pixel tail to the scale. E's features join D's of the same size by addition, and the upsampled LR joins the
result. `skips=False` leaves out all three, so that only the latent speaks.
Sources of the parts: Hinton and Salakhutdinov, Science 313, 2006 (the autoencoder); Ronneberger et al., U-Net,
arXiv 1505.04597, figure 1 (skips between equal sizes, there by concatenation); Shi et al., ESPCN, arXiv 1609.05158
(pixel shuffle).
"""

import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, PReLU, Residual, add_upsampled, check_scale, start_near_zero
from sr_models.archs._registry import architecture


def _layer(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1), PReLU(outside))


def _up(inside: int, outside: int) -> nn.Sequential:
    """Double the side."""
    return nn.Sequential(nn.Conv2d(inside, 4 * outside, 3, padding=1), nn.PixelShuffle(2), PReLU(outside))


@architecture(
    "autoencoder",
    task="upscale",
    paper="arXiv 1505.04597",
    title="Autoencoder",
    summary="Squeezes the picture to a quarter of its side and unfolds it larger; skips carry detail past that, "
    "and the one without them shows why they matter.",
)
class Autoencoder(nn.Module):
    """Enlarge RGB by an encoder and a decoder; `latent` is the number of channels between them."""

    channels = 3
    minimum = 4
    multiple_of = 4
    exact_tiling = True

    def __init__(
        self, *, scale: int = 4, width: int = 48, blocks: int = 2, latent: int = 96, skips: bool = True
    ) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.skips = skips
        half, quarter = width * 4 // 3, width * 2
        # Down: 2 layers and 1; on the half grid 2; on the quarter grid all of the body and 1; back on the half grid 2;
        # then 2 and the tail; a pixel's place within its quarter pixel adds 3.
        self.halo = 3 + 2 * 2 + 4 * (1 + 2 * blocks + 1) + 2 * 2 + 3 + 3
        self.see = nn.Sequential(_layer(3, width), _layer(width, width))
        self.shrink = nn.Sequential(_layer(width, half, 2), _layer(half, half))
        self.squeeze = nn.Conv2d(half, latent, 3, 2, 1)
        self.body = nn.Sequential(_layer(latent, quarter), *(Residual(quarter) for _ in range(blocks)))
        self.grow = _up(quarter, half)
        self.mend = nn.Sequential(_layer(half, half), _up(half, width))
        self.finish = nn.Sequential(_layer(width, width), _layer(width, width))
        self.tail = start_near_zero(nn.Conv2d(width, 3 * scale * scale, 3, padding=1))

    def encode(self, lr: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the latent (N, latent, H/4, W/4) and what skips carry: features at H/2 and at H."""
        full = self.see((lr - MIDDLE).to(self.tail.weight.dtype))
        half = self.shrink(full)
        return self.squeeze(half), half, full

    def forward(self, lr: Tensor) -> Tensor:  # (N, 3, H, W), sides multiples of 4 -> (N, 3, s*H, s*W)
        latent, half, full = self.encode(lr)
        x = self.grow(self.body(latent))  # (N, ., H/2, W/2)
        x = self.mend(x + half if self.skips else x)  # (N, width, H, W)
        x = self.tail(self.finish(x + full if self.skips else x))
        if self.skips:
            return add_upsampled(x, lr, self.scale)
        return F.pixel_shuffle(x.float(), self.scale) + MIDDLE
