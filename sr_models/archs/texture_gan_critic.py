"""The critic of the texture GAN: strided convolutions, with a logit for the whole picture and one for its parts.

The picture is folded 2x2; 1/4, 1/8 and 1/16 follow. At 1/8 a layer judges each place, and the mean counts; at 1/16 the
whole is judged, beside how much the pictures of the batch differ (Karras et al., arXiv 1710.10196, section 3).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._registry import architecture
from sr_models.archs._textures import SLOPE, conv, start

TOGETHER = 4  # pictures whose spread is told


@architecture(
    "texture_gan_critic",
    task="critic",
    paper="arXiv 2101.04775",
    title="The texture GAN's critic",
    summary="Says of a texture how real it looks.",
)
class TextureGANCritic(nn.Module):
    """Tell photographed textures from drawn ones, by two logits: above 0 is real."""

    channels = 3

    def __init__(self, *, scale: int = 1, width: int = 48, drop: float = 0.0) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        self.enter, self.fine = conv(12, width), conv(width, 2 * width, 2)  # (N, 2w, H/4, W/4)
        self.middle, self.coarse = conv(2 * width, 3 * width, 2), conv(3 * width, 3 * width, 2)
        self.drop = nn.Dropout(drop)
        self.parts = nn.Conv2d(3 * width, 1, 1)
        self.last = conv(3 * width + 1, 3 * width)
        self.whole = nn.Linear(3 * width, 1)
        start(self)

    def forward(self, picture: Tensor) -> Tensor:  # (N, 3, H, W) in [0, 1], sides multiples of 16 -> (N, 2)
        x = F.pixel_unshuffle(2 * (picture - MIDDLE), 2)
        for layer in (self.enter, self.fine, self.middle):
            x = F.leaky_relu(layer(x), SLOPE)
        parts = self.parts(self.drop(x)).mean((2, 3))
        x = F.leaky_relu(self.coarse(x), SLOPE)
        x = F.leaky_relu(self.last(torch.cat([x, _spread(x)], 1)), SLOPE)
        return torch.cat([self.whole(self.drop(x).mean((2, 3))), parts], 1).float()


def _spread(x: Tensor) -> Tensor:
    """Return how much each four pictures of (N, C, h, w) differ, a map (N, 1, h, w); 0 where N is no multiple."""
    count, _, height, width = x.shape
    if count % TOGETHER:
        return x.new_zeros(count, 1, height, width)
    groups = x.unflatten(0, (TOGETHER, -1))
    spread = (groups.var(0, unbiased=False) + 1e-6).sqrt().mean((1, 2, 3))  # (N / 4)
    return spread.repeat(TOGETHER)[:, None, None, None].expand(-1, 1, height, width)
