"""How long each net takes on this machine for one small picture: measured when asked, kept over restarts."""

import contextlib
import functools
import json
import logging
import os
import statistics
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import torch

from sr_models.bench.nets import machine
from sr_models.checkpoints.catalog import locate
from sr_models.errors import SRError
from sr_models.files import write_atomically
from sr_models.inference.device import choose_device
from sr_models.inference.upscaler import Upscaler
from sr_models.web.nets import NETS
from sr_models.web.pages.models.facts import file_of, in_files
from sr_models.web.storage import kept_folder

WIDTH, HEIGHT = 192, 128  # of the picture that is enlarged
AT_LEAST, MOST_RUNS = 0.2, 5  # seconds in all, and runs, of which the median counts
FILE = "speeds.json"


@dataclass(frozen=True)
class Measured:
    """Hold one net's seconds, and the day on which they were measured, as ISO 8601 writes it."""

    seconds: float
    day: str


def take(upscaler: Upscaler) -> float:
    """Return the seconds that a net takes for a picture of WIDTH x HEIGHT, the median of a few runs after a first."""
    picture = torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    upscaler(picture).cpu()
    took: list[float] = []
    while not took or (sum(took) < AT_LEAST and len(took) < MOST_RUNS):
        begun = time.perf_counter()
        upscaler(picture).cpu()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


class Speeds:
    """Know the seconds of nets, by their files; of other machines, devices and versions of torch it knows none."""

    def __init__(self) -> None:
        self._measuring = threading.Lock()
        self._known: dict[str, Measured] | None = None

    def of(self, net: str, scale: int) -> Measured | None:
        """Return what was measured of a net at a scale, None where nothing was, or of another file of its name."""
        return self._all().get(_key(net, scale))

    def measure(self, nets: list[str], scale: int) -> Generator[str]:
        """Measure nets one after another and yield each before its turn; nothing where that goes on already.

        What fails to run is logged and left out. Whoever stops it keeps what was measured by then.
        """
        if not self._measuring.acquire(blocking=False):
            return
        try:
            for net in nets:
                yield net
                try:
                    seconds = take(NETS.runner(net, scale))
                except SRError as error:
                    logging.getLogger(__name__).warning("%s", error)
                    continue
                self._all()[_key(net, scale)] = Measured(seconds, date.today().isoformat())
                self._keep()
        finally:
            self._measuring.release()

    @property
    def goes_on(self) -> bool:
        """Say whether somebody has them measured now."""
        return self._measuring.locked()

    def _all(self) -> dict[str, Measured]:
        if self._known is None:
            self._known = {}
            with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):  # none, or of another version
                found = json.loads(path.read_text()) if (path := _file()) else {}
                self._known = {key: Measured(float(m["seconds"]), str(m["day"])) for key, m in found.items()}
        return self._known

    def _keep(self) -> None:
        if path := _file():
            facts = {key: {"seconds": round(m.seconds, 5), "day": m.day} for key, m in self._all().items()}
            try:
                write_atomically(path, json.dumps(facts, indent=1).encode())
            except OSError as error:
                logging.getLogger(__name__).warning("%s is not written: %s", path, error.strerror)


def _file() -> Path | None:
    folder = kept_folder()
    return folder / FILE if folder else None


@functools.cache
def _machine() -> str:
    return machine(choose_device())  # which is read from a file


def _key(net: str, scale: int) -> str:
    digest = file_of(locate(net, scale)).digest if net in in_files(scale) else ""
    return " | ".join((net, f"x{scale}", digest, _machine(), os.environ.get("SR_LAB_DTYPE", "")))


SPEEDS = Speeds()
