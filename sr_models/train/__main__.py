"""`python -m sr_models.train RECIPE --scale 4 --data PATH...`: needs torch, numpy, Pillow and safetensors only."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sr_models.errors import SRError
from sr_models.files import speak_any_language

if TYPE_CHECKING:
    from sr_models.train.recipe import Recipe

SWEEP_MINUTES = 1.5


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message.rstrip('.')}; see --help.\n")


def _positive(text: str) -> float:
    if not float(text) > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return float(text)


def _count(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return int(text)


def _setting(text: str) -> tuple[str, Any]:
    key, found, value = text.partition("=")
    if not (key and found):
        raise argparse.ArgumentTypeError(f"{text} is not KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _changed(recipe: "Recipe", changes: list[tuple[str, Any]]) -> "Recipe":
    """Return the recipe with other options of its objective, or of its net's config."""
    config = {k.removeprefix("config."): v for k, v in changes if k.startswith("config.")}
    options = {k: v for k, v in changes if not k.startswith("config.")}
    return dataclasses.replace(recipe, config=recipe.config | config, options=recipe.options | options)


def _say(line: str) -> None:
    print(line, flush=True)


def parser(program: str) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = _Parser(prog=program, description="Train a net by a recipe.")
    add = made.add_argument
    paths: dict[str, Any] = {"type": Path, "nargs": "+", "action": "extend"}
    add("recipe", type=Path, help="a file of training/recipes")
    add("--data", required=True, help="tar shards, folders or pictures", **paths)
    add("--val", help="the same, for choosing the checkpoint", **paths)
    add("-s", "--scale", type=int, choices=(1, 2, 3, 4), help="default: the recipe's, else 4")
    add("--minutes", type=_positive, help="budget of training time; default: the recipe's")
    add("--steps", type=_count, help="budget in steps instead")
    add("--out", type=Path, help="folder of the run; default runs/<name>")
    add("--resume", action="store_true", help="go on from the state in --out")
    add("--overwrite", action="store_true", help="begin anew in --out, and lose the run that is there")
    add("--warm-start", type=Path, help="checkpoint whose fitting weights to start from")
    add("--teacher", help="checkpoint whose pictures are half of the target, instead of the recipe's; none for none")
    add("--learning-rate", type=_positive, help="instead of the recipe's")
    add(
        "--set",
        dest="changes",
        type=_setting,
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="another option of the objective (beta=0.1) or of the net (config.width=16), for ablations",
    )
    add(
        "--sweep",
        type=_positive,
        nargs="+",
        metavar="RATE",
        help="compare learning rates: a short run each, nothing kept",
    )
    add(
        "--no-graph", dest="graph", action="store_false", help="on CUDA, launch every kernel instead of a recorded step"
    )
    add("--device", help="cuda, mps or cpu; default: the first there is")
    return made


def main(arguments: list[str] | None = None, program: str = "python -m sr_models.train") -> int:
    """Parse the arguments, train, and return the exit code: 2 with one sentence for bad use."""
    speak_any_language()
    options = vars(parser(program).parse_args(arguments))
    from sr_models.inference.memory import keep_memory
    from sr_models.train.choices import Choices
    from sr_models.train.loop import train
    from sr_models.train.recipe import load_recipe
    from sr_models.train.sweep import RESULTS, sweep

    keep_memory()
    rate, rates, teacher = (options.pop(key) for key in ("learning_rate", "sweep", "teacher"))
    try:
        recipe = _changed(load_recipe(options.pop("recipe")), options.pop("changes"))
        if teacher:
            recipe = dataclasses.replace(recipe, teacher=None if teacher == "none" else teacher)
        if rate:
            recipe = dataclasses.replace(recipe, learning_rate=rate)
        options["scale"] = options["scale"] or recipe.only_scale or 4
        if rates:
            options["minutes"] = options["minutes"] or SWEEP_MINUTES
        choices = Choices(recipe=recipe, **options)
        if rates:
            print(sweep(choices, rates, results=choices.out or RESULTS, say=_say))
        else:
            train(choices, _say)
    except SRError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
