"""What the loop and the objectives agree on, and the table of objectives, which their own files fill."""

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Generator, Tensor, nn

from sr_models.errors import SRError

OBJECTIVES: dict[str, "ObjectiveEntry"] = {}
Builder = TypeVar("Builder", bound=Callable[..., "Objective"])


@dataclass(frozen=True)
class Batch:
    """Hold LR (N, 3, H, W) and HR (N, 3, s*H, s*W) in [0, 1], the stage's loss by name, the step's seed and its place.

    `progress` is in [0, 1]; `generators` give each picture's random numbers, on the CPU. `teacher_target` is a
    teacher's picture of HR, where there is one, `labels` (N,) what the pictures show, where that is known.
    """

    lr: Tensor
    hr: Tensor
    loss: str
    seed: int = 0
    progress: float = 0.0
    generators: Sequence[Generator] = ()
    teacher_target: Tensor | None = None
    labels: Tensor | None = None

    def noise(self, channels: int) -> Tensor:
        """Draw standard normal maps (N, channels, H, W), each picture's own."""
        return self.normal(channels, *self.lr.shape[-2:])

    def normal(self, *size: int) -> Tensor:
        """Draw standard normal numbers (N, *size), each picture's own."""
        return torch.stack([torch.randn(size, generator=g) for g in self.generators]).to(self.lr.device)


@dataclass(frozen=True)
class Setup:
    """Hold what every objective is made with: the net, which lies where it is trained, and what the machine offers.

    `autocast()` is the context of forward passes; `average_gradients(net)` makes several processes agree. `graph` asks
    to record the step (CUDA only); an objective whose step cannot be recorded does not look at it.
    """

    net: Any
    learning_rate: float
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext
    average_gradients: Callable[[nn.Module], None] = lambda net: None
    graph: bool = False

    @property
    def device(self) -> torch.device:
        """Where the net lies."""
        return next(self.net.parameters()).device


class Objective(Protocol):
    """A way to train: its optimizers, nets beside the one that it trains, and a step that returns what to log.

    The log has "loss" and may have more terms.
    """

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]: ...

    @property
    def companions(self) -> Mapping[str, nn.Module]: ...

    def step(self, batch: Batch) -> dict[str, Tensor]: ...


@runtime_checkable
class Watches(Protocol):
    """An objective that sees when its training goes wrong: `trouble` says how in a few words, else None."""

    def trouble(self) -> str | None: ...


@dataclass(frozen=True)
class ObjectiveEntry:
    """Describe an objective: `build(setup, options)` makes it, `options` is a frozen dataclass of its choices."""

    name: str
    build: Callable[..., Objective]
    options: Any
    takes_teacher: bool  # whether its step looks at `Batch.teacher_target`

    def read(self, given: Mapping[str, Any]) -> Any:
        """Return the options by name, the default where none is given.

        Raise SRError, which lists the options that exist, for another name or a value of another type.
        """
        types = typing.get_type_hints(self.options)
        for key, value in given.items():
            if key not in types or not OPTION_TYPES[types[key]][1](value):
                known = ", ".join(f"{name} ({OPTION_TYPES[wanted][0]})" for name, wanted in types.items())
                raise SRError("bad_config", name=self.name, key=f"{key}={value}", known=known)
        return self.options(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})

    def make(self, setup: Setup, given: Mapping[str, Any]) -> Objective:
        """Build the objective with the options that a recipe gives by name; raise SRError as `read` does."""
        return self.build(setup, self.read(given))


OPTION_TYPES: dict[Any, tuple[str, Callable[[Any], bool]]] = {  # what an option may be: in words, and how it is checked
    float: ("number", lambda v: isinstance(v, int | float) and not isinstance(v, bool)),
    int: ("whole number", lambda v: isinstance(v, int) and not isinstance(v, bool)),
    bool: ("true or false", lambda v: isinstance(v, bool)),
    str: ("text", lambda v: isinstance(v, str)),
    tuple[str, ...]: ("list of texts", lambda v: isinstance(v, list | tuple) and all(v) and set(map(type, v)) <= {str}),
}


def objective(name: str, options: type, *, takes_teacher: bool = False) -> Callable[[Builder], Builder]:
    """Register the decorated class or function, called with a Setup and `options`, under `name`.

    Raise ValueError where the name is taken, and TypeError for an option of a type that a recipe cannot hold.
    """
    if wrong := [
        f.name for f in dataclasses.fields(options) if typing.get_type_hints(options)[f.name] not in OPTION_TYPES
    ]:
        raise TypeError(f"the type of {wrong[0]} is none of {', '.join(map(str, OPTION_TYPES))}")

    def register(build: Builder) -> Builder:
        if name in OBJECTIVES:
            raise ValueError(f"two objectives are named {name}")
        OBJECTIVES[name] = ObjectiveEntry(name, build, options, takes_teacher)
        return build

    return register


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate, in place where it is a tensor that a graph reads; a group may ask for some times of it."""
    for group in optimizer.param_groups:
        mine = rate * group.get("times", 1)
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(mine)
        else:
            group["lr"] = mine
