"""The example that stands on the page at first: its picture, and its result stored as files.

`python -m sr_models.web.examples` makes the stored files again.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from sr_models import job
from sr_models.checkpoint import sha256
from sr_models.image import read
from sr_models.loader import weights_folder
from sr_models.web.nets import default, runner

ASSETS = Path(__file__).parents[2] / "assets"
NAME = "colosseum"
SCALE = 4


@dataclass(frozen=True)
class Example:
    """Hold the paths of one stored example and its receipt."""

    picture: Path
    bicubic: Path
    result: Path
    receipt_file: Path
    receipt: dict
    readouts: job.Readouts
    net: str


def stored() -> Example | None:
    """Return the stored example; None where the files are not there, or were made by other weights."""
    receipt_file = ASSETS / "results" / f"{NAME}.json"
    if not receipt_file.is_file():
        return None
    receipt = json.loads(receipt_file.read_text())
    name, folder = receipt["checkpoint"], receipt_file.parent
    picture, bicubic = ASSETS / f"{NAME}.png", folder / f"{NAME}_bicubic_x{SCALE}.png"
    result, weights = folder / f"{NAME}_{name}.png", weights_folder() / f"{name}.safetensors"
    if not all(path.is_file() for path in (picture, bicubic, result, weights)):
        return None
    if sha256(weights) != receipt["checkpoint_sha256"]:
        return None
    readouts = job.Readouts.from_json(receipt["readouts"])
    net = name.removesuffix(f"_x{SCALE}")
    return Example(picture, bicubic, result, receipt_file, receipt, readouts, net)


def make(folder: Path = ASSETS / "results") -> None:
    """Run the default net on the example and store bicubic, result and receipt."""
    folder.mkdir(parents=True, exist_ok=True)
    upscaler, bicubic = runner(default(SCALE), SCALE), runner("bicubic", SCALE)
    inputs = job.prepare(read(ASSETS / f"{NAME}.png"), SCALE, job.Damage())
    start = time.perf_counter()
    result = job.enlarged(upscaler, inputs.lr)
    seconds = time.perf_counter() - start
    plain = job.enlarged(bicubic, inputs.lr)
    job.write_png(plain, folder / f"{NAME}_bicubic_x{SCALE}.png")
    digest = job.write_png(result, folder / f"{NAME}_{upscaler.name}.png")
    readouts = job.measure(upscaler, inputs, result, plain)
    receipt = job.receipt(upscaler, inputs, readouts, seconds=seconds, result_sha256=digest)
    (folder / f"{NAME}.json").write_text(json.dumps(receipt, indent=1) + "\n")


if __name__ == "__main__":
    make()
