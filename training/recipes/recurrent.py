"""Recurrent net, 48 channels (89K parameters at x4), on RGB, trained with 3 to 5 steps, 4 in its file.

sr-models train training/recipes/recurrent.py --scale 4 --data TRAIN... --val VAL

One CPU core, an hour a scale, 145 ms a step. 420 steps from scratch gave a validation Y-PSNR (bicubic 27.85) of
28.40 / 28.41 / 28.41 / 28.26 dB at 1e-3 / 2e-3 / 3e-3 / 5e-3. Set5: 31.2 dB at x4 after 34 minutes, 33.5 and
37.3 at x3 and x2 after 28 and 20 by `--warm-start` (DRCN 31.53 / 33.82 / 37.63).
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="recurrent",
    architecture="recurrent",
    learning_rate=2e-3,
    objective="recurrent",
    stages=(Stage(0.9, "l1", 32), Stage(0.1, "mse", 48)),
    minutes=65,
)
