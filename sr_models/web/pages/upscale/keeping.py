"""The results of every net on every example, made one by one while nobody runs anything, and kept over restarts."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

import torch
from filelock import FileLock

from sr_models.inference.upscaler import Upscaler
from sr_models.web import turns
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale.examples import SCALE, Example, examples, kept_file, make_one, stored
from sr_models.web.storage import kept_folder

CALM_SECONDS = 3  # without any event before the next result is made


def start(idle: Callable[[], bool]) -> None:
    """Make what is missing in the background, while `idle` says that nobody waits; nothing where nothing is kept."""
    if kept_folder():
        threading.Thread(target=_work, args=(idle,), daemon=True).start()


def missing() -> Iterator[tuple[Example, str]]:
    """Yield each example and net without a stored result. Samples are not stored, so neither is what they belong to."""
    for shown in examples():
        for net in NETS.trained(SCALE):
            if not NETS.draws_samples(net, SCALE) and not stored(shown.name, net):
                yield shown, net


def make_missing(idle: Callable[[], bool], calm: float = CALM_SECONDS) -> None:
    """Make what is missing; of several processes with one folder, one does and the others wait for it."""
    folder = kept_folder()
    if not folder:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock").acquire(poll_interval=10):
        for shown, net in missing():
            _wait(idle, calm)
            upscaler: Upscaler = NETS.runner(net, SCALE)
            if upscaler.sha256 and (path := kept_file(shown, net, upscaler.sha256)):
                make_one(shown, upscaler, path)


def _wait(idle: Callable[[], bool], calm: float) -> None:
    """Return when nobody ran anything for `calm` seconds."""
    since = time.monotonic()
    while time.monotonic() - since < calm:
        time.sleep(calm / 10)
        if not idle():
            since = time.monotonic()


def _work(idle: Callable[[], bool]) -> None:
    try:
        take_little()
        make_missing(idle)
    except Exception:
        logging.getLogger(__name__).exception("not all results of the examples could be stored; the others run on ask")


def take_little() -> None:
    """Give this thread the lowest priority and one core, and leave those of all others as they are."""
    turns.take_lowest_priority()
    many = torch.get_num_threads()
    torch.set_num_threads(1)
    # What was set last holds for all threads to come: a thread that ends at once sets it back.
    other = threading.Thread(target=torch.set_num_threads, args=(many,))
    other.start()
    other.join()
