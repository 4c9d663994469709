"""The critic of the textbook GAN on digits, dense or of strided convolutions: Radford et al., arXiv 1511.06434.

Differs from it: nothing is normalised. Real and drawn batches would be normalised apart, which alone told them apart:
the critic was right in 99 % of all cases. `drop` is the share of units that drop out (Goodfellow et al., arXiv
1406.2661, section 5).
"""

from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._registry import architecture
from sr_models.archs.digit_gan import check_form
from sr_models.imaging.digits import SIDE


@architecture(
    "digit_gan_critic",
    task="critic",
    paper="arXiv 1511.06434",
    title="The digit GAN's critic",
    summary="Says of a digit how real it looks.",
)
class DigitGANCritic(nn.Module):
    """Tell written digits from drawn ones, by a logit: above 0 is real."""

    channels = 1

    def __init__(self, *, scale: int = 1, form: str = "dcgan", width: int = 32, drop: float = 0.0) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        if check_form(form) == "dense":
            self.body = nn.Sequential(
                nn.Flatten(),
                nn.Linear(SIDE * SIDE, 8 * width),
                nn.LeakyReLU(0.2),
                nn.Dropout(drop),
                nn.Linear(8 * width, 4 * width),
                nn.LeakyReLU(0.2),
                nn.Dropout(drop),
                nn.Linear(4 * width, 1),
            )
        else:
            self.body = nn.Sequential(
                nn.Conv2d(1, width, 4, 2, 1),  # (N, w, 14, 14)
                nn.LeakyReLU(0.2),
                nn.Dropout(drop),
                nn.Conv2d(width, 2 * width, 4, 2, 1),  # (N, 2w, 7, 7)
                nn.LeakyReLU(0.2),
                nn.Dropout(drop),
                nn.Flatten(),
                nn.Linear(2 * width * 49, 1),
            )

    def forward(self, picture: Tensor) -> Tensor:  # (N, 1, 28, 28) in [0, 1] -> (N,)
        return self.body(2 * (picture - MIDDLE))[:, 0]
