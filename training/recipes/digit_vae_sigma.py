"""Digit VAE with a learned noise level (191K parameters), on MNIST: exact where it draws again and enlarges.

sr-models train training/recipes/digit_vae_sigma.py --data MNIST --steps 9000
sr-models digits --data MNIST

One CPU core that other work shared, 11 minutes. The noise level falls to 0.064, so that KL is 97 nats: what the encoder
finds is far from the prior, and what is drawn from noise is no digit. `digit_vae.py` draws better and is less exact.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_vae_sigma",
    architecture="digit_vae",
    config={"latent_dim": 32, "likelihood": "sigma"},
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
