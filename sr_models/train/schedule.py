"""Learning rate and stage as functions of progress in [0, 1]."""

import math

from sr_models.train.recipe import Stage

WARM_UP = 0.01


def learning_rate_factor(progress: float) -> float:
    """Rise linearly for the first hundredth, then fall by a cosine to 0."""
    if progress < WARM_UP:
        return progress / WARM_UP + 0.01
    return 0.5 * (1 + math.cos(math.pi * min((progress - WARM_UP) / (1 - WARM_UP), 1)))


def stage_at(stages: tuple[Stage, ...], progress: float) -> Stage:
    """Return the stage that holds at this progress."""
    end = 0.0
    for stage in stages:
        end += stage.share
        if progress < end:
            return stage
    return stages[-1]
