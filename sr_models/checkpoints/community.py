"""Nets that were trained elsewhere: files of weights alone, whose net spandrel finds out by their names and shapes.

Only `.safetensors` is read here; `convert` makes one of a `.pth`, in a process of its own.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from sr_models.checkpoints.card import FOREIGN, Card
from sr_models.errors import CheckpointError, SRError

MAX_BYTES = 2**30
MAX_TENSORS, MAX_NUMBER = 20_000, 4096  # in a file, and among the layer numbers in the names
SCALES = range(1, 9)
PROBE, EDGE, SEEN = 96, 4, 1 / 1024  # px of the probe, of the patch that is changed, and what counts as a change
STEPS = (2, 3, 4, 6, 7, 8, 12, 16, 32)  # px of grids on which windows lie, beside what a net says itself
FAR = 64  # halo of a net that sees farther than the probe
UNKNOWN = "unknown"


class Foreign(nn.Module):
    """Run a net that spandrel built: (N, C, H, W) in [0, 1] -> (N, C, s*H, s*W) in [0, 1], C being 1 or 3.

    It pads to the sizes that the net needs. `halo` is measured: how far a changed patch shows, in input pixels. Where
    it keeps the size it repairs: what, its file does not say.
    """

    repairs, strength = ("denoise", "dejpeg", "deblur"), None

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self.descriptor, self.net = descriptor, descriptor.model
        self.architecture = FOREIGN + descriptor.architecture.id
        self.channels, self.scale = descriptor.input_channels, descriptor.scale
        needs = descriptor.size_requirements
        self.minimum, self.multiple_of = max(needs.minimum, 1), max(needs.multiple_of, 1)
        self.only_float32 = not descriptor.supports_bfloat16
        self.halo, self.multiple_of, self.sees_far = look(self)

    def forward(self, picture: Tensor, mask: Tensor | None = None, strength: float | None = None) -> Tensor:
        """Return the net's picture; it takes neither mask nor strength."""
        return self.descriptor(picture.to(next(self.net.parameters()).dtype))


class Sight(NamedTuple):
    """Hold how far a net sees around a pixel, at which steps its picture moves with what it sees, and whether that is
    all: `far` says that it may see the whole picture, and tiles may differ from it."""

    halo: int
    step: int
    far: bool


@torch.inference_mode()
def look(net: Any) -> Sight:
    """Measure how a net can be run in tiles, on noise of 96x96, dark on the left and bright on the right.

    It runs on it as it is; with a patch in the middle changed, which shows how far it sees; without its first columns,
    which shows from which steps on tiles may begin (windows of attention lie on a grid); and on the left half alone,
    which shows whether it looks at the whole, as at a mean.
    """
    unit = net.multiple_of
    size = -(-max(PROBE, 2 * net.minimum) // unit) * unit
    one = torch.rand(1, net.channels, size, size, generator=torch.Generator().manual_seed(0)) / 2
    one[..., size // 2 :] += 0.5
    other, middle = one.clone(), slice(size // 2 - EDGE // 2, size // 2 + EDGE // 2)
    other[..., middle, middle] = 1 - other[..., middle, middle]
    whole = net(one)
    changed = ((whole - net(other)).abs().amax((0, 1)) > SEEN).nonzero() / net.scale
    window = getattr(net.net, "window_size", None)
    steps = [
        unit,
        *([window] if isinstance(window, int) and not window % unit else []),
        *(s for s in STEPS if not s % unit),
    ]
    if not len(changed):
        return Sight(FAR, max(steps), True)  # a picture that nothing changes tells nothing
    distance = torch.maximum(middle.start - changed.amin(0), changed.amax(0) - (middle.stop - 1)).max()
    halo = int(distance.ceil().clamp(min=0))
    if halo >= size // 2 - EDGE:
        return Sight(FAR, max(steps), True)

    def agrees(low: int, high: int) -> bool:
        """Say whether columns from `low` to `high`, run alone, look as in the whole, but near where they are cut."""
        alone, scale = net(one[..., low:high]), net.scale
        first, last = (low + halo if low else 0), (high - halo if high < size else size)
        found = alone[..., (first - low) * scale : (last - low) * scale] - whole[..., first * scale : last * scale]
        return last > first and float(found.abs().max()) <= 4 * SEEN

    step = next((step for step in dict.fromkeys(steps) if agrees(step, size)), None)
    if step is None:
        return Sight(FAR, max(steps), True)
    half = size // 2 // step * step
    return Sight(halo, step, False) if agrees(0, half) else Sight(FAR, step, True)


def read(path: str | Path) -> tuple[Foreign, Card]:
    """Build the net of a foreign file with its weights in float32; raise CheckpointError where that cannot be.

    The card says "unknown" where nothing is known: nothing was measured here, and the net counts as one that invents.
    """
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise CheckpointError(path.name, f"it is larger than {MAX_BYTES // 2**20} MiB")
    state, metadata = _weights(path)
    net = Foreign(recognise(state, path.name))
    stem = re.sub(r"[^\w.-]+", "_", path.stem)
    card = Card(
        name=stem if stem.endswith(f"_x{net.scale}") else f"{stem}_x{net.scale}",
        architecture=net.architecture,
        config={},
        scale=net.scale,
        bases=(),
        trained_for=UNKNOWN,
        invents=True,
        recipe={},
        dataset=UNKNOWN,
        license=str(metadata.get("license") or metadata.get("modelspec.license") or UNKNOWN)[:80],
        steps=0,
        seconds=0.0,
        commit=None,
    )
    return net, card


def recognise(state: dict[str, Tensor], name: str) -> Any:
    """Return spandrel's description of the net whose weights these are, in float32 and on the CPU.

    Raise CheckpointError where it knows none, where its size is out of all bounds, or where it makes no picture of a
    picture.
    """
    try:
        from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
    except ImportError as error:
        raise SRError("package_missing", what="Reading a net from elsewhere", package="spandrel") from error
    numbers = [int(n) for key in state for n in re.findall(r"\d+", key)[:8] if len(n) < 12]
    if len(state) > MAX_TENSORS or max(numbers, default=0) > MAX_NUMBER:
        raise CheckpointError(name, "its names of weights describe a net that is too large")
    if not all(torch.isfinite(value).all() for value in state.values() if value.is_floating_point()):
        raise CheckpointError(name, "it has weights that are not finite numbers")
    try:
        found = ModelLoader("cpu").load_from_state_dict(dict(state))
    except UnsupportedModelError as error:
        raise CheckpointError(
            name, "it has no card of this program, and spandrel knows no net with such weights"
        ) from error
    except Exception as error:  # its builders trust the shapes, and fail in many ways where these do not fit
        raise CheckpointError(name, f"its net cannot be built ({type(error).__name__})") from error
    if not isinstance(found, ImageModelDescriptor) or found.purpose == "FaceSR":
        raise CheckpointError(name, f"{found.architecture.name} does not make a picture of any picture")
    if found.input_channels != found.output_channels or found.input_channels not in (1, 3):
        raise CheckpointError(name, f"it makes {found.output_channels} channels of {found.input_channels}, not 1 or 3")
    if found.scale not in SCALES:
        raise CheckpointError(name, f"it enlarges by {found.scale}, not by {SCALES[0]} to {SCALES[-1]}")
    found.model.float().eval().requires_grad_(False)
    return found


def _weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # it is no dictionary
            return state, file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(path.name, "it is cut off or damaged") from error
