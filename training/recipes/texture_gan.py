"""Texture GAN (470K parameters), on 96x96 textures: draws 64x64 and any larger size.

python training/textures.py --data TILES --out TEXTURES
sr-models train training/recipes/texture_gan.py --data TEXTURES/train.tar --steps 8000
sr-models textures --data TEXTURES/train.tar --held-out TEXTURES/held_out.tar

One CPU core that other work shared, 48 minutes. Three runs before it came to nothing within 2,000 steps, the critic no
better than chance: a slope that weighed 5 or 0.05 where 0.01 is enough, and pictures in other colours with holes
(`augment`), in which a critic of this size saw no difference.
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
