"""The plane of two numbers, which is there with its net alone; and the page where nothing draws."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch

from sr_models import archs
from sr_models.bench import Server
from sr_models.checkpoints.card import read_card
from sr_models.checkpoints.catalog import weights_folder
from sr_models.checkpoints.format import save_checkpoint
from sr_models.inference.load import load_sampler
from tests.conftest import WAIT
from tests.web.pages.generate.test_generate import shown


@pytest.fixture
def open_with(browser, monkeypatch):
    """Return a function that opens the page of a server with another weights folder."""
    servers, contexts = [], []

    def start(folder):
        server = Server(SR_LAB_WEIGHTS=str(folder))
        url = server.__enter__()
        servers.append(server)
        context = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en", has_touch=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT * 1000)
        page.goto(f"{url}/generate")
        page.wait_for_function("window.srLab")
        return page

    yield start
    for part in contexts:
        part.close()
    for server in servers:
        server.__exit__()


@pytest.fixture
def two_numbers(tmp_path, monkeypatch):
    """A weights folder with the classifier and a VAE of two numbers, of random weights."""
    home = weights_folder()
    for name in ("digit_classifier_x1", "digit_espcn_x2"):
        shutil.copy(home / f"{name}.safetensors", tmp_path)
    torch.manual_seed(0)
    net = archs.build("digit_vae", latent_dim=2, width=4)
    facts = {"name": "digit_vae_2_x2", "config": net.config, "results": ()}
    card = dataclasses.replace(read_card(home / "digit_vae_x2.safetensors"), **facts)
    save_checkpoint(net, card, tmp_path / f"{card.name}.safetensors")
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path))
    return tmp_path


def place(page) -> list[int]:
    return [int(n) for n in page.get_attribute(".sr-plane", "data-place").split(",")]


def test_two_numbers_are_moved_by_mouse_fingers_and_keys(open_with, two_numbers):
    page = open_with(two_numbers)
    page.wait_for_selector(".sr-plane[data-place]")
    whole, sampler = shown(page, ".sr-plane .field"), load_sampler("digit_vae_2", "cpu")
    assert whole.shape == (21 * 28, 21 * 28, 1)
    for (column, row), z in (((10, 10), (0.0, 0.0)), ((20, 0), (3.0, 3.0)), ((0, 5), (-3.0, 1.5))):
        cell = whole[row * 28 : row * 28 + 28, column * 28 : column * 28 + 28].astype(int)
        assert np.abs(cell - sampler.picture(torch.tensor(z))).max() <= 1
    assert place(page) == [10, 10]
    page.focus(".sr-plane .field")
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    assert place(page) == [11, 8]
    said = page.inner_text(".sr-plane .said")
    assert said.startswith("z = (0.3, 0.6)\nread as ")
    assert page.get_attribute(".sr-plane .field", "aria-valuetext") == said.strip()
    box = page.locator(".sr-plane .field").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.99, box["y"] + box["height"] * 1.5)  # beyond the edge
    page.mouse.up()
    assert place(page) == [20, 20]
    page.touchscreen.tap(box["x"] + 2, box["y"] + 2)
    assert place(page) == [0, 0]
    assert page.inner_text("#generator label.selected").startswith("Digit VAE 2\n2 numbers")


def test_without_its_net_there_is_no_plane_and_without_any_the_page_says_so(open_with, tmp_path):
    page = open_with(tmp_path)
    page.wait_for_function("document.querySelector('#status output').value.startsWith('Nothing that draws')")
    assert page.is_disabled("#run")
    assert page.locator(".sr-plane").count() == 0
    assert page.locator("#generator label").count() == 0
