"""A setting is declared once, beside the code that uses it; control, address, command line, API and receipt follow."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sr_models.errors import SRError

T = TypeVar("T")
LONGEST = 80  # letters of a text


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """Declare one setting: its name, its default, and what it may be.

    It is one of `choices`, or, by its default's type, a switch, a whole number, a number (both from `low` to `high` in
    steps of `step`, in `unit`) or a text of `high` letters, else of LONGEST. A default outside of its range leaves the
    choice to the code. `option` and `address` are its names on the command line and in the address where those are
    others, `help` is what the command line says of it. Its words on the pages are `setting_<name>`,
    `setting_<name>_help` and `setting_<name>_<choice>` of the locales.
    """

    name: str
    default: T
    choices: tuple[T, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    step: float = 1
    unit: str = ""
    option: str = ""
    address: str = ""
    help: str = ""

    @property
    def is_automatic(self) -> bool:
        """Say whether the default is no value of its own."""
        return self.kind in ("whole", "number") and not self.low <= float(self.default) <= self.high  # type: ignore

    @property
    def kind(self) -> str:
        """Return *choice*, *switch*, *whole*, *number* or *text*."""
        if self.choices:
            return "choice"
        if isinstance(self.default, str):
            return "text"
        if isinstance(self.default, bool):
            return "switch"
        return "whole" if isinstance(self.default, int) else "number"

    def check(self, value: Any) -> T:
        """Return the value as this setting's type; None gives the default. Raise SRError for what it may not be."""
        if value is None or value == "":
            return self.default
        if self.choices:
            found = next(
                (c for c in self.choices if value == c and isinstance(value, bool) == isinstance(c, bool)), None
            )
            if found is None:
                raise SRError("unknown_choice", name=self.name, value=value, known=", ".join(map(str, self.choices)))
            return found
        if self.kind == "switch":
            return self._switch(value)
        if self.kind == "text":
            return str(value)[: LONGEST if math.isinf(self.high) else int(self.high)]  # type: ignore[return-value]
        return self._number(value)

    def _switch(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise SRError("unknown_choice", name=self.name, value=value, known="true, false")
        return value

    def _number(self, value: Any) -> Any:
        if self.is_automatic and value == self.default and not isinstance(value, bool):
            return self.default
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        whole = self.kind == "whole"
        if not self.low <= number <= self.high or (whole and number != int(number)):
            raise SRError("out_of_range", name=self.name, value=value, low=f"{self.low:g}", high=f"{self.high:g}")
        return int(number) if whole else round(number, 6)

    def takes(self, words: str) -> bool:
        """Say whether an address's words are a value of this setting."""
        return self.kind == "text" or self.parse(words) != self.default or words.lower() == str(self.default).lower()

    def parse(self, words: str | None) -> T:
        """Read the value from an address; nonsense counts as absent."""
        if words is None:
            return self.default
        if self.choices or self.kind == "switch":
            there: tuple[Any, ...] = self.choices or (False, True)
            return next((value for value in there if str(value).lower() == words.lower()), self.default)
        try:
            return self.check(words if self.kind == "text" else float(words))
        except (SRError, ValueError, OverflowError):
            return self.default


class Values(Mapping[str, Any]):
    """Hold checked values by the names of some parameters; immutable, equal to others with the same values.

    `values[parameter]` and `values["name"]` are the same. What is not given has its default.
    """

    def __init__(self, parameters: tuple[Parameter[Any], ...], given: Mapping[str, Any] | None = None) -> None:
        given = given or {}
        self._values = {p.name: p.check(given.get(p.name)) for p in parameters}

    def __getitem__(self, key: Parameter[T] | str) -> T:  # type: ignore[override]
        return self._values[key.name if isinstance(key, Parameter) else key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        return f"Values({self._values})"

    def with_(self, **changes: Any) -> "Values":
        """Return the same with other values, which are taken as they are."""
        other = Values(())
        other._values = {**self._values, **changes}
        return other

    def of(self, parameters: tuple[Parameter[Any], ...]) -> dict[str, Any]:
        """Return the values of some of the parameters, to be passed on by name."""
        return {p.name: self._values[p.name] for p in parameters}
