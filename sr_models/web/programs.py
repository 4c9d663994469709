"""What programs may call: functions of settings, by `curl` or `gradio_client`, whose errors are one sentence."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from sr_models.parameters import Parameter
from sr_models.web import storage
from sr_models.web.components.upload import RawImage
from sr_models.web.i18n import DEFAULT
from sr_models.web.nets import NETS
from sr_models.web.requests import explain
from sr_models.web.shell import OF_NETS


def file(path: Any) -> dict[str, Any]:
    """Return a file as gradio sends it: with the address under which it is fetched."""
    return FileData(path=str(path)).model_dump()


def program(*parameters: Parameter[Any], picture: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function of values by name one that gradio publishes: an uploaded picture, then the settings, typed.

    The function is given what was asked for, with a `visitor` of its own and the path of the `picture`, "" where none
    of ours was named. Its errors become what gradio tells programs: one English sentence.
    """

    def make(what: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(what)
        def answer(*given: Any) -> Any:
            try:
                NETS.refresh()
                asked = dict(zip((p.name for p in parameters), given[picture:], strict=False))
                asked["visitor"] = storage.new_visitor()
                if picture:
                    path = str(given[0].get("path")) if given and isinstance(given[0], dict) else ""
                    asked["picture"] = storage.adopt(path, asked["visitor"]) if RawImage.is_ours(path) else ""
                return what(asked)
            except Exception as error:
                # What was unexpected stands in the log already; what was not is no matter for it.
                raise gr.Error(explain(error, DEFAULT), print_exception=False) from error

        place = inspect.Parameter.POSITIONAL_OR_KEYWORD
        taken = [inspect.Parameter("picture", place, annotation=dict)] if picture else []
        taken += [inspect.Parameter(p.name, place, default=p.default, annotation=type(p.default)) for p in parameters]
        returned = inspect.signature(what).return_annotation
        answer.__signature__ = inspect.Signature(taken, return_annotation=returned)  # type: ignore[attr-defined]
        answer.__annotations__ = {p.name: p.annotation for p in taken} | {"return": returned}
        return answer

    return make


def publish(what: Callable[..., Any], nets: bool = True) -> None:
    """Offer a function to programs under its name; those that run nets wait their turn with the pages' runs."""
    turns = {"concurrency_id": OF_NETS["concurrency_id"], "concurrency_limit": 1} if nets else {}
    gr.api(what, **turns)  # type: ignore[attr-defined]
