"""Digit VAE (191K parameters), on MNIST: draws digits, and enlarges them from 14x14 to 28x28.

sr-models train training/recipes/digit_vae.py --data MNIST
sr-models train training/recipes/digit_vae.py --data MNIST --set config.latent_dim=2 beta=4 config.likelihood=sigma
sr-models digits --data MNIST
sr-models digits --data MNIST --curves training/recipes/digit_vae.py --steps 1000   # in many ways

One CPU core that other work shared, 8 minutes, 7,000 steps. By cross-entropy KL is 26 nats, near enough to the prior
that most of what is drawn from noise is a digit, if a soft one; `digit_vae_sigma.py` is exact instead.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_vae",
    architecture="digit_vae",
    config={"latent_dim": 32, "likelihood": "bce"},
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
