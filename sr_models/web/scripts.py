"""The page's scripts as one: a browser fetches one file instead of twenty, each of which tells it of the next ones."""

import posixpath
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter

# As the formatter writes them; what is exported never changes afterwards.
IMPORT = re.compile(r"^import (?:\* as (?P<whole>\w+)|(?P<names>\{[^}]*\})) from '(?P<path>[^']+)';$", re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (?P<name>\w+))", re.M)


def join(scripts: Mapping[str, str]) -> str:
    """Return one module made of several, given by their paths; its default export holds what each exports, by path.

    Each becomes a function that is called once, after those of what it imports. Raises graphlib.CycleError where they
    import each other in a circle, KeyError where one imports what is missing, and ValueError where one imports or
    exports in a way that is not understood.
    """
    needs = {
        path: [posixpath.normpath(posixpath.join(path, "..", found["path"])) for found in IMPORT.finditer(content)]
        for path, content in scripts.items()
    }
    order = list(TopologicalSorter(needs).static_order())
    names = {path: f"script{i}" for i, path in enumerate(order)}
    parts = [f"const {names[path]} = {_closed(path, scripts[path], names)};\n" for path in order]
    held = ", ".join(f"'{path}': {name}" for path, name in names.items())
    return "".join(parts) + f"export default {{ {held} }};\n"


def _closed(path: str, content: str, names: Mapping[str, str]) -> str:
    """Return the call of a function that holds a script and returns what it exports."""

    def taken(found: re.Match[str]) -> str:
        other = posixpath.normpath(posixpath.join(path, "..", found["path"]))
        return f"const {found['whole'] or found['names'].replace(' as ', ': ')} = {names[other]};"

    exported = ", ".join(found["name"] for found in EXPORT.finditer(content))
    body = EXPORT.sub("", IMPORT.sub(taken, content))
    if re.search(r"^(import|export)\b", body, re.M):
        raise ValueError(f"{path}: an import or export that cannot be joined")
    return f"(() => {{\n{body}return {{ {exported} }};\n}})()"
