"""VAE on the residual of SESR 48x6 (0.5M parameters at x4, 0.15M of them the frozen base), on RGB.

sr-models train training/recipes/vae.py --scale 4 --data TRAIN... --val VAL

One CPU core, 40 minutes at x4 with beta 1 (220 ms a step of 8 patches), then 10 with 1.5 at half the rate: of a sample
at T = 1, LPIPS fell from 0.172 to 0.160 on Set5, and its distance from the truth too. x2 and x3 from x4 by
`--warm-start`, 9 minutes each. To expect: the posterior 10 dB above the mean, 7 nats per LR pixel, samples 1 to 2.5 dB
below the mean.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="vae",
    architecture="vae",
    base="sesr_48x6",
    objective="variational",
    options={"beta": 1.5},
    learning_rate=1e-3,
    stages=(Stage(1.0, "none", 32),),
    batch=8,
    minutes=45,
    patience=None,
    choose="last",
)
