"""Who runs nets and who waits: gradio's own queue, which is read here and never changed.

The queue is gradio's own affair, so its minor version is pinned, and a test holds what is relied on.
"""

import os
import sys
import threading
from typing import Any

import gradio as gr

NET = "net"  # the concurrency_id that every event which runs a net shares
LOWEST = 19  # of the priorities of a thread


def is_idle(blocks: gr.Blocks) -> bool:
    """Say whether the server is up, and no event of its queues runs or waits."""
    queue: Any = blocks._queue
    return blocks.is_running and not len(queue) and not queue.get_active_worker_count()


def runs_before(blocks: gr.Blocks, session: str) -> int | None:
    """Return for how many others nets run before they do for a session that waits; None where it does not wait."""
    queue: Any = blocks._queue
    there = queue.event_queue_per_concurrency_id.get(NET)
    waiting = [event.session_hash for event in list(there.queue)] if there else []
    if session not in waiting:
        return None
    jobs = [event for job in list(queue.active_jobs) for event in job or ()]
    running = [event.session_hash for event in jobs if event.concurrency_id == NET]
    return len({*running, *waiting[: waiting.index(session)]} - {session})


def take_lowest_priority() -> None:
    """Give this thread, and those that it starts, the lowest priority, and leave those of all others as they are."""
    if sys.platform.startswith("linux"):  # where each thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
