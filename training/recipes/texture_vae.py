"""Texture VAE (1.0M parameters), on 96x96 textures: draws 64x64 and any larger size.

python training/textures.py --data TILES --out TEXTURES
sr-models train training/recipes/texture_vae.py --data TEXTURES/train.tar --steps 3600
sr-models textures --data TEXTURES/train.tar --held-out TEXTURES/held_out.tar

One CPU core that other work shared, 46 minutes, after a first run of 15 (`--warm-start`). What the prior drew was grey
until the whole picture's numbers were drawn with the mean and covariance that they have in training.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="texture_vae",
    architecture="texture_vae",
    only_scale=1,
    objective="textures",
    learning_rate=1e-3,
    stages=(Stage(1.0, "none", 64),),
    batch=16,
    minutes=60,
    ema=0.998,
    patience=None,
    choose="last",
    trained_for="textures",
    invents=True,
)
