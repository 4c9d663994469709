"""Cut textures of 96x96 for the nets that draw them from training tiles, whole sources held out.

python training/textures.py --data DIR --out DIR

`--data` holds the tiles' tar files and `manifest.csv`, as `photos.py` writes them. Tiles are halved first: what is
left is sharp to the pixel, as the small pictures that upscalers learned from. A window counts as texture where the nine
parts of it differ little, in colour as in detail. `textures.csv` names the sources that a person took for textures,
and those whose windows go to `held_out.tar` instead of `train.tar`: a drawn picture can then be compared with pictures
of things that its net has never seen.
"""

import argparse
import contextlib
import csv
import io
import sys
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sr_models.imaging.color import luma
from sr_models.imaging.picture import shrink, to_tensor

SIDE, STEP, PARTS = 96, 24, 3
LEAST = 0.012  # mean slope of lightness from pixel to pixel: less is flat
SOURCES = Path(__file__).with_name("textures.csv")


def unevenness(windows: Tensor) -> Tensor:
    """Return how much the parts of windows (N, 3, 96, 96) in [0, 1] differ, (N,): 1 is where texture ends, about.

    The larger of two: the spread of their mean colours by the contrast, and that of their detail by its mean. Flat
    windows count as infinitely uneven.
    """
    lightness = luma(windows)
    across = lightness[..., 1:, 1:] - lightness[..., 1:, :-1]
    down = lightness[..., 1:, 1:] - lightness[..., :-1, 1:]
    detail = _parts(torch.nn.functional.pad(across.abs() + down.abs(), (1, 0, 1, 0)))[:, 0]
    energy = detail.mean(1)
    colour = _parts(windows).std(2).norm(dim=1) / (lightness.flatten(1).std(1) + 0.02)
    found = torch.maximum(colour / 0.6, detail.std(1) / energy.clamp(min=1e-6) / 0.35)
    return found.masked_fill(energy < LEAST, torch.inf)


def _parts(x: Tensor) -> Tensor:
    """Return the means over 3x3 parts of windows, (N, C, 9)."""
    return torch.nn.functional.adaptive_avg_pool2d(x, PARTS).flatten(2)


def textures(tile: np.ndarray, most: float) -> list[np.ndarray]:
    """Return the windows (96, 96, 3) uint8 of a tile (H, W, 3) uint8 that are at most so uneven."""
    small = shrink(to_tensor(tile), 2).clamp(0, 1)[0]
    windows = small.unfold(1, SIDE, STEP).unfold(2, SIDE, STEP).permute(1, 2, 0, 3, 4).reshape(-1, 3, SIDE, SIDE)
    kept = windows[unevenness(windows) <= most]
    return [np.ascontiguousarray(w) for w in (kept * 255).round().byte().permute(0, 2, 3, 1).numpy()]


def main(arguments: list[str] | None = None) -> int:
    """Cut, write, and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=float, default=1.5, help="how uneven a window may be")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with SOURCES.open(newline="") as file:
        splits = {row["source_file"]: row["split"] for row in csv.DictReader(file)}
    with (options.data / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source_file"] in splits]
    counts = dict.fromkeys(sorted(set(splits.values())), 0)
    with contextlib.ExitStack() as stack:
        writers = {split: stack.enter_context(tarfile.open(options.out / f"{split}.tar", "w")) for split in counts}
        for shard in sorted({row["shard"] for row in rows}):
            tar = stack.enter_context(tarfile.open(options.data / f"{shard}.tar"))
            for row in (row for row in rows if row["shard"] == shard):
                member = tar.extractfile(row["tile"])
                assert member is not None
                split = splits[row["source_file"]]
                for window in textures(np.asarray(Image.open(member).convert("RGB")), options.most):
                    _add(writers[split], f"{counts[split]:05d}.png", window)
                    counts[split] += 1
    print(", ".join(f"{count} in {split}.tar" for split, count in counts.items()))
    return 0 if all(counts.values()) else 1


def _add(tar: tarfile.TarFile, name: str, window: np.ndarray) -> None:
    buffer = io.BytesIO()
    Image.fromarray(window).save(buffer, "PNG")
    info = tarfile.TarInfo(name)
    info.size = buffer.tell()
    buffer.seek(0)
    tar.addfile(info, buffer)


if __name__ == "__main__":
    sys.exit(main())
