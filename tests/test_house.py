"""The rules that hold the house up: who may import whom, one sentence per error in both languages."""

import ast
import json
import re
import shutil
import string
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import sr_models
from sr_models.errors import SENTENCES
from sr_models.web.i18n import DEFAULT, LANGUAGES, LOCALES, catalogue, choose_language

ROOT = Path(sr_models.__file__).parent
# A room may import those to its left; in one place of the row, those to its left in that place.
ROW = (
    ("errors", "files", "distributed", "parameters"),
    ("imaging",),
    ("metrics", "archs"),
    ("checkpoints",),
    ("inference",),
    ("evaluation", "train"),
    ("pipelines",),
    ("bench", "web", "cli_options", "cli_measuring", "cli", "__main__"),
)
PLACES = {room: (i, j) for i, place in enumerate(ROW) for j, room in enumerate(place)}
PAGE_ORDER = re.compile(r"^\w+(?:, \w+)*(?:\s*<\s*\w+(?:, \w+)*)+$", re.M)  # in the docstring of a page's folder


def modules(root: Path) -> dict[str, Path]:
    """Return the package's files by their dotted names without `sr_models.`, its own front left out."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules of the package that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "sr_models":
            base = node.module.removeprefix("sr_models").removeprefix(".")
            inner = [f"{base}.{name.name}".removeprefix(".") for name in node.names]
            names = [name if name in known else base for name in inner]
        elif isinstance(node, ast.Import):
            names = [n.name.removeprefix("sr_models.") for n in node.names if n.name.startswith("sr_models.")]
        found |= {name for name in names if name}
    return found


def faults(root: Path = ROOT) -> list[str]:
    """Return what breaks the rule: rooms that are not in the row, imports to the right, pages in pages, circles."""
    known = modules(root)
    graph = {name: imports(path, known) - {name} for name, path in known.items()}
    said = []
    for name, wanted in graph.items():
        room = name.split(".")[0]
        if room not in PLACES:
            said.append(f"{name}: {room} has no place in the row")
            continue
        for other in wanted:
            there = other.split(".")[0]
            if there != room and PLACES.get(there, (99, 0)) >= PLACES[room]:
                said.append(f"{name} imports {other}, which is not to its left")
            pages = [n.split(".")[2] for n in (name, other) if n.startswith("web.pages.") and n.count(".") >= 2]
            if len(set(pages)) == 2:
                said.append(f"{name} imports {other}: pages never import pages")
    try:
        TopologicalSorter({n: {w for w in ws if not n.startswith(w + ".")} for n, ws in graph.items()}).prepare()
    except CycleError as error:
        said.append("a circle: " + " -> ".join(error.args[1]))
    return said + [fault for folder in (root / "web" / "pages").glob("*/") for fault in page_faults(folder, graph)]


def page_faults(folder: Path, graph: dict[str, set[str]]) -> list[str]:
    """Return the imports within a page's folder that go to the right in the order that its docstring lists."""
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) if folder.is_dir() else None
    row = PAGE_ORDER.search(docstring or "")
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    if len(files) < 2:
        return []
    if not row:
        return [f"{folder.name}: its docstring does not list its files from left to right"]
    places = {name: i for i, place in enumerate(row[0].split("<")) for name in re.findall(r"\w+", place)}
    if missing := files ^ places.keys():
        return [f"{folder.name}: its docstring lists other files than there are: {sorted(missing)}"]
    home = f"web.pages.{folder.name}."
    return [
        f"{home}{name} imports {other}, which is not to its left"
        for name in files
        for other in graph.get(home + name, set())
        if other.startswith(home) and places[other.removeprefix(home)] >= places[name]
    ]


def test_everything_is_imported_from_the_left_and_nothing_in_circles() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("place", "line", "words"),
    [
        ("imaging/color.py", "from sr_models.pipelines import upscale", "not to its left"),
        ("archs/espcn.py", "def late():\n    import sr_models.web.nets", "not to its left"),
        ("errors.py", "from sr_models import cli", "not to its left"),
        ("imaging/resample.py", "from sr_models.imaging.picture import fit", "a circle"),
        ("attic.py", "", "has no place"),
        ("web/pages/upscale/layout.py", "from sr_models.web.pages.other import page", "pages never import pages"),
    ],
)
def test_what_breaks_the_rule_is_found(tmp_path: Path, place: str, line: str, words: str) -> None:
    root = tmp_path / "sr_models"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "web" / "pages" / "other").mkdir()
    (root / "web" / "pages" / "other" / "__init__.py").write_text('"""Another page."""\npage = 1\n')
    assert faults(root) == []
    path = root / place
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    assert any(words in fault for fault in faults(root)), faults(root)


