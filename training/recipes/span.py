"""SPAN, 48 channels, 6 blocks (426K parameters at x4), on RGB.

sr-models train training/recipes/span.py --scale 4 --data TRAIN... --val VAL --teacher sesr_64x10 \\
    --minutes 30 --set 'frozen=["join"]' --out runs/span_deep
sr-models train training/recipes/span.py --scale 4 --data TRAIN... --val VAL --teacher sesr_64x10 \\
    --warm-start runs/span_deep/span_x4.safetensors

First from its last depth alone, then from all four: where a net begins with all four, the head and the first block do
the work, and the other five never begin. By Muon, which gets it further in the same time than Adam does.
x2 and x3 from the x4 checkpoint by `--warm-start`, without a teacher until there is one.
"""

from sr_models.train.recipe import Recipe

recipe = Recipe(name="span", architecture="span", learning_rate=1e-3, options={"muon": 4}, batch=8, minutes=240)
