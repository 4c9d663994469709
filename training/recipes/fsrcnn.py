"""FSRCNN (56, 12, 4), 16K parameters at x4, on luma.

sr-models train training/recipes/fsrcnn.py --scale 4 --data TRAIN... --val VAL

One CPU core, 25 minutes a scale; x3 and x4 from the x2 checkpoint by `--warm-start`.
Set5, Y-PSNR: 37.0 / 33.1 / 30.9 dB at x2 / x3 / x4 after 8 to 12 minutes (the paper at x4: 30.7).
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="fsrcnn", architecture="fsrcnn", learning_rate=5e-3, minutes=25)
