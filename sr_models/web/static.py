"""The scripts that a page imports, its style sheet, and gradio's own files: from memory, compressed once.

Every `.js` file below this folder in one, and all `.css`, at addresses that change when any of them does: a browser
may keep them for ever.
"""

import gzip
import hashlib
import mimetypes
import os
import threading
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import gradio
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

import sr_models
from sr_models.web.scripts import join

ROOT = Path(__file__).parent
STYLE = "style.css"
SCRIPTS = "scripts.js"
SHEETS = "gradio.css"
OWN = 11  # how hard our few files are compressed, which every visitor has first; it takes about two seconds
SMALL = 12_000  # bytes: a style sheet that costs less by itself than a request
FIRST = ROOT / "styles/tokens.css"  # the design language, which the other style sheets use
GRADIO = Path(gradio.__file__).parent / "templates/frontend/assets"  # their names hold hashes
CACHED = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def scripts() -> dict[str, str]:
    """Return all scripts by their paths below this folder, as they were when the server started."""
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(ROOT.rglob("*.js"))}


@cache
def style() -> bytes:
    """Return all style sheets in one: a part of a page brings its own, beside its code."""
    return b"".join(path.read_bytes() for path in [FIRST, *sorted(set(ROOT.rglob("*.css")) - {FIRST})])


@cache
def files() -> dict[str, bytes]:
    """Return what is served, by name."""
    return {SCRIPTS: join(scripts()).encode(), STYLE: style(), SHEETS: b"\n".join(sheets().values())}


@cache
def digest() -> str:
    """Return the hash of all contents, 16 hexadecimal digits."""
    return hashlib.sha256(b"\0".join(files().values())).hexdigest()[:16]


def importing(name: str) -> str:
    """Return the JavaScript expression that imports a script, relative to the page: a proxy may serve it under a path.

    Raises KeyError for a script that is missing.
    """
    if name not in scripts():
        raise KeyError(name)
    return f"import(new URL('lab/{digest()}/{SCRIPTS}', document.baseURI)).then((all) => all.default['{name}'])"


def link() -> str:
    """Return the HTML that takes the style sheet into a page, relative to the page as well."""
    return f"<link rel='stylesheet' href='./lab/{digest()}/{STYLE}'>"


@cache
def sheets() -> dict[str, bytes]:
    """Return gradio's small style sheets by name; one that names other files must stay beside them."""
    found = {name: _gradios(name) for name in sorted(gradios()) if name.endswith(".css")}
    return {name: content for name, content in found.items() if len(content) < SMALL and b"url(" not in content}


def gradios_link() -> str:
    """Return the HTML that takes gradio's small style sheets into a page as one.

    Vite's loader, which gradio is built with, asks for no sheet that the page links already; a disabled link is one
    that the browser does not fetch.
    """
    there = "".join(f"<link rel='stylesheet' href='./assets/{name}' disabled>" for name in sheets())
    return f"<link rel='stylesheet' href='./lab/{digest()}/{SHEETS}'>{there}"


@cache
def gradios() -> frozenset[str]:
    """Return the names of gradio's scripts, style sheets and fonts."""
    return frozenset(path.name for path in GRADIO.iterdir() if path.is_file())


def pack_ahead() -> None:
    """Compress in the background what every visitor has first."""
    threading.Thread(target=lambda: [packed(content, "br", OWN) for content in files().values()], daemon=True).start()


@cache
def packed(content: bytes, way: str, quality: int = 9) -> bytes:
    """Return content compressed by br or gzip, each once: a class that loads the page would have it done each time."""
    return brotli.compress(content, quality=quality) if way == "br" else gzip.compress(content, 9)


def _answer(request: Request, name: str, content: bytes, quality: int = 9) -> Response:
    """Return content that may be kept for ever, in the way that the browser takes."""
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {**CACHED, "vary": "accept-encoding"}
    taken = [part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")]
    way = next((way for way in ("br", "gzip") if way in taken), "")
    if not way or not name.endswith((".js", ".css", ".svg", ".json")):
        return Response(content, media_type=kind, headers=headers)
    return Response(packed(content, way, quality), media_type=kind, headers={**headers, "content-encoding": way})


@cache
def _gradios(name: str) -> bytes:
    return (GRADIO / name).read_bytes()


def _serve_gradios(request: Request) -> Response:
    """Answer with one of the files that lay there when it was first asked; not async, for compressing takes time."""
    name = request.path_params["name"]
    if name not in gradios():
        return PlainTextResponse("There is nothing here.", 404)
    return _answer(request, name, _gradios(name))


def _serve(request: Request) -> Response:
    """Answer from memory: no path of a request ever reaches the disk."""
    name = request.path_params["name"]
    content = files().get(name)
    if content is None or request.path_params["digest"] != digest():
        return PlainTextResponse("There is nothing here.", 404)
    return _answer(request, name, content, quality=OWN)


class Shipped(StaticFiles):
    """Serve the files of a folder, which may change with the next version: a browser asks each time, and has most."""

    def get_path(self, scope: MutableMapping[str, Any]) -> str:
        """Return the path of a file in the folder: as the route found it, which a proxy's prefix does not change."""
        return os.path.normpath(scope["path_params"]["path"])

    def file_response(self, *given: Any, **named: Any) -> Response:
        """Return a file, or that it is still the one that the browser has."""
        answer = super().file_response(*given, **named)
        answer.headers["cache-control"] = "no-cache"
        return answer


def shipping(folder: Path) -> Route:
    """Return the route of a folder's files, where gradio looks for them: it would send them again each time."""
    return Route(f"/gradio_api/file={folder}/{{path:path}}", Shipped(directory=folder, check_dir=False))


async def _healthy(_: Request) -> Response:
    """Say that the server answers, and its version; no queue and no net is asked."""
    return JSONResponse({"status": "ok", "version": sr_models.__version__}, headers={"cache-control": "no-store"})


ROUTES = [
    Route("/lab/{digest}/{name}", _serve),
    Route("/assets/{name}", _serve_gradios),
    Route("/healthz", _healthy),
]
