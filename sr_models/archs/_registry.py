"""What nets exist: each file in `archs/` registers itself, and nobody else keeps a list."""

import functools
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from sr_models.errors import SRError

# Between what the settings of nets lie, by name, else by type: of a text its letters. A file may say anything, and its
# net is built before its weights are compared.
LIMITS: dict[str, tuple[float, float]] = {
    "scale": (0, 99),  # which of these a net has, it says itself
    "width": (1, 512),
    "widths": (1, 512),
    "blocks": (1, 64),
    "depth": (1, 64),
    "steps": (1, 64),
    "drop": (0, 0.95),
    "int": (0, 512),
    "float": (0.001, 4),
    "bool": (0, 1),
    "str": (1, 40),
}
LONGEST = 8  # numbers of a tuple
ARCHITECTURES: dict[str, "Architecture"] = {}
T = TypeVar("T")


@dataclass(frozen=True)
class Architecture:
    """Describe one net: `build(**config)` makes it; title and summary are English (other languages: the locales)."""

    name: str
    task: str  # "upscale" | "restore" | "generate" | "classify" | "enlarge" (drawings of one kind) | "critic"
    build: Callable[..., Any]
    paper: str
    title: str
    summary: str
    weights: bool  # False: a classical method, usable without a checkpoint


@runtime_checkable
class Collapses(Protocol):
    """A net whose training form folds into plain convolutions with the same output."""

    def collapse(self) -> Any: ...

    def load_collapsed(self, state: dict[str, Any]) -> None: ...


@runtime_checkable
class Grows(Protocol):
    """A net that can start as a smaller one: `grown_from` returns the smaller state in its own, plain shapes."""

    def grown_from(self, state: dict[str, Any]) -> dict[str, Any]: ...


@runtime_checkable
class Steps(Protocol):
    """A net that works in steps: `steps(lr, n)` returns the n pictures (N, C, s*H, s*W), each better than the last."""

    def steps(self, lr: Any, n: int) -> list[Any]: ...


@runtime_checkable
class Samples(Protocol):
    """A net that knows many answers: `sample(lr, noise)` yields a picture (1, C, s*H, s*W) for each noise map.

    `noise` gives maps (1, noise_channels, H, W), standard normal numbers times a temperature; 0 gives what `forward`
    does. `consistent`: the pictures shrink back to `lr`.
    """

    noise_channels: int

    def sample(self, lr: Any, noise: Any, consistent: bool = True) -> Iterator[Any]: ...


@runtime_checkable
class Repairs(Protocol):
    """A net or filter that repairs: `net(degraded, mask, strength)` has the size of `degraded` (N, 3, H, W).

    `repairs` names what it is for: denoise, dejpeg, deblur, tone, inpaint. `mask` (N, 1, H, W) is 1 in holes, where
    `degraded` holds a first guess, and what is known comes back exactly. `strength` declares what may be told of the
    damage, None: nothing. `halo` is None where it looks at the whole picture.
    """

    repairs: tuple[str, ...]
    strength: Any
    halo: int | None


@runtime_checkable
class Generates(Protocol):
    """A net that draws pictures of nothing but numbers: `net(z)` gives (N, C, H, W) in [0, 1].

    `latent_shape(height, width)` is the shape of one z, standard normal numbers times a temperature, for pictures of
    this size; a net of one size raises SRError for others. `side` is the size of the pictures that it learned from.
    """

    channels: int
    side: int

    def __call__(self, z: Any) -> Any: ...

    def latent_shape(self, height: int, width: int) -> tuple[int, ...]: ...


@runtime_checkable
class Encodes(Protocol):
    """A net that finds numbers for a picture: `encode(picture)` is the posterior of z for (N, C, H, W) in [0, 1].

    It draws the picture again from them by `net(z)`; `enlarge(lr)` draws the larger one of a small one's numbers.
    """

    def encode(self, picture: Any) -> Any: ...

    def enlarge(self, lr: Any) -> Any: ...


@runtime_checkable
class Classifies(Protocol):
    """A net that recognises: `net(picture)` gives a logit for each of `classes`, (N, K), of (N, C, H, W) in [0, 1].

    `features(picture)` are the numbers (N, D) from which the last layer, `judge`, makes them.
    """

    classes: tuple[str, ...]

    def __call__(self, picture: Any) -> Any: ...

    def features(self, picture: Any) -> Any: ...

    def judge(self, features: Any) -> Any: ...


