"""VAE on the residual of SESR 48x6 (0.5M parameters at x4, 0.15M of them the frozen base), on RGB.

sr-models train training/recipes/vae.py --scale 4 --data TRAIN... --val VAL
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="vae",
    architecture="vae",
    base="sesr_48x6",
    objective="variational",
    learning_rate=1e-3,
    stages=(Stage(1.0, "none", 32),),
    batch=8,
    minutes=45,
    patience=None,
    choose="last",
)
