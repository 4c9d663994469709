"""Train a generator that draws from noise against its critic, as the textbook does."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models import archs
from sr_models.errors import SRError
from sr_models.metrics.frechet import mean_distance
from sr_models.train.objectives._contract import Batch, Setup, objective, set_rate

GENERATOR_LOSSES = ("log", "non_saturating")
SLOPE_EVERY = 16  # steps
WATCHED = 200  # steps that are looked at together
PINNED = 0.99  # the critic is right more often than this: nothing is left to learn from it
ALIKE = 0.4  # drawn pictures differ less than this share of how real ones differ


@dataclass(frozen=True)
class GanOptions:
    """Choose the generator's loss, and how the critic is held back."""

    generator_loss: str = "log"  # one of GENERATOR_LOSSES
    drop: float = 0.0  # share of the critic's units that drop out at a step
    augment: bool = False  # the critic sees all pictures shifted, in other colours and with a hole: for few pictures
    slope: float = 0.0  # weight of the critic's squared slope on real pictures, taken at each 16th step

    def __post_init__(self) -> None:
        if self.generator_loss not in GENERATOR_LOSSES:
            known = ", ".join(GENERATOR_LOSSES)
            raise SRError("unknown_choice", name="generator_loss", value=self.generator_loss, known=known)


def augmented(pictures: Tensor) -> Tensor:
    """Return pictures (N, C, H, W) in other colours, shifted by up to an eighth, and with a hole of half the side.

    Each draws its own numbers; gradients pass. Source: Zhao et al., DiffAugment, arXiv 2006.10738, section 4.
    """
    count, _, height, width = pictures.shape
    light, colour, contrast, *places = torch.rand(7, count, 1, 1, 1).to(pictures.device)
    x = pictures + light - 0.5
    x = (x - x.mean(1, keepdim=True)) * 2 * colour + x.mean(1, keepdim=True)
    x = (x - x.mean((1, 2, 3), keepdim=True)) * (contrast + 0.5) + x.mean((1, 2, 3), keepdim=True)
    rows, columns = (torch.arange(side, device=x.device) for side in (height, width))
    down, across, top, left = (place.flatten(1) for place in places)
    rows = rows + ((down - 0.5) * height / 4).round().long()  # (N, H)
    columns = columns + ((across - 0.5) * width / 4).round().long()
    outside = ((rows < 0) | (rows >= height))[:, None, :, None] | ((columns < 0) | (columns >= width))[:, None, None]
    index = rows.clamp(0, height - 1)[:, :, None] * width + columns.clamp(0, width - 1)[:, None]
    x = x.flatten(2).gather(2, index.flatten(1)[:, None].expand(-1, x.shape[1], -1)).unflatten(2, (height, width))
    in_rows = (rows - (top * height).long()).abs() < height / 4
    in_columns = (columns - (left * width).long()).abs() < width / 4
    return x.masked_fill(outside | (in_rows[:, None, :, None] & in_columns[:, None, None]), 0.0)


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return -log D(real) - log(1 - D(fake)), means over logits (N,)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor, kind: str) -> Tensor:
    """Return log(1 - D(fake)), which has no slope where the critic is sure, or of `non_saturating` -log D(fake)."""
    return F.softplus(-fake).mean() if kind == "non_saturating" else -F.softplus(fake).mean()


