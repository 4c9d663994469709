"""What keeps a public page alive: a temp folder with an age and a size, small bodies, closed routes, a queue."""

import atexit
import os
import shutil
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

KEEP_SECONDS = 3600
KEEP_BYTES = 2 * 10**9
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


def temp_folder() -> Path:
    """Return the folder that holds uploads and results; gradio uses the same one."""
    if "GRADIO_TEMP_DIR" not in os.environ:
        os.environ["GRADIO_TEMP_DIR"] = made = tempfile.mkdtemp(prefix="pictures-")
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    folder = Path(os.environ["GRADIO_TEMP_DIR"]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def new_folder() -> Path:
    """Make a folder for one result; its name cannot be guessed."""
    folder = temp_folder() / uuid.uuid4().hex
    folder.mkdir()
    return folder


def delete(paths: list[str]) -> None:
    """Delete the folders of these files, where they lie in the temp folder."""
    for path in paths:
        folder = Path(path).resolve()
        while folder.parent != folder:
            if folder.parent == temp_folder():
                shutil.rmtree(folder, ignore_errors=True)
            folder = folder.parent


def sweep(now: float | None = None) -> None:
    """Delete what is older than an hour, then the oldest until no more than 2 GB are left."""
    now = now or time.time()
    kept = []
    for path in temp_folder().rglob("*"):
        try:
            if path.is_file():
                kept.append((path.stat().st_mtime, path.stat().st_size, path))
            elif now - path.stat().st_mtime > KEEP_SECONDS:
                path.rmdir()  # only an empty one goes
        except OSError:
            continue
    total = sum(size for _, size, _ in kept)
    for modified, size, path in sorted(kept):
        if now - modified > KEEP_SECONDS or total > KEEP_BYTES:
            path.unlink(missing_ok=True)
            total -= size


def start_janitor(seconds: float = 60) -> None:
    """Sweep every minute, in the background."""

    def work() -> None:
        while True:
            sweep()
            time.sleep(seconds)

    threading.Thread(target=work, daemon=True).start()


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
        sent = False

        async def again() -> dict[str, Any]:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, answer)
