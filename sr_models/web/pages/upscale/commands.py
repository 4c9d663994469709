"""The page's run elsewhere: as a command, in Python, by curl."""

import json
import shlex
from typing import Any

from sr_models.web.nets import trained


def shell(net: str, scale: int, size: str, **options: Any) -> str:
    """Return the command."""
    name = f"{net}_x{scale}" if net in trained(scale) and scale != 8 else f"{net} -s {scale}"
    words = [f"--size {shlex.quote(size)}"] if size else []
    words += ["--ensemble"] if options["ensemble"] else []
    words += [f"--mix {options['mix']:g}"] if options["mix"] != 1 else []
    words += [f"--tile {options['tile']}"] if options["tile"] else []
    words += [f"--alpha {options['alpha']}"] if options["alpha"] != "keep" else []
    words += [f"--format {options['format']}"] if options["format"] != "png" else []
    words += [f"--quality {options['quality']}"] if options["format"] == "jpeg" else []
    words += ["--metadata"] if options["metadata"] else []
    if options.get("samples"):
        words += [f"--samples {options['samples']}", f"--seed {options['answer_seed']}"]
        words += [f"--temperature {options['temperature']:g}"]
        words += [] if options["consistent"] else ["--no-project"]
    return " ".join(["sr-models upscale photo.png -o enlarged -m", name, *words])


def python(net: str, scale: int, ensemble: bool, mix: float = 1.0) -> str:
    """Return the lines of Python."""
    mixed = f", mix={mix:g}" if mix != 1 else ""
    ensembled = ".ensembled()" if ensemble else ""
    return (
        "import sr_models\n\n"
        f'upscaler = sr_models.load("{net}", {scale}{mixed}){ensembled}\n'
        'sr = upscaler(sr_models.read("photo.png").tensor())  # (1, C, H, W) in [0, 1]'
    )


def curl(host: str, net: str, scale: int, size: str, mix: float = 1.0) -> str:
    """Return the lines that let this server do it."""
    before = '{"data":[{"path":"'
    after = f'","meta":{{"_type":"gradio.FileData"}}}},{json.dumps(net)},{scale},{json.dumps(size)},{mix:g}]}}'
    data = f'{shlex.quote(before)}"$FILE"{shlex.quote(after)}'
    call = f"{host}/gradio_api/call/upscale"
    return (
        f"FILE=$(curl -s {host}/gradio_api/upload -F files=@photo.png | cut -d'\"' -f2)\n"
        f"JOB=$(curl -s {call} -H 'Content-Type: application/json' -d {data} | cut -d'\"' -f4)\n"
        f"curl -sN {call}/$JOB"
    )
