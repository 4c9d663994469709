"""Measure what repairs: fixed damages on originals, nets and classical methods side by side, in one run."""

import functools
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Generator, Tensor

from sr_models.errors import SRError
from sr_models.evaluation.report import Protocol, Repairs
from sr_models.evaluation.sheets import SHEET_PX, write_sheet
from sr_models.evaluation.test_sets import set_name, test_sets
from sr_models.imaging.degradations import Blur, Chain, Degradation, Downscale, Jpeg, Noise, Poisson
from sr_models.imaging.holes import Boxes, Holed, Strokes, Text
from sr_models.imaging.picture import quantize, to_array, to_tensor
from sr_models.imaging.sources import rgb_pictures
from sr_models.imaging.tone import Contrast, Exposure, Fading
from sr_models.inference.load import load_restorer
from sr_models.inference.restorer import Restorer
from sr_models.metrics import METRICS, known
from sr_models.metrics.fidelity import psnr
from sr_models.metrics.perceptual import lpips

FILE = Downscale(1)  # rounds to 8 bits, as a file does
PSNR = METRICS["psnr_y"]
DRAWS = "restoration_vae"  # its samples are measured where it is there
SEEDS = "damaged as the row says, seeds the CRC-32 of the pictures' names"
Load = Callable[[str], "Restorer | None"]
Way = tuple[tuple[str, float | None], ...]  # nets or filters, one after another, each with its strength


def one(name: str, strength: float | None = None) -> Way:
    """Return the way of a single net or filter."""
    return ((name, strength),)


@dataclass(frozen=True)
class Damage:
    """Name a damage, what makes it, and by which ways it is repaired, the words of each first."""

    key: str
    make: Degradation
    ways: dict[str, Way]


def _noisy(key: str, make: Degradation, sigma: float, tv: float) -> Damage:
    classical = {
        "non-local means, told": one("non_local_means", sigma),
        "non-local means": one("non_local_means"),
        "TV": one("total_variation", tv),
        "wavelet": one("wavelet"),
        "median": one("median"),
    }
    return Damage(key, make, classical | {"net": one("restoration"), "net, told": one("restoration", sigma)})


def _squeezed(key: str, make: Degradation) -> Damage:
    return Damage(key, make, {"TV": one("total_variation", 0.01), "median": one("median"), "net": one("restoration")})


def _blurred(key: str, sigma: float) -> Damage:
    ways = {"Wiener, told": one("wiener", sigma), "Wiener, told a quarter too much": one("wiener", 1.25 * sigma)}
    return Damage(key, Chain((Blur(sigma), FILE)), ways | {"net": one("restoration")})


def _toned(key: str, make: Degradation) -> Damage:
    ways = {
        "auto-contrast": one("auto_contrast"),
        "auto-levels": one("auto_levels"),
        "gray-world": one("gray_world"),
        "CLAHE": one("clahe"),
    }
    return Damage(key, make, ways | {"net": one("tone")})


def _holed(key: str, holes: Any) -> Damage:
    return Damage(key, Holed((holes,)), {"biharmonic": one("biharmonic"), "net": one("inpainting")})


def _mixed(key: str, *parts: Degradation, classical: Way, net: Way) -> Damage:
    return Damage(key, Chain(parts), {"classical": classical, "net": net})


TONE_LAST: Way = (("restoration", None), ("tone", None))
DAMAGES: tuple[Damage, ...] = (
    _noisy("noise 15", Noise(15.0), 15, 0.03),
    _noisy("noise 25", Noise(25.0), 25, 0.06),
    _noisy("noise 50", Noise(50.0), 50, 0.15),
    _noisy("Poisson 40", Poisson(40.0), 27, 0.06),
    _squeezed("JPEG 20", Jpeg(20)),
    _squeezed("JPEG 30", Jpeg(30)),
    _squeezed("JPEG 50", Jpeg(50)),
    _blurred("blur 0.8", 0.8),
    _blurred("blur 1.6", 1.6),
    _toned("exposure", Exposure()),
    _toned("contrast", Contrast()),
    _toned("fading", Fading()),
    _holed("strokes 10 %", Strokes(0.1)),
    _holed("text 10 %", Text(0.1)),
    _holed("boxes 10 %", Boxes(0.1)),
    Damage("nothing", FILE, {"net": one("restoration"), "tone": one("tone")}),
    _mixed("noise 15, JPEG 50", Noise(15.0), Jpeg(50), classical=one("total_variation", 0.03), net=one("restoration")),
    _mixed("blur 1.2, noise 10", Blur(1.2), Noise(10.0), classical=one("non_local_means", 10), net=one("restoration")),
    _mixed("blur 1.2, JPEG 50", Blur(1.2), Jpeg(50), classical=one("total_variation", 0.01), net=one("restoration")),
    _mixed(
        "fading, noise 15",
        Fading(),
        Noise(15.0),
        classical=(("non_local_means", 15), ("auto_contrast", None)),
        net=TONE_LAST,
    ),
    _mixed(
        "exposure, JPEG 50",
        Exposure(),
        Jpeg(50),
        classical=(("total_variation", 0.01), ("auto_contrast", None)),
        net=TONE_LAST,
    ),
)


