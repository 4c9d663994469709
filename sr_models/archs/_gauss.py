"""Normal latents of the VAEs: their mean and log variance, samples, KL, and a posterior relative to its prior."""

from typing import NamedTuple

from torch import Tensor, nn

LOWEST, HIGHEST = -6.0, 2.0  # of log variances


class Gauss(NamedTuple):
    """Hold mean and log variance (N, C, H, W) of independent normal numbers, in float32."""

    mean: Tensor
    logvar: Tensor

    def draw(self, noise: Tensor) -> Tensor:
        """Return a sample; noise 0 gives the mean."""
        return self.mean + (0.5 * self.logvar).exp() * noise

    def kl(self, prior: "Gauss") -> Tensor:
        """Return KL(self || prior) of each number, (N, C, H, W)."""
        gap = (self.mean - prior.mean).square() + self.logvar.exp()
        return 0.5 * (prior.logvar - self.logvar + gap * (-prior.logvar).exp() - 1)


def head(inside: int, outside: int) -> nn.Conv2d:
    """Return a 1x1 layer that starts at zero: mean 0 and variance 1, or the prior unmoved."""
    made = nn.Conv2d(inside, outside, 1)
    nn.init.zeros_(made.weight)
    nn.init.zeros_(made.bias)  # type: ignore[arg-type]
    return made


def gauss(numbers: Tensor) -> Gauss:
    """Return what a head's numbers (N, 2C, H, W) mean."""
    mean, logvar = numbers.float().chunk(2, 1)
    return Gauss(mean, logvar.clamp(LOWEST, HIGHEST))


def moved(prior: Gauss, numbers: Tensor) -> Gauss:
    """Return the posterior that a head's numbers (N, 2C, H, W) make of the prior."""
    mean, logvar = numbers.float().chunk(2, 1)
    return Gauss(prior.mean + mean, (prior.logvar + logvar).clamp(LOWEST, HIGHEST))
