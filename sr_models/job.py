"""One picture through one net: file -> LR (and HR) -> result -> file -> readouts -> receipt.

The page, the API and the command line call only this.
"""

import hashlib
import math
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

import sr_models
from sr_models.checkpoint import jsonable, write_atomically
from sr_models.color import luma
from sr_models.degradations import Blur, Chain, Degradation, Downscale, Jpeg, Noise
from sr_models.errors import SRError
from sr_models.formats import describe, encode
from sr_models.image import (
    Picture,
    as_8_bit,
    crop_to_multiple,
    flatten,
    quantize,
    shrink,
    to_array,
    to_tensor,
)
from sr_models.image import fit as fit
from sr_models.metrics.fidelity import MAX_EDGE_PIXELS, edge_agreement, fidelity, lr_consistency, psnr
from sr_models.metrics.no_reference import blur, colour_shift, contrast, jaggedness, sharpness
from sr_models.metrics.perceptual import feature_distance, lpips, perceptual_reason
from sr_models.pipeline import Upscaler
from sr_models.sizes import scale_for as scale_for
from sr_models.sizes import target_size as target_size

MOST_BYTES = 2**29  # of all samples of a picture together
TEMPERATURE = (
    0.7  # of samples, where none is asked for: of those measured, nearest to the original by LPIPS, RESULTS.md
)
ALPHAS = {"keep": None, "white": 1.0, "black": 0.0}  # what becomes of transparent parts: the grey they are laid on
MOST_JUDGED = 2**22  # pixels that a critic looks at: it holds all of them at once
MIN_SELF_CHECK = 32  # px, the shorter side of the shrunk copy
FIDELITY = (
    "psnr_y",
    "ssim_y",
    "psnr_rgb",
    "ssim_rgb",
    "edges",
    "lpips",
    "features",
)  # features: where LPIPS is not here
DESCRIPTIONS = ("sharpness", "contrast", "blur", "jaggedness", "colour_shift")
METRICS = (*FIDELITY, "lr_consistency", *DESCRIPTIONS)


@dataclass(frozen=True)
class Damage:
    """Say how *Test the nets* makes LR of the original: blur (HR px), shrink, noise (of 255, on LR), JPEG (0 = none)."""

    kernel: str = "bicubic"
    blur: float = 0.0
    noise: float = 0.0
    jpeg: int = 0
    seed: int = 0

    def chain(self, scale: int) -> Degradation:
        """Return the degradation; raise SRError for values out of range."""
        steps: list[Degradation] = [Blur(self.blur)] if self.blur else []
        steps.append(Downscale(scale, self.kernel))
        steps += [Noise(self.noise)] if self.noise else []
        steps += [Jpeg(self.jpeg)] if self.jpeg else []
        return Chain(tuple(steps))


@dataclass(frozen=True)
class Inputs:
    """Hold what a run needs: `lr` (H, W, C) and `hr` (s*H, s*W, C) where there is an original."""

    lr: np.ndarray
    hr: np.ndarray | None
    scale: int
    damage: Damage | None = None
    on_white: bool = False  # transparent parts were laid on white, or are when it is measured

    @property
    def mode(self) -> str:
        """Return *enlarge* (no original), *test* (LR made from the original) or *both* (LR and original as given)."""
        return "enlarge" if self.hr is None else "test" if self.damage else "both"


@dataclass(frozen=True)
class Step:
    """Report one finished tile; `array` (s*H, s*W, C) grows in place and is whole when done == total.

    `tile` is the finished part of it, whose corner lies at (`left`, `top`).
    """

    done: int
    total: int
    array: np.ndarray
    tile: np.ndarray
    left: int
    top: int


def prepare(
    picture: Picture,
    scale: int,
    damage: Damage | None = None,
    *,
    limit: int | None = None,
    alpha: str = "keep",
    target: tuple[int, int] | None = None,
) -> Inputs:
    """Make the inputs of a run: without `damage` the picture is LR, with it the picture is the original.

    `limit` is how many pixels the result, or the `target` (width, height), may have. Raise SRError when it would have
    more, or when the original is too small to be shrunk. Only *Enlarge* keeps 16 bits and alpha; a test has 8 bits.
    """
    if damage is None:
        check_output(picture, scale, limit, target)
        return Inputs(_laid(picture.array, alpha), None, scale, on_white=_on_white(picture, alpha))
    if min(picture.width, picture.height) < scale:
        raise SRError("too_small_to_test", width=picture.width, height=picture.height, scale=scale, limit=scale)
    cropped = _laid(crop_to_multiple(picture.array, scale), alpha)
    hr = to_array(flatten(to_tensor(cropped)))
    lr = damage.chain(scale)(to_tensor(hr), torch.Generator().manual_seed(damage.seed))
    return Inputs(to_array(lr), hr, scale, damage, _on_white(picture, alpha))


