"""The classical methods: enlarge by a fixed kernel. Same contract as the nets, nothing to train."""

from torch import Tensor, nn

from sr_models.archs._blocks import check_scale
from sr_models.archs._registry import architecture
from sr_models.imaging.resample import KERNELS, resize


class _Interpolation(nn.Module):
    kernel: str
    channels = 3
    minimum = 1
    multiple_of = 1
    exact_tiling = True

    def __init__(self, *, scale: int = 4) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 8)
        self.halo = int(KERNELS[self.kernel][1] / 2) + 1

    def forward(self, lr: Tensor) -> Tensor:  # (N, C, H, W) -> (N, C, s*H, s*W)
        height, width = lr.shape[-2:]
        return resize(lr, self.scale * height, self.scale * width, kernel=self.kernel, scale=self.scale)


@architecture(
    "nearest",
    task="upscale",
    weights=False,
    paper="",
    title="Nearest",
    summary="Repeats each pixel: the input as it is.",
)
class Nearest(_Interpolation):
    """Repeat each pixel."""

    kernel = "nearest"


@architecture(
    "bilinear",
    task="upscale",
    weights=False,
    paper="",
    title="Bilinear",
    summary="Straight lines between pixels.",
)
class Bilinear(_Interpolation):
    """Draw straight lines between pixels."""

    kernel = "bilinear"


@architecture(
    "bicubic",
    task="upscale",
    weights=False,
    paper="Keys, Cubic convolution interpolation for digital image processing, IEEE TASSP 1981",
    title="Bicubic",
    summary="Smooth curves between pixels: what every net must beat.",
)
class Bicubic(_Interpolation):
    """Draw cubic curves between pixels (a = -0.5)."""

    kernel = "bicubic"


@architecture(
    "lanczos",
    task="upscale",
    weights=False,
    paper="Duchon, Lanczos filtering in one and two dimensions, J. Applied Meteorology 1979",
    title="Lanczos",
    summary="A windowed sinc: sharper than bicubic, rings at edges.",
)
class Lanczos(_Interpolation):
    """Interpolate by a sinc windowed to three lobes."""

    kernel = "lanczos"


@architecture(
    "gaussian",
    task="upscale",
    weights=False,
    paper="",
    title="Gaussian",
    summary="A soft blend of neighbours: no ringing, no detail.",
)
class Gaussian(_Interpolation):
    """Blend neighbours by a gaussian of half a pixel."""

    kernel = "gaussian"
