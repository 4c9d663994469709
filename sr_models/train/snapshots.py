"""Keep how a VAE of digits learned: a small picture of each stage of a run, and its numbers, to be replayed."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from sr_models.evaluation.digits import again, bound_of, draw
from sr_models.files import to_json, write_atomically
from sr_models.imaging.digits import SIDE
from sr_models.imaging.picture import quantize
from sr_models.train.run import Run

AGAIN, DRAWN = 10, 10  # digits a row: drawn again of one test digit of each kind, and drawn from noise
MEASURED = 1000  # test digits


class Snapshots:
    """Collect stages of runs: a row of `AGAIN` digits drawn again and `DRAWN` drawn from noise, and the bound."""

    def __init__(self, pictures: Tensor, labels: Tensor) -> None:
        """Take test digits (N, 1, 28, 28) in [0, 1], and what they are, (N,)."""
        first = [int((labels == kind).nonzero()[0]) for kind in range(AGAIN)]
        self.originals, self.pictures = pictures[first], pictures[:MEASURED]
        self.rows: list[Tensor] = []
        self.numbers: list[dict[str, Any]] = []

    def take(self, run: Run) -> None:
        """Look at the averaged net of a run as it is now."""
        net = run.averaged_net().to(run.device).eval()
        made = torch.cat([quantize(again(net, self.originals)), draw(net, DRAWN).to(run.device)])
        self.rows.append(_row(made))
        self.numbers.append({"step": run.step, **bound_of(net, self.pictures)})

    def write(self, path: Path) -> None:
        """Write the run: `path` with .webp, the originals above its stages, and with .json, the numbers of each stage.

        What was taken is forgotten.
        """
        blank = torch.zeros(DRAWN, 1, SIDE, SIDE, device=self.originals.device)
        sheet = torch.cat([_row(torch.cat([self.originals, blank])), *self.rows])
        data = io.BytesIO()
        Image.fromarray((255 * sheet).round().byte().cpu().numpy()).save(data, "WEBP", quality=70, method=6)
        write_atomically(path.with_suffix(".webp"), data.getvalue())
        facts = {"side": SIDE, "again": AGAIN, "drawn": DRAWN, "measured": len(self.pictures), "stages": self.numbers}
        write_atomically(path.with_suffix(".json"), to_json(facts))
        self.rows, self.numbers = [], []


def _row(pictures: Sequence[Tensor] | Tensor) -> Tensor:
    """Lay pictures (1, 28, 28) side by side: (28, 28 N)."""
    return torch.cat([picture[0] for picture in pictures], 1)
