"""SPAN, 48 channels, 6 blocks (426K parameters at x4), on RGB.

sr-models train training/recipes/span.py --scale 4 --data TRAIN... --val VAL

Many CPU hours a scale, or one short run on a GPU: 30.9 dB on Set5 at x4 after 70 minutes on one core is far from the
paper's 32.2; x2 and x3 from the x4 checkpoint by `--warm-start`.
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="span", architecture="span", config={"expansion": 2}, learning_rate=1e-3, batch=8, minutes=240)
