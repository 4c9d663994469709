"""A training step as a CUDA graph: one launch for hundreds of small kernels, which is most of a small net's time."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

WARM_UP = 3


class Graphed:
    """Record `step(lr, hr, *kind)`, which returns the loss, once per shape and kind; then replay it.

    The first three calls run as they are, on a side stream: recording needs memory and moments in place.
    Needs CUDA and a capturable optimizer. Source: "CUDA graphs" in PyTorch's notes on CUDA semantics.
    """

    def __init__(self, step: Callable[..., Tensor]) -> None:
        self.step = step
        self.side = torch.cuda.Stream()
        self.seen: Counter[Any] = Counter()
        self.recorded: dict[Any, tuple[Any, Tensor, Tensor, Tensor]] = {}

    def __call__(self, lr: Tensor, hr: Tensor, *kind: Any) -> Tensor:
        """Take one step."""
        key = lr.shape, kind
        self.seen[key] += 1
        if self.seen[key] <= WARM_UP:
            self.side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.side):
                loss = self.step(lr, hr, *kind)
            torch.cuda.current_stream().wait_stream(self.side)
            return loss
        if key not in self.recorded:
            self.recorded[key] = self._record(lr.clone(), hr.clone(), *kind)
        graph, still_lr, still_hr, loss = self.recorded[key]
        still_lr.copy_(lr)
        still_hr.copy_(hr)
        graph.replay()
        return loss.clone()  # the next replay writes over it

    def _record(self, lr: Tensor, hr: Tensor, *kind: Any) -> tuple[Any, Tensor, Tensor, Tensor]:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss = self.step(lr, hr, *kind)
        return graph, lr, hr, loss
