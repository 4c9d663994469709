"""Train a generator against a critic: L1, content, style, the critic's opinion and the critic's features."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models import archs
from sr_models.checkpoints.catalog import locate
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.metrics.perceptual import FEATURES, features_folder, load_features
from sr_models.train.objectives._contract import Batch, Setup, objective, set_rate

ADVERSARIAL_LOSSES = ("log", "hinge", "relativistic")
GRID = 8  # px, the coarsest stride of the features
LEVEL = 1 / 255


def critic_loss(real: Tensor, fake: Tensor, kind: str) -> Tensor:
    """Return what the critic lowers, from its logits (N, 1, H, W) of real and fake pictures.

    Sources: log, Goodfellow et al., arXiv 1406.2661; hinge, Lim and Ye, arXiv 1705.02894; relativistic (average),
    Jolicoeur-Martineau, arXiv 1807.00734.
    """
    if kind == "hinge":
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    if kind == "relativistic":
        return (F.softplus(fake.mean() - real).mean() + F.softplus(fake - real.mean()).mean()) / 2
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(real: Tensor, fake: Tensor, kind: str) -> Tensor:
    """Return what the generator lowers; it cannot change `real`, which only the relativistic loss looks at."""
    if kind == "hinge":
        return -fake.mean()
    if kind == "relativistic":
        return critic_loss(fake, real, kind)
    return F.softplus(-fake).mean()


def gram(features: Tensor) -> Tensor:
    """Return how channels go together, (N, C, C): the mean of their products over the places of (N, C, H, W).

    Source: Gatys et al., "Image style transfer using convolutional neural networks", CVPR 2016, equation 3.
    """
    flat = features.flatten(2)
    return flat @ flat.mT / flat.shape[-1]


def windows(features: Tensor) -> Tensor:
    """Cut (N, C, H, W) into quarters, (4 * N, C, H/2, W/2): a texture is a matter of a place, not of a picture.

    An odd side loses its last pixel; a single pixel stays whole.
    """
    height, width = (n // 2 * 2 for n in features.shape[-2:])
    if not height * width:
        return features
    features = features[..., :height, :width]
    return torch.cat([part for half in features.chunk(2, 2) for part in half.chunk(2, 3)])


def moved_part(side: int, seed: int) -> tuple[Any, slice, slice]:
    """Return a part of patches of `side` px whose features can be cut into quarters, moved within their grid."""
    length = (side - GRID + 1) // (2 * GRID) * 2 * GRID or side  # small ones stay whole
    top, left = seed % GRID, seed // GRID % GRID
    return ..., slice(top, top + length), slice(left, left + length)


@dataclass(frozen=True)
class AdversarialOptions:
    """Choose the weights of the generator's terms, and the critic."""

    pixel: float = 0.3  # weight of L1
    content: float = 0.1  # of L1 of pretrained features
    style: float = 0.5  # of L1 of their Gram matrices in quarters of a patch
    adversarial: float = 5e-3  # of the critic's opinion
    matching: float = 0.05  # of L1 of the critic's own features
    adversarial_loss: str = "log"  # one of ADVERSARIAL_LOSSES
    r1: float = 0.02  # weight of the squared slope of the critic's opinion by a grey level of real pictures
    r1_every: int = 16  # steps between two that take r1, for all of them
    features: str = "lite0"  # the pretrained net; none is needed where content and style are 0
    width: int = 24  # channels of the critic
    conditional: bool = True  # the critic sees LR too
    critic_pace: float = 2.0  # the critic's learning rate is so many times the generator's
    critic_start: str = ""  # name of the checkpoint from which the critic starts
    clip: float = 1.0  # the norm to which gradients are clipped

    def __post_init__(self) -> None:
        for name, known in (("adversarial_loss", ADVERSARIAL_LOSSES), ("features", FEATURES)):
            if (value := getattr(self, name)) not in known:
                raise SRError("unknown_choice", name=name, value=value, known=", ".join(known))


@objective("adversarial", AdversarialOptions)
def adversarial(setup: Setup, options: AdversarialOptions) -> "Adversarial":
    """Return the objective with its critic, new or from a checkpoint, and its features.

    Raise SRError where one is missing.
    """
    scale = setup.net.scale
    wanted = {"width": options.width, "conditional": options.conditional}
    critic: Any = archs.build("srgan_critic", scale=scale, spectral=True, **wanted)
    if start := options.critic_start:
        net, card = read_checkpoint(locate(start, scale if start.endswith("_critic") else None))
        if net.config | {"scale": 0} != critic.collapse().config | {"scale": 0}:
            raise SRError("other_base", base=card.name, net="srgan_critic")
        critic.load_collapsed(net.state_dict())
    features = load_features(options.features) if options.content or options.style else None
    if features is None and (options.content or options.style):
        raise SRError("features_missing", path=features_folder() / f"{options.features}.safetensors")
    return Adversarial(setup, options, critic, features)


