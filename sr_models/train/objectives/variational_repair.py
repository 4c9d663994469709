"""Raise the evidence bound of a VAE that repairs, and lower the energy score of what its prior draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.errors import SRError
from sr_models.metrics.perceptual import features_folder, load_features
from sr_models.train.muon import Muon, kernels_within
from sr_models.train.objectives._contract import Batch, Setup, objective
from sr_models.train.objectives.repair import strength_of
from sr_models.train.objectives.variational import beyond_free_bits

OCTAVES = 3
PATCH = 4  # side of the patches whose distances the energy score takes, in places of a view
UNIT = 1e-3  # added to the unit in which a distance is told, so that a right mean costs little


@dataclass(frozen=True)
class VariationalRepairOptions:
    """Choose the weights of the terms; KL is in nats."""

    beta: float = 1.0  # weight of KL
    warm_up: float = 0.2  # share of the run over which beta rises from 0
    free_bits: float = 0.05  # nats of each latent channel per place, over batch and space, that cost nothing
    energy: float = 1.0  # weight of the energy score of two samples of the prior
    features: str = ""  # a pretrained net, of which the score then looks at the features as well
    muon: float = 0.0  # above 0, Muon steps the kernels but the last, at so many times the rate
    clip: float = 1.0  # the norm to which gradients are clipped


@objective("variational_repair", VariationalRepairOptions)
def variational_repair(setup: Setup, options: VariationalRepairOptions) -> "VariationalRepair":
    """Return the objective with its features; raise SRError where they are missing."""
    features = load_features(options.features) if options.features else None
    if features is None and options.features:
        raise SRError("features_missing", path=features_folder() / f"{options.features}.safetensors")
    return VariationalRepair(setup, options, features)


class VariationalRepair:
    """Lower log(MSE) / 2 of the decoded residual in each picture's unknown part + KL + an energy score + b's cost.

    The energy score, a proper one, is least where samples of the prior are spread as the truth is around the mean; it
    alone is what keeps them from being timid. It looks at lightness, colours and octaves apart, and at pretrained
    features: by the pixels alone, spread of the right size may be noise of any colour. The cost of b is that of a
    Laplace law.
    Sources: Rybkin et al., sigma-VAE, arXiv 2006.13202, section 3.3; Kingma et al., arXiv 1606.04934, appendix C.8
    (free bits); Gneiting and Raftery, Strictly proper scoring rules, JASA 2007, section 4.2 (energy score).
    """

    def __init__(self, setup: Setup, options: VariationalRepairOptions, features: Any = None) -> None:
        self.setup, self.options = setup, options
        self.features = None if features is None else features.to(setup.device)
        self.companions: dict[str, nn.Module] = {}
        net, rate = setup.net, setup.learning_rate
        kernels = [p for p in kernels_within(net) if p.requires_grad] if options.muon > 0 else []
        rest = [p for p in net.parameters() if p.requires_grad and all(p is not kernel for kernel in kernels)]
        self.optimizers: list[torch.optim.Optimizer] = [torch.optim.Adam(rest, rate, (0.9, 0.99))]
        if kernels:
            self.optimizers.append(Muon(kernels, rate * options.muon))
            self.optimizers[-1].param_groups[0]["times"] = options.muon

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step; `batch.lr` (N, 3 or 4, H, W) has the mask of holes as its fourth channel, where it has one."""
        net, options = self.setup.net, self.options
        degraded, mask = batch.lr[:, :3], batch.lr[:, 3:] if batch.lr.shape[1] > 3 else None
        degraded = degraded.contiguous(memory_format=torch.channels_last)
        strength = None if mask is not None else strength_of(degraded, batch.hr)
        net.zero_grad()
        with self.setup.autocast():
            trunk = net.trunk(degraded, mask, strength)
            explained = net.explain(trunk, batch.hr, batch.noise(net.noise_channels))
            one, other = (net.residual(trunk, batch.noise(net.noise_channels)) for _ in range(2))
        unknown = torch.ones_like(batch.hr[:, :1]) if mask is None else mask
        size = 3 * unknown.sum((1, 2, 3)).clamp(min=1)
        wrong = ((explained.true - explained.decoded) * unknown).square().sum((1, 2, 3)) / size
        kl = [posterior.kl(prior) for posterior, prior in explained.latents]
        kl_cost = sum(beyond_free_bits(each, options.free_bits) for each in kl) * len(degraded) / size.sum()
        beta = options.beta * min(batch.progress / max(options.warm_up, 1e-9), 1.0)
        error = (batch.hr - trunk.base).abs()
        laplace = ((2 * trunk.expected).log() + error / trunk.expected) * unknown
        energy = self.energy([net.picture(trunk, one), net.picture(trunk, other), batch.hr, trunk.base], unknown)
        loss = 0.5 * (wrong + 1e-6).log().mean() + beta * kl_cost + options.energy * energy
        (loss + 3 * laplace.mean(1).sum() / size.sum()).backward()
        self.setup.average_gradients(net)
        nn.utils.clip_grad_norm_(net.parameters(), options.clip)
        for optimizer in self.optimizers:
            optimizer.step()
        terms = {"loss": loss, "mse": wrong.mean(), "energy": energy}
        for name, each in zip(net.LATENTS, kl, strict=True):
            terms[f"kl_{name}"] = each.sum((1, 2, 3)).mean() / size.mean()
        return {k: v.detach() for k, v in terms.items()}

    def energy(self, pictures: list[Tensor], unknown: Tensor) -> Tensor:
        """Return the energy score of two samples, of which the truth and the mean are told too."""
        score = energy_score([views(picture) for picture in pictures], unknown)
        if self.features is None:
            return score
        with self.setup.autocast():
            seen = self.features.features(torch.cat(pictures).clamp(0, 1))
        return score + energy_score(list(zip(*(part.chunk(len(pictures)) for part in seen), strict=True)), unknown)


