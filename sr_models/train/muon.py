"""Muon: momentum whose matrix is made orthogonal before it is taken as the step.

Sources: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024 (momentum, the quintic
iteration); Liu et al., "Muon is scalable for LLM training", arXiv 2502.16982 (the step's size beside Adam's).
`torch.optim.Muon` takes matrices only and iterates in bfloat16, which costs a CPU without that unit ten times this.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

ITERATIONS = 5
QUINTIC = 3.4445, -4.7750, 2.0315  # of Jordan et al.: singular values end between 0.7 and 1.2
ALIKE = 0.2  # root mean square of a step at a rate of 1, near that of Adam's steps


def orthogonal(matrix: Tensor) -> Tensor:
    """Return (rows, columns) with all singular values near 1 and the same singular vectors; zeros stay zeros."""
    a, b, c = QUINTIC
    x = matrix.T if len(matrix) > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(ITERATIONS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if len(matrix) > matrix.shape[1] else x


class Muon(torch.optim.Optimizer):
    """Step kernels (outputs, ...) as matrices (outputs, everything else).

    The rate may be a tensor that a CUDA graph reads.
    """

    def __init__(self, kernels: Iterable[Tensor], lr: float | Tensor, momentum: float = 0.95) -> None:
        super().__init__(kernels, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Take one step, with Nesterov's momentum."""
        for group in self.param_groups:
            for kernel in group["params"]:
                if kernel.grad is None:
                    continue
                state = self.state[kernel]
                if not state:
                    state["momentum"] = torch.zeros_like(kernel)
                mean = state["momentum"].lerp_(kernel.grad, 1 - group["momentum"])
                matrix = kernel.grad.lerp(mean, group["momentum"]).flatten(1)
                size = ALIKE * max(matrix.shape) ** 0.5
                kernel.sub_(orthogonal(matrix).view(kernel.shape) * (group["lr"] * size))


def kernels_within(net: nn.Module) -> list[nn.Parameter]:
    """Return what Muon is for: kernels and matrices, but for the last, whose outputs are colours."""
    return [p for p in net.parameters() if p.dim() > 1][:-1]