def originals_of(
    bench_sets: Path | None, pictures: Path | None, *, every: int = 1, centre: int | None = None
) -> Iterator[tuple[str, list[tuple[str, Tensor]], str]]:
    """Yield each set's name, its named originals in RGB, and which part that is, in words of a protocol.

    They are those of `<set>/HR`, or of one folder or tar file: one of `every`, the first of all, and of these the
    middle square of `centre` pixels, None: all of it. A picture's name is that of the set with its place there.
    """
    parts = [f"one picture of {every}"] * (every > 1) + ([f"the middle {centre}x{centre} of each"] if centre else [])
    for folder in [path for path, _ in test_sets(bench_sets, 1)] if bench_sets else [pictures or Path()]:
        found = [(i, x) for i, x in enumerate(rgb_pictures([folder])) if x is not None and i % every == 0]
        if not found:
            raise SRError("no_pictures", path=folder)
        label = set_name(folder) if bench_sets else folder.stem
        tensors = [(i, to_tensor(np.ascontiguousarray(x))) for i, x in found]
        named = [(f"{label} {i}", centre_of(x, centre)) for i, x in tensors]
        yield f"{label}_{centre}px" if centre else label, named, ", ".join(parts)


def load_what_is_there(device: str | None) -> Load:
    """Return a function that loads a net or a filter once, and gives None for one that is not there."""

    @functools.cache
    def load(name: str) -> Restorer | None:
        try:
            return load_restorer(name, device)
        except SRError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return None

    return load


def centre_of(picture: Tensor, side: int | None) -> Tensor:
    """Return the middle square of a picture (N, C, H, W), or what there is of it; None: the whole picture."""
    top, left = (max(n - side, 0) // 2 if side else 0 for n in picture.shape[-2:])
    return picture[..., top : top + side, left : left + side] if side else picture


def suffer(damage: Damage, name: str, hr: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return an original (1, 3, H, W) damaged, with black holes, and the mask of them; its name decides the chance."""
    damaged = damage.make(hr, Generator().manual_seed(zlib.crc32(name.encode())))
    if damaged.shape[1] == hr.shape[1]:
        return damaged, None
    holed, mask = damaged[:, :3], damaged[:, 3:]
    return holed * (1 - mask), mask


def measure_repairs(
    pictures: Sequence[tuple[str, Tensor]],
    label: str,
    load: Load,
    *,
    damages: Iterable[Damage] = DAMAGES,
    note: str = "",
    sheets: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> Repairs:
    """Damage every original (name, (1, 3, H, W)), repair it by every way and return the means over the pictures.

    `load` gives what a name means, None where it is not there: its ways are left out. `note` says which part of the
    pictures these are, where they are not all and whole. `sheets` is a folder for the middle of each, to be looked at.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for damage in damages:
        ways = {words: [(load(name), level) for name, level in way] for words, way in damage.ways.items()}
        ways = {words: steps for words, steps in ways.items() if all(step for step, _ in steps)}
        rows: dict[str, list[dict[str, float | None]]] = {words: [] for words in ("input", *ways)}
        for name, hr in pictures:
            empty, mask = suffer(damage, name, hr)
            rows["input"].append(_numbers(empty, hr))
            shown = {"damaged": empty}
            for words, steps in ways.items():
                repaired = empty
                for step, level in steps:
                    repaired = quantize(step.repair(repaired, mask, level))  # type: ignore[union-attr]
                rows[words].append(_numbers(repaired, hr))
                shown[words] = repaired
            if sheets:
                show(sheets / f"{damage.key}_{name}.png", shown, hr)
            tick()
        found[damage.key] = {words: mean_of(each) for words, each in rows.items()}
    return Repairs(label, Protocol(0, SEEDS, note=note), len(pictures), found)


def show(path: Path, pictures: Mapping[str, Tensor], hr: Tensor) -> None:
    """Write the middles of pictures (1, 3, H, W) and of their original as a sheet, each with its PSNR-Y."""
    panels = {f"{words} {PSNR.write(known(psnr(quantize(x), hr, border=0)))} dB": x for words, x in pictures.items()}
    middles = {words: to_array(centre_of(x, SHEET_PX)) for words, x in {**panels, "original": hr}.items()}
    write_sheet(path.with_name(path.name.replace(" ", "_").replace("%", "percent")), middles)


def _numbers(picture: Tensor, hr: Tensor) -> dict[str, float | None]:
    return {"psnr_y": known(psnr(picture, hr, border=0)), "lpips": known(lpips(picture, hr, border=0))}


def mean_of(rows: Sequence[Mapping[str, float | None]]) -> dict[str, float]:
    """Return the means of what is known; a perfect picture, whose PSNR has no end, counts for nothing."""
    keys = dict.fromkeys(key for row in rows for key in row)
    kept = {key: [v for row in rows if (v := row.get(key)) is not None and np.isfinite(v)] for key in keys}
    return {key: round(float(np.mean(values)), 4) for key, values in kept.items() if values}
