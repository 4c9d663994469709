"""`pull` with the real huggingface_hub client against a small local server."""

import contextlib
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
import huggingface_hub.constants
import pytest

from sr_models.checkpoints.hub import ANSWER_SECONDS, Found, allowed, look, pull
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
    sha = SHA
    size: int | None = None
    digest = ""  # what the Hub says that the file's SHA-256 is
    files: tuple[str, ...] = ("model.safetensors",)
    asked: ClassVar[list[str]]
    heads: ClassVar[list[tuple[str, dict[str, str]]]]
    breaks = ""  # "closes" or "stalls" after 1,000 bytes, "once" at half, and not again
    refuses: tuple[int, dict[str, str]] | None = None  # what every question is answered with
    elsewhere = ""  # where the file lies, if not here
    xet = False

    def do_GET(self) -> None:
        body, head = b"", {}
        path = self.path.split("?")[0]
        self.asked.append(path)
        self.heads.append((path, {key.lower(): value for key, value in self.headers.items()}))
        if self.refuses:
            status, head = self.refuses[0], dict(self.refuses[1])
        elif path in (
            "/api/models/someone/net",
            f"/api/models/someone/net/revision/{self.sha}",
            "/api/models/someone/net/revision/v1",
        ):
            status, body = 200, self._repo()
            head["content-type"] = "application/json"
        elif path == f"/someone/net/resolve/{self.sha}/model.safetensors":
            status, body = 200, self.data
            head = {"x-repo-commit": self.sha, "etag": f'"{hashlib.sha256(self.data).hexdigest()}"'}
            if self.xet:
                head |= {"x-xet-hash": "f" * 64, "link": f'<http://{self.headers["host"]}/xet>; rel="xet-auth"'}
            if self.elsewhere:
                status, body = 302, b""
                head |= {
                    "location": self.elsewhere,
                    "x-linked-size": str(len(self.data)),
                    "x-linked-etag": head["etag"],
                }
        elif path == "/blob":
            status, body = 200, self.data
        else:
            status = 404
            head["x-error-code"] = "RevisionNotFound" if "/revision/" in path else "RepoNotFound"
        begins = int((self.headers.get("range") or "bytes=0-").split("=")[1].split("-")[0])
        if begins and body is self.data:
            status, head["content-range"] = 206, f"bytes {begins}-{len(body) - 1}/{len(body)}"
            body = body[begins:]
        self.send_response(status)
        for key, value in head.items():
            self.send_header(key, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self._send(body)

    do_HEAD = do_GET

    def _repo(self) -> bytes:
        lfs = {"sha256": self.digest, "size": len(self.data), "pointerSize": 130} if self.digest else None
        siblings = [
            {"rfilename": f, "size": self.size or len(self.data), "blobId": "b", **({"lfs": lfs} if lfs else {})}
            for f in self.files
        ]
        facts = {"id": "someone/net", "sha": self.sha, "private": False, "tags": [], "downloads": 0}
        return json.dumps({**facts, "siblings": siblings}).encode()

    def _send(self, body: bytes) -> None:
        if not self.breaks or body is not self.data:
            self.wfile.write(body)
            return
        self.wfile.write(body[: len(body) // 2 if self.breaks == "once" else 1000])
        self.wfile.flush()
        if self.breaks == "stalls":
            time.sleep(2)
        if self.breaks == "once":
            type(self).breaks = ""
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def hub(small_checkpoint):
    with serving(small_checkpoint.read_bytes()) as server:
        yield server


@contextlib.contextmanager
def serving(data: bytes):
    handler = type("OneHub", (Hub,), {"data": data, "asked": [], "heads": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def here(hub, tmp_path, monkeypatch):
    """Let this process ask the small server and keep what comes in a folder of its own; return the server's class."""
    constants = huggingface_hub.constants
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, url(hub))
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", url(hub))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    monkeypatch.setattr("sr_models.checkpoints.hub.ANSWER_SECONDS", WAIT)  # a busy machine may answer late
    return hub.RequestHandlerClass


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
    assert ask("someone/net", tmp_path, url(hub))[:2] == ["sentence", "hub_no_checkpoint"]


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


def refused(code: str, ref: str = "someone/net", **how) -> SRError:
    with pytest.raises(SRError) as error:
        pull(ref, **how)
    assert error.value.code == code
    return error.value


def left(tmp_path: Path) -> list[str]:
    """Return the names of what lies in the cache as contents."""
    return sorted(p.name for p in tmp_path.rglob("*") if p.is_file() and p.parent.name in ("blobs", SHA))


def test_looking_downloads_nothing(here, tmp_path):
    here.digest = hashlib.sha256(here.data).hexdigest()
    assert look("someone/net@v1") == Found("someone/net", "v1", SHA, "model.safetensors", len(here.data), here.digest)
    assert not any("resolve" in path for path in here.asked)
    assert not left(tmp_path)


def test_a_download_cut_at_half_goes_on_where_it_was(here, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 100)
    here.breaks = "once"
    assert pull("someone/net").read_bytes() == here.data
    ranges = [head.get("range") for path, head in here.heads if "resolve" in path and "range" in head]
    assert len(ranges) == 1
    begun = int(ranges[0].removeprefix("bytes=").removesuffix("-"))
    assert len(here.data) // 2 - 100 < begun <= len(here.data) // 2


def test_a_file_on_another_host_comes_and_the_token_does_not_go_there(here, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_" + "s" * 34)
    with serving(here.data) as other:
        here.elsewhere = f"http://localhost:{other.server_address[1]}/blob"
        assert pull("someone/net").read_bytes() == here.data
        told = [head for path, head in other.RequestHandlerClass.heads if path == "/blob"]
    assert told
    assert not any("authorization" in head for head in told)
    assert any("authorization" in head for path, head in here.heads if path.startswith("/api"))


def test_a_file_of_xet_comes_over_plain_http(here):
    here.xet = True
    assert pull("someone/net").read_bytes() == here.data


@pytest.mark.parametrize(
    ("status", "head", "code"),
    [
        (401, {"x-error-code": "RepoNotFound"}, "hub_missing"),
        (401, {}, "hub_no_access"),
        (403, {"x-error-code": "GatedRepo"}, "hub_no_access"),
        (403, {}, "hub_no_access"),
        (404, {"x-error-code": "RepoNotFound"}, "hub_missing"),
        (429, {"retry-after": "300"}, "hub_busy"),
        (500, {}, "hub_fault"),
        (503, {"retry-after": "1"}, "hub_fault"),
    ],
)
def test_what_the_hub_refuses_is_said_with_what_to_do_and_without_the_token(
    here, tmp_path, monkeypatch, caplog, status, head, code
):
    token = "hf_" + "s" * 34
    monkeypatch.setenv("HF_TOKEN", token)
    here.refuses = (status, head)
    error = refused(code)
    assert token not in str(error) + caplog.text
    assert not left(tmp_path)
    if code == "hub_busy":
        assert "300 seconds" in str(error)


def test_a_fault_does_not_hide_what_was_pulled_before(here):
    path = pull("someone/net")
    here.refuses = (503, {})
    assert pull("someone/net") == path
    here.refuses = (404, {"x-error-code": "RepoNotFound"})
    refused("hub_missing")


def test_a_branch_that_moved_is_fetched_anew_and_a_pinned_commit_stays(here):
    old = pull("someone/net")
    here.sha, before = "b" * 40, here.data
    here.data = before[:-1] + bytes([before[-1] ^ 1])
    assert pull("someone/net").read_bytes() == here.data
    assert old.read_bytes() == before
    here.refuses = (503, {})
    assert pull(f"someone/net@{SHA}") == old


def test_other_bytes_than_the_hub_describes_are_deleted(here, tmp_path):
    here.digest = "0" * 64
    refused("hub_damaged")
    assert not left(tmp_path)
    here.digest = hashlib.sha256(here.data).hexdigest()
    assert pull("someone/net").read_bytes() == here.data


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (("weights.pth", "readme.md"), "hub_pickles"),
        (("pytorch_model.bin",), "hub_pickles"),
        (("config.json",), "hub_no_checkpoint"),
        ((), "hub_no_checkpoint"),
        (("a.safetensors", "b.safetensors"), "hub_several"),
    ],
)
def test_a_repo_without_the_one_file_says_what_it_has(here, files, code):
    here.files = files
    refused(code)
    assert not any("resolve" in path for path in here.asked)


def test_two_processes_that_pull_one_file_both_have_it(hub, tmp_path, small_checkpoint):
    call = "import sys; from sr_models.checkpoints.hub import pull; print(pull(sys.argv[1]).read_bytes()[-8:].hex())"
    environment = {**os.environ, "HF_ENDPOINT": url(hub), "HF_HOME": str(tmp_path)}
    two = [
        subprocess.Popen(
            [sys.executable, "-c", call, "someone/net"], stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(2)
    ]
    assert [run.communicate(timeout=WAIT)[0].strip() for run in two] == 2 * [small_checkpoint.read_bytes()[-8:].hex()]
    assert not list(tmp_path.rglob("*.incomplete"))


def put(folder: Path, size: int) -> Path:
    """Put a file into a cache as the Hub's client keeps it."""
    file, blob = folder / "snapshots" / SHA / "model.safetensors", folder / "blobs" / "x"
    for path in (file, blob, folder / "refs" / "main"):
        path.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(bytes(size))
    file.symlink_to(blob)
    (folder / "refs" / "main").write_text(SHA)
    return file


def test_what_visitors_had_pulled_stays_below_the_cap_and_nothing_else_is_deleted(here, tmp_path, monkeypatch):
    others = put(tmp_path / "cache" / "models--some--others", 10**6)  # of other programs
    old = put(tmp_path / "sr-lab-visitors" / "models--some--old", 10_000)
    monkeypatch.setenv("SR_LAB_HUB_GB", str((len(here.data) + 5_000) / 10**9))
    assert pull("someone/net").is_file()
    assert old.is_file()  # one's own pulls delete nothing
    fetched = pull("someone/net", for_visitors=True)
    assert fetched.is_relative_to(tmp_path / "sr-lab-visitors")
    assert not old.exists()
    assert others.is_file()
    assert pull("someone/net", for_visitors=True) == fetched  # what is there needs no room
    here.refuses = (503, {})
    assert pull("someone/net", for_visitors=True) == fetched
    here.refuses, here.sha = None, "c" * 40
    monkeypatch.setenv("SR_LAB_HUB_GB", "0.000001")
    refused("hub_no_room", for_visitors=True)


@pytest.mark.parametrize(
    ("space", "named", "yes"),
    [
        ("", None, True),
        ("me/space", None, False),
        ("me/space", "1", True),
        ("me/space", "someone, other/one", True),
        ("me/space", "someone/net", True),
        ("me/space", "someone/other", False),
        ("", "other", False),
    ],
)
def test_which_references_a_visitor_may_pull(monkeypatch, space, named, yes):
    monkeypatch.delenv("SR_LAB_OPEN_HUB", raising=False)
    monkeypatch.setenv("SPACE_ID", space)
    if named is not None:
        monkeypatch.setenv("SR_LAB_OPEN_HUB", named)
    assert allowed("someone/net@v1") is yes
