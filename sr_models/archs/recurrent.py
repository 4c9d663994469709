"""A recurrent net: one small body runs again and again on its own result, after DRCN, DRRN and SRFBN.

f = conv(x), then for every step: u = PReLU(1x1[f, h]), h = u + three 3x3 layers of u, the same weights each time, and
a picture y = upsampled x + shuffle(conv(h + f)). Sources: Kim et al., DRCN, arXiv 1511.04491, figure 3 (one shared
layer, a picture after each step); Tai et al., DRRN, CVPR 2017, figure 3 (residual units with shared weights);
Li et al., SRFBN, arXiv 1903.09814, figure 2 (the state is fed back, early pictures have a loss).
Differs from them: all work is on the LR grid (DRCN and DRRN work on the enlarged picture), RGB for luma, the
pictures are not averaged but the last one counts, the body is three plain layers, the input is centred on grey, the
image skip is the nearest-upsampled input. 89,328 parameters at x4, whatever the number of steps.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, Expandable, PReLU, add_upsampled, check_scale, conv3x3, start_near_zero
from sr_models.archs._registry import architecture
from sr_models.errors import SRError

MOST_STEPS = 6
BODY = 3  # layers that every step runs


@architecture(
    "recurrent",
    task="upscale",
    paper="arXiv 1511.04491",
    title="Recurrent",
    summary="The same layers run again and again: each step improves the picture, with few parameters.",
)
class Recurrent(Expandable):
    """Enlarge RGB in `steps` passes through the same layers; the weights fit any number of steps."""

    channels = 3
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4, width: int = 48, steps: int = 4, expansion: int = 0) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.default_steps = _check_steps(steps)
        self.halo = 1 + BODY * steps + 1  # head, the body once a step, tail
        self.head = conv3x3(3, width, expansion)
        self.mix = nn.Conv2d(width, width, 1)  # the 1x1 of [f, h]: the part of f is the same at every step
        self.feedback = nn.Conv2d(width, width, 1, bias=False)  # and the part of h
        self.mix_act = PReLU(width)
        self.body = nn.ModuleList(conv3x3(width, width, expansion) for _ in range(BODY))
        self.body_act = nn.ModuleList(PReLU(width) for _ in range(BODY))
        self.tail = start_near_zero(nn.Conv2d(width, 3 * scale * scale, 3, padding=1))

    def forward(self, lr: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, 3, s*H, s*W)
        first, states = self._states(lr, self.default_steps)
        return add_upsampled(self.tail(states[-1] + first), lr, self.scale)

    def steps(self, lr: Tensor, n: int) -> list[Tensor]:
        """Return the picture (N, 3, s*H, s*W) after each of `n` steps, 1 to 6."""
        first, states = self._states(lr, n)
        return [add_upsampled(self.tail(h + first), lr, self.scale) for h in states]

    def _states(self, lr: Tensor, n: int) -> tuple[Tensor, list[Tensor]]:
        """Return f and the state h after each step, (N, width, H, W)."""
        first = self.head((lr - MIDDLE).to(self.mix.weight.dtype))
        mixed, states = self.mix(first), []
        kernels = [(layer.weight, layer.bias) for layer in self.body]  # expanded ones are composed once
        for _ in range(_check_steps(n)):
            x = u = self.mix_act(mixed + self.feedback(states[-1]) if states else mixed)
            for (weight, bias), activate in zip(kernels, self.body_act, strict=True):
                x = activate(F.conv2d(x, weight, bias, padding=1))  # type: ignore[arg-type]
            states.append(u + x)
        return first, states


def _check_steps(steps: int) -> int:
    if not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise SRError("out_of_range", name="steps", value=steps, low=1, high=MOST_STEPS)
    return steps
