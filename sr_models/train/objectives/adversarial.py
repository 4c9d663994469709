"""Train a generator against a critic: L1, content, style, the critic's opinion and the critic's features."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models import archs
from sr_models.checkpoints.catalog import locate
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.metrics.perceptual import FEATURES, features_folder, load_features
from sr_models.train.objectives._common import Batch, set_rate

GAMES = ("log", "hinge", "relativistic")
GRID = 8  # px, the coarsest stride of the features
LEVEL = 1 / 255


def critic_loss(real: Tensor, fake: Tensor, game: str) -> Tensor:
    """Return what the critic lowers, from its logits (N, 1, H, W) of real and fake pictures.

    Sources: log, Goodfellow et al., arXiv 1406.2661; hinge, Lim and Ye, arXiv 1705.02894; relativistic (average),
    Jolicoeur-Martineau, arXiv 1807.00734.
    """
    if game == "hinge":
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    if game == "relativistic":
        return (F.softplus(fake.mean() - real).mean() + F.softplus(fake - real.mean()).mean()) / 2
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(real: Tensor, fake: Tensor, game: str) -> Tensor:
    """Return what the generator lowers; it cannot change `real`, which only a relativistic game looks at."""
    if game == "hinge":
        return -fake.mean()
    if game == "relativistic":
        return critic_loss(fake, real, game)
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


def _part(side: int, seed: int) -> tuple[Any, slice, slice]:
    """Return a part of patches of `side` px whose features can be cut into quarters, moved within the features' grid."""
    length = (side - GRID + 1) // (2 * GRID) * 2 * GRID or side  # small ones stay whole
    top, left = seed % GRID, seed // GRID % GRID
    return ..., slice(top, top + length), slice(left, left + length)


