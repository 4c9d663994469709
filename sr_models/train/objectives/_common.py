"""What the loop and the objectives agree on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor, nn


@dataclass(frozen=True)
class Batch:
    """Hold LR (N, 3, H, W) and HR (N, 3, s*H, s*W) in [0, 1], the stage's loss by name, the step's seed and its place.

    `taught` is a teacher's picture of HR, where there is one. `progress` is in [0, 1]; `generators` give each picture's random numbers, on the CPU.
    """

    lr: Tensor
    hr: Tensor
    loss: str
    seed: int = 0
    progress: float = 0.0
    generators: Sequence[Generator] = ()
    taught: Tensor | None = None

    def noise(self, channels: int) -> Tensor:
        """Draw standard normal maps (N, channels, H, W), each picture's own."""
        size = channels, *self.lr.shape[-2:]
        maps = [torch.randn(size, generator=g) for g in self.generators]
        return torch.stack(maps).to(self.lr.device)


class Objective(Protocol):
    """A way to train: its optimizers, nets of its own beside the one that it trains, and a step that returns what to log.

    The log has "loss" and may have more terms.
    """

    optimizers: list[torch.optim.Optimizer]
    companions: dict[str, nn.Module]

    def step(self, batch: Batch) -> dict[str, Tensor]: ...


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate, in place where it is a tensor that a graph reads; a group may ask for some times of it."""
    for group in optimizer.param_groups:
        mine = rate * group.get("times", 1)
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(mine)
        else:
            group["lr"] = mine
