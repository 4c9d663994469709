"""What keeps a public page alive: the sweep, deleting, small bodies, closed routes, the upload component."""

import asyncio
import os
import shutil
import threading
import time

import pytest

from sr_models.errors import SRError
from sr_models.web import middleware, storage
from sr_models.web.requests import open_upload, stem
from tests.conftest import WAIT


@pytest.fixture
def temp(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return storage.temp_folder()


def put(folder, name: str, age: float, size: int = 10):
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_the_janitor_sweeps_and_gives_memory_back(monkeypatch):
    done, calls = threading.Event(), []
    monkeypatch.setattr(storage, "sweep", lambda: calls.append("sweep"))
    monkeypatch.setattr(storage, "give_back", lambda: (calls.append("give back"), done.set()))
    storage.start_janitor(seconds=3600)
    assert done.wait(WAIT)
    assert calls == ["sweep", "give back"]


def test_the_folder_is_ours_alone(temp, tmp_path):
    assert temp.parent == tmp_path
    other = put(tmp_path, "other_program/thesis.docx", 10**6)
    storage.sweep()
    assert other.exists()
    assert storage.temp_folder() == temp  # asked again, the same


def test_leftovers_of_dead_servers_go_and_those_of_living_ones_stay(tmp_path, monkeypatch):
    dead, living = put(tmp_path, f"{storage.PREFIX}999999999/p.png", 0), put(tmp_path, f"{storage.PREFIX}1/p.png", 0)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    storage.temp_folder()
    assert not dead.exists()
    assert living.exists()


def test_sweep_deletes_what_is_older_than_an_hour(temp):
    old, young = put(temp, "a/old.png", 3700), put(temp, "b/young.png", 3500)
    storage.sweep()
    assert not old.exists()
    assert young.exists()


def test_sweep_keeps_the_total_by_deleting_the_oldest(temp, monkeypatch):
    monkeypatch.setattr(storage, "KEEP_BYTES", 250)
    files = [put(temp, f"{i}/p.png", 100 - i, 100) for i in range(4)]
    storage.sweep()
    assert [f.exists() for f in files] == [False, False, True, True]


def test_sweep_lives_through_folders_that_vanish(temp):
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            shutil.rmtree(put(temp, f"{threading.get_ident()}/deep/p.png", 0).parent.parent, ignore_errors=True)

    workers = [threading.Thread(target=churn) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(200):
            storage.sweep()
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert temp.is_dir()


def test_equal_uploads_of_two_visitors_are_apart(temp):
    upload = put(temp, "hash-of-the-content/same.png", 0)
    first, second = storage.adopt(str(upload), "one"), storage.adopt(str(upload), "two")
    storage.delete("one", (str(upload),))
    assert not os.path.exists(first)
    assert os.path.exists(second)
    assert not upload.exists()


def test_delete_takes_all_of_a_visitor_and_nothing_outside(temp, tmp_path):
    unfinished = put(storage.visitor_folder("one"), "run/tiles/1.png", 0)
    outside = put(tmp_path, "f/p.png", 0)
    storage.delete("one", (str(outside),))
    assert not unfinished.exists()
    assert outside.exists()


async def ask(path: str, method: str = "POST", body: bytes = b"", chunks: int = 1) -> tuple[int, bytes, dict]:
    """Send one request through the middleware to an app that echoes the body."""
    answers, parts = [], [body[i::chunks] for i in range(chunks)]

    async def app(scope, receive, send):
        got, more = b"", True
        while more:
            message = await receive()
            got += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": got})

    async def receive():
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message):
        answers.append(message)

    await middleware.Limits(app)({"type": "http", "path": path, "method": method}, receive, send)
    return answers[0]["status"], answers[1]["body"], dict(answers[0]["headers"])


@pytest.mark.parametrize(
    ("path", "method", "size", "status"),
    [
        ("/gradio_api/queue/join", "POST", 64 * 1024, 200),
        ("/gradio_api/queue/join", "POST", 64 * 1024 + 1, 413),
        ("/gradio_api/upload", "POST", 10**6, 200),
        ("/monitoring", "GET", 0, 404),
        ("/gradio_api/file=https://example.org/x", "GET", 0, 404),
        ("/", "GET", 0, 200),
    ],
)
def test_bodies_and_routes(path, method, size, status):
    body = b"ab" * (size // 2) + b"c" * (size % 2)
    found, echoed, headers = asyncio.run(ask(path, method, body, 1))
    assert found == status
    assert headers[b"x-content-type-options"] == b"nosniff"
    if found == 200:
        assert echoed == body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"data": [{"path": "http://example.org/x.png"}]}', 400),
        (b'{"data": [[{"a": {"path": "\\u0068ttps://example.org/x"}}]]}', 400),
        (b'{"data": [{"path": "/tmp/x.png", "url": "http://localhost/x.png"}]}', 200),
        (b"no json", 200),
    ],
)
def test_addresses_are_not_fetched(body, status):
    assert asyncio.run(ask("/gradio_api/queue/join", "POST", body))[0] == status


def test_a_body_in_parts_counts_as_a_whole():
    assert asyncio.run(ask("/gradio_api/queue/join", "POST", b"x" * 70_000, 7))[0] == 413


def test_uploads_outside_the_folder_count_as_none(temp):
    from gradio.data_classes import ImageData

    from sr_models.web.components.upload import RawImage

    component = RawImage(type="filepath", render=False)
    component.GRADIO_CACHE = str(temp)
    inside = put(temp, "u/p.png", 0)
    assert component.preprocess(ImageData(path=str(inside))) == str(inside)
    assert component.preprocess(ImageData(path="/etc/passwd")) is None
    assert component.preprocess(ImageData(path=str(inside), url="data:image/png;base64,AAAA")) is None
    assert component.preprocess(None) is None


def test_an_example_is_shown_by_its_small_picture_and_passed_as_it_is(temp):
    from sr_models.web.components.upload import RawImage
    from sr_models.web.pages.upscale.examples import EXAMPLES

    component = RawImage(type="filepath", render=False)
    for path in filter(None, (path for shown in EXAMPLES for path in (shown.picture, shown.original))):
        shown = component.postprocess(str(path))
        assert shown.orig_name == path.name
        assert component.preprocess(shown) == str(path)
    assert component.postprocess(str(EXAMPLES[1].picture)).path.endswith(f"thumbnails/{EXAMPLES[1].name}.webp")
    other = str(put(temp, f"u/{EXAMPLES[1].picture.name}", 0))
    assert component.postprocess(other).path == other  # an upload of the same name


def test_a_gone_upload_is_a_sentence(tmp_path):
    with pytest.raises(SRError, match="no longer kept"):
        open_upload(str(tmp_path / "gone.png"))
    with pytest.raises(SRError, match="no picture yet"):
        open_upload(None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a b.png", "a_b"),
        ("../x.png", "x"),
        ("-rf.png", "rf"),
        ("....png", "picture"),
        ("猫.jpg", "猫"),
        ("n" * 99, "n" * 60),
    ],
)
def test_stems_are_short_and_harmless(name, expected):
    assert stem(name) == expected
