"""Digit GAN, of transposed convolutions (237K parameters), on MNIST.

sr-models train training/recipes/digit_gan.py --data MNIST
sr-models train training/recipes/digit_gan.py --data MNIST --set generator_loss=log
sr-models digits --data MNIST

One CPU core that other work shared, 11 minutes, 8,900 steps: half of what it draws is a clear digit, at a Fréchet
distance of 69; longer is better, 6,500 steps came to 103. The critic is right in 67 % of all cases. Without `drop`,
batches of 32 and 5 minutes came to 141; a critic that normalised was right in 99 % and left one digit out.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_gan",
    architecture="digit_gan",
    config={"form": "dcgan"},
    only_scale=1,
    data="digits",
    objective="gan",
    options={"generator_loss": "non_saturating", "drop": 0.3},
    learning_rate=2e-4,
    stages=(Stage(1.0, "none", 28),),
    batch=64,
    minutes=11,
    ema=0.99,
    patience=None,
    choose="last",
    trained_for="digits",
    invents=True,
)
