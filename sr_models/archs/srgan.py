"""SRGAN's generator: Ledig et al., "Photo-realistic single image super-resolution using a GAN", CVPR 2017, figure 4.

It is a net that exists already, taken further by another objective: content, style and a critic's opinion beside L1.
Its state is that net's state, so the two can be mixed weight by weight: Wang et al., ESRGAN, arXiv 1809.00219, section
3.4. Differs from the paper: the generator is SESR for SRResNet.
"""

from typing import Any

from sr_models import archs
from sr_models.archs._registry import architecture


@architecture(
    "srgan",
    task="upscale",
    paper="arXiv 1609.04802",
    title="SRGAN",
    summary="Invents fine detail that looks real where the others blur; part of it was never there.",
)
def srgan(*, scale: int = 4, base: str = "sesr", base_config: dict[str, Any] | None = None) -> Any:
    """Build the net that the generator continues, by its architecture's name and config."""
    return archs.build(base, scale=scale, **({"width": 48, "depth": 6} if base_config is None else base_config))
