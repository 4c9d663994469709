"""SESR, 48 channels, 6 layers, for photos and scans: blurred, noisy, compressed pictures.

sr-models train training/recipes/sesr_48x6_photo.py --scale 4 --data TRAIN... --val VAL \\
    --warm-start weights/sesr_48x6_x4.safetensors

One CPU core, an hour; the damage, drawn for each picture of a batch, costs 10 ms of a step of 70 ms.
Validation is on the tiles damaged by `typical`, noise from a fixed seed: bicubic has 26.49 dB there, and 80 seconds of
warm start gave 27.01 / 27.05 / 27.07 dB at 5e-4 / 1e-3 / 2e-3. To expect: less than its base on clean pictures.
"""

from sr_models.imaging.degradations import Blur, Chain, Downscale, Jpeg, Noise
from sr_models.train.recipe import Recipe


def damage(scale: int) -> Chain:
    """Return what training pictures suffer: blur before, the rest after shrinking."""
    return Chain((Blur((0.0, 1.6)), Downscale(scale), Noise((0.0, 15.0)), Jpeg((40, 95))))


def typical(scale: int) -> Chain:
    """Return the fixed damage by which the checkpoint is chosen."""
    return Chain((Blur(0.8), Downscale(scale), Noise(5.0), Jpeg(60)))


recipe = Recipe(
    name="sesr_48x6_photo",
    architecture="sesr",
    config={"width": 48, "depth": 6},
    degradation=damage,
    validation=typical,
    learning_rate=2e-3,
    minutes=65,
    trained_for="photo",
)
