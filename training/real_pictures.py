"""Repair three pictures that came damaged, of which there is no clean original, and write sheets to be looked at.

python training/real_pictures.py [--out training/results]

Each is repaired by the nets and by the classical methods for the same tasks, blind, and by the nets once more where a
strength is worth telling; a sheet shows a part of it before
and after, twice enlarged without smoothing. What can be read of each picture, before and after, is printed: without an
original there is no PSNR.
"""

import argparse
import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from sr_models import archs
from sr_models.checkpoints.recommend import RESTORERS
from sr_models.errors import SRError
from sr_models.evaluation.layout import NOTHING, aligned, number
from sr_models.evaluation.sheets import write_sheet
from sr_models.imaging.decode import decode
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import Picture
from sr_models.inference.load import load_restorer
from sr_models.inference.restorer import Restorer
from sr_models.metrics import known
from sr_models.metrics.diagnose import diagnose
from sr_models.pipelines.restore import repair, works_for

ROOT = Path(__file__).parents[1]
SIDE = 160  # pixels of the part that is shown
RESAVED = ((3, 60), (5, 50))  # pixels cut off at the top and the left, then the quality of a further save


def old_photograph() -> bytes:
    """Return a print of about 1865."""
    return (ROOT / "assets" / "boats.png").read_bytes()


def saved_three_times() -> bytes:
    """Return a phone's JPEG of quality 40, cropped a little and saved again, twice, so that its blocks lie askew."""
    data = (ROOT / "assets" / "dogs.jpg").read_bytes()
    for cut, quality in RESAVED:
        picture, file = Image.open(io.BytesIO(data)), io.BytesIO()
        picture.crop((cut, cut, *picture.size)).save(file, "JPEG", quality=quality)
        data = file.getvalue()
    return data


def noisy_crop() -> bytes:
    """Return a part of the Hubble Deep Field (NASA, ESA), as scikit-image has it: the noise is the detector's."""
    from skimage.data import hubble_deep_field

    return encode_png(np.ascontiguousarray(hubble_deep_field()[280:480, 80:280]))


@dataclass(frozen=True)
class Case:
    """Name a picture, what makes its file, the tasks that are asked for, and where the part begins that is shown."""

    name: str
    make: Callable[[], bytes]
    tasks: tuple[str, ...]
    left: int = 0
    top: int = 0
    told: float | None = None  # a strength with which the nets run once more


CASES = (
    Case("old_photograph", old_photograph, ("denoise", "deblur", "tone"), 180, 130),
    Case("saved_three_times", saved_three_times, ("dejpeg",), 190, 22),
    Case("noisy_crop", noisy_crop, ("denoise",), 0, 40, told=12),
)


def load_classical(name: str) -> Restorer:
    """Load a classical method; raise SRError for a net."""
    if name not in archs.discover() or archs.get(name).weights:
        raise SRError("unknown_restorer", name=name, known=", ".join(RESTORERS))
    return load_restorer(name)


def repaired(case: Case, picture: Picture) -> dict[str, np.ndarray]:
    """Return the picture (H, W, 3) uint8 as it is, by the nets and by classical methods, by labels that name these."""
    found = {"before": picture.array}
    ways = [(load_restorer, None), (load_restorer, case.told), (load_classical, None)]
    for load, told in ways if case.told else ways[::2]:
        works = works_for(case.tasks, functools.cache(load), None, {case.tasks[0]: told})
        *_, last = repair(works, picture.array, None)
        label = " + ".join(work.restorer.name for work in works)
        found[label if told is None else f"{label}, told {told:g}"] = last.array
    return found


def read_off(pictures: dict[str, np.ndarray]) -> list[list[str]]:
    """Return what can be read of each picture as the rows of a table, by `diagnose`."""
    read = {label: diagnose(Picture(array)) for label, array in pictures.items()}
    keys = [finding.key for finding in next(iter(read.values()))]
    rows = [["", *keys]]
    for label, findings in read.items():
        values = (known(finding.value) for finding in findings)
        rows.append([label, *(NOTHING if v is None else number(2, v) for v in values)])
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Repair, print and write."""
    parser = argparse.ArgumentParser(description="Repair three damaged pictures and write sheets of them.")
    parser.add_argument("--out", type=Path, default=ROOT / "training" / "results")
    out = parser.parse_args(arguments).out
    for case in CASES:
        pictures = repaired(case, decode(case.make()))
        print(f"{case.name}: {', '.join(case.tasks)}\n{aligned(read_off(pictures))}\n")
        rows, columns = (slice(start, start + SIDE) for start in (case.top, case.left))
        shown = {label: array[rows, columns].repeat(2, 0).repeat(2, 1) for label, array in pictures.items()}
        write_sheet(out / f"real_{case.name}.png", shown)


if __name__ == "__main__":
    main()
