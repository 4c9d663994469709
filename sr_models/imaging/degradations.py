"""What happens to a picture on its way to low resolution: frozen dataclasses on tensors and a torch.Generator.

A field is a number, or a (low, high) range from which each picture of a batch draws its own. Pictures are
(N, C, H, W) in [0, 1]; results too. One generator serves all pictures in turn; with one for each, a picture's damage
does not depend on the others in its batch. `str()` says what is done in the words of a protocol.

A degradation whose class is registered by `degradation` is offered wherever somebody damages a picture for a test: the
control, the address, the receipt and the protocol line follow from its parameter.
"""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Generator, Tensor

from sr_models.errors import SRError
from sr_models.imaging.picture import quantize, shrink, to_array, to_tensor
from sr_models.imaging.resample import KERNELS
from sr_models.parameters import Parameter, Values

Amount = float | tuple[float, float]
Random = Generator | Sequence[Generator]


class Degradation(Protocol):
    """Turn originals into what a camera, a scaler or a file format makes of them."""

    def __call__(self, hr: Tensor, generator: Random) -> Tensor: ...


def generators_for(generator: Random, count: int) -> Sequence[Generator]:
    """Return one generator per picture."""
    return [generator] * count if isinstance(generator, Generator) else generator


def draw_amounts(amount: Amount, count: int, generator: Random) -> list[float]:
    """Return one number per picture."""
    if not isinstance(amount, tuple):
        return [float(amount)] * count
    low, high = amount
    return [low + (high - low) * float(torch.rand((), generator=g)) for g in generators_for(generator, count)]


def say_amount(amount: Amount) -> str:
    return "{:g} to {:g}".format(*amount) if isinstance(amount, tuple) else f"{amount:g}"


@dataclass(frozen=True)
class Registered:
    """Hold a degradation that can be chosen: its parameter, whose value 0 leaves it out, and where its place is."""

    parameter: Parameter[Any]
    build: Callable[[Any], Degradation]
    low: float  # the least amount where it is not left out
    before: bool  # shrinking, on HR; else behind it, on LR


DEGRADATIONS: dict[str, Registered] = {}
KERNEL = Parameter("kernel", "bicubic", choices=tuple(KERNELS))
SEED = Parameter("seed", 0, low=0, high=2**32 - 1)
D = TypeVar("D", bound=Callable[..., Any])


def degradation(name: str, *, low: float, high: float, step: float, unit: str, before: bool) -> Callable[[D], D]:
    """Register the decorated class, whose one field is an amount from `low` to `high`, by the name of its parameter.

    In a chain the registered ones are applied in the order of their registration; 0 leaves one out.
    """

    def register(build: D) -> D:
        parameter = Parameter(name, 0 if step == int(step) else 0.0, low=0, high=high, step=step, unit=unit)
        DEGRADATIONS[name] = Registered(parameter, build, low, before)
        return build

    return register


def parameters() -> tuple[Parameter[Any], ...]:
    """Return the settings of a test's chain: the kernel, the amount of each degradation, the seed."""
    return KERNEL, *(registered.parameter for registered in DEGRADATIONS.values()), SEED


def chain(scale: int, chosen: Mapping[str, Any]) -> "Chain":
    """Return what makes LR of HR by the values of `parameters()`."""
    steps: dict[bool, list[Degradation]] = {True: [], False: []}
    for name, registered in DEGRADATIONS.items():
        if chosen[name]:
            steps[registered.before].append(registered.build(chosen[name]))
    return Chain((*steps[True], Downscale(scale, chosen["kernel"]), *steps[False]))


def chosen(**given: Any) -> Values:
    """Return checked values of `parameters()`; what is not given is left out."""
    return Values(parameters(), given)


def _check(name: str, amount: Amount) -> None:
    registered = DEGRADATIONS[name]
    low, high = registered.low, registered.parameter.high
    for value in amount if isinstance(amount, tuple) else (amount,):
        if not low <= value <= high:
            raise SRError("out_of_range", name=name, value=value, low=low, high=high)


