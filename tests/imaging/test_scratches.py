"""Scratches that are drawn are found, and clean photographs are left alone."""

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sr_models.imaging.holes import Strokes
from sr_models.imaging.scratches import propose
from tests.conftest import scene

ASSETS = Path(__file__).parents[2] / "assets"
PHOTOS = ("astronaut.png", "boats.png", "colosseum.png", "dogs.jpg", "facade.png", "flowers.png", "kingfisher.png")
PHOTOS += ("sign.png",)


def photo(name: str) -> np.ndarray:
    return np.asarray(Image.open(ASSETS / name).convert("RGB"))


@pytest.mark.parametrize("name", PHOTOS)
def test_a_clean_photograph_is_left_alone(name):
    assert propose(photo(name)).mean() < 0.002


@pytest.mark.parametrize("colour", [255, 0])
def test_most_of_drawn_scratches_are_found_and_little_else(colour):
    recall, precision = [], []
    for i, name in enumerate(PHOTOS):
        picture = photo(name).copy()
        height, width, _ = picture.shape
        grey = np.asarray(Image.fromarray(picture).convert("L")).astype(int)
        share = 0.02 + 0.02 * (i % 2)
        mask = Strokes(share)(height, width, torch.Generator().manual_seed(i))[0].numpy() > 0
        seen = mask & (np.abs(grey - colour) > 40)
        picture[mask] = colour
        found = propose(picture)
        recall.append((found & seen).sum() / seen.sum())
        precision.append((found & mask).sum() / found.sum())
    assert np.mean(recall) > 0.8, recall
    assert np.mean(precision) > 0.85, precision


@pytest.mark.parametrize(("size", "found"), [(3, True), (7, True), (15, False)])
def test_a_speck_is_found_and_a_spot_is_not(size, found):
    picture = np.full((100, 100, 1), 90, np.uint8)
    picture[40 : 40 + size, 50 : 50 + size] = 250
    assert np.array_equal(propose(picture), (picture[..., 0] == 250) & found)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_grey_and_alpha_are_taken(channels):
    picture = scene(64, 48, channels) // 2
    picture[20, 5:60, : min(channels, 3)] = 255
    if channels in (2, 4):
        picture[..., -1] = 128
    assert propose(picture)[20, 5:60].all()
    assert propose(np.zeros((1, 1, channels), np.uint8)).shape == (1, 1)


def test_a_megapixel_takes_less_than_a_second():
    picture = np.tile(photo("colosseum.png"), (3, 2, 1))[:1000, :1000]
    propose(picture)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        propose(picture)
        times.append(time.perf_counter() - start)
    assert min(times) < 1
