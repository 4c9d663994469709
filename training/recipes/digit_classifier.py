"""Digit classifier (106K parameters), on MNIST.

sr-models train training/recipes/digit_classifier.py --data MNIST
sr-models digits --data MNIST

One CPU core, 3 minutes. To expect: 99 % of the test digits.
"""

from sr_models.train.recipe import Recipe, Stage

recipe = Recipe(
    name="digit_classifier",
    architecture="digit_classifier",
    only_scale=1,
    data="digits",
    objective="classify",
    learning_rate=1e-3,
    stages=(Stage(1.0, "none", 28),),
    batch=64,
    minutes=3,
    patience=None,
    choose="last",
    trained_for="digits",
)
