"""SPAN, 48 channels, 6 blocks (426K parameters at x4), on RGB.

sr-models train training/recipes/span.py --scale 4 --data TRAIN... --val VAL

By Muon, which gets it further in the same time than Adam does. x2 and x3 from the x4 checkpoint by `--warm-start`.
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="span", architecture="span", learning_rate=1e-3, options={"muon": 4}, batch=8, minutes=240)
