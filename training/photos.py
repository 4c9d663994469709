"""Cut training tiles from folders of photos, the way our own set was cut.

python training/photos.py PHOTOS... --out DIR --license "CC0-1.0" [--val 20]

Tiles are 480x480, side by side around the middle of the photo, JPEG q95 4:4:4, in tar files of about 35 MB. A tile that
bicubic restores from a quarter of its size within 1.5 grey levels (mean absolute error over RGB) is flat: it teaches
nothing and is left out. Every `--val`-th photo goes to `val-00.tar` instead, as PNG, so that training and validation
share no photo. `manifest.csv` says where each tile comes from. Photos of more than 16.7 megapixels are shrunk first.
"""

import argparse
import csv
import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from sr_models.errors import SRError
from sr_models.imaging.decode import read_smaller
from sr_models.imaging.kinds import name_some, sort_out
from sr_models.imaging.picture import shrink, to_8_bit, to_tensor
from sr_models.imaging.resample import resize

SIDE = 480
PIXELS = 2**24  # of a photo; a larger one is shrunk first
FLAT = 1.5  # grey levels
SHARD = 35 * 2**20  # bytes
COLUMNS = ("tile", "split", "shard", "source_file", "source", "license", "x", "y", "bicubic_x4_mae")


def corners(length: int) -> range:
    """Return where tiles begin along a side: as many as fit, in the middle."""
    count = length // SIDE
    first = (length - count * SIDE) // 2
    return range(first, first + count * SIDE, SIDE)


def flatness(tile: np.ndarray) -> float:
    """Return the mean absolute error of bicubic at x4 in grey levels, for (480, 480, 3) uint8."""
    hr = to_tensor(tile)
    return float((resize(shrink(hr, 4), SIDE, SIDE).clamp(0, 1) - hr).abs().mean() * 255)


def tiles(photo: Path) -> Iterator[tuple[int, int, float, np.ndarray]]:
    """Yield x, y, the error of bicubic and the pixels (480, 480, 3) uint8 of every tile that is not flat."""
    array = to_8_bit(read_smaller(photo, PIXELS).array)
    array = np.repeat(array[:, :, :1], 3, 2) if array.shape[2] < 3 else array[:, :, :3]
    for y in corners(array.shape[0]):
        for x in corners(array.shape[1]):
            tile = np.ascontiguousarray(array[y : y + SIDE, x : x + SIDE])
            if (error := flatness(tile)) >= FLAT:
                yield x, y, error, tile


class Shards:
    """Write tiles into `<split>-00.tar`, `-01` ..., each begun when the last is full."""

    def __init__(self, out: Path, split: str) -> None:
        self.out, self.split = out, split
        self.number = self.tiles = 0  # of the shard, and in it

    def add(self, tile: np.ndarray) -> tuple[str, str]:
        """Store a tile, as PNG for validation, and return its name and its shard's."""
        buffer = io.BytesIO()
        if self.split == "val":
            Image.fromarray(tile).save(buffer, "PNG")
        else:
            Image.fromarray(tile).save(buffer, "JPEG", quality=95, subsampling=0)
        if self.tiles and self._path.stat().st_size > SHARD:
            self.number, self.tiles = self.number + 1, 0
        info = tarfile.TarInfo(f"{self.number:02d}_{self.tiles:04d}.{'png' if self.split == 'val' else 'jpg'}")
        info.size = buffer.tell()
        buffer.seek(0)
        with tarfile.open(self._path, "a" if self.tiles else "w") as tar:
            tar.addfile(info, buffer)
        self.tiles += 1
        return info.name, self._path.stem

    @property
    def _path(self) -> Path:
        return self.out / f"{self.split}-{self.number:02d}.tar"


def main(arguments: list[str] | None = None) -> int:
    """Cut, write, and say how many tiles there are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "photos", type=Path, nargs="+", help="folders, read recursively; the manifest names them as source"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--license", required=True, help="of the photos, for the manifest")
    parser.add_argument("--val", type=int, default=0, metavar="N", help="every Nth photo is for validation")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    sorted_out = [(f, sort_out(f, f.rglob("*"))) for f in options.photos]
    found = [(f, p) for f, files in sorted_out for p in files.pictures]
    if left_out := [p for _, files in sorted_out for p in files.left_out]:
        print(name_some(left_out), file=sys.stderr)
    shards = {split: Shards(options.out, split) for split in ("train", "val")}
    rows = []
    for i, (folder, photo) in enumerate(found):
        split = "val" if options.val and i % options.val == options.val - 1 else "train"
        try:
            for x, y, error, tile in tiles(photo):
                name, shard = shards[split].add(tile)
                place = photo.relative_to(folder), folder.name, options.license
                rows.append((name, split, shard, *place, x, y, round(error, 3)))
        except SRError as problem:
            print(f"{photo}: {problem}", file=sys.stderr)
    with (options.out / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    counts = {split: sum(row[1] == split for row in rows) for split in shards}
    print(
        f"{counts['train']} tiles to train and {counts['val']} to validate, from {len(found)} photos, in {options.out}"
    )
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
