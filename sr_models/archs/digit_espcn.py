"""ESPCN on digits: archs/espcn.py, as large as the digit VAE, so that the two can be compared."""

from typing import Any

from sr_models import archs
from sr_models.archs._registry import architecture


@architecture(
    "digit_espcn",
    task="enlarge",
    paper="arXiv 1609.05158",
    title="Digit ESPCN",
    summary="Enlarges digits from 14×14 to 28×28.",
)
def digit_espcn(*, scale: int = 2, width: int = 160, mapping: int = 128) -> Any:
    """Build it."""
    return archs.build("espcn", scale=scale, width=width, mapping=mapping)
