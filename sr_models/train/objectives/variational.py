"""Raise the evidence bound of a conditional VAE, whose noise level is the best one for each batch."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sr_models.train.objectives._contract import Batch, Setup, objective


@dataclass(frozen=True)
class VariationalOptions:
    """Choose the weights of the evidence bound; KL is in nats."""

    beta: float = 1.0  # weight of KL
    warm_up: float = 0.2  # share of the run over which beta rises from 0
    free_bits: float = 0.05  # nats of each latent channel per place, over batch and space, that cost nothing
    centre: float = 0.1  # weight of the product of two samples, 0 where their mean is the base net's picture
    clip: float = 1.0  # the norm to which gradients are clipped


@objective("variational", VariationalOptions)
class Variational:
    """Lower log(MSE) / 2 of the decoded residual + beta x KL, both per number of the picture, in nats.

    Sources: Rybkin et al., sigma-VAE, arXiv 2006.13202, section 3.3 (the noise level that is best for each batch);
    Kingma et al., arXiv 1606.04934, appendix C.8 (free bits); Sønderby et al., arXiv 1602.02282 (warm-up).
    """

    def __init__(self, setup: Setup, options: VariationalOptions) -> None:
        self.setup, self.options = setup, options
        self.companions: dict[str, nn.Module] = {}
        learned = [p for p in setup.net.parameters() if p.requires_grad]
        self.optimizers = [torch.optim.Adam(learned, setup.learning_rate, (0.9, 0.99))]

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one Adam step."""
        net, options = self.setup.net, self.options
        lr = batch.lr.contiguous(memory_format=torch.channels_last)
        self.optimizers[0].zero_grad()
        half = max(len(lr) // 2, 1)
        with self.setup.autocast():
            trunk = net.trunk(lr)
            explained = net.explain(trunk, batch.hr, batch.noise(net.noise_channels))
            part = net.take(trunk, half)
            one, other = (net.residual(part, batch.noise(net.noise_channels)[:half]) for _ in range(2))
        mse = (explained.true - explained.decoded).square().mean()
        kl = [posterior.kl(prior) for posterior, prior in explained.latents]
        kl_cost = sum(beyond_free_bits(each, options.free_bits) for each in kl) / batch.hr[0].numel()
        centre = (one * other).mean()
        beta = options.beta * min(batch.progress / max(options.warm_up, 1e-9), 1.0)
        loss = 0.5 * mse.log() + beta * kl_cost + options.centre * centre
        loss.backward()
        self.setup.average_gradients(net)
        nn.utils.clip_grad_norm_(net.parameters(), options.clip)
        self.optimizers[0].step()
        terms = {"loss": loss, "mse": mse, "centre": centre}
        for name, each in zip(net.LATENTS, kl, strict=True):
            terms[f"kl_{name}"] = each.sum((1, 2, 3)).mean() / lr[0, 0].numel()
        return {k: v.detach() for k, v in terms.items()}


def beyond_free_bits(kl: Tensor, free_bits: float) -> Tensor:
    """Return the KL per picture of maps (N, C, H, W) in nats, a channel counting `free_bits` a place at least."""
    return kl.mean((0, 2, 3)).clamp(min=free_bits).sum() * kl[0, 0].numel()
