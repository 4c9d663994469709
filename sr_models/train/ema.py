"""An exponential moving average of a net's weights and buffers."""

import torch
from torch import Tensor, nn


class Ema:
    """Follow a net: shadow = decay * shadow + (1 - decay) * weight; buffers are copied."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.decay = decay
        self.shadow = {k: v.detach().clone() for k, v in net.state_dict().items()}
        self._learned = {k for k, _ in net.named_parameters()}

    @torch.no_grad()
    def update(self, net: nn.Module, step: int) -> None:
        """Move towards the net; the first steps move faster."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for key, value in net.state_dict().items():
            if key in self._learned:
                self.shadow[key].lerp_(value, 1 - decay)
            else:
                self.shadow[key].copy_(value)

    def load(self, state: dict[str, Tensor]) -> None:
        """Continue from a stored average."""
        for key, value in state.items():
            self.shadow[key].copy_(value)
