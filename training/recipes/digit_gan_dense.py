"""Digit GAN, of dense layers (243K parameters), on MNIST.

sr-models train training/recipes/digit_gan_dense.py --data MNIST
sr-models train training/recipes/digit_gan_dense.py --data MNIST --set generator_loss=log
sr-models digits --data MNIST

One CPU core that other work shared, 3 minutes, 13,000 steps. It collapses: nearly all that it draws is a one, the
critic is right in 94 %, and `sr-models digits` says so. It is kept to show what that looks like.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_gan_dense",
    architecture="digit_gan",
    config={"form": "dense"},
    only_scale=1,
    data="digits",
    objective="gan",
    options={"generator_loss": "non_saturating", "drop": 0.3},
    learning_rate=2e-4,
    stages=(Stage(1.0, "none", 28),),
    batch=64,
    minutes=3,
    ema=0.99,
    patience=None,
    choose="last",
    trained_for="digits",
    invents=True,
)
