"""Answers that come too late: what the visitor went on to meanwhile stands, not what is still said of before.

The values of an event name the visitor, and when the server took it (`taken`), before it waited for its turn.
"""

from collections.abc import Mapping
from typing import Any

from sr_models.web import storage


def go_on(v: Mapping[str, Any], what: str = "run") -> None:
    """Mark that by this event the visitor goes on to another *picture*, *run* or *choice*, or to a *stop*."""
    storage.supersede(v["visitor"], what, v.get("taken"))


def is_late(v: Mapping[str, Any], until: str) -> bool:
    """Say whether the visitor went on so since this event; "": never."""
    return bool(until) and "taken" in v and storage.went_on(v["visitor"], until, v["taken"])
