"""Digit ESPCN (194K parameters), on MNIST: enlarges digits from 14x14 to 28x28, for comparison with the digit VAE.

sr-models train training/recipes/digit_espcn.py --data MNIST
sr-models digits --data MNIST

One CPU core that other work shared, 4 minutes, 3,900 steps: a weight costs more on 14x14 places than behind a vector.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_espcn",
    architecture="digit_espcn",
    only_scale=2,
    data="digits",
    learning_rate=1e-3,
    stages=(Stage(1.0, "mse", 14),),
    batch=32,
    minutes=4,
    patience=None,
    choose="last",
    trained_for="digits",
)
