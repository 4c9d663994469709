"""Autoencoder without skips at x4: what goes through its bottleneck alone, 24 numbers for each 4x4 pixels of 48.

sr-models train training/recipes/autoencoder_noskip.py --scale 4 --data TRAIN... --val VAL

It is there to be looked at, not to be used: it may end below bicubic, so that no gain does not stop it.
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(
    name="autoencoder_noskip",
    architecture="autoencoder",
    config={"skips": False, "latent": 24},
    learning_rate=1e-3,
    minutes=20,
    patience=None,
)
