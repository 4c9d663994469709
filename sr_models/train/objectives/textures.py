"""Raise the evidence bound of a VAE of textures, with a little help of pretrained features."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sr_models.errors import SRError
from sr_models.metrics.perceptual import features_folder, load_features
from sr_models.train.objectives._contract import Batch, Setup, objective


@dataclass(frozen=True)
class TexturesOptions:
    """Choose the weights of the terms; the bound is in nats of a number of a pixel."""

    beta: float = 1.0  # weight of KL
    whole: float = 8.0  # and how much more that of the whole picture's numbers weighs, whose prior is not learned
    warm_up: float = 0.1  # share of the run over which beta rises from 0
    features: str = "lite0"  # a pretrained net
    near: float = 0.3  # weight of the distance of features, place by place, of what is drawn again
    alike: float = 10.0  # weight of that of their statistics, of what the prior draws of the same whole picture
    clip: float = 5.0  # the norm to which gradients are clipped


@objective("textures", TexturesOptions)
def textures(setup: Setup, options: TexturesOptions) -> "Textures":
    """Return the objective with its features; raise SRError where they are missing."""
    features = load_features(options.features)
    if features is None:
        raise SRError("features_missing", path=features_folder() / f"{options.features}.safetensors")
    return Textures(setup, options, features)


class Textures:
    """Lower -log p(picture | z) + beta KL, a distance of features, and one of their statistics.

    The pixels ask for the mean of all fine detail that fits, which is none. The statistics ask for detail of the right
    kind wherever it lies: they alone see what the prior draws for the places of a picture whose own numbers are known.
    Sources: Rybkin et al., sigma-VAE, arXiv 2006.13202; Gatys et al., arXiv 1505.07376, equations 2 to 4 (the products
    of features, summed over places). Differs from it: features have length 1 at each place.
    """

    def __init__(self, setup: Setup, options: TexturesOptions, features: Any) -> None:
        self.setup, self.options = setup, options
        self.features = features.to(setup.device)
        self.companions: dict[str, nn.Module] = {}
        self.optimizers = [torch.optim.Adam(setup.net.parameters(), setup.learning_rate, (0.9, 0.99))]

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step on `batch.hr` (N, 3, H, W)."""
        net, options, true = self.setup.net, self.options, batch.hr
        size = net.latent_shape(*true.shape[-2:])
        self.optimizers[0].zero_grad()
        with self.setup.autocast():
            again = net.again(true, batch.normal(*size))
            alike = net.alike(true, batch.normal(*size))
            seen = self.features.features(torch.cat([again.drawn, alike, true]))
        parts = [part.float().chunk(3) for part in seen]
        near = torch.stack([(a - c).square().sum(1).mean() for a, _, c in parts]).mean()
        kind = torch.stack([(products(b) - products(c)).square().sum((1, 2)).mean() for _, b, c in parts]).mean()
        numbers = true[0].numel()
        beta = options.beta * min(batch.progress / max(options.warm_up, 1e-9), 1.0)
        bound = (again.surprise + beta * (options.whole * again.whole_kl + again.own_kl)).mean() / numbers
        loss = bound + options.near * near + options.alike * kind
        loss.backward()
        self.setup.average_gradients(net)
        nn.utils.clip_grad_norm_(net.parameters(), options.clip)
        self.optimizers[0].step()
        terms = {"loss": loss, "surprise": again.surprise.mean() / numbers, "near": near, "alike": kind}
        terms |= {"kl_whole": again.whole_kl.mean(), "kl_own": again.own_kl.mean()}
        return {k: v.detach() for k, v in terms.items()}


def products(features: Tensor) -> Tensor:
    """Return the mean over places of the products of all pairs of channels of (N, C, H, W): (N, C, C)."""
    x = features.flatten(2)
    return x @ x.mT / x.shape[2]
