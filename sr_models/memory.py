"""Keep freed memory in the process: nets take and free the same large blocks again and again."""

import ctypes
import sys

KEPT = 2**30  # bytes at the end of the heap; what is freed above goes back to the system
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4  # of mallopt(3)


def keep_memory() -> bool:
    """Ask glibc not to give freed blocks back to the system, and say whether it agreed.

    It gives back every block of 32 MB and more, and many smaller ones, and the system clears each page that is taken anew:
    on a CPU the small nets take up to 1.2 times as long by that, to run and to train. Other systems' libraries are left as
    they are.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    settings = (MMAP_MAX, 0), (TRIM_THRESHOLD, KEPT), (TOP_PAD, 2**28)
    return mallopt is not None and all(mallopt(*setting) for setting in settings)
