"""Animations on the page: all frames up to a limit, the first one beyond it."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from sr_models.imaging.animation import frames
from sr_models.inference.load import load
from sr_models.pipelines.upscale import enlarged
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import batch as batches
from sr_models.web.pages.upscale import moving, upscaling
from sr_models.web.pages.upscale.batch_shown import shown
from sr_models.web.pages.upscale.describe import describe
from sr_models.web.pages.upscale.request import Request, resolve
from tests.conftest import scene
from tests.web.pages.upscale.page import download, pixels, upload

COUNT = 5


@pytest.fixture(params=["gif", "png", "webp"])
def moves(request, tmp_path):
    """An animation of 60x40 that plays for a second."""
    pictures = [Image.fromarray(np.roll(scene(60, 40), 4 * number, 1)) for number in range(COUNT)]
    path = tmp_path / f"moves.{request.param}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=200, loop=0, lossless=True)
    return path


@pytest.fixture
def asks(monkeypatch, tmp_path, moves):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    NETS.refresh()
    return Request.of({"visitor": "one", "picture": str(moves), "net": "bicubic", "scale": 2})


def test_an_animation_becomes_one_of_its_kind_with_all_frames(visit, moves):
    page = visit(query="?arch=espcn")
    upload(page, moves, f"{COUNT} frames in 1.0 s")
    assert f"all {COUNT} frames" in page.inner_text("#sentence")
    name, data = download(page, "#download")
    assert name == f"moves_espcn_x4{moves.suffix}"
    image = Image.open(io.BytesIO(data))
    assert (image.size, getattr(image, "n_frames", 1)) == ((240, 160), COUNT)
    assert [frame.milliseconds for frame in frames(data)] == [200] * COUNT
    made = [frame.array for frame in frames(data)]
    assert np.array_equal(
        pixels(page, 1)[..., :3], made[0][..., :3]
    )  # what is shown and measured is what the file holds
    if moves.suffix != ".gif":  # which has 255 colours
        net = load("espcn", 4)
        for ours, frame in zip(made, frames(moves.read_bytes()), strict=True):
            assert np.array_equal(ours[..., :3], enlarged(net, frame.array[..., :3]))
    receipt = json.loads(download(page, "#receipt")[1])
    assert receipt["format"]["frames"] == COUNT
    assert "first_frame" not in receipt["input"]["notes"]


def test_of_too_many_frames_the_first_is_made_and_the_command_line_is_named(asks, monkeypatch):
    monkeypatch.setattr(moving, "MOST_PIXELS", COUNT * 120 * 80)
    assert moving.all_frames(resolve(asks))
    assert "Only the first" not in describe(asks, "en")
    monkeypatch.setattr(moving, "MOST_PIXELS", COUNT * 120 * 80 - 1)
    said = f"Only the first of its {COUNT} frames is enlarged here: the limit is {COUNT - 1} frames at this size."
    assert f"{said} For all of them: sr-models upscale" in describe(asks, "en")
    *_, last = upscaling.run(asks, "en")
    assert not last["outcome"].frames
    assert getattr(Image.open(last["outcome"].download), "n_frames", 1) == 1
    item = batches.look_at(batches.Item(asks.picture))
    batch = batches.begin(batches.Batch(str(asks.picture) + "_batch", (item,)), asks)
    assert batch.items[0].target.endswith("moves_bicubic_x2.png")
    assert "the limit is 4 frames" in shown(batch, "en")["several_words"]


@pytest.mark.parametrize("settings", [{"mode": "test"}, {"format": "jpeg"}, {"scale": 0, "size": "30"}])
def test_what_makes_one_picture_makes_no_animation(asks, settings):
    assert moving.could_move(resolve(asks))
    assert not moving.could_move(resolve(asks.with_(**settings)))