@objective("gan", GanOptions)
class Gan:
    """Take one step of the critic, then one of the generator; Adam with beta1 = 0.5 for both.

    Sources: Goodfellow et al., arXiv 1406.2661, algorithm 1 and section 3 (the loss that does not saturate); Radford
    et al., arXiv 1511.06434, section 4 (rate 2e-4, beta1 = 0.5).
    """

    def __init__(self, setup: Setup, options: GanOptions) -> None:
        self.setup, self.options = setup, options
        form = {"form": setup.net.form} if hasattr(setup.net, "form") else {}
        self.critic: Any = archs.build(f"{setup.net.architecture}_critic", drop=options.drop, **form)
        self.critic.to(setup.device, memory_format=torch.channels_last).train()
        self.companions: dict[str, nn.Module] = {"critic": self.critic}
        nets = (setup.net, self.critic)
        self.optimizers = [torch.optim.Adam(net.parameters(), setup.learning_rate, (0.5, 0.999)) for net in nets]
        self.seen: deque[Tensor] = deque(maxlen=WATCHED)  # of each step: how often the critic was right, diversity

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take both steps, each on noise of its own."""
        set_rate(self.optimizers[1], float(self.optimizers[0].param_groups[0]["lr"]))
        size = self.setup.net.latent_shape(*batch.hr.shape[-2:])
        torch.manual_seed(batch.seed)  # of what drops out, and of how pictures are changed
        steep = self.options.slope > 0 and batch.seed % SLOPE_EVERY == 0
        terms = self.step_critic(batch.hr, batch.normal(*size), steep=steep)
        return {**self.step_generator(batch.normal(*size)), **terms}

    def step_critic(self, real: Tensor, noise: Tensor, *, steep: bool = False) -> dict[str, Tensor]:
        """Take the critic's step on `real` pictures (N, C, H, W) and on those that the generator draws of `noise`.

        With `steep` its slope on real ones costs too (Mescheder et al., arXiv 1801.04406, equation 9). Return its
        loss, how often it was right before, and the diversity of what was drawn, as a share of that of the real ones.
        """
        self.critic.requires_grad_(True)
        self.optimizers[1].zero_grad()
        with torch.no_grad():
            fake = self._drawn(noise)
        on_real, on_fake = self._judged(real), self._judged(fake)
        loss = critic_loss(on_real, on_fake)
        (loss + self._slope(real) if steep else loss).backward()
        self.setup.average_gradients(self.critic)
        self.optimizers[1].step()
        accuracy = ((on_real > 0).float().mean() + (on_fake <= 0).float().mean()) / 2
        diversity = mean_distance(fake.flatten(1)) / mean_distance(real.flatten(1)).clamp(min=1e-9)
        self.seen.append(torch.stack([accuracy, diversity]).detach())
        return {"critic": loss.detach(), "accuracy": accuracy, "diversity": diversity}

    def step_generator(self, noise: Tensor) -> dict[str, Tensor]:
        """Take the generator's step, the critic frozen; return its loss."""
        self.critic.requires_grad_(False)
        self.optimizers[0].zero_grad()
        loss = generator_loss(self._judged(self._drawn(noise)), self.options.generator_loss)
        loss.backward()
        self.setup.average_gradients(self.setup.net)
        self.optimizers[0].step()
        return {"loss": loss.detach()}

    def _drawn(self, noise: Tensor) -> Tensor:
        with self.setup.autocast():
            return self.setup.net(noise).float()

    def _judged(self, pictures: Tensor) -> Tensor:
        with self.setup.autocast():
            return self.critic(augmented(pictures) if self.options.augment else pictures).float()

    def _slope(self, real: Tensor) -> Tensor:
        """Return the mean squared slope of the critic at real pictures, weighed for all steps that it stands for."""
        real = real.detach().requires_grad_(True)
        (slope,) = torch.autograd.grad(self.critic(real).sum(), real, create_graph=True)
        return 0.5 * self.options.slope * SLOPE_EVERY * slope.square().sum((1, 2, 3)).mean()

    def trouble(self) -> str | None:
        """Say what is wrong with the last steps: the critic always right, or drawn pictures that are all alike."""
        if len(self.seen) < WATCHED:
            return None
        accuracy, diversity = torch.stack(list(self.seen)).mean(0).tolist()
        if diversity < ALIKE:
            return f"what it draws differs by {diversity:.0%} of what real pictures do"
        if accuracy > PINNED:
            return f"its critic is right in {accuracy:.1%} of all cases"
        return None
