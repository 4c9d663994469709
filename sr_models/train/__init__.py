"""Train a net by a recipe: `python -m sr_models.train RECIPE --scale 4 --data PATH...`."""
