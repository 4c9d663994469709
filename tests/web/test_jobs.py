"""Long work in the background: one at a time, behind the visitors' runs, and what it leaves is kept for its hour."""

import threading
import time

import pytest

from sr_models.errors import SRError
from sr_models.web import jobs, storage
from sr_models.web.jobs import MOST_WAITING, Jobs
from tests.conftest import WAIT


@pytest.fixture
def background(tmp_path, monkeypatch):
    """Jobs whose tiles are let go one by one, and whether somebody else waits."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.001)
    return Background()


class Background:
    def __init__(self):
        self.go = threading.Semaphore(0)
        self.free, self.asked = threading.Event(), threading.Semaphore(0)
        self.free.set()
        self.jobs = Jobs(self._idle)
        self.ran = []

    def _idle(self):
        self.asked.release()
        return self.free.is_set()

    def steps(self, job, tiles=3):
        for i in range(tiles):
            assert self.go.acquire(timeout=WAIT)
            self.ran.append((job.visitor, i))
            yield i + 1, tiles
        job.files = {"result": job.folder / "result"}
        job.files["result"].write_text("made")
        (job.folder / "left over").write_text("")

    def start(self, visitor, *given):
        return self.jobs.start(visitor, 5.0, self.steps, *given)

    def wait(self, until):
        end = time.monotonic() + WAIT
        while not until():
            assert time.monotonic() < end
            threading.Event().wait(0.002)


def test_one_after_another_in_the_order_they_came(background):
    first, second = background.start("one"), background.start("two")
    assert first.token != second.token
    assert len(first.token) >= 32
    background.wait(lambda: first.state == "runs")
    assert (second.state, background.jobs.before(second)) == ("waits", 1)
    background.go.release()
    background.wait(lambda: first.done == 1)
    assert (first.total, background.ran) == (3, [("one", 0)])
    background.go.release(5)
    background.wait(lambda: first.is_over and second.is_over)
    assert background.ran == [(name, i) for name in ("one", "two") for i in range(3)]
    assert [job.state for job in (first, second)] == ["done", "done"]
    assert [path.name for path in first.folder.iterdir()] == ["result"]
    third = background.start("one")  # its last is done; the thread that ended is followed by another
    background.go.release(3)
    background.wait(lambda: third.state == "done")


def test_before_each_tile_others_go_first(background):
    background.free.clear()
    job = background.start("one")
    background.go.release(3)
    for _ in range(20):
        assert background.asked.acquire(timeout=WAIT)
    assert background.ran == []
    background.free.set()
    background.wait(lambda: job.state == "done")


def test_its_thread_has_the_lowest_priority(background, monkeypatch):
    calls = []
    monkeypatch.setattr(jobs.turns, "take_lowest_priority", lambda: calls.append(threading.current_thread()))
    job = background.start("one")
    background.go.release(3)
    background.wait(lambda: job.state == "done")
    assert len(calls) == 1
    assert calls[0] is not threading.current_thread()


def test_a_visitor_has_one_and_the_queue_has_an_end(background):
    background.start("one")
    with pytest.raises(SRError) as caught:
        background.start("one")
    assert caught.value.code == "job_there"
    waiting = [background.start(str(i)) for i in range(MOST_WAITING)]
    with pytest.raises(SRError, match=f"{MOST_WAITING} pictures wait") as caught:
        background.start("another")
    background.jobs.stop(waiting[0])
    background.start("another")
    background.go.release(3 * (MOST_WAITING + 1))
    background.wait(lambda: not background.jobs._unfinished())
    assert ("0", 0) not in background.ran


@pytest.mark.parametrize("how", ["stop", "delete", "delete all"])
def test_what_is_stopped_or_deleted_leaves_nothing(background, how, caplog):
    job = background.start("one")
    background.go.release()
    background.wait(lambda: job.done == 1)
    if how == "stop":
        background.jobs.stop(job)
        assert background.jobs.get(job.token) is job
        assert job.state == "stopped"
    elif how == "delete":
        background.jobs.delete(job.token)
    else:
        storage.delete("one")
    background.go.release()
    background.wait(lambda: background.jobs._worker is None)
    assert len(background.ran) <= 2
    if how != "stop":
        assert background.jobs.get(job.token) is None
    assert not list(job.folder.glob("*"))
    assert not caplog.records


@pytest.mark.parametrize(("error", "code"), [(SRError("out_of_memory"), "out_of_memory"), (OSError("no"), None)])
def test_what_fails_is_told_and_the_next_goes_on(background, error, code):
    def fail(job):
        yield 1, 2
        raise error

    job = background.jobs.start("one", 1.0, fail)
    after = background.start("two")
    background.go.release(3)
    background.wait(lambda: after.state == "done")
    assert (job.state, job.error) == ("failed", error)
    assert getattr(job.error, "code", None) == code


def test_work_has_a_limit_that_waiting_does_not_count_for(background, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_MINUTES", 0)
    job = background.start("one")
    background.go.release()
    background.wait(lambda: job.is_over)
    assert isinstance(job.error, SRError)
    assert job.error.code == "too_slow"
    assert len(background.ran) == 1


def test_files_are_kept_while_it_waits_and_an_hour_after_its_end(background, tmp_path):
    source = tmp_path / "photo.png"
    source.write_text("a picture")
    background.free.clear()
    job = background.start("one", source)
    copy = job.folder / "photo.png"
    background.jobs._touched = -jobs.TOUCH_SECONDS
    import os

    os.utime(copy, (1, 1))
    background.jobs._touched = -jobs.TOUCH_SECONDS
    background.wait(lambda: copy.stat().st_mtime > 1)
    storage.sweep()
    assert copy.read_text() == "a picture"
    background.free.set()
    background.go.release(3)
    background.wait(lambda: job.state == "done")
    result = job.files["result"]
    storage.sweep(time.time() + storage.KEEP_SECONDS - 60)
    assert result.read_text() == "made"
    assert background.jobs.get(job.token) is job
    storage.sweep(time.time() + storage.KEEP_SECONDS + 60)
    assert not result.exists()
    job.ended -= storage.KEEP_SECONDS + 1
    assert background.jobs.get(job.token) is None


@pytest.mark.parametrize(
    ("space", "said", "expected"), [("", "", True), ("a/b", "", False), ("a/b", "on", True), ("", "off", False)]
)
def test_the_host_says_whether_there_is_any(monkeypatch, space, said, expected):
    for name, value in (("SPACE_ID", space), ("SR_LAB_BACKGROUND", said)):
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    assert jobs.allowed() == expected
