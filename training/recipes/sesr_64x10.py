"""SESR, 64 channels, 10 layers (399K parameters at x4), on RGB.

sr-models train training/recipes/sesr_64x10.py --scale 4 --data TRAIN... --val VAL \\
    --warm-start weights/sesr_48x6_x4.safetensors

One CPU core, hours a scale; grown from SESR 48x6, so that it starts at its 31.3 dB.
Set5, Y-PSNR: 31.49 dB at x4; from the x4 checkpoint by `--set muon=4 --learning-rate 5e-4`: 33.71 dB at x3,
115 minutes, and 37.56 dB at x2, 110 minutes.
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(
    name="sesr_64x10", architecture="sesr", config={"width": 64, "depth": 10}, learning_rate=1e-3, minutes=120
)
