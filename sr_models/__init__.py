"""SR Lab: super-resolution, measured.

import sr_models
upscaler = sr_models.load("espcn", scale=4)
sr = upscaler(lr)  # (1, 3, H, W) in [0, 1] -> (1, 3, 4*H, 4*W)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sr_models.checkpoints.card import Card
    from sr_models.checkpoints.catalog import list_checkpoints
    from sr_models.errors import CheckpointError, SRError
    from sr_models.imaging.decode import read
    from sr_models.imaging.encode import encode_png
    from sr_models.imaging.picture import Picture
    from sr_models.inference.load import load
    from sr_models.inference.upscaler import Upscaler

_HOMES = {
    "Card": "checkpoints.card",
    "CheckpointError": "errors",
    "Picture": "imaging.picture",
    "SRError": "errors",
    "Upscaler": "inference.upscaler",
    "encode_png": "imaging.encode",
    "list_checkpoints": "checkpoints.catalog",
    "load": "inference.load",
    "read": "imaging.decode",
}

__all__ = [
    "Card",
    "CheckpointError",
    "Picture",
    "SRError",
    "Upscaler",
    "encode_png",
    "list_checkpoints",
    "load",
    "read",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
