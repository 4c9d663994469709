"""SESR, 48 channels, 6 layers (147K parameters at x4), on RGB. One CPU core, an hour and more a scale.

sr-models train training/recipes/sesr_48x6.py --scale 4 --data TRAIN... --val VAL
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="sesr_48x6", architecture="sesr", config={"width": 48, "depth": 6}, learning_rate=2e-3, minutes=65)
