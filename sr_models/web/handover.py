"""What one page hands to the next, and to itself for who comes back: kept under a token that nobody can guess."""

import secrets
import threading
import time
from typing import Any

SECONDS = 3600  # as long as a visitor's files
MOST = 500  # at once; the oldest goes first


class Handover:
    """Keep values between two loads of a page, or of two pages; they hold paths, no pictures."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def give(self, values: dict[str, Any]) -> str:
        """Keep values; return the token that gives them back."""
        token, now = secrets.token_urlsafe(24), time.monotonic()
        with self._lock:
            fresh = {key: kept for key, kept in self._kept.items() if now - kept[0] < SECONDS}
            while len(fresh) >= MOST:
                fresh.pop(next(iter(fresh)))
            self._kept = {**fresh, token: (now, values)}
        return token

    def take(self, token: str) -> dict[str, Any]:
        """Return the values of a token; nothing for one that is unknown or too old."""
        with self._lock:
            kept = self._kept.get(token)
        return kept[1] if kept and time.monotonic() - kept[0] < SECONDS else {}


HANDOVER = Handover()
