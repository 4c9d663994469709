"""What the nets that draw digits share: their size, and batch normalisation without a counter."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.errors import SRError
from sr_models.imaging.digits import SIDE


def check_size(name: str, height: int, width: int) -> None:
    """Raise SRError for another size than that of digits."""
    if (height, width) != (SIDE, SIDE):
        raise SRError("size_of_digits", name=name, width=width, height=height)


class Norm(nn.Module):
    """Normalise each channel over the batch; when it runs, by the means of training. (N, C, ...) in and out.

    Source: Ioffe and Szegedy, arXiv 1502.03167. It counts no batches: a count does not fit into a file of float16.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalised, and follow the means while training."""
        return F.batch_norm(x, self.mean, self.variance, self.weight, self.bias, self.training)
