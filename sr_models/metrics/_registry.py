"""What can be measured: each function says so by `@metric`; readouts, evaluation, tables and pages iterate METRICS."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

METRICS: dict[str, "Metric"] = {}
Needs = Literal["reference", "lr", "result"]
# Where it is measured: "readouts" beside a result, "evaluation" in every report, "looks" in those of plain nets on
# clean pictures alone, because it takes longer than the nets.
Use = Literal["readouts", "evaluation", "looks"]
MISSING = {"reference": "no_original", "lr": "no_lr"}
PIXELS = {"Y": "Y of BT.601", "RGB": "RGB"}


@dataclass(frozen=True)
class Absent:
    """Stand for a number that does not exist, by the code of the reason; false, so that `value or 0` is a number."""

    code: str

    def __bool__(self) -> Literal[False]:
        return False


Number = float | Absent
F = TypeVar("F", bound=Callable[..., Number])


@dataclass(frozen=True)
class Metric:
    """Declare one number of a result: what it needs, how it is written and read, and the function that measures it.

    `better` is the direction, None for what describes and does not score; `limit` what equal pictures give, None where
    that depends on them. `label` heads a column. One that `stands_in_for` another is a readout only where that is
    absent.
    """

    key: str
    needs: Needs
    digits: int
    unit: str
    better: Literal["higher", "lower"] | None
    limit: float | None
    label: str
    pixels: str  # "Y" | "RGB"
    uses: tuple[Use, ...]
    stands_in_for: str | None
    function: Callable[..., Number]
    options: dict[str, Any]  # of the function, which may serve several metrics
    asks: frozenset[str]  # facts that the function takes

    def __call__(self, sr: Any, *, scale: int, lr: Any = None, hr: Any = None, **facts: Any) -> Number:
        """Measure `sr` (1, C, s*H, s*W) in [0, 1], as read from an 8-bit file, against `hr` or `lr` (1, C, H, W).

        `facts` may hold `check`, called between long steps, which may raise, and `seen`, what is known of `hr` by net.
        Absent where the picture that it needs is None.
        """
        other = {"reference": hr, "lr": lr, "result": sr}[self.needs]
        if other is None:
            return Absent(MISSING[self.needs])
        if self.needs == "reference":  # one of them may be grey
            sr, other = (x.expand(-1, max(sr.shape[1], other.shape[1]), -1, -1) for x in (sr, other))
        pictures = (sr,) if self.needs == "result" else (sr, other)
        asked = {key: value for key, value in ({"border": scale, "scale": scale} | facts).items() if key in self.asks}
        return self.function(*pictures, **asked, **self.options)

    def protocol(self, scale: int, lr: str) -> str:
        """Return the line that belongs to the number; `lr` says how LR came about."""
        border = f", border {scale}" if "border" in self.asks else ""
        return f"{PIXELS[self.pixels]}{border}, 8 bit, {lr}"

    def write(self, value: float | None) -> str:
        """Write a number with the digits of this metric: "∞" for infinity, "-" for None."""
        if value is None:
            return "-"
        return "∞" if value == math.inf else f"{value:.{self.digits}f}"


def metric(
    key: str,
    *,
    needs: Needs,
    digits: int,
    unit: str,
    better: Literal["higher", "lower"] | None,
    limit: float | None = None,
    label: str,
    pixels: Literal["Y", "RGB"] = "Y",
    uses: tuple[Use, ...] = ("readouts", "looks"),
    stands_in_for: str | None = None,
    **options: Any,
) -> Callable[[F], F]:
    """Register the decorated function under `key`, called with `options`; it may serve several keys.

    It takes (sr, hr), (sr, lr) or (sr) by `needs`, and then the facts that it names: border, scale, check, seen.
    """

    def register(function: F) -> F:
        if key in METRICS:
            raise ValueError(f"two metrics are named {key}")
        names = list(inspect.signature(function).parameters)[1 if needs == "result" else 2 :]
        asks = frozenset(names) - options.keys()
        declared = (key, needs, digits, unit, better, limit, label, pixels, uses, stands_in_for)
        METRICS[key] = Metric(*declared, function, options, asks)
        return function

    return register


def known(value: Number) -> float | None:
    """Return a number, None where it is absent."""
    return None if isinstance(value, Absent) else value
