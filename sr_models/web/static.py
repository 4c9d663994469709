"""The scripts that a page imports, and its style sheet.

Every `.js` file below this folder, and all `.css` in one, at addresses that change when any of them does.
The modules import each other by relative address, so all share one hash, and a browser may keep them for ever.
"""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

ROOT = Path(__file__).parent
STYLE = "style.css"
FIRST = ROOT / "styles/tokens.css"  # the design language, which the other style sheets use
CACHED = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def scripts() -> dict[str, bytes]:
    """Return all scripts by their paths below this folder, as they were when the server started."""
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted(ROOT.rglob("*.js"))}


@cache
def style() -> bytes:
    """Return all style sheets in one: a part of a page brings its own, beside its code."""
    return b"".join(path.read_bytes() for path in [FIRST, *sorted(set(ROOT.rglob("*.css")) - {FIRST})])


@cache
def digest() -> str:
    """Return the hash of all names and contents, 16 hexadecimal digits."""
    found = hashlib.sha256()
    for name, content in {**scripts(), STYLE: style()}.items():
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()[:16]


def importing(name: str) -> str:
    """Return the JavaScript expression that imports a script, relative to the page: a proxy may serve it under a path.

    Raises KeyError for a script that is missing.
    """
    if name not in scripts():
        raise KeyError(name)
    return f"import(new URL('lab/{digest()}/{name}', document.baseURI))"


def link() -> str:
    """Return the HTML that takes the style sheet into a page, relative to the page as well."""
    return f"<link rel='stylesheet' href='./lab/{digest()}/{STYLE}'>"


async def _serve(request: Request) -> Response:
    """Answer from memory: no path of a request ever reaches the disk."""
    name = request.path_params["name"]
    content = style() if name == STYLE else scripts().get(name)
    if content is None or request.path_params["digest"] != digest():
        return PlainTextResponse("There is nothing here.", 404)
    return Response(content, media_type="text/css" if name == STYLE else "text/javascript", headers=CACHED)


ROUTES = [Route("/lab/{digest}/{name:path}", _serve)]
