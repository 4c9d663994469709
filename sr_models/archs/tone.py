"""A net that mends the tone of a whole picture: exposure, contrast, fading, colour cast. Our own design.

It looks at the picture as 48x48 pixels and at the percentiles of each channel, and answers with four numbers for each:
gain, black point, gamma and lift of a curve, so that no place is treated by itself and no detail can be lost or made.
Source of the idea: Gharbi et al., Deep bilateral learning (HDRnet), SIGGRAPH 2017 (a small copy decides, the full
picture is only mapped).
"""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._registry import architecture
from sr_models.imaging.tone import curve

SIDE = 48
SHARES = (0.0, 0.005, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 0.995, 1.0)


@architecture(
    "tone",
    task="restore",
    paper="Gharbi et al., Deep bilateral learning for real-time image enhancement, SIGGRAPH 2017",
    title="Tone",
    summary="Mends exposure, contrast, fading and colour cast by one curve for each colour.",
)
class Tone(nn.Module):
    """Map the values of each channel by a curve that fits the whole picture."""

    channels = 3
    minimum = 1
    multiple_of = 1
    halo = None  # it looks at the whole picture
    exact_tiling = False
    repairs = ("tone",)
    strength = None

    def __init__(self, *, scale: int = 1, width: int = 32, hidden: int = 128) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        sizes = (3, width // 2, width, width, width)
        layers = [nn.Conv2d(a, b, 3, 2, 1) for a, b in itertools.pairwise(sizes)]
        self.look = nn.Sequential(*(part for layer in layers for part in (layer, nn.LeakyReLU(0.1))))
        self.decide = nn.Sequential(
            nn.Linear(9 * width + 3 * len(SHARES) + 3, hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.1),
            nn.Linear(hidden, 12),
        )
        nn.init.zeros_(self.decide[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.decide[-1].bias)  # type: ignore[arg-type]

    def numbers(self, degraded: Tensor) -> Tensor:
        """Return those of the curves (N, 3, 4) for whole pictures (N, 3, H, W) in [0, 1], as `curve` takes them."""
        small = F.interpolate(degraded.float(), (SIDE, SIDE), mode="bilinear", antialias=True)
        dtype = next(self.decide.parameters()).dtype
        seen = self.look((small - MIDDLE).to(dtype)).flatten(1)
        shares = torch.tensor(SHARES, device=degraded.device)
        values = degraded.float().flatten(2)
        step = -(-values.shape[-1] // 2**20)  # a million pixels tell the percentiles
        percentiles = torch.quantile(values[..., ::step], shares, -1).permute(1, 2, 0)
        mean = values.mean(-1)
        facts = torch.cat([seen, (percentiles - MIDDLE).flatten(1).to(dtype), (mean - MIDDLE).to(dtype)], 1)
        return self.decide(facts).float().view(-1, 3, 4)

    def forward(self, degraded: Tensor, mask: Tensor | None = None, strength: None = None) -> Tensor:
        """Return the mended pictures (N, 3, H, W), not clamped. `mask` and `strength` tell nothing here."""
        with torch.autocast(degraded.device.type, enabled=False):  # a curve of few digits is a wrong one
            return curve(degraded.float(), self.numbers(degraded))
