"""What stands between the visitors and gradio: the words of a page, and what a public server refuses."""

import gzip
import json
import time
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware

from sr_models.web import static
from sr_models.web.i18n import PAGE_TITLE, choose_language, fill, text

MAX_BODY = 64 * 1024
CLOSED = (
    "/monitoring",
    "/gradio_api/component_server",
    "/gradio_api/file=http",
    "/gradio_api/process_recording",
    "/gradio_api/proxy=",
    "/gradio_api/run-history",
    "/gradio_api/runs",
)
HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
COMPRESS = {"br": lambda page: brotli.compress(page, quality=5), "gzip": lambda page: gzip.compress(page, 5)}  # 2 ms
# A few coarse pixels, and what becomes of them; without it a browser asks for a file.
ICON = (
    "<link rel='icon' href=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'>"
    "<path fill='%232563eb' d='M0 0h2v2h-2zM2 2h2v2h-2zM2 0h1v1h-1zM3 1h1v1h-1zM1 2h1v1h-1zM0 3h1v1h-1z'/></svg>\">"
)

ANSWERS = "/gradio_api/run/predict"  # of events outside the queue: JSON, which gradio does not compress
DESCRIPTIONS = ("/config", "/gradio_api/info", "/gradio_api/openapi.json")  # what programs read of the pages


class Pages:
    """ASGI middleware: put the visitor's language into a page's marks, title and `<html lang>` before it is sent.

    So the first paint has the right words, and no event relabels anything. `titles` are the codes of the pages' titles
    by path. Gradio's own words follow `navigator.language`, which is set before its script runs.
    """

    def __init__(self, app: Any, titles: Mapping[str, str]) -> None:
        self.app, self.titles = app, titles

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer a page, or its description, in the visitor's language; pass everything else on."""
        described = scope["type"] == "http" and scope["path"] in DESCRIPTIONS
        if scope["type"] == "http" and scope["path"] == ANSWERS:
            await GZipMiddleware(self.app, minimum_size=1000, compresslevel=5)(scope, receive, send)
            return
        if not described and (scope["type"] != "http" or scope["path"] not in self.titles or scope["method"] != "GET"):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        query = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
        lang = choose_language(query, asked.get("accept-language"))
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def hold(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            page = b"".join(parts)
            if start["status"] == 200:
                code = self.titles.get(scope["path"], next(iter(self.titles.values())))
                page = fill(page.decode().replace(PAGE_TITLE, _title(code, lang)), lang, _in_json).encode()
                page = page if described else _in_language(page.decode(), lang).encode()
            await _send_page(start, page, asked.get("accept-encoding", ""), send)

        await self.app(scope, receive, hold)


def _in_json(words: str) -> str:
    """Return words as they stand inside a JSON string inside a script."""
    return json.dumps(words, ensure_ascii=False)[1:-1].replace("<", "\\u003c")


def _title(code: str, lang: str) -> str:
    return text("title", lang, page=text(code, lang))


def _in_language(page: str, lang: str) -> str:
    """Say in the HTML which language it is in, and set what gradio takes for the browser's."""
    tag = text("locale", lang)
    page = page.replace('lang="en"', f'lang="{tag}"', 1)
    early = "".join(
        f"Object.defineProperty(navigator,'{name}',{{get:()=>{value}}});"
        for name, value in (("language", f"'{tag}'"), ("languages", f"['{tag}']"))
    )
    hidden = "<style>.nav-holder{display:none}</style>"  # gradio's own navigation
    page = page.replace("<head>", f"<head>{ICON}{static.link()}{hidden}<script>{early}</script>", 1)
    return page.replace("</head>", f"{static.gradios_link()}</head>", 1)  # after gradio's first one, as it does


async def _send_page(start: dict[str, Any], page: bytes, taken: str, send: Any) -> None:
    """Send a body that was held back, compressed in a way that is taken, with the headers that fit it."""
    start = {**start, "headers": list(start["headers"])}
    headers = MutableHeaders(raw=start["headers"])
    headers["cache-control"] = "no-cache"
    headers["vary"] = "accept-language, accept-encoding"
    for way, compress in COMPRESS.items():
        if way in taken:
            page = compress(page)
            headers["content-encoding"] = way
            break
    headers["content-length"] = str(len(page))
    await send(start)
    await send({"type": "http.response.body", "body": page})


def _names_an_address(body: bytes) -> bool:
    """Say whether a JSON body has a file whose path is a web address: gradio would fetch it, however large."""
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "://" in str(value.get("path", "")):
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


class Limits:
    """ASGI middleware: bodies that are no upload have 64 KB at most, unused routes answer 404, headers are added."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *HEADERS]}
            await send(message)

        async def refuse(status: int, words: bytes) -> None:
            await answer(
                {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
            )
            await answer({"type": "http.response.body", "body": words})

        scope.setdefault("state", {})["taken"] = time.monotonic_ns()  # before it waits for its turn
        path = scope["path"]
        if path.startswith(CLOSED):
            await refuse(404, b"There is nothing here.")
            return
        if scope["method"] != "POST" or path.startswith("/gradio_api/upload"):
            await self.app(scope, receive, answer)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_BODY:
                await refuse(413, b"The request is larger than 64 KB; upload pictures as files.")
                return
        if _names_an_address(body):
            await refuse(400, b"Pictures are taken as uploaded files, not from an address.")
            return
        sent = False

        async def again() -> dict[str, Any]:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, answer)
