"""EDSR-baseline, 64 channels, 16 blocks (1.52M parameters at x4), on RGB.

python training/edsr_from_sesr.py weights/sesr_48x6_x4.safetensors --data TRAIN... --out runs/sesr_48x6_as_edsr_x4.safetensors
sr-models train training/recipes/edsr.py --scale 4 --data TRAIN... --val VAL \\
    --warm-start runs/sesr_48x6_as_edsr_x4.safetensors --learning-rate 2e-5

One CPU core takes a second for a step, so that there it starts as SESR 48x6 laid into it, at 29.60 dB of validation. That
start is brittle: by a rate of 2e-4 it is lost within 20 steps, and 110 minutes at 2e-5 fell to 29.40 and came back to 29.59
only. With what was laid kept by `--set 'frozen=["head","body.0.",...,"body.12."]'`, 36 minutes at 2e-4 beside a teacher did
no harm and no good: 29.60. A GPU takes EDSR from scratch at the recipe's rate (the paper's: 32.1 dB on Set5).
x2 and x3 from the x4 checkpoint by `--warm-start`.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="edsr",
    architecture="edsr",
    learning_rate=2e-4,
    stages=(Stage(0.85, "l1", 24), Stage(0.15, "mse", 32)),
    batch=8,
    minutes=120,
)
