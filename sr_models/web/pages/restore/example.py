"""The example of the page: a clean picture that is damaged as in a test, and its stored repair.

`python -m sr_models.web.pages.restore.example` makes the stored files again.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sr_models.files import sha256
from sr_models.imaging.damage import JPEG, NOISE
from sr_models.pipelines.restore import repair
from sr_models.web.nets import NETS
from sr_models.web.pages.restore.repairing import finish, steps_of
from sr_models.web.pages.restore.request import CURES, DOING, PARAMETERS, Request, Resolved, resolve
from sr_models.web.pages.restore.result import RepairResult
from sr_models.web.storage import ASSETS

PICTURE = ASSETS / "flowers.png"
STORED = ASSETS / "restore"
VALUES = {DOING.name: "test", NOISE.name: 15, JPEG.name: 50, "denoise": True, "dejpeg": True}


def values() -> dict[str, object]:
    """Return the settings of the example."""
    return {**{p.name: p.default for p in PARAMETERS}, **VALUES}


def request(visitor: str = "") -> Request:
    """Return what the example asks for."""
    return Request.of({**values(), "visitor": visitor, "picture": str(PICTURE)})


def stored(visitor: str = "") -> RepairResult | None:
    """Return the stored repair; None where it is not there, or was made by other weights or methods."""
    files = {
        name: STORED / f"{PICTURE.stem}_{name}"
        for name in ("damaged.jpg", "restored.png", "other.webp", "restored.json")
    }
    if not all(path.is_file() for path in (PICTURE, *files.values())):
        return None
    told = json.loads(files["restored.json"].read_text())
    unread: Any = None  # its methods follow from the request, and from that it is small
    resolved = Resolved(request(visitor), picture=unread, array=np.empty((0, 0, 3)), original=None)
    works = resolved.works
    if [(step["method"], step["sha256"]) for step in told["steps"]] != [
        (work.restorer.checkpoint, work.restorer.sha256) for work in works
    ]:
        return None
    return RepairResult(
        id="example",
        request=resolved.request,
        width=told["output"]["width"],
        height=told["output"]["height"],
        before=str(files["damaged.jpg"]),
        result=str(files["restored.png"]),
        download=str(files["restored.png"]),
        steps=steps_of(works),
        other=str(files["other.webp"]),
        other_steps=steps_of(resolved.others),
        original=str(PICTURE),
        seconds=told["seconds"],
        receipt=str(files["restored.json"]),
        numbers=told["numbers"],
        example=True,
    )


def main() -> None:
    """Repair the example and store what the page shows of it."""
    STORED.mkdir(exist_ok=True)
    resolved = resolve(request())
    ours, other = (
        [*repair(list(works), resolved.array, None)][-1].array for works in (resolved.works, resolved.others)
    )
    stem = PICTURE.stem
    with tempfile.TemporaryDirectory() as folder:
        made = finish(resolved, ours, other, Path(), Path(folder), 0.0)
        for path in (made.download, made.receipt):
            shutil.copyfile(path, STORED / Path(path).name)
    Image.fromarray(other).save(STORED / f"{stem}_other.webp", lossless=True, method=6)
    # The last step of the damage is JPEG: the file itself, as large as such files are.
    without = {**dict(resolved.request.values), JPEG.name: 0}
    noisy = resolve(Request.of({**without, "visitor": "", "picture": str(PICTURE)})).array
    Image.fromarray(noisy).save(STORED / f"{stem}_damaged.jpg", quality=resolved.request[JPEG])
    assert np.array_equal(np.asarray(Image.open(STORED / f"{stem}_damaged.jpg")), resolved.array)
    print(
        sha256(STORED / f"{stem}_restored.png"), [cure.name for cure in CURES if resolved.request[cure]], made.numbers
    )


if __name__ == "__main__":
    NETS.refresh()
    main()
