"""The page's run elsewhere: as a command, in Python, by curl."""

import json
import shlex
from typing import Any

from sr_models.inference.options import ENSEMBLE, MIX, SAMPLES, SAMPLING
from sr_models.parameters import Parameter
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale.request import NET, OTHER, SCALE, SIZE, TOOLS, Request

ALONE = (NET, SCALE, SIZE)  # they are said in ways of their own


def option(parameter: Parameter[Any], value: Any) -> list[str]:
    """Return the words of a setting on the command line; none where it has its default."""
    name = (parameter.option or parameter.name).replace("_", "-")
    if value == parameter.default:
        return []
    if parameter.kind == "switch":
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", shlex.quote(f"{value:g}" if isinstance(value, float) else str(value))]


def shell(request: Request, scale: int) -> str:
    """Return the command."""
    net, size = request[NET], request[SIZE] if request[SCALE] == OTHER else ""
    name = f"{net}_x{scale}" if NETS.card_of(net, scale) else f"{net} -s {scale}"
    words = [f"--size {shlex.quote(size)}"] if size else []
    for parameter in (MIX, *TOOLS):
        words += option(parameter, request[parameter])
    if request[SAMPLES]:
        words += [f"--samples {request[SAMPLES]}"]
        for parameter in SAMPLING[1:]:
            shown = option(parameter, request[parameter])
            name_of = (parameter.option or parameter.name).replace("_", "-")
            words += shown or ([] if parameter.kind == "switch" else [f"--{name_of} {request[parameter]:g}"])
    return " ".join(["sr-models upscale photo.png -o enlarged -m", name, *words])


def python(request: Request, scale: int) -> str:
    """Return the lines of Python."""
    mixed = f", mix={request[MIX]:g}" if request[MIX] != MIX.default else ""
    ensembled = ".ensembled()" if request[ENSEMBLE] else ""
    return (
        "import sr_models\n\n"
        f'upscaler = sr_models.load("{request[NET]}", {scale}{mixed}){ensembled}\n'
        'sr = upscaler(sr_models.read("photo.png").tensor())  # (1, C, H, W) in [0, 1]'
    )


def curl(host: str, request: Request, parameters: tuple[Parameter[Any], ...]) -> str:
    """Return the lines that let this server do it; `parameters` are those that the server's `upscale` takes."""
    values = ",".join(json.dumps(request[p]) for p in parameters)
    before = '{"data":[{"path":"'
    after = f'","meta":{{"_type":"gradio.FileData"}}}},{values}]}}'
    data = f'{shlex.quote(before)}"$FILE"{shlex.quote(after)}'
    call = f"{host}/gradio_api/call/upscale"
    return (
        f"FILE=$(curl -s {host}/gradio_api/upload -F files=@photo.png | cut -d'\"' -f2)\n"
        f"JOB=$(curl -s {call} -H 'Content-Type: application/json' -d {data} | cut -d'\"' -f4)\n"
        f"curl -sN {call}/$JOB"
    )
