"""The lines of README.md run: those of Python, and those that call a server."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sr_models.bench import Server
from sr_models.imaging.encode import encode_png
from tests.conftest import WAIT, missing, scene

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"


def blocks(kind: str, words: str) -> list[str]:
    """Return what stands between fences of a kind, where it has these words."""
    return [block for block in re.findall(rf"```{kind}\n(.*?)```", README, re.S) if words in block]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the pictures that the lines name."""
    for name in ("photo.png", "small.png"):
        (tmp_path / name).write_bytes(encode_png(scene(192, 128)))
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_lines_of_python_run(folder: Path) -> None:
    (lines,) = blocks("python", "sr_models.load(")
    shape = run([sys.executable, "-c", f"{lines}\nprint(tuple(sr.shape))"], folder)
    assert shape.strip() == "(1, 3, 512, 768)"


def test_the_lines_that_call_a_server_run(folder: Path) -> None:
    if not shutil.which("curl"):
        missing("needs curl: apt-get install curl")
    (python,), (curl,) = blocks("python", ADDRESS), blocks("bash", ADDRESS)
    with Server() as url:
        made, compared, others = run([sys.executable, "-c", python.replace(ADDRESS, url)], folder).splitlines()[-3:]
        answer = run(["bash", "-c", curl.replace(ADDRESS, url)], folder)
    assert "sesr_48x6_x2" in made
    assert "'bicubic': " in compared
    assert int(others.rpartition(" ")[2]) > 20
    event, data = [line for line in answer.splitlines() if line][-2:]
    assert event == "event: complete", answer
    assert json.loads(data.removeprefix("data: "))[0]["receipt"]["steps"][0]["task"] == "denoise"


def test_the_chinese_readme_names_no_other_commands_places_or_limits() -> None:
    chinese = (ROOT / "README.zh.md").read_text(encoding="utf-8")
    commands = [line for block in re.findall(r"```\n(.*?)```", chinese, re.S) for line in block.splitlines()]
    assert len(commands) > 5
    assert [line for line in commands if line not in README.splitlines()] == []
    headings = {
        re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)", README, re.M)
    }
    for place in re.findall(r"\]\(([^)]+)\)", chinese):
        path, _, heading = place.partition("#")
        assert (ROOT / path).exists(), place
        assert not heading or heading in headings, place
    for number in re.findall(r"\d+(?:,\d+)+", chinese):
        assert number in README, number