def test_only_hub_knows_the_hub_and_only_web_knows_gradio() -> None:
    for name, path in modules(ROOT).items():
        source = path.read_text()
        assert name == "checkpoints.hub" or not re.search(r"^\s*(from|import) huggingface_hub", source, re.M), path
        assert name.startswith("web") or not re.search(r"^\s*(from|import) gradio", source, re.M), path
        if name == "checkpoints.convert":  # in a process of its own, and nothing but tensors
            source = source.replace('torch.load(source, map_location="cpu", weights_only=True)', "")
        assert not re.search(r"torch\.load\(|^\s*(from|import) pickle", source, re.M), path


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def locale(lang: str) -> dict[str, str]:
    """Return what a language's file holds."""

    def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
        assert len(dict(pairs)) == len(pairs), "a key stands twice"
        return dict(pairs)

    return json.loads((LOCALES / f"{lang}.json").read_text(), object_pairs_hook=once)


def test_every_error_is_one_sentence() -> None:
    for code, sentence in SENTENCES.items():
        assert sentence.endswith("."), code
        assert "\n" not in sentence, code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_says_the_same(lang: str) -> None:
    english, own = catalogue(DEFAULT), locale(lang)
    assert own.keys() <= english.keys()
    # The nets' own words may stay English, and the English of errors is the package's.
    needed = [c for c in english if not c.startswith("net_") and not (lang == DEFAULT and c.startswith("error_"))]
    assert [c for c in needed if c not in own] == []
    assert [c for c, words in own.items() if fields(words) != fields(english[c])] == []


def test_every_error_code_is_used_and_known() -> None:
    source = "".join(path.read_text() for path in modules(ROOT).values() if path.name not in ("errors.py", "i18n.py"))
    used = set(re.findall(r"SRError\(\s*\"(\w+)\"", source)) | {"bad_checkpoint"}
    assert used <= SENTENCES.keys()
    indirect = {"truncated", "corrupt", "not_an_image"}  # raised by image.decode through a variable
    assert SENTENCES.keys() - used - indirect == set()


def test_every_word_of_the_catalogue_is_said() -> None:
    said: set[str] = set()
    patterns: set[str] = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())) if path.name != "i18n.py" else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
                patterns.add("".join(parts))
    known = [re.compile(p) for p in patterns if re.search("[a-z]_|_[a-z]", p)]
    said |= {c for c in locale(DEFAULT) if c.rsplit("_", 1)[0] in said}  # f"{code}_{value}"
    assert [c for c in locale(DEFAULT) if c not in said and not any(p.fullmatch(c) for p in known)] == []


def test_every_word_that_is_said_is_in_the_catalogue() -> None:
    english = catalogue(DEFAULT)
    for path in (ROOT / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            words = {"text": 0, "labelled": 2, "button": 0}.get(name)  # which argument holds the code
            if words is None or len(node.args) <= words:
                continue
            for code in ast.walk(node.args[words]):
                if isinstance(code, ast.Constant) and isinstance(code.value, str) and not _is_part(node, code):
                    assert code.value in english, f"{path.name}:{node.lineno}"


def _is_part(call: ast.Call, constant: ast.Constant) -> bool:
    """Say whether a string is only a part of a code, or an argument of a call of its own."""
    parts = [n for n in ast.walk(call) if isinstance(n, ast.JoinedStr | ast.Compare | ast.Subscript)]
    parts += [n for n in ast.walk(call) if isinstance(n, ast.Call) and n is not call]
    return any(constant in ast.walk(part) for part in parts)


def test_the_pages_hold_no_words_of_their_own() -> None:
    for path in (ROOT / "web" / "pages").rglob("*.py"):
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
