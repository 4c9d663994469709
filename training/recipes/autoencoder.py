"""Autoencoder with skips (1.0M parameters at x4), on RGB.

sr-models train training/recipes/autoencoder.py --scale 4 --data TRAIN... --val VAL

One CPU core, 30 minutes at x4 (210 ms a step), x3 and x2 from x4 by `--warm-start`, 11 minutes each.
Set5, Y-PSNR: 37.2 / 33.3 / 31.0 dB at x2 / x3 / x4.
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="autoencoder", architecture="autoencoder", learning_rate=1e-3, minutes=45)
