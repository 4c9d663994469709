"""EDSR-baseline, 64 channels, 16 blocks (1.52M parameters at x4), on RGB.

sr-models train training/recipes/edsr.py --scale 4 --data TRAIN... --val VAL --teacher sesr_64x10

One CPU core takes 2.5 steps a second in bf16. By Muon, whose kernels have four times the rate: at 1e-3 the loss rose to
10^5 after some hundred steps, at 4e-4 validation stood at 28.9 dB from step 655 to 1,145.
Set5, Y-PSNR: 31.44 dB at x4 after 84 minutes, 12,171 steps (the paper's, by days on a GPU: 32.1).
x2 and x3 from the x4 checkpoint by `--warm-start`, without a teacher until there is one.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="edsr",
    architecture="edsr",
    learning_rate=2e-4,
    options={"muon": 4},
    stages=(Stage(0.85, "l1", 24), Stage(0.15, "mse", 32)),
    batch=8,
    minutes=120,
)