class Adversarial:
    """Lower a weighted sum as generator, and tell its pictures from real ones as critic, one step each.

    Terms: `pixel` L1; `content`, L1 of pretrained features; `style`, L1 of their Gram matrices in quarters of a patch;
    `adversarial`, the critic's opinion in the `game` (log, hinge or relativistic); `matching`, L1 of the critic's own
    features. `r1` weighs the squared slope of the critic's opinion of all pixels by a grey level of each pixel of real
    pictures; it is taken every `r1_every` steps, for all of them. `features` names the pretrained net, and none is
    needed where content and style are 0. The critic learns `critic_pace` times as fast; it starts from `critic_start`,
    the name of a checkpoint, where one is given.
    Sources: Ledig et al., SRGAN, arXiv 1609.04802; Sajjadi et al., EnhanceNet, arXiv 1612.07919 (style in patches);
    Wang et al., pix2pixHD, arXiv 1711.11585 (matching); Mescheder et al., arXiv 1801.04406 (R1).
    """

    def __init__(
        self,
        net: Any,
        learning_rate: float,
        autocast: Callable[[], Any],
        *,
        average: Callable[[nn.Module], None] = lambda net: None,
        graph: bool = False,  # its step is never recorded
        pixel: float = 0.3,
        content: float = 0.1,
        style: float = 0.5,
        adversarial: float = 5e-3,
        matching: float = 0.05,
        game: str = "log",
        r1: float = 0.02,
        r1_every: int = 16,
        features: str = "lite0",
        width: int = 24,
        conditional: bool = True,
        critic_pace: float = 2.0,
        critic_start: str = "",
        clip: float = 1.0,
    ) -> None:
        self.net, self.autocast, self.average = net, autocast, average
        self.weights = {"pixel": pixel, "content": content, "style": style}
        self.weights |= {"adversarial": adversarial, "matching": matching}
        self.game, self.r1, self.r1_every, self.critic_pace, self.clip = game, r1, r1_every, critic_pace, clip
        if game not in GAMES:
            raise SRError("unknown_choice", name="game", value=game, known=", ".join(GAMES))
        place = next(net.parameters())
        critic: Any = archs.build("srgan_critic", scale=net.scale, width=width, conditional=conditional, spectral=True)
        if critic_start:
            start, card = read_checkpoint(locate(critic_start, net.scale if critic_start.endswith("_critic") else None))
            if start.config | {"scale": 0} != critic.collapse().config | {"scale": 0}:
                raise SRError("other_base", base=card.name, net="srgan_critic")
            critic.load_collapsed(start.state_dict())
        self.critic = critic.to(place.device, memory_format=torch.channels_last).train()
        self.features = self._load(features).to(place.device) if content or style else None
        self.companions: dict[str, nn.Module] = {"critic": self.critic} if adversarial or matching else {}
        self.optimizers = [torch.optim.Adam(n.parameters(), learning_rate, (0.9, 0.99)) for n in (net, self.critic)]

    @staticmethod
    def _load(name: str) -> Any:
        if name not in FEATURES:
            raise SRError("unknown_choice", name="features", value=name, known=", ".join(FEATURES))
        found = load_features(name)
        if found is None:
            raise SRError("features_missing", path=features_folder() / f"{name}.safetensors")
        return found

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one Adam step of the generator, then one of the critic."""
        lr, hr = (x.contiguous(memory_format=torch.channels_last) for x in (batch.lr, batch.hr))
        fake, terms = self._generate(lr, hr, batch.seed)
        terms |= self._judge(lr, hr, fake, batch.seed)
        return {k: v.detach() for k, v in terms.items()}

    def _generate(self, lr: Tensor, hr: Tensor, seed: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Take the generator's step, the critic frozen; return its pictures and the terms."""
        self.critic.requires_grad_(False)
        self.optimizers[0].zero_grad()
        with self.autocast():
            sr = self.net(lr)
            terms = {"pixel": F.l1_loss(sr, hr)}
            if self.features:
                place = _part(hr.shape[-1], seed)  # strided layers alias: look from another place each time
                with torch.no_grad():
                    wanted = self.features.features(hr[place])
                pairs = list(zip(self.features.features(sr[place]), wanted, strict=True))
                terms["content"] = torch.stack([F.l1_loss(a, b) for a, b in pairs]).mean()
                if self.weights["style"]:
                    styles = [F.l1_loss(gram(windows(a.float())), gram(windows(b.float()))) for a, b in pairs]
                    terms["style"] = torch.stack(styles).mean()
            if self.weights["adversarial"] or self.weights["matching"]:
                with torch.no_grad():
                    real = self.critic.features(hr, lr)
                mine = self.critic.features(sr, lr)
                opinions = self.critic.opinion(real), self.critic.opinion(mine)
                terms["adversarial"] = generator_loss(*opinions, self.game)
                terms["matching"] = torch.stack([F.l1_loss(a, b) for a, b in zip(mine, real, strict=True)]).mean()
            loss = torch.stack([self.weights[k] * v for k, v in terms.items()]).sum()
        loss.backward()
        self.average(self.net)
        nn.utils.clip_grad_norm_(self.net.parameters(), self.clip)
        self.optimizers[0].step()
        return sr.detach(), {"loss": loss, **terms}

    def _judge(self, lr: Tensor, hr: Tensor, fake: Tensor, seed: int) -> dict[str, Tensor]:
        """Take the critic's step on real pictures and on `fake` ones that lead back to no generator."""
        if not (self.weights["adversarial"] or self.weights["matching"]):
            return {}
        self.critic.requires_grad_(True)
        optimizer = self.optimizers[1]
        set_rate(optimizer, self.critic_pace * float(self.optimizers[0].param_groups[0]["lr"]))
        optimizer.zero_grad()
        with self.autocast():
            real = self.critic(hr, lr)
            loss = critic_loss(real, self.critic(fake, lr), self.game)
        loss.backward()
        terms = {"critic": loss}
        if self.r1 and seed % self.r1_every == 0:
            seen = hr.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.critic(seen, lr).sum(), seen, create_graph=True)
            terms["slope"] = (LEVEL * slope).square().sum(1).mean()
            (self.r1_every * self.r1 / 2 * terms["slope"]).backward()
        self.average(self.critic)
        nn.utils.clip_grad_norm_(self.critic.parameters(), self.clip)
        optimizer.step()
        return terms
