"""`pull` with the real huggingface_hub client against a small local server."""

import hashlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

import huggingface_hub
import pytest

from sr_models.checkpoints.hub import ANSWER_SECONDS, pull
from sr_models.errors import SRError
from tests.conftest import WAIT

SHA = "a" * 40
CALL = f"""
import sys
import sr_models
from sr_models.checkpoints import hub
hub.ANSWER_SECONDS = {WAIT}  # a busy machine may answer late
try:
    upscaler = sr_models.load(sys.argv[1])
    print("loaded", upscaler.name, upscaler.sha256)
except sr_models.SRError as error:
    print("sentence", error.code, error)
"""


class Hub(http.server.BaseHTTPRequestHandler):
    """Answers what the client asks of the Hub for one repo, and keeps what it was asked."""

    data = b""
    size: int | None = None
    files: tuple[str, ...] = ("model.safetensors",)
    asked: ClassVar[list[str]]
    breaks = ""  # "closes" or "stalls" after 1,000 bytes

    def do_GET(self) -> None:
        body, head = b"", {}
        path = self.path.split("?")[0]
        self.asked.append(path)
        if path in (
            "/api/models/someone/net",
            f"/api/models/someone/net/revision/{SHA}",
            "/api/models/someone/net/revision/v1",
        ):
            status = 200
            siblings = [{"rfilename": f, "size": self.size or len(self.data), "blobId": "b"} for f in self.files]
            body = json.dumps(
                {"id": "someone/net", "sha": SHA, "private": False, "tags": [], "downloads": 0, "siblings": siblings}
            ).encode()
            head["content-type"] = "application/json"
        elif path == f"/someone/net/resolve/{SHA}/model.safetensors":
            status, body = 200, self.data
            head = {"x-repo-commit": SHA, "etag": f'"{hashlib.sha256(self.data).hexdigest()}"'}
        else:
            status = 404
            head["x-error-code"] = "RevisionNotFound" if "/revision/" in path else "RepoNotFound"
        self.send_response(status)
        for key, value in head.items():
            self.send_header(key, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET" and self.breaks and body is self.data:
            self.wfile.write(body[:1000])
            self.wfile.flush()
            if self.breaks == "stalls":
                time.sleep(2)
            self.close_connection = True
        elif self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def hub(small_checkpoint):
    handler = type("OneHub", (Hub,), {"data": small_checkpoint.read_bytes(), "asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(ref: str, home: Path, endpoint: str, **more: str) -> list[str]:
    """Load a reference in a fresh process, as its environment is read at import."""
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "SR_LAB_WEIGHTS": str(home), **more}
    done = subprocess.run(
        [sys.executable, "-c", CALL, ref], capture_output=True, text=True, env=environment, timeout=WAIT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def record_joins(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """Return a list that grows by how long each thread is waited for."""
    joined: list[float | None] = []
    join = threading.Thread.join
    monkeypatch.setattr(
        threading.Thread, "join", lambda self, timeout=None: (joined.append(timeout), join(self, timeout))[1]
    )
    return joined


def url(server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_pull_pin_cache_and_offline(hub, tmp_path, small_checkpoint):
    expected = ["loaded", "espcn_x2", hashlib.sha256(small_checkpoint.read_bytes()).hexdigest()]
    for ref in ("someone/net", "someone/net@v1", f"someone/net@{SHA}"):
        assert ask(ref, tmp_path, url(hub)) == expected
    snapshot = tmp_path / "hub" / "models--someone--net" / "snapshots" / SHA
    assert [p.name for p in snapshot.iterdir()] == ["model.safetensors"]
    assert not list(tmp_path.rglob("*.incomplete"))
    for ref in (f"someone/net@{SHA}", "someone/net@v1", "someone/net"):
        assert ask(ref, tmp_path, url(hub), HF_HUB_OFFLINE="1") == expected
        assert ask(ref, tmp_path, "http://127.0.0.1:9") == expected
    assert ask("someone/net@v2", tmp_path, url(hub), HF_HUB_OFFLINE="1")[:2] == ["sentence", "hub_unreachable"]


@pytest.mark.parametrize("how", ["closes", "stalls"])
def test_a_download_that_breaks_off_is_a_sentence_and_the_next_try_works(hub, tmp_path, how):
    handler = hub.RequestHandlerClass
    handler.breaks = how
    patience = {"HF_HUB_DOWNLOAD_TIMEOUT": "1"}
    assert ask("someone/net", tmp_path, url(hub), **patience)[:2] == ["sentence", "hub_broken_off"]
    handler.breaks = ""
    assert ask("someone/net", tmp_path, url(hub), **patience)[0] == "loaded"


@pytest.mark.parametrize("ref", ["someone/other", "someone/net@v9"])
def test_missing_is_a_sentence(hub, tmp_path, ref):
    assert ask(ref, tmp_path, url(hub))[:2] == ["sentence", "hub_missing"]
    assert len([path for path in hub.RequestHandlerClass.asked if "/someone/" in path]) == 1  # a no is not asked again


def test_too_large_is_refused_before_a_byte_comes(hub, tmp_path):
    hub.RequestHandlerClass.size = 10**10
    words = ask("someone/net", tmp_path, url(hub))
    assert words[:2] == ["sentence", "hub_too_large"]
    assert not list((tmp_path / "hub").rglob("*.safetensors"))


def test_a_repo_without_a_checkpoint_is_a_sentence(hub, tmp_path):
    hub.RequestHandlerClass.files = ("readme.md",)
    assert ask("someone/net", tmp_path, url(hub))[:2] == ["sentence", "hub_missing"]


def test_a_broken_file_from_the_hub_is_a_sentence(hub, tmp_path):
    hub.RequestHandlerClass.data = b"nonsense" * 100
    words = ask("someone/net", tmp_path, url(hub))
    assert words[:2] == ["sentence", "bad_checkpoint"]


def test_offline_and_never_pulled_is_a_sentence(hub, tmp_path):
    words = ask("someone/net", tmp_path, url(hub), HF_HUB_OFFLINE="1")
    assert words[:2] == ["sentence", "hub_unreachable"]
    assert not hub.RequestHandlerClass.asked


def test_a_silent_server_and_a_closed_port_are_sentences(tmp_path, monkeypatch):
    real = huggingface_hub.HfApi
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for endpoint in (f"http://127.0.0.1:{silent.getsockname()[1]}", "http://127.0.0.1:9"):
            monkeypatch.setattr(huggingface_hub, "HfApi", lambda endpoint=endpoint: real(endpoint=endpoint))
            monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
            with pytest.raises(SRError, match="does not answer"):
                pull("someone/net")


def test_an_answer_is_waited_for_three_seconds_at_most(tmp_path, monkeypatch):
    limits, told = [], threading.Event()

    class Stuck:
        """A client that hangs in the look-up of a name, which heeds no limit."""

        def model_info(self, *_: object, timeout: float, **__: object) -> None:
            limits.append(timeout)
            told.wait(WAIT)
            limits.append("waited for")

    monkeypatch.setattr(huggingface_hub, "HfApi", Stuck)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    joined = record_joins(monkeypatch)
    with pytest.raises(SRError, match="does not answer"):
        pull("someone/net")
    assert limits == joined == [ANSWER_SECONDS]
    assert 0 < ANSWER_SECONDS <= 3
    told.set()


@pytest.mark.parametrize("ref", ["a/b/c", "name", "a/b@", "../x/y", "a b/c", "a/b@../../x", "a/b@/x"])
def test_what_is_no_reference_is_a_sentence(ref):
    with pytest.raises(SRError, match="not a Hub reference"):
        pull(ref)
