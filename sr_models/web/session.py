"""Keep gradio's record of a visitor small: at the first event it copies the config of every block of every page.

Only deep links read that copy, and these pages have links of their own. The classes are gradio's own affair, so its
minor version is pinned, and a test holds what is relied on.
"""

from types import SimpleNamespace
from typing import Any

from gradio import state_holder

CAPACITY = 500  # sessions whose values are kept


class LightSession(state_holder.SessionState):
    """Hold a visitor's values without a copy of the pages' config."""

    def __init__(self, blocks: Any) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks=()))  # type: ignore[arg-type]

    def _update_config(self, key: int) -> None:
        """Copy nothing."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Copy nothing."""


def lighten() -> None:
    """Make gradio open light sessions."""
    state_holder.SessionState = LightSession