def views(picture: Tensor) -> list[Tensor]:
    """Return lightness and the two colour differences of (N, 3, H, W), each in three octaves of detail: (N, C, h, w).

    Apart, they weigh the same: the large errors of lightness do not hide loud colours, nor soft ones fine grain.
    """
    red, green, blue = picture.unbind(1)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    found = []
    for part in (light[:, None], torch.stack([blue - light, red - light], 1)):
        for _ in range(OCTAVES - 1):
            smaller = F.avg_pool2d(part, 2)
            found.append(part - F.interpolate(smaller, scale_factor=2, mode="nearest"))
            part = smaller
        found.append(part)
    return found


def energy_score(pictures: Sequence[Sequence[Tensor]], unknown: Tensor) -> Tensor:
    """Return E|sample - truth| - E|sample - sample| / 2, mean over views (N, C, h, w), in units of E|mean - truth|.

    `pictures` are the views of two samples, of the truth and of the mean. The distance of two views is the root mean
    square of their difference over patches, where `unknown` (N, 1, H, W) is 1, or in a coarser grid partly.
    """
    found = []
    for a, b, c, m in zip(*pictures, strict=True):
        share = F.adaptive_avg_pool2d(unknown, (a.shape[2], a.shape[3]))
        side = min(PATCH, *a.shape[-2:])
        part = F.avg_pool2d(share, side, side // 2 or 1)
        total = part.sum((1, 2, 3)).clamp(min=1e-6)

        def apart(x: Tensor, y: Tensor, side: int = side, share: Tensor = share, part: Tensor = part) -> Tensor:
            square = (x.float() - y.float()).square().mean(1, keepdim=True) * share
            return ((F.avg_pool2d(square, side, side // 2 or 1) * part + 1e-10).sqrt() * (part > 0)).sum((1, 2, 3))

        unit = apart(m, c).detach() / total + UNIT
        found.append((0.5 * (apart(a, c) + apart(b, c)) - 0.5 * apart(a, b)) / total / unit)
    return torch.stack(found).mean()
