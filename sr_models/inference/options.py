"""The settings of a run: how a net goes over a picture, what it is mixed with, how samples and pictures are drawn."""

from dataclasses import replace
from typing import Any

from sr_models.parameters import Parameter

TILE = Parameter("tile", 0, low=16, high=4096, step=16, unit="px", help="Tile side in input pixels; default: automatic")
ENSEMBLE = Parameter("ensemble", False, help="Average over 8 flips and turns: 8 times as long")
MIX = Parameter(
    "mix", 1.0, low=0, high=1, step=0.05, help="Of a net that invents: 0 the measured net that it continues, 1 itself"
)
LOADING: tuple[Parameter[Any], ...] = (ENSEMBLE, MIX)

SAMPLES = Parameter("samples", 4, low=1, high=32, help="Also draw so many possible pictures, by a net that knows many")
NO_SAMPLES = replace(SAMPLES, default=0)  # where they are drawn only when asked for
SAMPLE_SEED = Parameter("sample_seed", 0, low=0, high=2**32 - 1, option="seed", help="Of the samples")
# Of those measured, 0.7 is nearest to the original by LPIPS (training/RESULTS.md).
TEMPERATURE = Parameter(
    "temperature", 0.7, low=0, high=2, step=0.1, help="Of the samples: 0 gives the mean, 1 what is likely"
)
CONSISTENT = Parameter("consistent", True, option="project", help="Samples that shrink back to the picture")
DRAWING: tuple[Parameter[Any], ...] = (SAMPLE_SEED, TEMPERATURE, CONSISTENT)
SAMPLING: tuple[Parameter[Any], ...] = (SAMPLES, *DRAWING)

TASKS = ("inpaint", "denoise", "dejpeg", "deblur", "tone")  # of a repair, in the order in which they are done
TASK = Parameter("task", "auto", choices=("auto", *TASKS), help="What to repair; auto: what is found")
STRENGTH = Parameter(
    "strength", -1.0, low=0, high=100, step=0.5, help="Of the damage, in the method's unit; default: its own estimate"
)
RESTORING: tuple[Parameter[Any], ...] = (TASK, STRENGTH)

COUNT = Parameter("count", 64, low=1, high=256, help="Of pictures")
DRAW_SEED = Parameter("seed", 7, low=0, high=2**32 - 1, help="Picture k of a seed is always the same")
DRAW_TEMPERATURE = Parameter(
    "temperature",
    0.8,
    low=0,
    high=1.5,
    step=0.1,
    help="Low: typical; 1: as varied as what was learned from; above: odd",
)
DRAWN_SIZE = Parameter(
    "drawn_size", "", high=20, option="size", help="Of each picture: 96x64, or a side; default: as it learned from"
)
ENLARGED = Parameter("enlarged", "1", choices=("1", "2", "4"), option="enlarge", help="How many times larger")
FRAMES = Parameter("frames", 11, low=2, high=101, help="Of a walk between two pictures")
GENERATING: tuple[Parameter[Any], ...] = (COUNT, DRAW_SEED, DRAW_TEMPERATURE, DRAWN_SIZE, ENLARGED)
