"""The examples of the page: pictures under free licences, and their results stored as files.

`python -m sr_models.web.pages.upscale.examples` draws the chart and makes the stored results again.
"""

import functools
import hashlib
import io
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import sr_models
from sr_models.checkpoints.catalog import weights_folder
from sr_models.checkpoints.recommend import recommend
from sr_models.files import sha256, write_atomically
from sr_models.imaging import chart, degradations
from sr_models.imaging.decode import read
from sr_models.imaging.encode import describe_file
from sr_models.imaging.picture import as_8_bit, to_array
from sr_models.inference.load import load
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines.inputs import Inputs, pair, prepare
from sr_models.pipelines.readouts import Readouts, measure
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarged
from sr_models.web.components.thumbnails import Thumbnail, write, write_strip
from sr_models.web.i18n import text
from sr_models.web.nets import NETS
from sr_models.web.storage import ASSETS, THUMBNAILS, kept_folder

RESULTS = ASSETS / "results"
STRIP = THUMBNAILS / "strip.webp"  # all of them, which the page fetches at once
THUMBNAIL = 120  # px of the longer side
SCALE = 4
CHART_SCALES = (1, 2, 3, 4, 8)
FIRST = "colosseum"  # stands on the page at first


@dataclass(frozen=True)
class Example:
    """Name a picture and the mode it is shown in: *test* (it is the original) or *both* (`original` is a file).

    A `clean` one has neither grain nor marks of compression: its stored results show the pick that invents, those of
    the others the pick for photos and scans. The best is not stored, for want of room: it runs when asked for.
    """

    name: str
    picture: Path
    original: Path | None = None
    mode: str = "test"
    clean: bool = True

    def nets(self) -> list[str]:
        """Return the nets whose results are stored."""
        unfit = ("best", "photo" if self.clean else "inventive")
        return sorted({net for pick, net in recommend(SCALE, list(NETS.cards())).items() if pick not in unfit})

    def inputs(self) -> Inputs:
        """Make the inputs of a run at SCALE."""
        picture = read(self.picture)
        if self.original:
            return pair(picture, read(self.original), SCALE)
        return prepare(picture, SCALE, degradations.chosen())


EXAMPLES = (
    Example("chart", ASSETS / f"chart_x{SCALE}.png", ASSETS / "chart.png", "both"),
    Example("colosseum", ASSETS / "colosseum.png"),
    Example("astronaut", ASSETS / "astronaut.png"),
    Example("kingfisher", ASSETS / "kingfisher.png"),
    Example("sign", ASSETS / "sign.png"),
    Example("facade", ASSETS / "facade.png"),
    Example("flowers", ASSETS / "flowers.png"),
    Example("boats", ASSETS / "boats.png", clean=False),
    Example("dogs", ASSETS / "dogs.jpg", clean=False),
)
NAMES = tuple(example.name for example in EXAMPLES)  # the order on the page


@dataclass(frozen=True)
class Stored:
    """Hold the files of one example's stored result, its receipt and its numbers; `picture` is the original."""

    picture: Path
    bicubic: Path
    result: Path
    receipt_file: Path
    receipt: dict
    readouts: Readouts
    net: str


def examples() -> list[Example]:
    """Return the examples whose files are there."""
    return [e for e in EXAMPLES if e.picture.is_file() and (e.original is None or e.original.is_file())]


def example(name: str) -> Example | None:
    """Return an example by name; None where there is none of that name, or its file is missing."""
    return next((e for e in examples() if e.name == name), None)


def thumbnails(lang: str) -> list[Thumbnail]:
    """Return the small pictures of the examples, in their order on the page."""
    places = {name: i / (len(NAMES) - 1) for i, name in enumerate(NAMES)}
    return [Thumbnail(str(STRIP), text(f"example_{e.name}", lang), e.name, places[e.name]) for e in examples()]


def low(name: str, scale: int) -> Path | None:
    """Return the LR of the chart as it is drawn at 1/scale of its size; None for what was not drawn so."""
    path = ASSETS / f"{name}_x{scale}.png"
    return path if name in NAMES and scale in CHART_SCALES and path.is_file() else None


def stored(name: str = FIRST, net: str | None = None) -> Stored | None:
    """Return the stored result of a net (by default the page's) at SCALE.

    None where there is none, or it was made by other weights.
    """
    shown, net = example(name), net or NETS.default(SCALE)
    weights = weights_folder() / f"{net}_x{SCALE}.safetensors"
    bicubic = RESULTS / f"{name}_bicubic_x{SCALE}.webp"
    if not shown or net not in NETS.trained(SCALE) or not (bicubic.is_file() and weights.is_file()):
        return None
    digest = _digest(weights, weights.stat().st_mtime_ns)
    for result in filter(None, (RESULTS / f"{name}_{net}_x{SCALE}.png", kept_file(shown, net, digest))):
        receipt_file = result.with_suffix(".json")
        if result.is_file() and receipt_file.is_file():
            receipt = json.loads(receipt_file.read_text())
            if receipt["checkpoint_sha256"] == digest:
                readouts = Readouts.from_json(receipt["readouts"])
                return Stored(shown.original or shown.picture, bicubic, result, receipt_file, receipt, readouts, net)
    return None


