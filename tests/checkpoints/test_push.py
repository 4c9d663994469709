"""`push` with the real huggingface_hub client against a small local server."""

import base64
import http.server
import json
import os
import subprocess
import sys
import threading
from typing import ClassVar

import pytest
import yaml

from sr_models.checkpoints.card import Measurement
from sr_models.checkpoints.format import stamp
from sr_models.checkpoints.hub import push
from sr_models.errors import SRError
from tests.conftest import WAIT

CALL = """
import sys
from sr_models.checkpoints.hub import push
from sr_models.errors import SRError
try:
    print("written", push(sys.argv[1], "someone/net"))
except SRError as error:
    print("sentence", error.code, error)
"""
TOKEN = "hf_" + "s" * 34


class Hub(http.server.BaseHTTPRequestHandler):
    """Takes a repo and one commit, and keeps what it was told."""

    told: ClassVar[list[tuple[str, bytes]]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.split("?")[0]
        self.told.append((path, body))
        answer: dict = {}
        if path == "/api/repos/create":
            answer = {"url": f"http://{self.headers['host']}/someone/net"}
        elif path.endswith("/preupload/main"):
            names = [f["path"] for f in json.loads(body)["files"]]
            answer = {"files": [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]}
        elif path.endswith("/commit/main"):
            url = f"http://{self.headers['host']}/someone/net/commit/abc"
            answer = {"success": True, "commitOid": "abc", "commitUrl": url}
        elif path == "/api/validate-yaml":
            answer = {"errors": [], "warnings": []}
        data = json.dumps(answer).encode()
        self.send_response(self.status if path != "/api/validate-yaml" else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def hub():
    handler = type("OneHub", (Hub,), {"told": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(path, home, endpoint, token=TOKEN) -> str:
    """Push in a fresh process, as its environment is read at import."""
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    environment.pop("HF_TOKEN", None)
    environment |= {"HF_TOKEN": token} if token else {}
    call = [sys.executable, "-c", CALL, str(path)]
    done = subprocess.run(call, capture_output=True, text=True, env=environment, timeout=WAIT, check=False)
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done.stdout


def url(server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_one_commit_holds_the_file_its_settings_and_what_was_measured(hub, small_checkpoint, tmp_path):
    stamp(small_checkpoint, [Measurement("Set5", "psnr_y", 33.21, 31.5, "Y, border 2")])
    said = run(small_checkpoint, tmp_path, url(hub))
    assert said.startswith("written http")
    (commit,) = [body for path, body in hub.RequestHandlerClass.told if path.endswith("/commit/main")]
    lines = [json.loads(line) for line in commit.splitlines()]
    files = {
        line["value"]["path"]: base64.b64decode(line["value"]["content"]) for line in lines if line["key"] == "file"
    }
    assert files["model.safetensors"] == small_checkpoint.read_bytes()
    facts = json.loads(files["config.json"])
    assert (facts["architecture"], facts["scale"], facts["library_name"]) == ("espcn", 2, "sr_models")
    _, front, text = files["README.md"].decode().split("---\n", 2)
    card = yaml.safe_load(front)
    assert (card["library_name"], card["pipeline_tag"]) == ("sr_models", "image-to-image")
    (result,) = card["model-index"][0]["results"]
    assert (result["dataset"]["name"], result["metrics"][0]["value"]) == ("Set5", 33.21)
    assert "| Set5 | psnr_y | 33.21 | 31.5 | Y, border 2 |" in text


@pytest.mark.parametrize(("status", "code"), [(401, "hub_refused"), (403, "hub_refused"), (503, "hub_not_pushed")])
def test_a_hub_that_refuses_is_a_sentence(hub, small_checkpoint, tmp_path, status, code):
    hub.RequestHandlerClass.status = status
    assert run(small_checkpoint, tmp_path, url(hub)).split()[:2] == ["sentence", code]


def test_without_a_token_or_a_hub_there_is_a_sentence(hub, small_checkpoint, tmp_path):
    hub.RequestHandlerClass.status = 401
    assert run(small_checkpoint, tmp_path, url(hub), token="").split()[1] in ("hub_no_token", "hub_refused")
    assert run(small_checkpoint, tmp_path, "http://127.0.0.1:9").split()[:2] == ["sentence", "hub_not_pushed"]


@pytest.mark.parametrize("repo", ["name", "a/b/c", "a/b@main", "a b/c"])
def test_what_is_no_place_is_a_sentence(repo, small_checkpoint):
    with pytest.raises(SRError, match="write owner/repo"):
        push(small_checkpoint, repo)


def test_what_is_no_checkpoint_is_not_pushed(small_checkpoint):
    small_checkpoint.write_bytes(small_checkpoint.read_bytes()[:-9])
    with pytest.raises(SRError, match=r"damaged|cut off"):
        push(small_checkpoint, "someone/net")
