"""Autoencoder with skips (0.8M parameters at x4), on RGB.

sr-models train training/recipes/autoencoder.py --scale 4 --data TRAIN... --val VAL
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="autoencoder", architecture="autoencoder", learning_rate=1e-3, minutes=45)
