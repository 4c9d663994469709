"""The rules that hold the house up: who may import whom, one sentence per error in both languages."""

import ast
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

import sr_models
from sr_models.errors import SENTENCES
from sr_models.web.text import CATALOGUE, ERRORS_ZH, choose_language

ROOT = Path(sr_models.__file__).parent
CORE = {"loader", "pipeline", "degradations", "metrics", "image"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "registry": set(),
    "resample": set(),
    "color": set(),
    "tiling": set(),
    "combine": set(),
    "noise": set(),
    "sizes": set(),
    "headers": set(),
    "deep": set(),
    "memory": set(),
    "archs": {"registry", "resample"},
    "image": {"resample", "color", "headers", "deep"},
    "formats": {"image"},
    "degradations": {"resample", "image"},
    "metrics": {"resample", "color"},
    "checkpoint": {"registry", "archs"},
    "hub": {"checkpoint"},
    "pipeline": {"registry", "resample", "color", "tiling", "checkpoint", "combine", "noise"},
    "loader": {"checkpoint", "hub", "pipeline", "registry", "combine"},
    "picks": {"checkpoint"},
    "job": CORE | {"checkpoint", "formats", "sizes", "color", "answers"},
    "answers": CORE | {"evaluate", "color", "checkpoint"},
    "cost": set(),
    "shares": set(),
    "tables": set(),
    "folders": {"image"},
    "evaluate": CORE | {"checkpoint", "color", "formats", "cost", "shares", "tables"},
    "results": {"answers", "evaluate", "checkpoint", "loader", "registry", "tables"},
    "export": {"loader", "pipeline", "registry", "checkpoint"},
    "bench": {"loader", "pipeline", "registry", "job", "image", "picks", "formats", "cost", "export"}
    | {"checkpoint", "train"},
    "train": {"registry", "checkpoint", "pipeline", "degradations", "metrics", "image", "color"} | {"loader", "memory"},
    "cli": {"loader", "picks", "job", "image", "formats", "sizes", "checkpoint", "evaluate", "results", "hub", "bench"}
    | {"train", "folders", "shares", "tables", "export", "answers", "memory"},
    "web": {"job", "formats", "loader", "checkpoint", "registry", "image", "picks", "resample", "pipeline"}
    | {"memory"},
    "__main__": {"cli"},
}


def imports(path: Path) -> set[str]:
    """Return the rooms of sr_models that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sr_models."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "sr_models":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {n.name.split(".")[1] for n in node.names if n.name.startswith("sr_models.")}
    return found


def rooms() -> list[tuple[str, Path]]:
    """Return (room, file) for every module of the package."""
    files = [p for p in sorted(ROOT.rglob("*.py")) if p != ROOT / "__init__.py"]
    return [(p.relative_to(ROOT).parts[0].removesuffix(".py"), p) for p in files]


@pytest.mark.parametrize(("room", "path"), rooms(), ids=lambda x: x.name if isinstance(x, Path) else x)
def test_rooms_import_only_what_they_may(room: str, path: Path) -> None:
    assert room in ALLOWED, f"{room} is a new room: say what it may import"
    assert imports(path) <= ALLOWED[room] | {"errors", room}


def test_only_hub_knows_the_hub_and_only_web_knows_gradio() -> None:
    for room, path in rooms():
        source = path.read_text()
        assert room == "hub" or not re.search(r"^\s*(from|import) huggingface_hub", source, re.M), path
        assert room == "web" or not re.search(r"^\s*(from|import) gradio", source, re.M), path
        assert not re.search(r"torch\.load\(|^\s*(from|import) pickle", source, re.M), path


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_error_is_one_sentence_in_both_languages() -> None:
    assert SENTENCES.keys() == ERRORS_ZH.keys()
    for code, sentence in SENTENCES.items():
        assert fields(sentence) == fields(ERRORS_ZH[code]), code
        assert sentence.endswith("."), code
        assert "\n" not in sentence, code


def test_every_error_code_is_used_and_known() -> None:
    source = "".join(path.read_text() for _, path in rooms() if path.name not in ("errors.py", "text.py"))
    used = set(re.findall(r"SRError\(\s*\"(\w+)\"", source)) | {"bad_checkpoint"}
    assert used <= SENTENCES.keys()
    indirect = {"truncated", "corrupt", "not_an_image"}  # raised by image.decode through a variable
    assert SENTENCES.keys() - used - indirect == set()


def test_the_catalogue_says_the_same_in_both_languages() -> None:
    for code, words in CATALOGUE.items():
        assert words.keys() == {"en", "zh"}, code
        assert fields(words["en"]) == fields(words["zh"]), code


def test_every_word_of_the_catalogue_is_said() -> None:
    said: set[str] = set()
    patterns: set[str] = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())) if path.name != "text.py" else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
                patterns.add("".join(parts))
    known = [re.compile(p) for p in patterns if re.search("[a-z]_|_[a-z]", p)]
    said |= {c for c in CATALOGUE if c.rsplit("_", 1)[0] in said}  # f"{code}_{value}"
    assert [c for c in CATALOGUE if c not in said and not any(p.fullmatch(c) for p in known)] == []


def test_the_pages_hold_no_words_of_their_own() -> None:
    for path in (ROOT / "web" / "pages").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg in ("label", "placeholder", "info", "title"):
                literal = isinstance(node.value, ast.Constant) and node.value.value
                assert literal in (False, None, "SR Lab"), f"{path.name}:{node.value.lineno}"


@pytest.mark.parametrize(
    ("query", "accept", "lang"),
    [
        (None, None, "en"),
        ("zh", "en-US,en", "zh"),
        ("xx", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "fr-FR,zh;q=0.5,en;q=0.3", "zh"),
        ("en", "zh-CN", "en"),
    ],
)
def test_language_is_the_query_then_the_browser(query: str | None, accept: str | None, lang: str) -> None:
    assert choose_language(query, accept) == lang


def test_import_and_help_need_no_torch() -> None:
    code = "import sys, sr_models, sr_models.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names_resolve() -> None:
    for name in sr_models.__all__:
        assert getattr(sr_models, name) is not None