@degradation("blur", low=0, high=10, step=0.1, unit="px", before=True)
@dataclass(frozen=True)
class Blur:
    """Blur by a gaussian of `sigma` pixels, 0 to 10; the border is repeated."""

    sigma: Amount = 1.0

    def __post_init__(self) -> None:
        _check("blur", self.sigma)

    def __str__(self) -> str:
        return f"blur {say_amount(self.sigma)} px"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Blur each picture by its own sigma."""
        return torch.cat(
            [self._one(x[None], s) for x, s in zip(hr, draw_amounts(self.sigma, len(hr), generator), strict=True)]
        )

    def _one(self, x: Tensor, sigma: float) -> Tensor:
        if sigma < 0.05:
            return x
        radius = math.ceil(3 * sigma)
        steps = torch.arange(-radius, radius + 1, device=x.device, dtype=torch.float32)
        line = torch.exp(-(steps**2) / (2 * sigma**2))
        line = (line / line.sum()).repeat(x.shape[1], 1)
        x = F.pad(x, (radius, radius, radius, radius), mode="replicate")
        x = F.conv2d(x, line[:, None, :, None], groups=x.shape[1])
        return F.conv2d(x, line[:, None, None, :], groups=x.shape[1])


@dataclass(frozen=True)
class Downscale:
    """Shrink by a whole `scale` with one of the kernels of `resample`, rounded to 8 bits."""

    scale: int
    kernel: str = "bicubic"

    def __post_init__(self) -> None:
        if not 1 <= self.scale <= 8:
            raise SRError("out_of_range", name="scale", value=self.scale, low=1, high=8)
        if self.kernel not in KERNELS:
            raise SRError("unknown_kernel", name=self.kernel, known=", ".join(KERNELS))

    def __str__(self) -> str:
        return f"MATLAB {self.kernel}"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Shrink; the sides must be multiples of the scale."""
        return shrink(hr, self.scale, kernel=self.kernel)


@degradation("noise", low=0, high=100, step=1, unit="/255", before=False)
@dataclass(frozen=True)
class Noise:
    """Add gaussian noise of `sigma` / 255 to each value, 0 to 100."""

    sigma: Amount = 5.0

    def __post_init__(self) -> None:
        _check("noise", self.sigma)

    def __str__(self) -> str:
        return f"noise {say_amount(self.sigma)}/255"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Add noise drawn on the CPU, so that the device does not change it."""
        sigmas = draw_amounts(self.sigma, len(hr), generator)
        each = zip(sigmas, generators_for(generator, len(hr)), strict=True)
        noise = torch.stack([torch.randn(hr.shape[1:], generator=g) * (sigma / 255) for sigma, g in each])
        return quantize(hr + noise.to(hr.device))


@dataclass(frozen=True)
class Poisson:
    """Count light: a value v becomes Poisson(v * peak) / peak, rounded to 8 bits; a low `peak` is a dark room."""

    peak: Amount = 40.0

    def __str__(self) -> str:
        return f"Poisson noise of {say_amount(self.peak)} counts at white"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Count on the CPU, so that the device does not change it."""
        each = zip(
            hr.cpu(), draw_amounts(self.peak, len(hr), generator), generators_for(generator, len(hr)), strict=True
        )
        counted = torch.stack([torch.poisson(x.clamp(min=0) * peak, g) / peak for x, peak, g in each])
        return quantize(counted.to(hr.device))


@degradation("jpeg", low=1, high=100, step=1, unit="", before=False)
@dataclass(frozen=True)
class Jpeg:
    """Write and read as JPEG (4:2:0) of `quality` 1 to 100, without a file."""

    quality: Amount = 75

    def __post_init__(self) -> None:
        _check("jpeg", self.quality)

    def __str__(self) -> str:
        return f"JPEG quality {say_amount(self.quality)}"

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Compress each picture at its own quality."""
        done = [
            self._one(x[None], round(q))
            for x, q in zip(hr, draw_amounts(self.quality, len(hr), generator), strict=True)
        ]
        return torch.cat(done).to(hr.device)

    def _one(self, x: Tensor, quality: int) -> Tensor:
        array = to_array(x)
        buffer = io.BytesIO()
        Image.fromarray(array.squeeze(2) if array.shape[2] == 1 else array).save(buffer, "JPEG", quality=quality)
        back = np.asarray(Image.open(buffer, formats=("JPEG",)))
        return to_tensor(back[:, :, None] if back.ndim == 2 else back)


@dataclass(frozen=True)
class Chain:
    """Apply one after another."""

    steps: tuple[Degradation, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps))

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Apply all steps in order."""
        for step in self.steps:
            hr = step(hr, generator)
        return hr


@dataclass(frozen=True)
class OneOf:
    """Apply to each picture of a batch one of `choices`, drawn with `weights`; all give one size.

    `together` draws one for the whole batch, by the first picture's numbers.
    """

    choices: tuple[Degradation, ...]
    weights: tuple[float, ...]
    together: bool = False

    def __post_init__(self) -> None:
        if len(self.choices) != len(self.weights) or min(self.weights, default=0) <= 0:
            raise ValueError("each choice has a weight above 0")

    def __str__(self) -> str:
        parts = zip(self.choices, self.weights, strict=True)
        return " or ".join(f"{choice} ({weight / sum(self.weights):.0%})" for choice, weight in parts)

    def __call__(self, hr: Tensor, generator: Random) -> Tensor:
        """Draw for each picture and apply."""
        weights, done = torch.tensor(self.weights), []
        if self.together:
            first = generators_for(generator, len(hr))[0]
            return self.choices[int(torch.multinomial(weights, 1, generator=first))](hr, generator)
        for picture, own in zip(hr, generators_for(generator, len(hr)), strict=True):
            drawn = int(torch.multinomial(weights, 1, generator=own))
            done.append(self.choices[drawn](picture[None], own))
        return torch.cat(done)