@runtime_checkable
class Contains(Protocol):
    """A net that begins with the picture of another, which it holds frozen: `contained` returns that one."""

    def contained(self) -> Any: ...


@runtime_checkable
class HasPosterior(Protocol):
    """A net that can look at the original: what it would draw, had it seen `hr`, and how far that is from its prior.

    `trunk(lr)` is what all its pictures of `lr` (N, C, H, W) share. `explain(trunk, hr, noise)` encodes and decodes
    `hr` (N, C, s*H, s*W) by noise maps as those of `Samples`; `latents` of the result are pairs of posterior and prior,
    named by `LATENTS`.
    """

    LATENTS: tuple[str, ...]

    def trunk(self, lr: Any) -> Any: ...

    def explain(self, trunk: Any, hr: Any, noise: Any) -> Any: ...


def architecture(
    name: str, *, task: str, paper: str, title: str, summary: str, weights: bool = True
) -> Callable[[T], T]:
    """Register the decorated class under `name`."""

    def register(build: T) -> T:
        """Enter the class, or the function that builds one, into ARCHITECTURES; raise ValueError for a known name."""
        if name in ARCHITECTURES:
            raise ValueError(f"two architectures are named {name}")
        ARCHITECTURES[name] = Architecture(name, task, build, paper, title, summary, weights)  # type: ignore[arg-type]
        return build

    return register


@functools.cache
def discover() -> dict[str, Architecture]:
    """Import every file of `archs/` (those with a leading _ apart) and return the architectures by name."""
    package = importlib.import_module("sr_models.archs")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"sr_models.archs.{module.name}")
    return ARCHITECTURES


def get(name: str) -> Architecture:
    """Return the architecture named `name`; raise SRError if there is none."""
    known = discover()
    if name not in known:
        raise SRError("unknown_architecture", name=name, known=", ".join(sorted(known)))
    return known[name]


@functools.cache
def able(name: str, ability: type) -> bool:
    """Say whether the net of an architecture, by its default settings, has an ability: one of the protocols here."""
    import torch

    with torch.device("meta"):  # no memory is taken, nothing is drawn
        return isinstance(build(name), ability)


def settings_of(name: str) -> list[str]:
    """Return the names of an architecture's settings: its constructor's arguments of their own name."""
    there = inspect.signature(get(name).build).parameters.values()
    return [p.name for p in there if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _wanted(key: str, hint: Any) -> tuple[type, float, float]:
    """Return which type a setting has, and between what its numbers, or those of its tuple, lie."""
    of_many = typing.get_origin(hint) is tuple
    kind: type = tuple if of_many else hint
    if isinstance(hint, types.UnionType):  # the settings of a net within
        return dict, 0, LONGEST
    low, high = LIMITS.get(key, LIMITS[typing.get_args(hint)[0].__name__ if of_many else kind.__name__])
    return kind, low, high


def _fits(value: Any, kind: type, low: float, high: float) -> bool:
    if kind is tuple:
        return (
            isinstance(value, list | tuple)
            and 0 < len(value) <= LONGEST
            and all(_fits(v, int, low, high) for v in value)
        )
    if kind is dict:
        return value is None or (isinstance(value, dict) and len(value) <= high)
    if kind is str:
        return isinstance(value, str) and low <= len(value) <= high and value.isidentifier()
    if kind is bool:
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        return False
    return low <= value <= high


def _said(kind: type, low: float, high: float) -> str:
    words = {
        bool: "true or false",
        str: "a name",
        dict: "settings",
        tuple: f"up to {LONGEST} whole numbers from {low} to {high}",
    }
    return words.get(kind, f"{'a whole number' if kind is int else 'a number'} from {low} to {high}")


def build(name: str, **config: Any) -> Any:
    """Build a net; it remembers its `architecture` and `config`.

    Raise SRError for an unknown name or setting, and for a value of another type or beyond what is declared: by the
    constructor's annotations and LIMITS.
    """
    make = get(name).build
    known = settings_of(name)
    hints = typing.get_type_hints(make.__init__ if inspect.isclass(make) else make)
    for key, value in config.items():
        if key not in known:
            raise SRError("bad_config", name=name, key=key, known=", ".join(known))
        wanted = _wanted(key, hints.get(key))
        if not _fits(value, *wanted):
            raise SRError("bad_setting", name=name, key=key, value=str(value)[:40], wanted=_said(*wanted))
    net: Any = make(**config)
    net.architecture = name
    net.config = config
    return net
