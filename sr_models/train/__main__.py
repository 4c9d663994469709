"""`python -m sr_models.train RECIPE --scale 4 --data PATH...`: needs torch, numpy, Pillow and safetensors only."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse
import dataclasses
import sys
from pathlib import Path

from sr_models.errors import SRError


def main(arguments: list[str] | None = None) -> int:
    """Parse the arguments, train, and return the exit code: 2 with one sentence for bad use."""
    from sr_models.train.loop import train
    from sr_models.train.recipe import load_recipe

    parser = argparse.ArgumentParser(prog="python -m sr_models.train", description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="tar shards, folders or pictures")
    parser.add_argument("--val", type=Path, nargs="+", help="the same, for choosing the checkpoint")
    parser.add_argument("--minutes", type=float, help="budget of training time; default: the recipe's")
    parser.add_argument("--steps", type=int, help="budget in steps instead")
    parser.add_argument("--out", type=Path, help="folder of the run; default runs/<name>")
    parser.add_argument("--resume", action="store_true", help="go on from the state in --out")
    parser.add_argument("--warm-start", type=Path, help="checkpoint whose fitting weights to start from")
    parser.add_argument("--learning-rate", type=float, help="instead of the recipe's")
    parser.add_argument("--device")
    options = parser.parse_args(arguments)
    try:
        recipe = load_recipe(options.recipe)
        if options.learning_rate:
            recipe = dataclasses.replace(recipe, learning_rate=options.learning_rate)
        train(
            recipe,
            scale=options.scale,
            data=options.data,
            val=options.val,
            minutes=options.minutes,
            steps=options.steps,
            out=options.out,
            resume=options.resume,
            warm_start=options.warm_start,
            device=options.device,
        )
    except SRError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
