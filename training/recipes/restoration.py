"""The net that repairs, without holes: noise, JPEG marks, blur, two of them, or nothing.

sr-models train training/recipes/restoration.py --data TRAIN... --val VAL

One CPU core, hours. A twelfth of the pictures is clean, six tenths have one damage, half of these JPEG, the rest two or
three, always in the order in which a camera and a file make them. Every second one comes with its damage's strength.
Validation is on tiles that each have one of five damages, noise from fixed seeds.
"""

from sr_models.imaging.degradations import Blur, Chain, Degradation, Downscale, Jpeg, Noise, OneOf, Poisson
from sr_models.train.recipe import Recipe, Stage

CLEAN, BLUR, JPEG = Downscale(1), Blur((0.4, 2.0)), Jpeg((12, 80))
NOISE = OneOf((Noise((2.0, 55.0)), Poisson((15.0, 200.0))), (0.75, 0.25))


def damage(scale: int) -> Degradation:
    """Return what training pictures suffer."""
    chains = {
        (CLEAN,): 0.08,
        (NOISE,): 0.16,
        (JPEG,): 0.32,
        (BLUR, CLEAN): 0.12,
        (NOISE, JPEG): 0.12,
        (BLUR, NOISE): 0.07,
        (BLUR, JPEG): 0.09,
        (BLUR, NOISE, JPEG): 0.04,
    }
    return OneOf(tuple(map(Chain, chains)), tuple(chains.values()))


def typical(scale: int) -> Degradation:
    """Return the fixed damages by which the checkpoint is chosen."""
    chains = (Noise(25.0), Noise(50.0), Jpeg(30), Chain((Blur(1.6), CLEAN)), Chain((Noise(15.0), Jpeg(50))))
    return OneOf(chains, (1.0, 1.0, 1.0, 1.0, 1.0))


recipe = Recipe(
    name="restoration",
    architecture="restoration",
    only_scale=1,
    degradation=damage,
    validation=typical,
    objective="repair",
    options={"muon": 2.0, "frozen": ["hole."]},
    learning_rate=1.25e-3,
    stages=(Stage(0.67, "l1", 64), Stage(0.33, "log_mse", 96)),
    batch=6,
    minutes=240,
    trained_for="photo",
)
