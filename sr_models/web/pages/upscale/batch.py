"""Several pictures enlarged one after another, each as the command line does it, into one ZIP with their receipts."""

import csv
import io
import json
import os
import shutil
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.archives import is_zip, unpack
from sr_models.imaging.decode import MAX_BYTES, read, size_of, size_within
from sr_models.imaging.encode import describe_file, format_choice
from sr_models.imaging.options import ALPHA, ANIMATION, FILES, FORMAT, OUTPUT, QUALITY, SIZE
from sr_models.imaging.picture import Picture
from sr_models.inference.options import DRAWING, LOADING, NO_SAMPLES, TILE
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Values
from sr_models.pipelines import batch as files
from sr_models.pipelines.chosen import result_name
from sr_models.pipelines.inputs import check_output, prepare
from sr_models.pipelines.naming import numbered
from sr_models.pipelines.receipt import make_receipt
from sr_models.web import requests, storage
from sr_models.web.components import sheet, thumbnails
from sr_models.web.i18n import text
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import large, upscaling
from sr_models.web.pages.upscale.moving import Moving, most_frames, moving
from sr_models.web.pages.upscale.request import MAX_RESULT, NET, Request, scale_and_target

MOST = 50  # pictures at once; the browser sends one more at most
MOST_ON_A_SPACE = 20  # where strangers share the machine; more are refused
TABLE = "results.csv"  # in the ZIP
MOST_PIXELS = 2**27  # of all results together
GIVEN = (*OUTPUT, *FILES, SIZE, ALPHA, TILE, NO_SAMPLES, *DRAWING, *LOADING)


@dataclass(frozen=True)
class Item:
    """Name one picture: its file, its size, where its result goes, and how far it is: *waits*, *done* or *failed*.

    `error` is the code and the facts of why it failed; `size` is 0 of one that cannot be read.
    """

    path: str
    size: tuple[int, int] = (0, 0)
    target: str = ""
    state: str = "waits"
    error: tuple[str, dict[str, Any]] | None = None

    @property
    def thumbnail(self) -> Path:
        """Return where its small picture is, once that is made."""
        return Path(f"{self.path}.webp")

    def failed(self, error: SRError) -> "Item":
        """Return the same with the reason why it has no result."""
        return replace(self, state="failed", error=(error.code, error.facts))


@dataclass(frozen=True)
class Batch:
    """Hold the pictures that came together, and what they are enlarged by once that began."""

    folder: str
    items: tuple[Item, ...]
    left_out: bool = False  # more came than are taken
    request: Request | None = None
    began: float = 0  # seconds since the epoch

    @property
    def zip(self) -> Path:
        """Return the ZIP of what is done."""
        return Path(self.folder) / "enlarged.zip"

    def count(self, *states: str) -> int:
        """Return how many pictures are in one of these states."""
        return sum(item.state in states for item in self.items)

    def with_item(self, place: int, item: Item) -> "Batch":
        """Return the same with another item in a place."""
        return replace(self, items=(*self.items[:place], item, *self.items[place + 1 :]))


def is_on() -> bool:
    """Say whether this server takes several pictures: unless SR_LAB_BATCH=off says otherwise."""
    return os.environ.get("SR_LAB_BATCH", "on") == "on"


def most() -> int:
    """Return how many pictures this server takes at once."""
    return MOST_ON_A_SPACE if os.environ.get("SPACE_ID") else MOST


def limits(lang: str) -> str:
    """Return how many pictures are taken at once, in the words of the errors that refuse more; "" where one is."""
    return text("limits_several", lang, count=most(), pixels=MOST_PIXELS) if is_on() else ""