def ground(alpha: str) -> float | None:
    """Return the grey that transparent parts are laid on, None where they stay; `alpha` is one of ALPHAS."""
    if alpha not in ALPHAS:
        raise SRError("unknown_choice", name="alpha", value=alpha, known=", ".join(ALPHAS))
    return ALPHAS[alpha]


def _on_white(picture: Picture, alpha: str) -> bool:
    return picture.mode in ("LA", "RGBA") and alpha != "black"


def _laid(array: np.ndarray, alpha: str) -> np.ndarray:
    grey = ground(alpha)
    if grey is None or array.shape[2] not in (2, 4):
        return array
    return to_array(flatten(to_tensor(array), grey), array.dtype.itemsize * 8)


def check_output(picture: Picture, scale: int, limit: int | None, target: tuple[int, int] | None = None) -> None:
    """Raise SRError where the enlarged picture, or the size it is brought to, would have more than `limit` pixels."""
    pixels = picture.width * picture.height * scale**2
    pixels = max(pixels, target[0] * target[1]) if target else pixels
    if limit and pixels > limit:
        size = {"width": picture.width, "height": picture.height}
        raise SRError("too_large_for_sr", **size, scale=scale, pixels=pixels, limit=limit)


def pair(lr: Picture, original: Picture, scale: int, *, limit: int | None = None, alpha: str = "keep") -> Inputs:
    """Make the inputs of a run on a picture whose original is known; raise SRError when the sizes do not match."""
    inputs = prepare(lr, scale, limit=limit, alpha=alpha)
    width, height = lr.width * scale, lr.height * scale
    if (original.width // scale, original.height // scale) == (lr.width, lr.height):  # it was cut before it was shrunk
        original = replace(original, array=crop_to_multiple(original.array, scale))
    if (original.width, original.height) != (width, height):
        size = {"width": original.width, "height": original.height, "expected": f"{width}×{height}"}
        raise SRError("original_size", **size, scale=scale)
    on_white = inputs.on_white or _on_white(original, alpha)
    return Inputs(inputs.lr, to_array(as_8_bit(_laid(original.array, alpha))), scale, on_white=on_white)


def enlarge(upscaler: Upscaler, lr: np.ndarray, *, tile: int | None = None, depth: int | None = None) -> Iterator[Step]:
    """Enlarge `lr` (H, W, C) of uint8 or uint16 tile by tile into one array of `depth` bits, by default the same."""
    s, depth = upscaler.scale, depth or lr.dtype.itemsize * 8
    height, width, channels = lr.shape
    out = np.zeros((height * s, width * s, channels), np.uint8 if depth == 8 else np.uint16)
    for part in upscaler.tiles(to_tensor(lr), tile=tile):
        top, left = part.rows.start * s, part.columns.start * s
        tile_array = to_array(part.pixels, depth)
        out[top : top + tile_array.shape[0], left : left + tile_array.shape[1]] = tile_array
        yield Step(part.index + 1, part.total, out, tile_array, left, top)


def enlarged(upscaler: Upscaler, lr: np.ndarray, *, depth: int | None = None) -> np.ndarray:
    """Return the whole result of `enlarge`."""
    *_, last = enlarge(upscaler, lr, depth=depth)
    return last.array


@dataclass(frozen=True)
class Drawn:
    """Report samples: those that are whole by their number, (s*H, s*W, C), and those dropped as not finite."""

    done: int
    total: int
    arrays: dict[int, np.ndarray]
    dropped: tuple[int, ...]


def draw(
    upscaler: Upscaler,
    lr: np.ndarray,
    count: int,
    *,
    seed: int = 0,
    temperature: float = TEMPERATURE,
    consistent: bool = True,
    tile: int | None = None,
    depth: int | None = None,
) -> Iterator[Drawn]:
    """Draw `count` possible pictures of `lr` (H, W, C) by a net that knows many; see `Upscaler.samples`.

    Yields after each tile of each sample. A sample with a value that is not finite is dropped, the others stay.
    """
    s, depth = upscaler.scale, depth or lr.dtype.itemsize * 8
    height, width, channels = lr.shape
    kind = np.uint8 if depth == 8 else np.uint16
    arrays = [np.zeros((height * s, width * s, channels), kind) for _ in range(count)]  # memory is taken when written
    if count * arrays[0].nbytes > MOST_BYTES:
        raise SRError("samples_too_large", samples=count, limit=MOST_BYTES // arrays[0].nbytes)
    whole: dict[int, np.ndarray] = {}
    dropped: set[int] = set()
    options: dict[str, Any] = {"seed": seed, "temperature": temperature, "consistent": consistent, "tile": tile}
    for part in upscaler.samples(to_tensor(lr), count, **options):
        if not torch.isfinite(part.pixels).all():
            dropped.add(part.sample)
        rows, columns = (slice(a.start * s, a.end * s) for a in (part.rows, part.columns))
        arrays[part.sample][rows, columns] = to_array(part.pixels.nan_to_num(), depth)
        if part.index + 1 == part.total and part.sample not in dropped:
            whole[part.sample] = arrays[part.sample]
        yield Drawn(part.index * count + part.sample + 1, part.total * count, dict(whole), tuple(sorted(dropped)))


def spread(arrays: list[np.ndarray], around: int = 0) -> np.ndarray:
    """Return where samples differ: the standard deviation of luma at each pixel in grey levels of 255, (H, W) float32.

    Its square is averaged over `around` pixels on each side, because few samples tell little of a single pixel.
    """
    ys = (luma(as_8_bit(array)[:, : 3 if array.shape[2] > 2 else 1])[0, 0] * 255 for array in arrays)
    first, total, squares = next(ys), torch.zeros(()), torch.zeros(())
    for y in ys:  # less the first: equal pictures have no spread at all
        total, squares = total + (y - first), squares + (y - first).square()
    n = len(arrays)
    variance = (squares - total.square() / n).clamp(min=0).expand_as(first) / max(n - 1, 1)
    side = 2 * around + 1
    return F.avg_pool2d(variance[None, None], side, 1, around, count_include_pad=False)[0, 0].sqrt().numpy()


def luma_error(result: np.ndarray, original: np.ndarray) -> np.ndarray:
    """Return |result - original| on luma at each pixel in grey levels of 255, (H, W) float32."""
    ours, true = torch.broadcast_tensors(as_8_bit(result), as_8_bit(original))
    return ((luma(ours) - luma(true)).abs()[0, 0] * 255).numpy()


def rank_correlation(one: np.ndarray, other: np.ndarray, pool: int = 8) -> float | None:
    """Return Spearman's correlation of two maps (H, W), averaged over blocks of `pool` pixels; None for small or flat ones."""
    from sr_models.answers import rank

    height, width = (n // pool for n in one.shape)
    if height * width < pool:
        return None
    blocks = [x[: height * pool, : width * pool].reshape(height, pool, width, pool).mean((1, 3)) for x in (one, other)]
    return rank(*(b.ravel() for b in blocks))


def write(array: np.ndarray, path: Path, kind: str = "png", *, quality: int = 90, exif: bytes = b"") -> str:
    """Write a result's file of a kind of `formats.KINDS`, once; return its SHA-256."""
    data = encode(array, kind, quality=quality, exif=exif)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise SRError("cannot_write", path=path, reason=error.strerror or "no reason given") from error
    return hashlib.sha256(data).hexdigest()


def write_png(array: np.ndarray, path: Path) -> str:
    """Write a PNG of 8 or 16 bits, as the array is; return its SHA-256."""
    return write(array, path)


@dataclass(frozen=True)
class Readouts:
    """Hold the numbers of a result beside bicubic's; None where a number does not exist, with the reason in `absent`.

    Keys: METRICS, and in `self_check` psnr_y and ssim_y. `protocol` holds facts from which the line is written.
    """

    result: dict[str, float | None]
    bicubic: dict[str, float | None]
    self_check: dict[str, dict[str, float | None]] | None
    absent: dict[str, str]
    protocol: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as data that JSON can hold: infinity as "inf"."""
        return jsonable(asdict(self))

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Readouts":
        """Read what `to_json` wrote."""
        return Readouts(**_numbers(data))


def measure(
    upscaler: Upscaler,
    inputs: Inputs,
    result: np.ndarray,
    bicubic: np.ndarray,
    *,
    check: Callable[[], None] = lambda: None,
) -> Readouts:
    """Measure a result, and bicubic's, as 8-bit pictures; transparent ones are laid on white.

    `check` is called between the measures, which take long on large pictures; what it raises ends them.
    """
    s = inputs.scale
    absent: dict[str, str] = {}
    lr, hr = as_8_bit(inputs.lr), None if inputs.hr is None else as_8_bit(inputs.hr)
    columns = [_measure(as_8_bit(array), lr, hr, s, check) for array in (result, bicubic)]
    if hr is None:
        absent |= dict.fromkeys(FIDELITY, "no_original")
    else:
        absent |= {k: "too_small" for k in FIDELITY if columns[0][k] is None}
        if columns[0]["edges"] is None and columns[0]["ssim_y"] is not None:
            large = hr.shape[-2] * hr.shape[-1] > MAX_EDGE_PIXELS
            absent["edges"] = "too_large_for_edges" if large else "no_edges"
        absent.pop("features", None)  # it stands in for LPIPS, whose absence is told where there is neither
        if columns[0]["features"] is not None:
            absent.pop("lpips")
        elif columns[0]["lpips"] is None and columns[0]["ssim_y"] is not None:
            absent["lpips"] = perceptual_reason(hr)
    shrunk, reason = (None, "has_original") if inputs.damage else self_check(upscaler, lr)
    if reason:
        absent["self_check"] = reason
    protocol = {"border": s, "bits": 8, "lr": asdict(inputs.damage) if inputs.damage else "upload"}
    protocol["on_white"] = inputs.on_white
    return Readouts(columns[0], columns[1], shrunk, absent, protocol)


def _measure(
    sr: torch.Tensor, lr: torch.Tensor, hr: torch.Tensor | None, scale: int, check: Callable[[], None]
) -> dict[str, float | None]:
    """Return the numbers of one picture by METRICS."""
    sr = sr[:, :1] if lr.shape[1] == 1 else sr  # WebP has no grey
    numbers: dict[str, float | None] = dict.fromkeys(METRICS)
    if hr is not None:
        ours, true = torch.broadcast_tensors(sr, hr)  # one of them may be grey
        numbers |= fidelity(ours, true, scale, check=check)
        numbers["edges"] = edge_agreement(ours, true, border=scale)
        check()
        numbers |= dict([found]) if (found := perceptual(ours, true, scale)) else {}
        check()
    described = {"sharpness": sharpness, "contrast": contrast, "blur": blur, "jaggedness": jaggedness}
    for key, measure_ in described.items():
        numbers[key] = measure_(sr)
        check()
    numbers["lr_consistency"] = lr_consistency(sr, lr)
    numbers["colour_shift"] = colour_shift(sr, lr)
    check()
    return numbers


def perceptual(sr: torch.Tensor, hr: torch.Tensor, border: int) -> tuple[str, float] | None:
    """Return the name and the value of the perceptual distance that there is: lpips (Alex), else features (Lite0)."""
    for name, distance in (("lpips", lpips), ("features", feature_distance)):
        if (value := distance(sr, hr, border=border)) is not None:
            return name, value
    return None


def distance_of(result: np.ndarray, original: np.ndarray, border: int = 0) -> tuple[str, float] | None:
    """Return the perceptual distance of a result or a part of it, by its name."""
    ours, true = torch.broadcast_tensors(as_8_bit(result), as_8_bit(original))
    return perceptual(ours, true, border)


def no_distance(original: np.ndarray) -> str:
    """Return the code of why there is no perceptual distance to an original."""
    return perceptual_reason(as_8_bit(original))


def psnr_of(result: np.ndarray, original: np.ndarray, border: int = 0) -> float | None:
    """Return the Y-PSNR of a result or a part of it in dB, `border` pixels cut; None where it is infinite."""
    value = psnr(*torch.broadcast_tensors(as_8_bit(result), as_8_bit(original)), border=border)
    return value if value is not None and math.isfinite(value) else None


def critic_map(critic: Any, result: np.ndarray, lr: np.ndarray) -> np.ndarray:
    """Return for each pixel of a result how sure a critic is that it is fake, (H, W) in [0, 1], on its 8-bit pixels.

    `lr` (H, W, C) is what was enlarged, which a conditional critic looks at too. Raise SRError above MOST_JUDGED pixels.
    """
    height, width = result.shape[:2]
    if height * width > MOST_JUDGED:
        raise SRError("critic_too_large", width=width, height=height, limit=MOST_JUDGED)
    step = math.lcm(critic.multiple_of, critic.scale)
    right, below = -width % step, -height % step
    seen = []
    for array, share in ((result, 1), (lr, critic.scale)):
        picture = as_8_bit(array).expand(1, 3, *array.shape[:2])
        seen.append(F.pad(picture, [0, right // share, 0, below // share], mode="replicate"))
    with torch.inference_mode():
        logits = critic(*seen)[0, 0, :height, :width]
    return torch.sigmoid(-logits).numpy()


def self_check(upscaler: Upscaler, lr: torch.Tensor) -> tuple[dict[str, dict[str, float | None]] | None, str | None]:
    """Shrink the upload (1, C, H, W), enlarge it by the net and by bicubic, and compare both with the upload.

    Return the numbers, or None and the reason why there are none.
    """
    from sr_models.loader import load

    s = upscaler.scale
    height, width = (n // s * s for n in lr.shape[-2:])
    if min(height, width) // s < MIN_SELF_CHECK:
        return None, "self_check_too_small"
    hr = lr[..., :height, :width]
    small = shrink(hr, s)
    numbers = {}
    for key, runner in (("result", upscaler), ("bicubic", load("bicubic", s, str(upscaler.device)))):
        measured = fidelity(quantize(runner(small)).cpu(), hr, s)
        numbers[key] = {k: measured[k] for k in ("psnr_y", "ssim_y")}
    return numbers, None


def receipt(
    upscaler: Upscaler,
    inputs: Inputs,
    readouts: Readouts | None,
    *,
    seconds: float,
    result_sha256: str,
    notes: tuple[str, ...] = (),
    tile: int | None = None,
    size: tuple[int, int] | None = None,
    target: tuple[int, int] | None = None,
    alpha: str = "keep",
    format: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return all that is needed to make the same result again, as data for receipt.json.

    `size` is the file's (width, height), by default that of the net's output; `target` the size that was asked for;
    `format` is what `formats.describe` says of the file, by default a PNG of the input's depth.
    """
    card = upscaler.card
    height, width = inputs.lr.shape[:2]
    size = size or target or (width * inputs.scale, height * inputs.scale)
    return jsonable(
        {
            "program": f"sr-models {sr_models.__version__}",
            "torch": torch.__version__,
            "python": platform.python_version(),
            "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "checkpoint": upscaler.checkpoint,
            "checkpoint_sha256": upscaler.sha256,
            "architecture": card.architecture if card else upscaler.net.architecture,
            "license_of_weights": upscaler.license,
            "scale": inputs.scale,
            "mode": inputs.mode,
            "degradation": asdict(inputs.damage) if inputs.damage else None,
            "device": upscaler.device.type,
            "precision": str(upscaler.dtype).removeprefix("torch."),
            "tile": tile or upscaler.tile,
            "ensemble": upscaler.ensemble,
            "mix": upscaler.mix,
            "alpha": alpha,
            "target": target,
            "format": format or describe("png", inputs.lr),
            "input": {"width": width, "height": height, "bits": inputs.lr.dtype.itemsize * 8, "notes": notes},
            "output": {"width": size[0], "height": size[1], "sha256": result_sha256},
            "seconds": round(seconds, 3),
            "invents_detail": upscaler.invents,
            "readouts": readouts.to_json() if readouts else None,
        }
    )


def _numbers(value: Any) -> Any:
    """Undo the words of `jsonable`."""
    if isinstance(value, dict):
        return {k: _numbers(v) for k, v in value.items()}
    return math.inf if value == "inf" else value
