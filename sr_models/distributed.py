"""A folder's pictures split over the processes that `accelerate launch` started; alone, all of them are one's own."""

import atexit
import functools
import os
from typing import Any, TypeVar

from sr_models.errors import SRError

T = TypeVar("T")


def rank_and_count() -> tuple[int, int]:
    """Return which process this is, from 0, and how many there are."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def my_part(things: list[T]) -> list[T]:
    """Return every n-th of them, beginning with this process's own."""
    rank, count = rank_and_count()
    return things[rank::count]


def my_device(name: str | None) -> str | None:
    """Return the device asked for; where none was and there are several processes, this one's own GPU."""
    if name or rank_and_count()[1] == 1:
        return name
    import torch

    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else None


def gather(facts: list[T]) -> list[T]:
    """Return the facts of all processes, in each of them; all must call it equally often."""
    if rank_and_count()[1] == 1:
        return facts
    try:
        from accelerate import PartialState
        from accelerate.utils import gather_object
    except ImportError as error:
        raise SRError("package_missing", what="A run in several processes", package="accelerate") from error
    import torch

    PartialState(cpu=not torch.cuda.is_available())
    leave_at_exit()
    gathered: Any = gather_object(facts)
    return gathered


@functools.cache
def leave_at_exit() -> None:
    """Leave the group of processes when this one ends: a thread of it that still runs then would abort the process."""
    atexit.register(_leave)


def _leave() -> None:
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()
