"""The nets, one file each, and what exists of them."""

from sr_models.archs._registry import (
    ARCHITECTURES,
    Architecture,
    Collapses,
    Contains,
    Grows,
    HasPosterior,
    Repairs,
    Samples,
    Steps,
    able,
    architecture,
    build,
    discover,
    get,
)

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Collapses",
    "Contains",
    "Grows",
    "HasPosterior",
    "Repairs",
    "Samples",
    "Steps",
    "able",
    "architecture",
    "build",
    "discover",
    "get",
]
