"""What a public server refuses before gradio sees it: large bodies, closed routes, addresses to fetch."""

import json
from typing import Any

MAX_BODY = 64 * 1024
QUEUE = 64
DEADLINE_MINUTES = 10
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

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
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
