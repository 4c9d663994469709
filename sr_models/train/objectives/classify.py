"""Lower the cross-entropy of a net that recognises, on pictures that are moved a little."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.train.objectives._contract import Batch, Setup, objective


@dataclass(frozen=True)
class ClassifyOptions:
    """Choose how pictures are moved."""

    shift: int = 2  # pixels at most, up or down and to a side


@objective("classify", ClassifyOptions)
class Classify:
    """Lower the cross-entropy by Adam, with its usual moments."""

    def __init__(self, setup: Setup, options: ClassifyOptions) -> None:
        self.setup, self.options = setup, options
        self.companions: dict[str, nn.Module] = {}
        self.optimizers = [torch.optim.Adam(setup.net.parameters(), setup.learning_rate)]

    def step(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step; all pictures of a batch are moved alike."""
        if batch.labels is None:
            raise ValueError("there are no labels to learn")
        reach = self.options.shift
        random = torch.Generator().manual_seed(batch.seed)
        top, left = torch.randint(2 * reach + 1, (2,), generator=random).tolist()
        height, width = batch.hr.shape[-2:]
        moved = F.pad(batch.hr, (reach,) * 4)[..., top : top + height, left : left + width]
        self.optimizers[0].zero_grad()
        torch.manual_seed(batch.seed)  # of what drops out
        logits = self.setup.net(moved)
        loss = F.cross_entropy(logits, batch.labels)
        loss.backward()
        self.setup.average_gradients(self.setup.net)
        self.optimizers[0].step()
        return {"loss": loss.detach(), "accuracy": (logits.argmax(1) == batch.labels).float().mean()}
