"""Digit VAE of two numbers (50K parameters), on MNIST: a plane of digits to move in.

sr-models train training/recipes/digit_vae_2.py --data MNIST
sr-models digits --data MNIST

One CPU core that other work shared, 8 minutes, 9,700 steps.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_vae_2",
    architecture="digit_vae",
    config={"latent_dim": 2, "likelihood": "bce"},
    only_scale=2,
    data="digits",
    objective="elbo",
    options={"beta": 1.0},
    learning_rate=1e-3,
    stages=(Stage(1.0, "none", 14),),
    batch=32,
    minutes=8,
    patience=None,
    choose="last",
    trained_for="digits",
    invents=True,
)
