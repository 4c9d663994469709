"""SRGAN on SESR 48x6 (147K parameters at x4), on RGB: sharp, partly invented.

python training/features.py
sr-models train training/recipes/srgan.py --scale 4 --data TRAIN... --val VAL
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="srgan",
    architecture="srgan",
    base="sesr_48x6",
    objective="adversarial",
    options={"features": "lite0", "pixel": 0.1, "style": 1.5, "adversarial": 0.04, "matching": 0.15},
    learning_rate=4e-4,
    stages=(Stage(1.0, "none", 24),),
    batch=8,
    minutes=80,
    patience=None,
    choose="lpips",
    invents=True,
)
