"""Texture GAN (745K parameters), on 96x96 textures: draws 64x64 and any larger size.

python training/textures.py --data TILES --out TEXTURES
sr-models train training/recipes/texture_gan.py --data TEXTURES/train.tar
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="texture_gan",
    architecture="texture_gan",
    only_scale=1,
    objective="gan",
    options={"generator_loss": "non_saturating", "slope": 0.01},
    learning_rate=5e-4,
    stages=(Stage(1.0, "none", 64),),
    batch=16,
    minutes=60,
    ema=0.999,
    patience=None,
    choose="last",
    trained_for="textures",
    invents=True,
)
