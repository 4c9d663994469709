"""Lower a pixel loss: the objective of the nets that aim at PSNR."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sr_models.errors import SRError
from sr_models.imaging.color import luma
from sr_models.train.graph import Graphed
from sr_models.train.losses import LOSSES
from sr_models.train.muon import Muon, kernels_within
from sr_models.train.objectives._common import Batch


def whole(net: Any, lr: Tensor, hr: Tensor, loss: str, count: int) -> Tensor:
    """Return the loss of the picture; of several targets (T, N, C, H, W) the mean."""
    return LOSSES[loss](net(lr).expand_as(hr), hr)


def every_step(net: Any, lr: Tensor, hr: Tensor, loss: str, count: int) -> Tensor:
    """Return the mean loss of the pictures after each of `count` steps, the first weighing 0.4 and the last 1.

    MSE, the loss of the last stage, looks at the last picture only. Sources: DRCN, arXiv 1511.04491, and SRFBN,
    arXiv 1903.09814, which supervise every step.
    """
    pictures = net.steps(lr, count)
    if loss == "mse":
        return LOSSES["mse"](pictures[-1].expand_as(hr), hr)
    weights = [0.4 + 0.6 * i / max(count - 1, 1) for i in range(count)]
    losses = [w * LOSSES[loss](picture.expand_as(hr), hr) for w, picture in zip(weights, pictures, strict=True)]
    return torch.stack(losses).sum() / sum(weights)


def three_to_five(seed: int) -> int:
    """Draw how many steps to train."""
    return int(torch.randint(3, 6, (), generator=torch.Generator().manual_seed(seed)))


class Pixel:
    """Lower a pixel loss; nets of one channel train on luma. With a teacher, half of it looks at that one's picture.

    `measure(net, lr, hr, loss, count)` is the loss, `count(seed)` a number that it depends on, `clip` the norm to which
    gradients are clipped. Adam takes the steps; where `muon` is above 0, Muon those of the kernels but the last, at so many
    times the rate. Parameters whose names begin with one of `frozen` stay as they are; SRError where none does. `average`
    makes several processes agree on gradients. `graph` records the step (CUDA only).
    """

    def __init__(
        self,
        net: Any,
        learning_rate: float,
        autocast: Callable[[], Any],
        *,
        average: Callable[[nn.Module], None] = lambda net: None,
        graph: bool = False,
        measure: Callable[..., Tensor] = whole,
        count: Callable[[int], int] = lambda seed: 0,
        clip: float = 1.0,
        muon: float = 0.0,
        frozen: Sequence[str] = (),
    ) -> None:
        self.net, self.autocast, self.average = net, autocast, average
        names = [name for name, _ in net.named_parameters()]
        if missing := [start for start in frozen if not any(name.startswith(start) for name in names)]:
            known = ", ".join(dict.fromkeys(name.split(".")[0] for name in names))
            raise SRError("bad_config", name="frozen", key=missing[0], known=known)
        for name, parameter in net.named_parameters():
            if name.startswith(tuple(frozen)):
                parameter.requires_grad_(False)
        self.measure, self.count, self.clip = measure, count, clip
        self.companions: dict[str, nn.Module] = {}
        device = next(net.parameters()).device
        rate = torch.tensor(learning_rate, device=device) if graph else learning_rate  # a graph reads it from a tensor
        fused = device.type == "cuda"
        kernels = kernels_within(net) if muon > 0 else []
        rest = [p for p in net.parameters() if all(p is not kernel for kernel in kernels)]
        self.optimizers: list[torch.optim.Optimizer] = []
        self.optimizers.append(torch.optim.Adam(rest, rate, (0.9, 0.99), fused=fused, capturable=graph))
        if kernels:
            self.optimizers.append(Muon(kernels, rate * muon))
            self.optimizers[-1].param_groups[0]["times"] = muon
        self._take = Graphed(self._descend) if graph else self._descend

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step."""
        targets = [batch.hr] if batch.taught is None else [batch.hr, batch.taught]
        lr, *targets = [x if self.net.channels == 3 else luma(x) for x in (batch.lr, *targets)]
        hr = targets[0] if len(targets) == 1 else torch.stack(targets)
        lr = lr.contiguous(memory_format=torch.channels_last)
        return {"loss": self._take(lr, hr, batch.loss, self.count(batch.seed))}

    def _descend(self, lr: Tensor, hr: Tensor, loss: str, count: int) -> Tensor:
        self.net.zero_grad()
        with self.autocast():
            value = self.measure(self.net, lr, hr, loss, count)
        value.backward()
        self.average(self.net)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.clip)
        for optimizer in self.optimizers:
            optimizer.step()
        return value.detach()
