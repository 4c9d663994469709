"""Raise the evidence bound of a VAE with a vector as its latent, and teach its second head to enlarge."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sr_models.train.objectives._contract import Batch, Setup, objective


@dataclass(frozen=True)
class ElboOptions:
    """Choose the weights of the evidence bound."""

    beta: float = 1.0  # weight of KL; 1 is the bound itself
    enlarge: float = 1.0  # weight of the same bound of the second head; 0: it learns nothing


@objective("elbo", ElboOptions)
class Elbo:
    """Lower -log p(picture | z) + beta KL, both summed over a picture and in nats, by Adam with its usual moments.

    Sources: Kingma and Welling, arXiv 1312.6114, equation 10; Higgins et al., beta-VAE, ICLR 2017, equation 4.
    """

    def __init__(self, setup: Setup, options: ElboOptions) -> None:
        self.setup, self.options = setup, options
        self.companions: dict[str, nn.Module] = {}
        self.optimizers = [torch.optim.Adam(setup.net.parameters(), setup.learning_rate)]

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step; `batch.lr` (N, 1, 14, 14) is what the second head enlarges."""
        net, options = self.setup.net, self.options
        size = net.latent_shape(*batch.hr.shape[-2:])
        self.optimizers[0].zero_grad()
        surprise, kl = (each.mean() for each in net.bound(batch.hr, batch.hr, batch.normal(*size)))
        loss = surprise + options.beta * kl
        terms = {"surprise": surprise, "kl": kl}
        if options.enlarge:
            far, more = (each.mean() for each in net.bound(batch.lr, batch.hr, batch.normal(*size), head=1))
            terms["enlarged"] = far
            loss = loss + options.enlarge * (far + options.beta * more)
        (loss / batch.hr[0].numel()).backward()
        self.setup.average_gradients(net)
        self.optimizers[0].step()
        return {k: v.detach() for k, v in {"loss": loss, **terms}.items()}