@functools.lru_cache(256)
def _digest(path: Path, modified: int) -> str:
    return sha256(path)


def kept_file(shown: Example, net: str, digest: str) -> Path | None:
    """Return where the server keeps what weights of this SHA-256 make of an example as it is now; None: nowhere."""
    files = [path for path in (shown.picture, shown.original) if path]
    key = [sr_models.__version__, digest, *(_digest(path, path.stat().st_mtime_ns) for path in files)]
    name = hashlib.sha256(" ".join(key).encode()).hexdigest()[:16]
    folder = kept_folder()
    return folder / "examples" / name / f"{shown.name}_{net}_x{SCALE}.png" if folder else None


def make(folder: Path = RESULTS) -> None:
    """Run the picks on every example, in float32 on the CPU, and store results, receipts and bicubic's.

    What is stored is what is measured, 8 bits: the chart's result in 16 would be four times as large.
    """
    NETS.refresh()
    bicubic = load("bicubic", SCALE, "cpu")
    for shown in examples():
        write_webp(enlarged(bicubic, shown.inputs().lr, depth=8), folder / f"{shown.name}_{bicubic.name}.webp")
        for upscaler in (load(net, SCALE, "cpu", dtype="float32") for net in shown.nets()):
            make_one(shown, upscaler, folder / f"{shown.name}_{upscaler.name}.png")


def make_one(shown: Example, upscaler: Upscaler, path: Path) -> None:
    """Run a net on an example; store the result, and last its receipt, by which it counts as stored."""
    inputs = shown.inputs()
    start = time.perf_counter()
    result = enlarged(upscaler, inputs.lr, depth=8)
    seconds = time.perf_counter() - start
    digest = write_png(result, path)
    plain = enlarged(NETS.runner("bicubic", SCALE), inputs.lr, depth=8)
    readouts = measure(upscaler, inputs, result, plain)
    facts = {"seconds": seconds, "result_sha256": digest, "format": describe_file("png", result)}
    receipt = make_receipt(upscaler, inputs, readouts, **facts)
    write_atomically(path.with_suffix(".json"), (json.dumps(receipt, indent=1) + "\n").encode())


def write_png(array: np.ndarray, path: Path) -> str:
    """Write (H, W, 3) uint8 or uint16 as a PNG, as small as zlib makes it; return its SHA-256."""
    import imagecodecs

    flat = array.dtype == np.uint16  # the chart: even areas, which a PNG filter would only disturb
    kind = imagecodecs.PNG.FILTER.NO if flat else imagecodecs.PNG.FILTER.ALL
    strategy = imagecodecs.PNG.STRATEGY.DEFAULT if flat else imagecodecs.PNG.STRATEGY.FILTERED
    data = bytes(imagecodecs.png_encode(array, level=9, filter=kind, strategy=strategy))
    write_atomically(path, data)
    return hashlib.sha256(data).hexdigest()


def write_webp(array: np.ndarray, path: Path) -> None:
    """Write (H, W, 3) uint8 as a lossless WebP, for what is only looked at: a third smaller than a PNG."""
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(array).save(data, "WEBP", lossless=True, quality=100, method=6)
    write_atomically(path, data.getvalue())


def draw_chart(folder: Path = ASSETS) -> None:
    """Draw the chart at its full size and at each scale."""
    for scale in CHART_SCALES:
        name = "chart.png" if scale == 1 else f"chart_x{scale}.png"
        write_png(chart.draw(chart.WIDTH // scale, chart.HEIGHT // scale), folder / name)


def make_thumbnails(folder: Path = THUMBNAILS) -> None:
    """Shrink each example to its small picture, and to one in the strip of all."""
    folder.mkdir(exist_ok=True)
    pictures = {e.name: to_array(as_8_bit(read(e.original or e.picture).array)) for e in EXAMPLES}
    for name, picture in pictures.items():
        write(picture, folder / f"{name}.webp", THUMBNAIL)
    write_strip(list(pictures.values()), folder / STRIP.name)


def main() -> None:
    """Make all files again that are made by the program, and drop results that are made no more."""
    draw_chart()
    make_thumbnails()
    for path in RESULTS.iterdir():
        path.unlink()
    make()


if __name__ == "__main__":
    main()
