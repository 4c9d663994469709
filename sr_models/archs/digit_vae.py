"""The textbook VAE, on digits: Kingma and Welling, arXiv 1312.6114, appendix C.2, with convolutions and pooling.

encoder                                          decoder
28x28   convolution 1 -> w, ReLU, pool           latent   dense latent_dim -> 98 w, ReLU
14x14   convolution w -> 2 w, ReLU, pool         7x7      transposed convolution 2 w -> 2 w, ReLU
7x7     convolution 2 w -> 2 w, ReLU             14x14    transposed convolution 2 w -> w, ReLU
        dense 98 w -> mean and log variance      28x28    two heads, w -> 1: the picture, and the enlarged one

A picture of 14x14 is doubled before the encoder, so that both sizes have one latent space. From the z of a small
picture the second head draws the large one: all it knows of the small one is z.
Likelihoods: `sigma`, normal with one learned noise level (Rybkin et al., arXiv 2006.13202, section 3.1), or `bce`,
the cross-entropy of grey levels taken for probabilities, as courses have it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._digits import check_size
from sr_models.archs._gauss import Gauss, gauss
from sr_models.archs._registry import architecture
from sr_models.errors import SRError
from sr_models.imaging.digits import SIDE

LIKELIHOODS = ("sigma", "bce")


@architecture(
    "digit_vae",
    task="generate",
    paper="arXiv 1312.6114",
    title="Digit VAE",
    summary="Finds a few numbers for a digit, and draws digits from any such numbers; enlarges them too.",
)
class DigitVAE(nn.Module):
    """Draw digits from a vector, and find the vector of a digit."""

    channels, side = 1, SIDE

    def __init__(self, *, scale: int = 2, latent_dim: int = 32, likelihood: str = "sigma", width: int = 16) -> None:
        super().__init__()
        if likelihood not in LIKELIHOODS:
            raise SRError("unknown_choice", name="likelihood", value=likelihood, known=", ".join(LIKELIHOODS))
        self.scale = check_scale(scale, 2, 2)
        self.latent_dim, self.likelihood = latent_dim, likelihood
        flat = 2 * width * 49
        self.encoder = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, w, 14, 14)
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 2w, 7, 7)
            nn.Conv2d(2 * width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(flat, 2 * latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, flat),
            nn.ReLU(),
            nn.Unflatten(1, (2 * width, 7, 7)),
            nn.ConvTranspose2d(2 * width, 2 * width, 4, 2, 1),  # (N, 2w, 14, 14)
            nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1),  # (N, w, 28, 28)
            nn.ReLU(),
        )
        self.picture = nn.Conv2d(width, 1, 3, padding=1)
        self.enlarged = nn.Conv2d(width, 1, 3, padding=1)
        self.log_sigma = nn.Parameter(torch.full((2,), -1.0))  # of the noise around what each head draws

    def latent_shape(self, height: int = SIDE, width: int = SIDE) -> tuple[int, ...]:
        """Return the shape of one z; raise SRError for another size than 28x28."""
        check_size("digit_vae", height, width)
        return (self.latent_dim,)

    def encode(self, picture: Tensor) -> Gauss:
        """Return the posterior of z, (N, latent_dim), for pictures (N, 1, 28, 28) or (N, 1, 14, 14) in [0, 1]."""
        times = SIDE // picture.shape[-1]
        picture = picture.repeat_interleave(times, -1).repeat_interleave(times, -2)
        return gauss(self.encoder(picture - MIDDLE))

    def logits(self, z: Tensor) -> Tensor:
        """Return what both heads draw of z (N, latent_dim), before the sigmoid: (N, 2, 28, 28)."""
        features = self.decoder(z)
        return torch.cat([self.picture(features), self.enlarged(features)], 1)

    def forward(self, z: Tensor) -> Tensor:  # (N, latent_dim) -> (N, 1, 28, 28)
        return self.logits(z)[:, :1].sigmoid()

    def enlarge(self, lr: Tensor) -> Tensor:  # (N, 1, 14, 14) -> (N, 1, 28, 28)
        """Return what the second head draws of the mean z of small pictures."""
        return self.logits(self.encode(lr).mean)[:, 1:].sigmoid()

    def surprise(self, z: Tensor, picture: Tensor, head: int = 0) -> Tensor:
        """Return -log p(picture | z) of each picture (N, 1, 28, 28), in nats, (N,), by the first or the second head."""
        logits = self.logits(z)[:, head : head + 1]
        if self.likelihood == "bce":
            return F.binary_cross_entropy_with_logits(logits, picture, reduction="none").sum((1, 2, 3))
        log_sigma = self.log_sigma[head]
        wrong = (picture - logits.sigmoid()).square().sum((1, 2, 3)) * (-2 * log_sigma).exp()
        return 0.5 * wrong + picture[0].numel() * (log_sigma + 0.5 * math.log(2 * math.pi))

    def bound(self, picture: Tensor, target: Tensor, noise: Tensor, head: int = 0) -> tuple[Tensor, Tensor]:
        """Return both terms of -ELBO of each picture in nats, (N,): -log p(target | z) and KL(q(z | picture) || p(z)).

        z is drawn by `noise` (N, latent_dim). `target` is the picture itself, or of the second head the large one.
        """
        posterior = self.encode(picture)
        prior = Gauss(torch.zeros_like(posterior.mean), torch.zeros_like(posterior.mean))
        return self.surprise(posterior.draw(noise), target, head), posterior.kl(prior).sum(1)