class Adversarial:
    """Lower a weighted sum as generator, and tell its pictures from real ones as critic, one step each.

    Sources: Ledig et al., SRGAN, arXiv 1609.04802; Sajjadi et al., EnhanceNet, arXiv 1612.07919 (style in patches);
    Wang et al., pix2pixHD, arXiv 1711.11585 (matching); Mescheder et al., arXiv 1801.04406 (R1).
    """

    def __init__(self, setup: Setup, options: AdversarialOptions, critic: Any, features: Any | None) -> None:
        self.setup, self.options = setup, options
        self.weights = {k: getattr(options, k) for k in ("pixel", "content", "style", "adversarial", "matching")}
        self.critic = critic.to(setup.device, memory_format=torch.channels_last).train()
        self.features = features.to(setup.device) if features else None
        self.has_critic = bool(options.adversarial or options.matching)
        self.companions: dict[str, nn.Module] = {"critic": self.critic} if self.has_critic else {}
        rate = setup.learning_rate
        self.optimizers = [torch.optim.Adam(net.parameters(), rate, (0.9, 0.99)) for net in (setup.net, self.critic)]

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one Adam step of the generator, then one of the critic."""
        lr, hr = (x.contiguous(memory_format=torch.channels_last) for x in (batch.lr, batch.hr))
        fake, terms = self.step_generator(lr, hr, batch.seed)
        terms |= self.step_critic(lr, hr, fake, batch.seed)
        return {k: v.detach() for k, v in terms.items()}

    def step_generator(self, lr: Tensor, hr: Tensor, seed: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Take the generator's step, the critic frozen; return its pictures and the terms."""
        self.critic.requires_grad_(False)
        self.optimizers[0].zero_grad()
        with self.setup.autocast():
            sr = self.setup.net(lr)
            terms = {"pixel": F.l1_loss(sr, hr)}
            if self.features:
                place = moved_part(hr.shape[-1], seed)  # strided layers alias: look from another place each time
                with torch.no_grad():
                    wanted = self.features.features(hr[place])
                pairs = list(zip(self.features.features(sr[place]), wanted, strict=True))
                terms["content"] = torch.stack([F.l1_loss(a, b) for a, b in pairs]).mean()
                if self.weights["style"]:
                    styles = [F.l1_loss(gram(windows(a.float())), gram(windows(b.float()))) for a, b in pairs]
                    terms["style"] = torch.stack(styles).mean()
            if self.has_critic:
                with torch.no_grad():
                    real = self.critic.features(hr, lr)
                mine = self.critic.features(sr, lr)
                opinions = self.critic.opinion(real), self.critic.opinion(mine)
                terms["adversarial"] = generator_loss(*opinions, self.options.adversarial_loss)
                terms["matching"] = torch.stack([F.l1_loss(a, b) for a, b in zip(mine, real, strict=True)]).mean()
            loss = torch.stack([self.weights[k] * v for k, v in terms.items()]).sum()
        loss.backward()
        self.setup.average_gradients(self.setup.net)
        nn.utils.clip_grad_norm_(self.setup.net.parameters(), self.options.clip)
        self.optimizers[0].step()
        return sr.detach(), {"loss": loss, **terms}

    def step_critic(self, lr: Tensor, hr: Tensor, fake: Tensor, seed: int) -> dict[str, Tensor]:
        """Take the critic's step on real pictures and on `fake` ones that lead back to no generator."""
        if not self.has_critic:
            return {}
        self.critic.requires_grad_(True)
        optimizer = self.optimizers[1]
        set_rate(optimizer, self.options.critic_pace * float(self.optimizers[0].param_groups[0]["lr"]))
        optimizer.zero_grad()
        with self.setup.autocast():
            real = self.critic(hr, lr)
            loss = critic_loss(real, self.critic(fake, lr), self.options.adversarial_loss)
        loss.backward()
        terms = {"critic": loss}
        if self.options.r1 and seed % self.options.r1_every == 0:
            seen = hr.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.critic(seen, lr).sum(), seen, create_graph=True)
            terms["slope"] = (LEVEL * slope).square().sum(1).mean()
            (self.options.r1_every * self.options.r1 / 2 * terms["slope"]).backward()
        self.setup.average_gradients(self.critic)
        nn.utils.clip_grad_norm_(self.critic.parameters(), self.options.clip)
        optimizer.step()
        return terms
