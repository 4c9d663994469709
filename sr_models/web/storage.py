"""The files of visitors: a folder each, kept for an hour at most and 2 GB in all; and the folder of what is kept."""

import atexit
import contextlib
import logging
import os
import shutil
import tempfile
import threading
import time
import uuid
from pathlib import Path

from sr_models.inference.memory import give_back

ASSETS = Path(__file__).parents[2] / "assets"
THUMBNAILS = ASSETS / "thumbnails"  # of the examples, by their names
PREFIX = "sr-lab-pictures-"
KEEP_SECONDS = 3600
KEEP_BYTES = 2 * 10**9
# The files that say when the visitor went on: which are written, and by which it is known.
MARKS = {"choice": ("choice",), "stop": ("stop",), "run": ("newest",), "picture": ("picture", "newest", "choice")}
KNOWN_BY = {"choice": ("choice",), "stop": ("stop", "picture"), "run": ("newest", "stop"), "picture": ("picture",)}
MARKING = threading.Lock()


def temp_folder() -> Path:
    """Return the folder that holds uploads and results, ours alone; gradio uses the same one.

    It lies in GRADIO_TEMP_DIR, else in the system's temp folder, and goes when the server stops.
    """
    folder = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir()).resolve()
    if not folder.name.startswith(PREFIX):
        folder = folder / f"{PREFIX}{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["GRADIO_TEMP_DIR"] = str(folder)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _delete_leftovers(folder.parent)
    return folder


def kept_folder() -> Path | None:
    """Return the folder of what the server makes for all visitors and keeps over restarts: nothing of a visitor's.

    It is SR_LAB_KEPT, else /data/sr-lab where a Space has a disk, else sr-lab in the user's cache folder; None where
    SR_LAB_KEPT is *off*.
    """
    named = os.environ.get("SR_LAB_KEPT", "")
    if named == "off":
        return None
    if not named and os.environ.get("SPACE_ID") and os.access("/data", os.W_OK):
        return Path("/data/sr-lab")
    return Path(named or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sr-lab").resolve()


def shown_folders() -> list[Path]:
    """Return the folders whose files every visitor may see."""
    return [folder for folder in (ASSETS, kept_folder()) if folder]


def _delete_leftovers(home: Path) -> None:
    """Delete what servers left that were stopped too hard to clean up."""
    for folder in home.glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX)
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def new_visitor() -> str:
    """Return a name for a visitor that nobody can guess."""
    return uuid.uuid4().hex


def visitor_path(visitor: str) -> Path:
    """Return where the folder is that holds all that one visitor's page made."""
    return temp_folder() / "visitors" / visitor


def visitor_folder(visitor: str) -> Path:
    """Return the folder that holds all that one visitor's page made; it is theirs alone, and made where it is not."""
    folder = visitor_path(visitor)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_of_a_visitor(path: str) -> bool:
    """Say whether a file lies in a visitor's folder."""
    return Path(path).is_relative_to(temp_folder() / "visitors")


def newest(visitor: str) -> str:
    """Return the mark of the visitor's last run or picture, "" where there is none."""
    return str(_marked(visitor, MARKS["run"][0]) or "")


def _marked(visitor: str, name: str) -> int:
    try:
        return int((visitor_path(visitor) / name).read_text())
    except (FileNotFoundError, ValueError):  # it is only just being written
        return 0


def supersede(visitor: str, what: str = "run", at: int | None = None) -> None:
    """Mark that the visitor went on to another *picture*, *run* or *choice*, or to a *stop*: what is done is late.

    `at` is when, by `time.monotonic_ns`; now by default. After a new picture all is late.
    """
    at = time.monotonic_ns() if at is None else at
    with MARKING:
        for name in MARKS[what]:
            if at > _marked(visitor, name):  # else the visitor did something later already
                (visitor_folder(visitor) / name).write_text(str(at))


def went_on(visitor: str, what: str, since: int) -> bool:
    """Say whether the visitor went on so since a time by `time.monotonic_ns`; a run also ends by a stop."""
    return any(_marked(visitor, name) > since for name in KNOWN_BY[what])


class Superseded(Exception):
    """Say that the visitor brought a new picture meanwhile."""


def superseded(visitor: str, mark: str, folder: Path) -> bool:
    """Say whether the visitor went on to something else since `mark`, or deleted their pictures."""
    now = newest(visitor)
    return (now not in ("", mark)) or not folder.is_dir()


def adopt(path: str, visitor: str) -> str:
    """Copy an upload into the visitor's folder: gradio gives equal files of different visitors one path."""
    home = visitor_folder(visitor) / uuid.uuid4().hex
    home.mkdir()
    return str(shutil.copyfile(path, home / Path(path).name))


def delete(visitor: str, uploads: tuple[str, ...] = ()) -> None:
    """Delete a visitor's folder, and the uploads that were copied into it; what still runs for them ends."""
    shutil.rmtree(visitor_path(visitor), ignore_errors=True)
    for upload in uploads:
        if Path(upload).resolve().is_relative_to(temp_folder()):
            Path(upload).unlink(missing_ok=True)
    supersede(visitor, "picture")


def sweep(now: float | None = None) -> None:
    """Delete what is older than an hour, then the oldest until no more than 2 GB are left."""
    now = now or time.time()
    kept = []
    for folder, _, names in os.walk(temp_folder(), topdown=False):
        for path in (Path(folder) / name for name in names):
            with contextlib.suppress(OSError):
                kept.append((path.stat().st_mtime, path.stat().st_size, path))
        with contextlib.suppress(OSError):  # only an empty one goes
            if now - os.stat(folder).st_mtime > KEEP_SECONDS and Path(folder) != temp_folder():
                os.rmdir(folder)
    total = sum(size for _, size, _ in kept)
    for modified, size, path in sorted(kept):
        if now - modified > KEEP_SECONDS or total > KEEP_BYTES:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size


def start_janitor(seconds: float = 60) -> None:
    """Sweep every minute, in the background, and give free memory back."""

    def work() -> None:
        while True:
            try:
                sweep()
                give_back()
            except Exception:
                logging.getLogger(__name__).exception("the sweep failed; it is tried again")
            time.sleep(seconds)

    threading.Thread(target=work, daemon=True).start()