def take(uploads: list[tuple[str, str, int]], visitor: str) -> Batch:
    """Copy uploads (name, path, bytes) into the visitor's folder, under names that differ; no path: too large.

    Of too many, the first are taken; on a Space, SRError refuses them all.
    """
    limit = most()
    folder = storage.visitor_folder(visitor) / uuid.uuid4().hex
    (folder / "given").mkdir(parents=True)
    items = []
    left_out = len(uploads) > limit
    for name, path, size in uploads[:limit]:
        kept = _free(folder, Path(path or name).name)
        if not (path and Path(path).is_file()):
            too_large = SRError("file_too_large", megabytes=size / 2**20, limit=MAX_BYTES // 2**20)
            items.append(Item(str(kept)).failed(too_large))
        elif is_zip(Path(path)):
            found, more = _of_a_zip(Path(path), folder, limit - len(items))
            items += found
            left_out = left_out or more
        else:
            shutil.copyfile(path, kept)
            items.append(Item(str(kept)))
    left_out = left_out or len(items) > limit
    if left_out and os.environ.get("SPACE_ID"):
        shutil.rmtree(folder)
        raise SRError("batch_too_many", limit=limit)
    return Batch(str(folder), tuple(items[:limit]), left_out)


def _free(folder: Path, name: str) -> Path:
    """Return where a file of this name is kept, beside those of the same name."""
    return next(p for p in numbered(folder / "given" / (name or "picture")) if not p.exists())


def _of_a_zip(path: Path, folder: Path, most: int) -> tuple[list[Item], bool]:
    """Return the pictures of a ZIP, and whether there were more; one that has none, as what failed, is the ZIP."""
    apart = folder / "unpacked" / path.name
    try:
        found = unpack(path, apart, most)
        if not found.pictures:
            raise SRError("zip_empty", name=path.name)
    except SRError as error:
        return [Item(str(_free(folder, path.name))).failed(error)], False
    items = []
    for picture in found.pictures:
        kept = _free(folder, picture.name)
        picture.rename(kept)
        items.append(Item(str(kept)))
    return items, len(found.pictures) == most and bool(found.left_out)


def look_at(item: Item) -> Item:
    """Decode a picture and make its small one; return it with its size, or with the reason why it cannot be read."""
    if item.error:
        return item
    try:
        with requests.DECODING:
            picture = read(item.path)
    except SRError as error:
        return item.failed(error)
    size = size_within(picture.width, picture.height, sheet.THUMBNAIL**2)
    small = large.smaller_copy(picture.array, size)
    thumbnails.write(sheet.as_rgb(small), item.thumbnail, sheet.THUMBNAIL)
    return replace(item, size=(picture.width, picture.height))


def begin(batch: Batch, request: Request) -> Batch:
    """Return a batch whose readable pictures wait to be enlarged by a request; raise SRError where they are too many.

    Where only some of another go by the same request are done, the others wait.
    """
    request = replace(request, picture="", original="", part="").with_(mode="enlarge")
    if batch.request == request and batch.count("waits"):
        return replace(batch, began=time.time())
    batch.zip.unlink(missing_ok=True)
    items = [item if not item.size[0] else Item(item.path, item.size) for item in batch.items]
    for place, item in enumerate(items):
        try:
            if item.size[0]:
                _check(item, request)
        except SRError as error:
            items[place] = item.failed(error)
    pixels = sum(_pixels(item, request) for item in items if item.state == "waits")
    if pixels > MOST_PIXELS:
        raise SRError("batch_too_large", pixels=pixels, limit=MOST_PIXELS)
    waiting = [Path(item.path) for item in items if item.state == "waits"]
    targets = dict(files.plan(waiting, Path(batch.folder), partial(_name, request)).pairs) if waiting else {}
    items = [replace(item, target=str(targets.get(Path(item.path), ""))) for item in items]
    return replace(batch, items=tuple(items), request=request, began=time.time())


def _check(item: Item, request: Request) -> None:
    """Raise SRError where one result would be too large, or is not larger than its picture."""
    upscaler, target = choose(request, *item.size)
    width, height = item.size
    blank = Picture(np.broadcast_to(np.uint8(0), (height, width, 1)))
    check_output(blank, upscaler.scale, MAX_RESULT, target)
    if target and target[0] < width:
        raise SRError("bad_size", words=request[SIZE])


def choose(request: Request, width: int, height: int) -> tuple[Upscaler, tuple[int, int] | None]:
    """Return the net for a picture of this size, and the size that was asked for; see `batch.Chooser`."""
    blank = Picture(np.broadcast_to(np.uint8(0), (height, width, 1)))
    scale, target = scale_and_target(request, blank)
    if request[NET] not in NETS.names(scale):
        raise SRError("net_not_there", net=request[NET], scale=scale)
    return NETS.runner(request[NET], scale, **request.values.of(LOADING)), target


def _frames(path: str, request: Request, size: tuple[int, int]) -> Moving | None:
    """Return the animation that becomes of a file; None for one picture, or where its frames are too many."""
    upscaler, target = choose(request, *size)
    width, height = target or (size[0] * upscaler.scale, size[1] * upscaler.scale)
    found = moving(path)
    return found if found and found.fits(width, height) else None


def frames_left_out(item: Item, request: Request, lang: str) -> str:
    """Say that only the first frame of a picture is made, where that is so; else ""."""
    found = moving(item.path)
    if not found or _frames(item.path, request, item.size):
        return ""
    upscaler, target = choose(request, *item.size)
    size = target or (item.size[0] * upscaler.scale, item.size[1] * upscaler.scale)
    return text("frames_limit", lang, frames=found.frames, limit=most_frames(*size))


def _pixels(item: Item, request: Request) -> int:
    """Return how many pixels the result has, all frames together."""
    upscaler, target = choose(request, *item.size)
    width, height = target or (item.size[0] * upscaler.scale, item.size[1] * upscaler.scale)
    movie = _frames(item.path, request, item.size)
    return width * height * (movie.frames if movie else 1)


def _given(request: Request, path: str, size: tuple[int, int]) -> Values:
    """Return a request's values as the command line names them; what is drawn besides is left out."""
    moves = {ANIMATION.name: "same" if _frames(path, request, size) else "first"}
    return Values(GIVEN, {**request.values, "alpha": request.ground, "size": "", NO_SAMPLES.name: 0, **moves})


def _name(request: Request, source: Path, stem: str) -> PurePath:
    size = size_of(source)
    name = upscaling.name_of(*choose(request, *size))
    return result_name(
        _given(request, str(source), size), request[NET], name, lambda w, h: choose(request, w, h), source, stem
    )


def work(batch: Batch, lang: str) -> Iterator[tuple[Batch, str]]:
    """Enlarge the first picture that waits; yield how far it is, and at the end the batch with it."""
    request, place = batch.request, next(i for i, item in enumerate(batch.items) if item.state == "waits")
    assert request
    item, begun = batch.items[place], time.time()
    words = text("batch_at", lang, number=place + 1, total=len(batch.items))
    words += text("batch_left", lang, seconds=left) if (left := _seconds_left(batch)) else ""
    yield batch, words
    path, target, given = Path(item.path), Path(item.target), _given(request, item.path, item.size)
    try:
        for step in files.enlarge_file(path, target, lambda w, h: choose(request, w, h), given):
            if time.time() - begun > 60 * requests.DEADLINE_MINUTES:
                raise SRError("too_slow", minutes=requests.DEADLINE_MINUTES)
            if not isinstance(step, files.Written):
                yield batch, words
        _pack(batch, item, request, time.time() - begun)
        item = replace(item, state="done")
    except SRError as error:
        item = item.failed(error)
    except Exception as error:
        requests.explain(error, lang)  # into the log
        item = item.failed(SRError("unexpected"))
    batch = batch.with_item(place, item)
    if not batch.count("waits"):
        _list(batch)
    yield batch, words


def _list(batch: Batch) -> None:
    """Put a table of all pictures into the ZIP: where each went, or the code of why it has no result."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(("file", "width", "height", "state", "result", "error"))
    for item in batch.items:
        result = Path(item.target).name if item.state == "done" else ""
        error = str(SRError(item.error[0], **item.error[1])) if item.error else ""
        rows.writerow((_plain(Path(item.path).name), *item.size, item.state, _plain(result), error))
    if batch.zip.is_file():
        with zipfile.ZipFile(batch.zip, "a") as archive:
            archive.writestr(TABLE, table.getvalue(), zipfile.ZIP_DEFLATED)


def _plain(name: str) -> str:
    """Return a name that no program for tables takes for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def _pack(batch: Batch, item: Item, request: Request, seconds: float) -> None:
    """Move a result into the ZIP, beside its receipt."""
    target, receipt = Path(item.target), Path(item.target).with_suffix(".json")
    if not target.is_file():  # the visitor deleted it all
        raise SRError("gone")
    upscaler, size = choose(request, *item.size)
    with requests.DECODING:
        picture = read(item.path)
    inputs = prepare(picture, upscaler.scale, alpha=request.ground)
    made: dict[str, Any] = {"seconds": seconds, "result_sha256": sha256(target)}
    made |= {"tile": request[TILE] or None, "target": size, "alpha": request.ground}
    movie, kind = _frames(item.path, request, item.size), format_choice(request[FORMAT])[0]
    made["notes"] = tuple(note for note in picture.notes if not (movie and note == "first_frame"))
    made["format"] = movie.file() if movie else describe_file(kind, inputs.lr, request[QUALITY])
    told = {"file": Path(item.path).name, **make_receipt(upscaler, inputs, None, **made)}
    with zipfile.ZipFile(batch.zip, "a") as archive:  # pictures are compressed already
        archive.write(target, target.name)
        archive.writestr(receipt.name, json.dumps(told, indent=1) + "\n", zipfile.ZIP_DEFLATED)
    target.unlink()


def _seconds_left(batch: Batch) -> int:
    """Return about how long the rest takes by what is done of this go, 0 before that."""
    done, rest = (sum(i.size[0] * i.size[1] for i in batch.items if i.state == s) for s in ("done", "waits"))
    return max(round((time.time() - batch.began) * rest / done), 1) if done else 0
