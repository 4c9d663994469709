"""The textbook GAN, on digits: its generator. Goodfellow et al., arXiv 1406.2661.

Two forms: `dense`, three dense layers to the 784 pixels, and `dcgan`, transposed convolutions with batch normalisation
(Radford et al., arXiv 1511.06434, figure 1). Differs from it: 28x28, fewer channels, pixels by a sigmoid.
"""

from torch import Tensor, nn

from sr_models.archs._blocks import check_scale
from sr_models.archs._digits import Norm, check_size
from sr_models.archs._registry import architecture
from sr_models.errors import SRError
from sr_models.imaging.digits import SIDE

FORMS = ("dcgan", "dense")


def check_form(form: str) -> str:
    """Return `form`, or raise SRError where it is none."""
    if form not in FORMS:
        raise SRError("unknown_choice", name="form", value=form, known=", ".join(FORMS))
    return form


@architecture(
    "digit_gan",
    task="generate",
    paper="arXiv 1406.2661",
    title="Digit GAN",
    summary="Draws digits that a critic took for written ones.",
)
class DigitGAN(nn.Module):
    """Draw digits from a vector."""

    channels, side = 1, SIDE

    def __init__(self, *, scale: int = 1, form: str = "dcgan", latent_dim: int = 64, width: int = 32) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        self.form, self.latent_dim = check_form(form), latent_dim
        if form == "dense":
            self.body = nn.Sequential(
                nn.Linear(latent_dim, 4 * width),
                nn.LeakyReLU(0.2),
                nn.Linear(4 * width, 8 * width),
                nn.LeakyReLU(0.2),
                nn.Linear(8 * width, SIDE * SIDE),
                nn.Unflatten(1, (1, SIDE, SIDE)),
            )
        else:
            self.body = nn.Sequential(
                nn.Linear(latent_dim, 2 * width * 49),
                nn.Unflatten(1, (2 * width, 7, 7)),
                Norm(2 * width),
                nn.ReLU(),
                nn.ConvTranspose2d(2 * width, width, 4, 2, 1),  # (N, w, 14, 14)
                Norm(width),
                nn.ReLU(),
                nn.ConvTranspose2d(width, 1, 4, 2, 1),  # (N, 1, 28, 28)
            )

    def latent_shape(self, height: int = SIDE, width: int = SIDE) -> tuple[int, ...]:
        """Return the shape of one z; raise SRError for another size than 28x28."""
        check_size("digit_gan", height, width)
        return (self.latent_dim,)

    def forward(self, z: Tensor) -> Tensor:  # (N, latent_dim) -> (N, 1, 28, 28) in [0, 1]
        return self.body(z).sigmoid()
