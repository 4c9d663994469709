"""FSRCNN (56, 12, 4) on luma. One CPU core, 25 minutes a scale.

sr-models train training/recipes/fsrcnn.py --scale 4 --data TRAIN... --val VAL
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="fsrcnn", architecture="fsrcnn", learning_rate=5e-3, minutes=25)
