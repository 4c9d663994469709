"""What keeps a public page alive: the sweep, deleting, small bodies, closed routes, the upload component."""

import asyncio
import os
import time

import pytest

from sr_models.errors import SRError
from sr_models.web import limits
from sr_models.web.upload import open_upload, stem


@pytest.fixture
def temp(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def put(folder, name: str, age: float, size: int = 10):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_sweep_deletes_what_is_older_than_an_hour(temp):
    old, young = put(temp, "a/old.png", 3700), put(temp, "b/young.png", 3500)
    limits.sweep()
    assert not old.exists()
    assert young.exists()


def test_sweep_keeps_the_total_by_deleting_the_oldest(temp, monkeypatch):
    monkeypatch.setattr(limits, "KEEP_BYTES", 250)
    files = [put(temp, f"{i}/p.png", 100 - i, 100) for i in range(4)]
    limits.sweep()
    assert [f.exists() for f in files] == [False, False, True, True]


def test_delete_stays_inside_the_temp_folder(temp, tmp_path_factory):
    mine, outside = put(temp, "run/p.png", 0), put(tmp_path_factory.mktemp("else"), "f/p.png", 0)
    limits.delete([str(mine), str(outside), "/nonexistent/x/y"])
    assert not mine.parent.exists()
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

    await limits.Limits(app)({"type": "http", "path": path, "method": method}, receive, send)
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


def test_a_body_in_parts_counts_as_a_whole():
    assert asyncio.run(ask("/gradio_api/queue/join", "POST", b"x" * 70_000, 7))[0] == 413


def test_uploads_outside_the_folder_count_as_none(temp):
    from gradio.data_classes import ImageData

    from sr_models.web.upload import RawImage

    component = RawImage(type="filepath", render=False)
    component.GRADIO_CACHE = str(temp)
    inside = put(temp, "u/p.png", 0)
    assert component.preprocess(ImageData(path=str(inside))) == str(inside)
    assert component.preprocess(ImageData(path="/etc/passwd")) is None
    assert component.preprocess(ImageData(path=str(inside), url="data:image/png;base64,AAAA")) is None
    assert component.preprocess(None) is None


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
