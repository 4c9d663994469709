"""Raise the evidence bound of a conditional VAE, whose noise level is the best one for each batch."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from sr_models.train.objectives._common import Batch


class Variational:
    """Lower log(MSE) / 2 of the decoded residual + beta x KL, both per number of the picture, in nats.

    `beta` rises from 0 over the first `warm_up` of the run. Each latent channel has `free_bits` nats per place, over
    batch and space, that cost nothing. `centre` weighs the product of two samples of the prior: it is 0 where the
    samples' mean is the base net's picture.
    Sources: Rybkin et al., sigma-VAE, arXiv 2006.13202, section 3.3 (the noise level that is best for each batch);
    Kingma et al., arXiv 1606.04934, appendix C.8 (free bits); Sønderby et al., arXiv 1602.02282 (warm-up).
    """

    def __init__(
        self,
        net: Any,
        learning_rate: float,
        autocast: Callable[[], Any],
        *,
        average: Callable[[nn.Module], None] = lambda net: None,
        graph: bool = False,  # its step is never recorded
        beta: float = 1.0,
        warm_up: float = 0.2,
        free_bits: float = 0.05,
        centre: float = 0.1,
        clip: float = 1.0,
    ) -> None:
        self.net, self.autocast, self.average = net, autocast, average
        self.beta, self.warm_up, self.free_bits, self.centre, self.clip = beta, warm_up, free_bits, centre, clip
        self.companions: dict[str, nn.Module] = {}
        learned = [p for p in net.parameters() if p.requires_grad]
        self.optimizers = [torch.optim.Adam(learned, learning_rate, (0.9, 0.99))]

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one Adam step."""
        net, lr = self.net, batch.lr.contiguous(memory_format=torch.channels_last)
        self.optimizers[0].zero_grad()
        half = max(len(lr) // 2, 1)
        with self.autocast():
            trunk = net.trunk(lr)
            explained = net.explain(trunk, batch.hr, batch.noise(net.noise_channels))
            part = net.take(trunk, half)
            one, other = (net.residual(part, batch.noise(net.noise_channels)[:half]) for _ in range(2))
        mse = (explained.true - explained.decoded).square().mean()
        numbers = batch.hr[0].numel()
        nats = [posterior.nats(prior) for posterior, prior in explained.latents]
        rate = sum(spent(n, self.free_bits) for n in nats) / numbers
        centre = (one * other).mean()
        beta = self.beta * min(batch.progress / max(self.warm_up, 1e-9), 1.0)
        loss = 0.5 * mse.log() + beta * rate + self.centre * centre
        loss.backward()
        self.average(net)
        torch.nn.utils.clip_grad_norm_(net.parameters(), self.clip)
        self.optimizers[0].step()
        terms = {"mse": mse, "centre": centre}
        terms |= {
            f"kl_{name}": n.sum((1, 2, 3)).mean() / lr[0, 0].numel() for name, n in zip(net.LATENTS, nats, strict=True)
        }
        return {k: v.detach() for k, v in ({"loss": loss} | terms).items()}


def spent(nats: Tensor, free: float) -> Tensor:
    """Return the nats per picture, a channel's mean counting at least `free` for each place."""
    return nats.mean((0, 2, 3)).clamp(min=free).sum() * nats[0, 0].numel()
