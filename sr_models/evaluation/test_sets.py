"""Test sets in folders: originals, their LR files, and how LR is made where there is none."""

import zlib
from pathlib import Path

from torch import Generator, Tensor

from sr_models.errors import SRError
from sr_models.imaging.decode import EXTENSIONS, read
from sr_models.imaging.degradations import Blur, Chain, Downscale, Jpeg, Noise
from sr_models.imaging.picture import as_8_bit, crop_to_multiple, shrink


def standard_degradation(scale: int) -> Chain:
    """Return what *damaged pictures* go through: blur in HR pixels, shrink, noise on LR, JPEG."""
    return Chain((Blur(0.8), Downscale(scale), Noise(5.0), Jpeg(60)))


def how_lr_is_made(scale: int, lr_folder: Path | None, damaged: bool = False) -> str:
    """Return the words of a protocol for how `lr_and_hr` comes to LR."""
    if damaged:
        return f"LR by {standard_degradation(scale)}, seed the CRC-32 of the picture's name"
    return "LR as given" if lr_folder else "LR by MATLAB bicubic"


def originals(folder: Path) -> list[Path]:
    """Return the originals of a folder; raise SRError where there is none."""
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() in EXTENSIONS) if folder.is_dir() else []
    if not paths:
        raise SRError("no_pictures", path=folder)
    return paths


def set_name(folder: Path) -> str:
    """Return the name of a set from its folder of originals, which may be called HR."""
    return folder.parent.name if folder.name.upper() == "HR" else folder.name


def lr_and_hr(path: Path, lr_folder: Path | None, scale: int, damaged: bool = False) -> tuple[Tensor, Tensor]:
    """Return LR and the original (1, C, H, W) of 8 bits, cropped to a multiple of the scale."""
    hr = as_8_bit(crop_to_multiple(read(path).array, scale))
    if 0 in hr.shape:
        raise SRError("too_small_to_test", width=hr.shape[-1], height=hr.shape[-2], scale=scale, limit=scale)
    if damaged:
        return standard_degradation(scale)(hr, Generator().manual_seed(zlib.crc32(path.stem.encode()))), hr
    lr = as_8_bit(read(lr_folder / path.name).array) if lr_folder else shrink(hr, scale)
    expected = tuple(n // scale for n in hr.shape[-2:])
    if tuple(lr.shape[-2:]) != expected:
        size = {"width": lr.shape[-1], "height": lr.shape[-2], "expected": f"{expected[1]}×{expected[0]}"}
        raise SRError("size_mismatch", name=path.name, **size)
    return lr, hr


def test_sets(folder: Path, scale: int) -> list[tuple[Path, Path | None]]:
    """Return the originals `<set>/HR` of every set in a folder, and `<set>/LR_bicubic/X<scale>` where it is there."""
    found = [(hr, hr.with_name("LR_bicubic") / f"X{scale}") for hr in sorted(folder.glob("*/HR"))]
    if not found:
        raise SRError("no_pictures", path=folder / "*/HR")
    return [(hr, lr if lr.is_dir() else None) for hr, lr in found]
