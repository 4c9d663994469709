"""SESR, 48 channels, 6 layers (147K parameters at x4), on RGB.

sr-models train training/recipes/sesr_48x6.py --scale 4 --data TRAIN... --val VAL

One CPU core, an hour and more a scale; x2 and x3 from the x4 checkpoint by `--warm-start`.
Set5, Y-PSNR: 31.3 dB at x4 after 65 minutes (the paper's XL: 31.5); three hours should give 31.4.
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="sesr_48x6", architecture="sesr", config={"width": 48, "depth": 6}, learning_rate=2e-3, minutes=65)
