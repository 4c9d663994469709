"""Keep freed memory in the process: nets take and free the same large blocks again and again."""

import ctypes
import sys
from typing import Any

KEPT = 2**30  # bytes at the end of the heap; what is freed above goes back to the system
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX, ARENA_MAX = -1, -2, -4, -8  # of mallopt(3)


def keep_memory() -> bool:
    """Ask glibc not to give freed blocks back to the system, and say whether it agreed; call it before threads begin.

    It gives back every block of 32 MB and more, and many smaller ones, and the system clears each page that is taken
    anew: on a CPU the small nets take up to 1.2 times as long by that, to run and to train. All threads share one heap,
    so that each does not keep its own; a server gives back from time to time what it has. Other systems' libraries are
    left as they are.
    """
    mallopt = _glibc("mallopt")
    settings = (MMAP_MAX, 0), (TRIM_THRESHOLD, KEPT), (TOP_PAD, 2**28), (ARENA_MAX, 1)
    return mallopt is not None and all(mallopt(*setting) for setting in settings)


def give_back() -> None:
    """Give all that is free back to the system, once; for a server that may have nothing to do for hours."""
    if trim := _glibc("malloc_trim"):
        trim(0)


def _glibc(name: str) -> Any:
    """Return a function of glibc; None where the process has another library."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
