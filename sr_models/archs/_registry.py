"""What nets exist: each file in `archs/` registers itself, and nobody else keeps a list."""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from sr_models.errors import SRError

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


def build(name: str, **config: Any) -> Any:
    """Build a net; it remembers its `architecture` and `config`. Raise SRError for an unknown name or setting."""
    make = get(name).build
    known = inspect.signature(make).parameters
    for key in config:
        if key not in known:
            raise SRError("bad_config", name=name, key=key, known=", ".join(known))
    net = make(**config)
    net.architecture = name
    net.config = config
    return net
