"""Long work in the background, one job at a time and behind what visitors wait for.

It goes on when the visitor closes the page, who comes back by a token that nobody can guess. What it leaves is kept
for an hour, as all files of visitors are; a server that is started anew knows no jobs.
"""

import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sr_models.errors import SRError
from sr_models.web import storage, turns

MOST_WAITING = 3
MOST_MINUTES = 120  # of work, without what it waits for others
LOOK_SECONDS = 0.1  # between two looks whether others are done
TOUCH_SECONDS = 60

Steps = Callable[["Job"], Iterator[tuple[int, int]]]  # does the work, and yields (done, of how many)


def allowed() -> bool:
    """Say whether this host does long work: as SR_LAB_BACKGROUND says, *on* or *off*; else where it is no Space."""
    return os.environ.get("SR_LAB_BACKGROUND", "off" if os.environ.get("SPACE_ID") else "on") == "on"


@dataclass(eq=False)
class Job:
    """Hold one piece of long work and how far it is; `state` is *waits*, *runs*, *done*, *stopped* or *failed*.

    `folder` is its own, in the visitor's; `files` are what it leaves there, by a name; `about` is what is told of it.
    """

    visitor: str
    steps: Steps
    told: float  # seconds that it is to take
    about: Any = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    state: str = "waits"
    done: int = 0
    total: int = 0
    seconds: float = 0.0  # of work until now
    error: Exception | None = None
    files: dict[str, Path] = field(default_factory=dict)
    ended: float = 0.0

    @property
    def folder(self) -> Path:
        """Return where it keeps its files."""
        return storage.visitor_path(self.visitor) / f"job_{self.token}"

    @property
    def is_over(self) -> bool:
        """Say whether nothing more comes of it."""
        return self.state not in ("waits", "runs")

    @property
    def left(self) -> float:
        """Return about how many seconds of work are left."""
        return self.seconds / self.done * (self.total - self.done) if self.done else self.told

    def end(self, state: str) -> None:
        """Keep what it leaves, and delete what it worked with."""
        for path in self.folder.glob("*"):
            if path not in self.files.values():
                path.unlink(missing_ok=True)
        self.ended, self.state = time.time(), state


class Jobs:
    """Run jobs one after another, while `idle` says that nobody waits for a run; for this process."""

    def __init__(self, idle: Callable[[], bool] = lambda: True) -> None:
        self.idle = idle
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._touched = 0.0

    def start(self, visitor: str, told: float, steps: Steps, *given: Path, about: Any = None) -> Job:
        """Queue a job that takes about `told` seconds, with copies of the files given; raise SRError where it may not.

        A visitor has one at a time, and MOST_WAITING of all visitors wait at most.
        """
        job = Job(visitor, steps, told, about)
        with self._lock:
            there = self._unfinished()
            if any(other.visitor == visitor for other in there):
                raise SRError("job_there")
            if len(there) > MOST_WAITING:
                raise SRError("jobs_full", limit=MOST_WAITING)
            job.folder.mkdir(parents=True)
            for path in given:
                shutil.copyfile(path, job.folder / path.name)
            self._jobs = {token: kept for token, kept in self._jobs.items() if not _is_old(kept)} | {job.token: job}
            if not self._worker or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, daemon=True)
                self._worker.start()
        return job

    def get(self, token: str) -> Job | None:
        """Return a job; None where there is none, its hour is over or its files are deleted."""
        job = self._jobs.get(token)
        return job if job and not _is_old(job) and job.folder.is_dir() else None

    def before(self, job: Job) -> int:
        """Return how many jobs come before one that waits."""
        there = self._unfinished()
        return there.index(job) if job in there else 0

    def stop(self, job: Job) -> None:
        """End a job; nothing of it is kept."""
        with self._lock:
            if job.state == "waits":
                job.end("stopped")
            elif job.state == "runs":
                job.ended, job.state = time.time(), "stopped"  # its thread sees it after the tile

    def delete(self, token: str) -> None:
        """Delete a job and its files."""
        with self._lock:
            job = self._jobs.pop(token, None)
        if job:
            self.stop(job)
            shutil.rmtree(job.folder, ignore_errors=True)

    def _unfinished(self) -> list[Job]:
        return [job for job in list(self._jobs.values()) if not job.is_over and job.folder.is_dir()]

    def _next(self) -> Job | None:
        """Return the job whose turn it is; where there is none, the thread ends."""
        with self._lock:
            job = next(iter(self._unfinished()), None)
            if job:
                job.state = "runs"
            else:
                self._worker = None
            return job

    def _work(self) -> None:
        turns.take_lowest_priority()
        while job := self._next():
            try:
                self._run(job)
                state = "done" if job.state == "runs" else job.state
            except Exception as error:
                job.error = error
                state = "failed"
                if not isinstance(error, SRError) and job.folder.is_dir():  # it was not deleted meanwhile
                    logging.getLogger(__name__).exception("a job failed")
            job.files = job.files if state == "done" else {}
            job.end(state)

    def _run(self, job: Job) -> None:
        """Do a job tile by tile until it is done, stopped or deleted; before each tile let all others go first."""
        steps = job.steps(job)
        while job.state == "runs" and job.folder.is_dir():
            self._touch()
            if not self.idle():
                time.sleep(LOOK_SECONDS)
                continue
            begun = time.perf_counter()
            found: Any = next(steps, None)
            job.seconds += time.perf_counter() - begun
            if found is None:
                return
            job.done, job.total = found
            if job.seconds > 60 * MOST_MINUTES:
                raise SRError("too_slow", minutes=MOST_MINUTES)
        steps.close()  # type: ignore[attr-defined]

    def _touch(self) -> None:
        """Keep the sweep from what unfinished jobs need."""
        if time.monotonic() - self._touched > TOUCH_SECONDS:
            self._touched = time.monotonic()
            for job in self._unfinished():
                for path in job.folder.glob("*"):
                    path.touch()


def _is_old(job: Job) -> bool:
    return job.is_over and time.time() - job.ended > storage.KEEP_SECONDS


JOBS = Jobs()
