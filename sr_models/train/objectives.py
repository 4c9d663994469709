"""What one training step is. The loop calls `step` and never asks which objective it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from sr_models.color import luma
from sr_models.train.losses import LOSSES


@dataclass(frozen=True)
class Batch:
    """Hold LR (N, 3, H, W) and HR (N, 3, s*H, s*W) in [0, 1] and the loss of the stage by name."""

    lr: Tensor
    hr: Tensor
    loss: str


class Objective(Protocol):
    """A way to train: its optimizers, and a step that returns what to log."""

    optimizers: list[torch.optim.Optimizer]

    def step(self, batch: Batch) -> dict[str, Tensor]: ...


class Pixel:
    """Lower a pixel loss; nets of one channel train on luma."""

    def __init__(self, net: Any, learning_rate: float, autocast: Callable[[], Any]) -> None:
        self.net = net
        self.autocast = autocast
        fused = next(net.parameters()).device.type == "cuda"
        self.optimizers = [torch.optim.Adam(net.parameters(), learning_rate, betas=(0.9, 0.99), fused=fused)]

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one Adam step with the gradient clipped to norm 1."""
        lr, hr = (batch.lr, batch.hr) if self.net.channels == 3 else (luma(batch.lr), luma(batch.hr))
        with self.autocast():
            sr = self.net(lr.contiguous(memory_format=torch.channels_last))
        loss = LOSSES[batch.loss](sr, hr)
        self.optimizers[0].zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizers[0].step()
        return {"loss": loss.detach()}


OBJECTIVES = {"pixel": Pixel}
