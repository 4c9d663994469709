"""The net that mends tone: exposure, contrast, fading and colour cast.

sr-models train training/recipes/tone.py --data TRAIN... --val VAL

One CPU core, half an hour. Crops are large, because it is the whole picture that tells what is wrong. Three in ten are
left as they are, so that it learns to leave good ones alone. RMSE first: a loss that rewards the easy ones from the
start leaves the hard ones alone.
"""

from sr_models.imaging.degradations import Chain, Degradation, Downscale, OneOf
from sr_models.imaging.tone import Contrast, Exposure, Fading, Thin
from sr_models.train.recipe import Recipe, Stage


def damage(scale: int) -> Degradation:
    """Return what training pictures suffer."""
    chains = {
        (Downscale(1),): 0.3,
        (Exposure(),): 0.2,
        (Contrast(),): 0.15,
        (Fading(),): 0.2,
        (Exposure(), Fading()): 0.1,
        (Contrast(), Exposure()): 0.05,
    }
    return Chain((Thin(4), OneOf(tuple(map(Chain, chains)), tuple(chains.values()))))


def typical(scale: int) -> Degradation:
    """Return the damages by which the checkpoint is chosen."""
    return OneOf((Exposure(), Contrast(), Fading()), (1.0, 1.0, 1.0))


recipe = Recipe(
    name="tone",
    architecture="tone",
    only_scale=1,
    degradation=damage,
    validation=typical,
    objective="pointwise",
    learning_rate=1e-3,
    stages=(Stage(0.6, "rmse", 480), Stage(0.4, "log_mse", 480)),
    batch=16,
    minutes=30,
    trained_for="photo",
)
