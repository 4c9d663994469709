"""SESR, 32 channels, 4 layers (52K parameters at x4), on RGB. One CPU core, 40 minutes a scale.

sr-models train training/recipes/sesr_32x4.py --scale 4 --data TRAIN... --val VAL
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="sesr_32x4", architecture="sesr", config={"width": 32, "depth": 4}, learning_rate=3e-3, minutes=40)
