"""One process, or several that `accelerate launch` started: who leads, and what they share.

Accelerate does the talking.
"""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn

from sr_models.distributed import leave_at_exit

ONE_PROCESS = (
    "accelerate launch --cpu starts one process, however many are asked for; for several on the CPU, "
    "set ACCELERATE_USE_CPU=true and give --multi_gpu instead of --cpu."
)


class Workers:
    """Know this process's `rank` of `count`; alone, everything is its own and nothing is sent."""

    def __init__(self) -> None:
        self.rank, self.count = 0, 1
        self.device: str | None = None  # that this process was given
        if any(name.startswith("ACCELERATE_") for name in os.environ) or int(os.environ.get("WORLD_SIZE", "1")) > 1:
            from accelerate import Accelerator, InitProcessGroupKwargs  # only here: one process does not need it

            # The first may draw a teacher's pictures for hours while the others wait.
            patient = InitProcessGroupKwargs(timeout=timedelta(days=1))
            self._accelerator = Accelerator(kwargs_handlers=[patient])
            leave_at_exit()
            self.rank, self.count = self._accelerator.process_index, self._accelerator.num_processes
            self.device = str(self._accelerator.device)
            if self.count == 1 and "MASTER_ADDR" in os.environ:
                print(ONE_PROCESS, file=sys.stderr)

    @property
    def first(self) -> bool:
        """Say whether this is the process that decides, validates, logs and writes."""
        return self.rank == 0

    def average(self, net: nn.Module) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.count > 1:
            gradients = [p.grad for p in net.parameters() if p.grad is not None]
            flat = self._mean(torch.cat([g.flatten() for g in gradients]))
            for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
                gradient.copy_(part.view_as(gradient))

    def mean(self, value: float) -> float:
        """Return the mean of a number over the processes."""
        return float(self._mean(torch.tensor(value, device=self.device))) if self.count > 1 else value

    def _mean(self, tensor: Tensor) -> Tensor:
        return self._accelerator.reduce(tensor, "mean")  # type: ignore[return-value]

    def agree(self, *values: float) -> list[float]:
        """Return the first process's numbers."""
        if self.count == 1:
            return list(values)
        from accelerate.utils import broadcast

        told: Any = broadcast(torch.tensor(values, dtype=torch.float64, device=self.device))
        return told.tolist()

    def lead(self, work: Callable[[], object]) -> None:
        """Run `work` in the first process alone; where it raises, all processes stop."""
        error = None
        if self.first:
            try:
                work()
            except Exception as caught:
                error = caught
        (failed,) = self.agree(error is not None)
        if error:
            raise error
        if failed:
            raise SystemExit(2)
