"""SRGAN on SESR 48x6 (147K parameters at x4), on RGB: sharp, partly invented.

python training/features.py
sr-models train training/recipes/srgan.py --scale 4 --data TRAIN... --val VAL

A step of 8 patches costs 0.5 s on one core in float32. At x4 the file had three stretches of 35, 17 and 26 minutes,
each started from the last one's net (`--warm-start`) and critic (`--set critic_start=srgan_critic_x4`), the critic's
weight rising: adversarial 0.005, matching 0.05, style 0.5 and pixel 0.3; then 0.02, 0.1, 1 and 0.1; then those below.
x2 starts from SESR 48x6 at x2 and the critic of x4, 13 minutes.
Three things made it work: a conditional critic, whose second input is eight times what the picture has beyond the
enlarged LR (without it the critic's loss stayed at chance for 800 steps; with it, it fell within 30), its twice faster
rate, and features that are looked at from another place of their grid at each step.
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
    minutes=75,
    patience=None,
    choose="lpips",
    invents=True,
)
