"""What is said of a run while it waits for the nets."""

import asyncio
from collections.abc import AsyncIterator

import gradio as gr

from sr_models.web.i18n import text
from sr_models.web.shell import Values

LOOK_SECONDS, LOOKS = 0.3, 5  # between two looks at the queue; and how often for a run that is only on its way there


async def place(v: Values) -> AsyncIterator[Values]:
    """Say how many others' runs come before the visitor's, for as long as it waits."""
    said, looks = 0, 0
    while (before := v["runs_before"]()) is not None or looks < LOOKS:
        looks += 1
        if before and before != said:
            said = before
            code = "run_before" if before == 1 else "runs_before"
            yield {"status": text(code, v["lang"], count=before)}
        await asyncio.sleep(LOOK_SECONDS)
    if not said:
        yield {"status": gr.skip()}
