"""What Hugging Face Spaces reads: the front matter of README.md and requirements.txt, which agree with the project."""

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.conftest import WAIT

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


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


@pytest.mark.skipif(sys.platform != "linux", reason="starts the app as Linux does on a Space")
def test_the_app_starts_as_on_a_space_and_writes_nothing_outside_its_home():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/space.py", "--with", sys.executable, "--port", str(port)],
        capture_output=True,
        text=True,
        timeout=4 * WAIT,
    )
    assert "written elsewhere: nothing" in done.stdout, done.stdout + done.stderr
    assert "first page after -1" not in done.stdout, done.stdout
