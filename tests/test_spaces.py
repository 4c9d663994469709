"""What Hugging Face Spaces reads: the front matter of README.md and requirements.txt, which agree with the project."""

import json
import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.checkpoints import test_push
from tests.conftest import WAIT

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
hub = test_push.hub  # a small local server


def front_matter() -> dict:
    found = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert found, "README.md begins with no front matter"
    return yaml.safe_load(found[1])


def test_the_front_matter_says_what_runs():
    facts = front_matter()
    assert (facts["sdk"], facts["app_file"]) == ("gradio", "app.py")
    assert (ROOT / facts["app_file"]).is_file()
    assert facts["license"] == PROJECT["license"].lower()
    gradio = next(r for r in map(Requirement, PROJECT["dependencies"]) if r.name == "gradio")
    assert facts["sdk_version"] in gradio.specifier
    assert len(facts["short_description"]) <= 60
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert int(low) <= int(facts["python_version"].removeprefix("3.")) < int(high)


def test_a_space_installs_what_the_project_needs():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert sorted(line for line in lines if line and not line.startswith("#")) == sorted(PROJECT["dependencies"])


def test_the_image_is_made_and_started_as_a_space_is():
    space = runpy.run_path(str(ROOT / ".ci/space.py"))
    said: dict[str, list[str]] = {}
    for line in (ROOT / "Dockerfile").read_text().replace("\\\n", "").splitlines():
        word, _, rest = line.partition(" ")
        said.setdefault(word, []).append(rest)
    facts, copied = front_matter(), space["copied_into_the_image"]()
    assert said["FROM"] == [f"python:{facts['python_version']}-slim"]
    assert "requirements.txt" in copied
    assert any(run.endswith("pip install --no-cache-dir -r requirements.txt") for run in said["RUN"])
    assert said["USER"] == [str(space["USER"])]
    assert tuple(json.loads(said["CMD"][0])) == space["COMMAND"] == ("python", facts["app_file"])
    environment = dict(part.split("=") for part in said["ENV"][0].split())
    asked = space["environment"](Path("/home/user"), sys.executable, 7860, True)
    assert environment.items() <= asked.items()
    assert said["EXPOSE"] == [environment["GRADIO_SERVER_PORT"]]
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == set(copied)
    assert all((ROOT / name).exists() for name in copied)


def test_the_readmes_command_makes_a_space(hub, tmp_path):
    (command,) = re.findall(r"^hf (upload .*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    app = tmp_path / "app"
    app.mkdir()
    for name in ("README.md", "app.py", "requirements.txt"):
        shutil.copy(ROOT / name, app)
    known = {
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_address[1]}",
        "HF_TOKEN": test_push.TOKEN,
        "HF_HOME": str(tmp_path),
    }
    asked = [str(Path(sys.executable).parent / "hf"), *command.replace("OWNER", "someone").split()]
    environment = {**os.environ, **known, "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(asked, cwd=app, env=environment, capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 0, done.stderr
    told = hub.RequestHandlerClass.told
    (made,) = [json.loads(body) for path, body in told if path == "/api/repos/create"]
    assert (made["type"], made["sdk"], made["name"]) == ("space", "gradio", "sr-lab")
    (commit,) = [body for path, body in told if path.startswith("/api/spaces/") and path.endswith("/commit/main")]
    sent = {line["value"]["path"] for line in map(json.loads, commit.splitlines()) if line["key"] == "file"}
    assert sent == {"README.md", "app.py", "requirements.txt"}


@pytest.mark.skipif(sys.platform != "linux", reason="starts the app as Linux does on a Space")
def test_the_app_starts_as_on_a_space_and_writes_nothing_outside_its_home():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/space.py", "--with", sys.executable, "--image", "--port", str(port)],
        capture_output=True,
        text=True,
        timeout=4 * WAIT,
    )
    assert "written elsewhere: nothing" in done.stdout, done.stdout + done.stderr
    assert "first page after -1" not in done.stdout, done.stdout
