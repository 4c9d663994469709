"""How long runs really take on this machine and under its load, against what was told: learned from each run."""

import math
import threading
from collections.abc import Hashable

SOON = 0.1  # seconds; of what is over sooner hardly anything is learned


class Pace:
    """Keep for each kind of run, whatever names it, how many times as long as told it takes; for this process."""

    def __init__(self) -> None:
        self._ratios: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def seconds(self, kind: Hashable, told: float) -> float:
        """Return how long a run takes that is to take `told` seconds; as told where none of its kind ran yet."""
        return max((told + SOON) * self._ratios.get(kind, 1.0) - SOON, 0.0)

    def learn(self, kind: Hashable, told: float, took: float) -> None:
        """Learn from a run; of several, the last counts as much as all before."""
        ratio = (took + SOON) / (told + SOON)
        with self._lock:
            self._ratios[kind] = math.sqrt(ratio * self._ratios.get(kind, ratio))


PACE = Pace()
