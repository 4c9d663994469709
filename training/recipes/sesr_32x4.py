"""SESR, 32 channels, 4 layers (52K parameters at x4), on RGB.

sr-models train training/recipes/sesr_32x4.py --scale 4 --data TRAIN... --val VAL

One CPU core, 40 minutes a scale; x3 and x4 from the x2 checkpoint by `--warm-start`. x4 went on from itself for 9
minutes by `--learning-rate 1e-3 --set muon=4 --teacher sesr_64x10`.
Set5, Y-PSNR: 37.3 / 33.3 / 31.1 dB at x2 / x3 / x4 after 20 to 37 minutes (the paper's M5 at x4: 31.0).
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="sesr_32x4", architecture="sesr", config={"width": 32, "depth": 4}, learning_rate=3e-3, minutes=40)
