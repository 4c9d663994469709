"""The GPU that a Space is lent: asked for by a picture's size, its results on the CPU, and what comes of a refusal."""

import sys
import types

import gradio as gr
import numpy as np
import pytest
import torch

from sr_models.imaging.encode import encode_png
from sr_models.inference import device
from sr_models.web import lent, storage
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.request import Request
from tests.conftest import scene


@pytest.fixture
def space(monkeypatch):
    """A ZeroGPU Space whose `spaces` notes what it is asked for; its GPU is a CPU that is called otherwise."""
    asked, threads = [], torch.get_num_threads()

    def gpu(duration):
        def decorate(work):
            def call(net, lr, tile):
                asked.append((duration(net, lr, tile), net))
                yield from work(net, lr, tile, "cpu")

            return call

        return decorate

    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=gpu))
    monkeypatch.setattr(lent, "ON_GPU", lent.borrow())
    yield asked
    torch.set_num_threads(threads)


def run(tmp_path, monkeypatch, **asked):
    """Run the net on a picture of 240x50; return what was said, the pixels, and the receipt."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = storage.temp_folder() / "photo.png"
    path.write_bytes(encode_png(scene(240, 50)))
    request = Request.of({"visitor": "one", "picture": str(path), "net": "espcn", "scale": 2, "tile": 64, **asked})
    changes = list(upscaling.run(request, "en"))
    outcome = changes[-1]["outcome"]
    receipt = upscaling.receipt(upscaling.measure(outcome))
    return [c.get("status", "") for c in changes], upscaling.read_result(outcome.download), receipt


def test_elsewhere_no_gpu_is_lent_and_spaces_is_not_imported(monkeypatch):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    monkeypatch.setitem(sys.modules, "spaces", None)  # importing it fails
    assert lent.borrow() is None


def test_a_run_is_made_on_the_lent_gpu_as_on_the_cpu(space, tmp_path, monkeypatch):
    said, array, receipt = run(tmp_path, monkeypatch, ensemble=True)
    ((seconds, net),) = space
    assert (net.name, net.scale, net.ensemble, net.mix) == ("espcn", 2, True, 1.0)
    assert seconds == round(lent.BEGIN + lent.PER_MEGAPIXEL * 8 * 240 * 50 / 1e6)
    assert receipt["device"] == "cuda"
    assert "CPU" not in " ".join(said)
    monkeypatch.setattr(lent, "ON_GPU", None)
    _, plain, receipt = run(tmp_path, monkeypatch, ensemble=True)
    assert np.array_equal(array, plain)
    assert receipt["device"] == "cpu"


def test_more_is_asked_for_of_larger_pictures_but_never_more_than_is_lent():
    net = lent.Net("espcn", 4, False, 1.0, "float32")
    times = [lent.seconds(net, torch.empty(1, 3, side, side), 192) for side in (100, 1000, 2000, 9000)]
    assert times == sorted(set(times))
    assert times[-1] == lent.MOST


@pytest.mark.parametrize("tiles", [0, 1])
def test_a_refusal_is_said_and_the_run_goes_on_on_the_cpu(space, tmp_path, monkeypatch, tiles):
    _, plain, _ = run(tmp_path, monkeypatch)

    def refuse(net, lr, tile):
        yield from [part for part, _ in zip(lent.enlarge(net, lr, tile, "cpu"), range(tiles), strict=False)]
        raise gr.Error("You have exceeded your free ZeroGPU quota", print_exception=False)

    monkeypatch.setattr(lent, "ON_GPU", refuse)
    said, array, receipt = run(tmp_path, monkeypatch)
    assert np.array_equal(array, plain)
    assert receipt["device"] == "cpu"
    assert said[-1].startswith("No GPU is free for this run, or your share of it is used up, so it is made on the CPU.")


def test_a_lent_gpu_is_for_what_is_called_alone(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # as ZeroGPU says everywhere
    assert device.choose_device().type == "cuda"
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert device.choose_device().type == "cpu"
    assert device.choose_device("cuda").type == "cuda"
