"""CONTRIBUTING.md tells the truth: its examples, added to a copy of the project, work and break no rule."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sr_models

ROOT = Path(sr_models.__file__).parents[1]
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.M | re.S)
SECTIONS = {
    title: BLOCK.findall(words)
    for title, words in re.findall(
        r"^## (.+?)$(.*?)(?=^## |\Z)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M | re.S
    )
}


def add(kind: str, path: Path, words: str) -> None:
    """Add an example to a file: JSON is merged, a diff applied, Python appended."""
    if kind == "json":
        path.write_text(json.dumps(json.loads(path.read_text()) | json.loads(words), ensure_ascii=False))
    elif kind == "diff":
        lines = [(line[:1], line[1:]) for line in words.splitlines()]
        old, new = ("\n".join(text for sign, text in lines if sign != other) + "\n" for other in "+-")
        assert path.read_text().count(old) == 1, f"{path.name} has no single place of\n{old}"
        path.write_text(path.read_text().replace(old, new))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() + "\n\n" if path.is_file() else ""
        path.write_text(before + words)


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=project, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with every example in it."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("sr_models", "training", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "*.pyi", "results", "corpus")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("assets", "weights"):
        (copy / name).symlink_to(ROOT / name)
    for name in ("app.py", "README.md", "CONTRIBUTING.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy / name)
    for blocks in SECTIONS.values():
        for kind, path, words in blocks:
            if path != "check":
                add(kind, copy / path, words)
    return copy


@pytest.mark.parametrize("section", SECTIONS)
def test_the_example_works(project: Path, section: str) -> None:
    checks = [words for _, path, words in SECTIONS[section] if path == "check"]
    assert len(checks) == 1
    run(project, "-c", checks[0])


def test_the_examples_break_no_rule_of_the_house(project: Path) -> None:
    (project / "sr_models/web/locales/de.json").unlink(missing_ok=True)
    run(
        project, "-m", "pytest", "-q", "tests/test_house.py", "tests/metrics/test_registry.py", "-p", "no:cacheprovider"
    )
    code = [
        str(project / path) for blocks in SECTIONS.values() for kind, path, _ in blocks if kind in ("python", "diff")
    ]
    run(project, "-m", "ruff", "check", *[path for path in code if not path.endswith("check")])


def test_every_kind_of_the_table_has_its_words() -> None:
    rows = re.findall(r"^\| (an? [^|]+?) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M)
    more = {"an ability of nets", "a way to train", "a damage that repairs are measured on"}
    told = {title.lower() for title in SECTIONS} | more
    assert set(rows) == told
