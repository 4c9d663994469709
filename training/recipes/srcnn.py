"""SRCNN 9-5-5 (57K parameters) on luma, from scratch: PyTorch's initial weights and no residual, as in the paper.

sr-models train training/recipes/srcnn.py --scale 4 --data TRAIN... --val VAL

One CPU core, 12 to 16 minutes a scale, x3 from x2 and x4 from x3 by `--warm-start`; x4 costs 60 ms a step of 16 patches
of 64x64 HR, all of which it computes on the large grid. 800 steps gave a validation Y-PSNR (bicubic 27.85) of 28.40 /
28.46 / 28.46 / 28.42 dB at 5e-4 / 1e-3 / 2e-3 / 3e-3. Set5: 36.7 / 32.7 / 30.4 dB at x2 / x3 / x4 (the paper, after
days: 36.66 / 32.75 / 30.48).
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="srcnn",
    architecture="srcnn",
    learning_rate=1e-3,
    stages=(Stage(0.85, "l1", 16), Stage(0.15, "mse", 24)),
    minutes=65,
)
