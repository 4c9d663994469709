"""The digits of MNIST: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", CC BY-SA 3.0."""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from sr_models.errors import SRError

SIDE = 28


def read_digits(folders: Sequence[Path], *, train: bool) -> tuple[Tensor, Tensor]:
    """Return the 60,000 digits for training or the 10,000 for tests, (N, 1, 28, 28) uint8, and what they are, (N,).

    `folders` is one folder, laid out as `torchvision.datasets.MNIST` does; into one that is new or empty they are
    downloaded, 11 MB. Raise SRError where there are none and none can be had.
    """
    try:
        from torchvision.datasets import MNIST
    except ImportError as error:
        raise SRError("package_missing", what="Reading digits", package="torchvision") from error
    folder = folders[0]
    fresh = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    try:
        found = MNIST(folder, train=train, download=fresh and len(folders) == 1)
    except (RuntimeError, OSError, ValueError) as error:
        raise SRError("no_digits", path=", ".join(map(str, folders))) from error
    return found.data[:, None], found.targets
