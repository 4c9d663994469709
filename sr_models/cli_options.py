"""A command's options: those that several have, and those made from the declarations of settings."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from sr_models.parameters import Parameter, Values

Scale = Annotated[int | None, typer.Option("-s", "--scale", min=1, help="Default: the scale in the name, else 4.")]
Device = Annotated[str | None, typer.Option(help="cuda, mps or cpu; default: the first there is.")]


def _option(parameter: Parameter[Any]) -> inspect.Parameter:
    """Return a setting as a command's option; a default outside of its range is told by its help."""
    name = "--" + (parameter.option or parameter.name)
    known = f": {', '.join(parameter.choices)}" if parameter.choices else ""
    more: dict[str, Any] = {"help": f"{parameter.help}{known}."}
    kind: Any = str
    if parameter.kind == "switch":
        kind, name = bool, f"{name}/--no-{name[2:]}" if parameter.default else name
    elif parameter.kind in ("whole", "number"):
        kind = int if parameter.kind == "whole" else float
        more |= {"min": kind(parameter.low), "max": kind(parameter.high)}
    default = None if parameter.is_automatic else parameter.default
    kind = Annotated[kind if default is not None else kind | None, typer.Option(name, **more)]
    return inspect.Parameter(parameter.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def with_options(*parameters: Parameter[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of these settings; it is called with their checked values as `given`."""

    def wrap(command: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(command, eval_str=True).parameters.values()
        there = [p.replace(kind=p.KEYWORD_ONLY) for p in own if p.name != "given"]

        @functools.wraps(command)
        def call(**asked: Any) -> Any:
            given = Values(parameters, {p.name: asked.pop(p.name) for p in parameters})
            return command(**asked, given=given)

        options = [*there, *(_option(p) for p in parameters)]
        call.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        call.__annotations__ = {p.name: p.annotation for p in options}
        return call

    return wrap
