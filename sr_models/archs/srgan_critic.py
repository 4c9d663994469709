"""SRGAN's critic: a U-Net that says of each pixel how real it looks. It trains generators and is never run as a net.

The picture is folded 2x2 into channels, halved twice, and grown again with the features of the same size added; the
last layer unfolds a number for each pixel. `conditional=True` also shows it the enlarged LR, as what the picture has
beyond it. `spectral=True` trains: every kernel but the first's and the last's is divided by its largest singular value
(Miyato et al., arXiv 1802.05957); the collapsed form holds the kernels as they are then.
Sources: Schönfeld et al., U-Net GAN, arXiv 2002.12655, figure 2; Wang et al., Real-ESRGAN, arXiv 2107.10833, figure 6.
Differs from them: works on the folded picture, which costs a quarter; two halvings; no global output.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from sr_models import archs
from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._registry import architecture
from sr_models.imaging.resample import resize

FOLD = 2
SLOPE = 0.2
DETAIL = 8.0  # how much stronger a conditional critic sees what the enlarged LR lacks
NORM = "parametrizations.weight.original"  # what torch names the free kernel under a spectral norm


@architecture(
    "srgan_critic",
    task="critic",
    paper="arXiv 2002.12655",
    title="SRGAN's critic",
    summary="Says of each pixel how real it looks.",
)
class Critic(nn.Module):
    """Tell real pictures from enlarged ones, by a logit for each pixel: above 0 is real."""

    channels = 3
    minimum = 8
    multiple_of = 8

    def __init__(self, *, scale: int = 4, width: int = 32, conditional: bool = False, spectral: bool = False) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.conditional, self.spectral = conditional, spectral

        def layer(inside: int, outside: int, kernel: int = 3, stride: int = 1) -> nn.Module:
            made = nn.Conv2d(inside, outside, kernel, stride, 1)
            return parametrizations.spectral_norm(made) if spectral else made

        self.enter = nn.Conv2d(3 * FOLD**2 * (2 if conditional else 1), width, 3, padding=1)
        self.down = nn.ModuleList((layer(width, 2 * width, 4, 2), layer(2 * width, 4 * width, 4, 2)))
        self.middle = layer(4 * width, 4 * width)
        self.up = nn.ModuleList((layer(4 * width, 2 * width), layer(2 * width, width)))
        self.finish = layer(width, width)
        self.judge = nn.Conv2d(width, FOLD**2, 3, padding=1)

    def features(self, picture: Tensor, lr: Tensor | None = None) -> list[Tensor]:
        """Return the features of each layer of `picture` (N, 3, H, W) in [0, 1]; sides are multiples of 8."""
        seen = picture - MIDDLE
        if self.conditional:
            if lr is None:
                raise ValueError("a conditional critic needs the LR picture too")
            enlarged = resize(lr, *picture.shape[-2:])
            seen = torch.cat([seen, DETAIL * (picture - enlarged)], 1)  # the same, said so that small detail counts
        x = F.leaky_relu(self.enter(F.pixel_unshuffle(seen, FOLD)), SLOPE)  # (N, width, H/2, W/2)
        found = [x]
        for down in self.down:
            x = F.leaky_relu(down(x), SLOPE)
            found.append(x)
        x = F.leaky_relu(self.middle(x), SLOPE)  # (N, 4 * width, H/8, W/8)
        found.append(x)
        for up, skip in zip(self.up, (found[1], found[0]), strict=True):
            x = F.leaky_relu(up(F.interpolate(x, scale_factor=2.0, mode="nearest")), SLOPE) + skip
            found.append(x)
        found.append(F.leaky_relu(self.finish(x), SLOPE))  # (N, width, H/2, W/2)
        return found

    def opinion(self, features: list[Tensor]) -> Tensor:
        """Return the logits (N, 1, H, W) that follow from `features`, in float32."""
        return F.pixel_shuffle(self.judge(features[-1]), FOLD).float()

    def forward(self, picture: Tensor, lr: Tensor | None = None) -> Tensor:  # (N, 3, H, W) -> (N, 1, H, W)
        return self.opinion(self.features(picture, lr))

    def collapse(self) -> "Critic":
        """Return the plain critic with the same output; itself where it is plain already."""
        if not self.spectral:
            return self
        config: dict[str, Any] = {**self.config, "spectral": False}  # type: ignore[dict-item]
        plain = archs.build("srgan_critic", **config)
        training = self.training
        self.eval()  # reading a kernel in training takes a step towards its norm
        with torch.no_grad():
            kernels = {n: m.weight.clone() for n, m in self.named_modules() if isinstance(m, nn.Conv2d)}
        biases = {n: m.bias for n, m in self.named_modules() if isinstance(m, nn.Conv2d)}
        plain.load_state_dict(
            {f"{n}.weight": w for n, w in kernels.items()} | {f"{n}.bias": b for n, b in biases.items()}
        )
        self.train(training)
        return plain.to(self.judge.weight.device).train(training)

    def load_collapsed(self, state: dict[str, Any]) -> None:
        """Start from a plain critic's state, or the part of it that fits."""
        if not self.spectral:
            self.load_state_dict(state, strict=False)
            return
        free = {k for k in self.state_dict() if k.endswith(NORM)}
        renamed = {k.replace("weight", NORM) if k.replace("weight", NORM) in free else k: v for k, v in state.items()}
        self.load_state_dict(renamed, strict=False)
