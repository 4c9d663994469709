"""Digit GAN, of transposed convolutions (237K parameters), on MNIST.

sr-models train training/recipes/digit_gan.py --data MNIST
sr-models train training/recipes/digit_gan.py --data MNIST --set generator_loss=log
sr-models digits --data MNIST
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_gan",
    architecture="digit_gan",
    config={"form": "dcgan"},
    only_scale=1,
    data="digits",
    objective="gan",
    options={"generator_loss": "non_saturating"},
    learning_rate=2e-4,
    stages=(Stage(1.0, "none", 28),),
    batch=32,
    minutes=10,
    ema=0.99,
    patience=None,
    choose="last",
    trained_for="digits",
    invents=True,
)
