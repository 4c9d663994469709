"""The net that repairs, and fills holes: `restoration`, which stays as it is, and its path for holes.

sr-models train training/recipes/inpainting.py --data TRAIN...

One CPU core, an hour; needs scikit-image, whose biharmonic filling is where every hole starts. It is given no --val:
validation knows no masks, and the last average is kept.
"""

from sr_models.imaging.degradations import Degradation
from sr_models.imaging.holes import Boxes, Holed, Strokes, Text
from sr_models.train.recipe import Recipe, Stage


def damage(scale: int) -> Degradation:
    """Return the holes of training pictures, as many boxes as lines."""
    share = (0.02, 0.25)
    return Holed((Strokes(share), Text(share), Boxes(share), Boxes(share)))


recipe = Recipe(
    name="inpainting",
    architecture="restoration",
    only_scale=1,
    base="restoration",
    degradation=damage,
    validation=damage,
    objective="inpaint",
    options={"muon": 2.0, "frozen": ["enter", "body", "last", "tail"]},
    learning_rate=1.25e-3,
    stages=(Stage(0.7, "l1", 96), Stage(0.3, "log_mse", 96)),
    batch=6,
    minutes=60,
    patience=None,
    trained_for="photo",
)
