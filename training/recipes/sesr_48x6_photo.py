"""SESR, 48 channels, 6 layers, for photos and scans: blurred, noisy, compressed pictures, and clean ones left alone.

sr-models train training/recipes/sesr_48x6_photo.py --scale 4 --data TRAIN... --val VAL \\
    --warm-start weights/sesr_48x6_x4.safetensors

One CPU core, an hour; the damage, drawn for each picture of a batch, costs 10 ms of a step of 70 ms.
A net that was shown damaged pictures alone damaged clean ones: Set5 x4 29.40 dB where its base has 31.31, and colours
moved by a grey level. Here a quarter of the pictures is clean, and a half is touched a little; 45 minutes at x4 from
that net, by `--set muon=4 --learning-rate 5e-4`: clean 30.71 dB, damaged 27.57 where it had 27.74.
Validation is on clean tiles and on those damaged by `typical`, noise from a fixed seed.
"""

from sr_models.imaging.degradations import Blur, Chain, Degradation, Downscale, Jpeg, Noise, OneOf
from sr_models.train.recipe import Recipe


def damage(scale: int) -> Degradation:
    """Return what training pictures suffer: blur before, the rest after shrinking."""
    shrunk = Downscale(scale)
    return OneOf(
        (
            shrunk,
            Chain((shrunk, Jpeg((60, 98)))),
            Chain((Blur((0.0, 1.0)), shrunk, Noise((0.0, 5.0)), Jpeg((70, 98)))),
            Chain((Blur((0.0, 1.6)), shrunk, Noise((0.0, 20.0)), Jpeg((30, 95)))),
        ),
        (0.25, 0.2, 0.25, 0.3),
    )


def typical(scale: int) -> Degradation:
    """Return the fixed damage by which the checkpoint is chosen."""
    return OneOf(
        (Downscale(scale), Chain((Blur(0.8), Downscale(scale), Noise(5.0), Jpeg(60)))),
        (0.5, 0.5),
    )


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
