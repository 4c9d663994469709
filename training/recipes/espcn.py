"""ESPCN (25K parameters at x4) on luma.

sr-models train training/recipes/espcn.py --scale 4 --data TRAIN... --val VAL

One CPU core, 25 minutes a scale; x3 and x4 from the x2 checkpoint by `--warm-start`.
Set5, Y-PSNR: 36.9 / 33.0 / 30.7 dB at x2 / x3 / x4 after 10 to 17 minutes (the paper at x4: 30.5 to 30.9).
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="espcn", architecture="espcn", learning_rate=5e-3, minutes=25)
