"""The VAE that repairs: `inpainting`, which stays as it is, and what could be there as well.

sr-models train training/recipes/restoration_vae.py --data TRAIN...

One CPU core, an hour and a half; needs scikit-image, as `inpainting` does, and the features of `training/features.py`:
without them, and with colours and octaves taken together, samples were spread as far and were coloured confetti. Three
batches of four have holes, the fourth the damages of `restoration`.
"""

from sr_models.imaging.degradations import Blur, Chain, Degradation, Downscale, Jpeg, Noise, OneOf
from sr_models.imaging.holes import Boxes, Holed, Strokes, Text
from sr_models.train.recipe import Recipe, Stage


def damage(scale: int) -> Degradation:
    """Return what the pictures of a batch suffer: holes, or one of the other damages each."""
    share = (0.02, 0.25)
    noise, jpeg, blur = Noise((5.0, 55.0)), Jpeg((12, 80)), Chain((Blur((0.6, 2.0)), Downscale(1)))
    others = OneOf((noise, jpeg, blur, Chain((noise, jpeg))), (1.0, 1.0, 1.0, 1.0))
    holes = Holed((Strokes(share), Text(share), Boxes(share), Boxes(share)))
    return OneOf((holes, others), (0.75, 0.25), together=True)


recipe = Recipe(
    name="restoration_vae",
    architecture="restoration_vae",
    only_scale=1,
    base="inpainting",
    degradation=damage,
    validation=damage,
    objective="variational_repair",
    options={"muon": 2.0, "features": "lite0"},
    learning_rate=5e-4,
    stages=(Stage(1.0, "none", 96),),
    batch=6,
    minutes=88,
    patience=None,
    choose="last",
    trained_for="photo",
    invents=True,
)
