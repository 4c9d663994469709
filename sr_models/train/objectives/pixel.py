"""Lower a pixel loss: the objective of the nets that aim at PSNR."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sr_models.errors import SRError
from sr_models.imaging.color import luma
from sr_models.train.graph import Graphed
from sr_models.train.losses import LOSSES
from sr_models.train.muon import Muon, kernels_within
from sr_models.train.objectives._contract import Batch, Setup, objective


@dataclass(frozen=True)
class PixelOptions:
    """Choose how a pixel loss is lowered."""

    clip: float = 1.0  # the norm to which gradients are clipped
    muon: float = 0.0  # above 0, Muon steps the kernels but the last, at so many times the rate
    frozen: tuple[str, ...] = ()  # parameters whose names begin so stay as they are


def whole(net: Any, lr: Tensor, hr: Tensor, loss: str, count: int) -> Tensor:
    """Return the loss of the picture; of several targets (T, N, C, H, W) the mean."""
    return LOSSES[loss](net(lr).expand_as(hr), hr)


@objective("pixel", PixelOptions, takes_teacher=True)
class Pixel:
    """Lower a pixel loss; nets of one channel train on luma. With a teacher, half of it looks at that one's picture.

    `measure(net, lr, hr, loss, count)` is the loss, `count(seed)` a number that it depends on. Adam takes the steps
    that Muon does not. SRError where no parameter's name begins with one of `options.frozen`.
    """

    def __init__(
        self,
        setup: Setup,
        options: PixelOptions,
        measure: Callable[[Any, Tensor, Tensor, str, int], Tensor] = whole,
        count: Callable[[int], int] = lambda seed: 0,
    ) -> None:
        self.setup, self.options, self.measure, self.count = setup, options, measure, count
        self.companions: dict[str, nn.Module] = {}
        net, rate = setup.net, setup.learning_rate
        freeze(net, options.frozen)
        kernels = kernels_within(net) if options.muon > 0 else []
        rest = [p for p in net.parameters() if all(p is not kernel for kernel in kernels)]
        if setup.graph:
            rate = torch.tensor(rate, device=setup.device)  # a graph reads it from a tensor
        fused = setup.device.type == "cuda"
        self.optimizers: list[torch.optim.Optimizer] = []
        self.optimizers.append(torch.optim.Adam(rest, rate, (0.9, 0.99), fused=fused, capturable=setup.graph))
        if kernels:
            self.optimizers.append(Muon(kernels, rate * options.muon))
            self.optimizers[-1].param_groups[0]["times"] = options.muon
        self._take = Graphed(self._descend) if setup.graph else self._descend

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step."""
        targets = [batch.hr] if batch.teacher_target is None else [batch.hr, batch.teacher_target]
        lr, *targets = [x if self.setup.net.channels == 3 else luma(x) for x in (batch.lr, *targets)]
        hr = targets[0] if len(targets) == 1 else torch.stack(targets)
        lr = lr.contiguous(memory_format=torch.channels_last)
        return {"loss": self._take(lr, hr, batch.loss, self.count(batch.seed))}

    def _descend(self, lr: Tensor, hr: Tensor, loss: str, count: int) -> Tensor:
        net = self.setup.net
        net.zero_grad()
        with self.setup.autocast():
            value = self.measure(net, lr, hr, loss, count)
        value.backward()
        self.setup.average_gradients(net)
        nn.utils.clip_grad_norm_(net.parameters(), self.options.clip)
        for optimizer in self.optimizers:
            optimizer.step()
        return value.detach()


def freeze(net: nn.Module, starts: tuple[str, ...]) -> None:
    """Let the parameters whose names begin with one of `starts` learn nothing; raise SRError where none begins so."""
    names = [name for name, _ in net.named_parameters()]
    if missing := [start for start in starts if not any(name.startswith(start) for name in names)]:
        known = ", ".join(dict.fromkeys(name.split(".")[0] for name in names))
        raise SRError("bad_config", name="frozen", key=missing[0], known=known)
    for name, parameter in net.named_parameters():
        if name.startswith(starts):
            parameter.requires_grad_(False)
