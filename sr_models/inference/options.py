"""The settings of a run: how a net goes over a picture, what it is mixed with, and how samples are drawn."""

from typing import Any

from sr_models.parameters import Parameter

TILE = Parameter("tile", 0, low=0, high=4096, step=16, unit="px")  # 0: as the device likes it
ENSEMBLE = Parameter("ensemble", False)
MIX = Parameter("mix", 1.0, low=0, high=1, step=0.05)  # of a net that invents: 0 is the measured net that it continues
LOADING: tuple[Parameter[Any], ...] = (ENSEMBLE, MIX)

SAMPLES = Parameter("samples", 4, low=1, high=32)
SAMPLE_SEED = Parameter("sample_seed", 0, low=0, high=2**32 - 1, option="seed")
# Of those measured, 0.7 is nearest to the original by LPIPS (training/RESULTS.md).
TEMPERATURE = Parameter("temperature", 0.7, low=0, high=2, step=0.1)
CONSISTENT = Parameter("consistent", True, option="project")
SAMPLING: tuple[Parameter[Any], ...] = (SAMPLES, SAMPLE_SEED, TEMPERATURE, CONSISTENT)
