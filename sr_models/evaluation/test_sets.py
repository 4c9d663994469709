"""Test sets in folders: originals, their LR files, and how LR is made where there is none."""

import zlib
from pathlib import Path

from torch import Generator, Tensor

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.degradations import Blur, Chain, Downscale, Jpeg, Noise
from sr_models.imaging.kinds import Found, sort_out
from sr_models.imaging.picture import as_8_bit, crop_to_multiple, shrink


def standard_degradation(scale: int) -> Chain:
    """Return what *damaged pictures* go through: blur in HR pixels, shrink, noise on LR, JPEG."""
    return Chain((Blur(0.8), Downscale(scale), Noise(5.0), Jpeg(60)))


def how_lr_is_made(scale: int, lr_folder: Path | None, damaged: bool = False) -> str:
    """Return the words of a protocol for how `lr_and_hr` comes to LR."""
    if damaged:
        return f"LR by {standard_degradation(scale)}, seed the CRC-32 of the picture's name"
    return "LR as given" if lr_folder else "LR by MATLAB bicubic"


def originals(folder: Path) -> Found:
    """Return the originals of a folder, and what is left out of it; raise SRError where there is none."""
    found = sort_out(folder, folder.glob("*")) if folder.is_dir() else Found([], [])
    if not found.pictures:
        raise SRError("no_pictures", path=folder)
    return found


def set_name(folder: Path) -> str:
    """Return the name of a set from its folder of originals, which may be called HR."""
    return folder.parent.name if folder.name.upper() == "HR" else folder.name


def lr_and_hr(path: Path, lr_folder: Path | None, scale: int, damaged: bool = False) -> tuple[Tensor, Tensor]:
    """Return LR and the original (1, C, H, W) of 8 bits, cropped to a multiple of the scale, with as many channels.

    Where one of two files is grey and the other is not, the grey one counts as RGB.
    """
    hr = as_8_bit(crop_to_multiple(read(path).array, scale))
    if 0 in hr.shape:
        picture = read(path)
        raise SRError("too_small_to_test", width=picture.width, height=picture.height, scale=scale, limit=scale)
    if damaged:
        return standard_degradation(scale)(hr, Generator().manual_seed(zlib.crc32(path.stem.encode()))), hr
    if lr_folder is None:
        return shrink(hr, scale), hr
    lr = as_8_bit(read(partner(path, lr_folder)).array)
    expected = tuple(n // scale for n in hr.shape[-2:])
    if tuple(lr.shape[-2:]) != expected:
        size = {"width": lr.shape[-1], "height": lr.shape[-2], "expected": f"{expected[1]}×{expected[0]}"}
        raise SRError("size_mismatch", name=path.name, **size)
    channels = max(lr.shape[1], hr.shape[1])
    return lr.expand(-1, channels, -1, -1).contiguous(), hr.expand(-1, channels, -1, -1).contiguous()


def partner(path: Path, folder: Path) -> Path:
    """Return the file of the same name in a folder, else the only one of the same stem."""
    same = folder / path.name
    others = [p for p in folder.glob("*") if p.stem == path.stem and p.is_file()] if not same.is_file() else []
    return others[0] if len(others) == 1 else same


def test_sets(folder: Path, scale: int) -> list[tuple[Path, Path | None]]:
    """Return the originals `<set>/HR` of every set in a folder, and `<set>/LR_bicubic/X<scale>` where it is there."""
    found = [(hr, hr.with_name("LR_bicubic") / f"X{scale}") for hr in sorted(folder.glob("*/HR"))]
    if not found:
        raise SRError("no_pictures", path=folder / "*/HR")
    return [(hr, lr if lr.is_dir() else None) for hr, lr in found]
