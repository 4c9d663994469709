"""The page `/generate`: a ready sheet, one enlarged by mouse and keys, a walk, its address, what is stale, files."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from sr_models.inference.load import load_sampler
from sr_models.inference.options import DRAW_SEED, DRAW_TEMPERATURE
from sr_models.pipelines.generate import enlarger_for, sheet
from sr_models.web.pages.generate.nearest import STORED
from sr_models.web.pages.generate.request import SAMPLE
from tests.web.pages.upscale.page import STATUS, download

SERIOUS = ("serious", "critical")
HOW = {"seed": DRAW_SEED.default, "temperature": DRAW_TEMPERATURE.default}


@pytest.fixture(scope="module")
def vae():
    return load_sampler("digit_vae", "cpu")


def pixels(data: bytes) -> np.ndarray:
    array = np.asarray(Image.open(io.BytesIO(data)))
    return array if array.ndim == 3 else array[..., None]


def shown(page, where: str) -> np.ndarray:
    """Return a picture that the page holds as data."""
    found = page.evaluate(f"""() => {{
      const e = document.querySelector({where!r});
      return e.src ?? getComputedStyle(e).backgroundImage;
    }}""")
    return pixels(base64.b64decode(found.split("base64,")[1].strip("\"')")))


def wait_for(page, sample: int) -> None:
    """Wait until a sample stands enlarged."""
    page.wait_for_selector(f".stages[data-sample='{sample}']")
    page.wait_for_function(f"!document.querySelector('{STATUS}').value.startsWith('Waiting')")


def after(page, act) -> None:
    """Do something that has another sheet drawn, and wait until all of it stands."""
    before = page.get_attribute(".sr-samples", "data-id")
    act()
    page.wait_for_function(
        f"""before => document.querySelector('.sr-samples').dataset.id !== before
          && document.querySelector('{STATUS}').value.startsWith('64 drawn')
          && !document.querySelector('#run').disabled""",
        arg=before,
    )


def selected(page) -> int:
    return int(page.get_attribute(".sr-samples", "data-chosen"))


def test_first_sight_is_a_whole_sheet_with_one_enlarged_a_walk_and_what_is_nearest(visit, vae):
    page = visit()
    pictures = list(vae.samples(64, **HOW))
    assert np.array_equal(shown(page, ".sr-samples .cells"), sheet(pictures, 8))
    assert page.locator("[role=grid] [role=row]").count() == 8
    assert page.locator("[role=grid] [role=gridcell]").count() == 64
    chosen = SAMPLE.default
    assert selected(page) == chosen
    assert np.array_equal(shown(page, ".stages .drawn"), pictures[chosen])
    assert (
        np.abs(shown(page, ".stages .large").astype(int) - enlarger_for(vae.card).enlarge(pictures[chosen])).max() < 2
    )
    assert re.match(r"64 digits in [\d.]+ s, \d\d read without doubt", page.inner_text("#sentence .sentence"))
    assert re.search(r"28 × 28 · \d+ ms[\s\S]*112 × 112 · \d+ ms", page.inner_text("#one"))
    assert "drawn, not photographed" in page.inner_text("#one .invents")
    assert f"seed 7/{chosen} · read as 4, 100 %" in page.inner_text("#one")
    assert "the nearest of 60,000 learned from" in page.inner_text("#one")
    near = Image.open(STORED / "digit_vae_x2_nearest.png")
    left, top = chosen % 8 * 28, chosen // 8 * 28
    assert np.array_equal(shown(page, ".stages .near")[..., 0], np.asarray(near)[top : top + 28, left : left + 28])
    assert page.locator(".sr-walk .frame").count() == 11
    box = page.locator("#run").bounding_box()
    assert box
    assert box["y"] + box["height"] < 900  # in sight


def test_mouse_and_keys_choose_alike_and_the_address_keeps_it(visit, vae):
    page = visit()
    pictures = list(vae.samples(64, **HOW))
    page.locator("[role=gridcell]").nth(20).click()
    wait_for(page, 20)
    assert np.array_equal(shown(page, ".stages .drawn"), pictures[20])
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert selected(page) == 20  # until Enter
    page.keyboard.press("Enter")
    wait_for(page, 29)
    assert selected(page) == 29
    assert page.evaluate("document.activeElement.getAttribute('role')") == "gridcell"
    assert np.array_equal(shown(page, ".stages .drawn"), pictures[29])
    page.wait_for_function("location.search.includes('sample=29')")
    page.reload()
    page.wait_for_selector("#samples [role=gridcell]")
    wait_for(page, 29)
    assert selected(page) == 29


def test_an_address_is_drawn_as_it_says(visit):
    page = visit("?arch=digit_gan&seed=3&temperature=1.2&sample=70")
    wait_for(page, 70)
    drawn = list(load_sampler("digit_gan", "cpu").samples(64, seed=3, temperature=1.2, first=64))
    assert np.array_equal(shown(page, ".sr-samples .cells"), sheet(drawn, 8))
    assert np.array_equal(shown(page, ".stages .drawn"), drawn[6])
    assert page.locator(".stages .near").count() == 0  # it belongs to another sheet
    assert page.inner_text("#generator label.selected").startswith("Digit GAN")
    assert page.input_value("#seed input") == "3"


def test_other_settings_and_the_next_sheet_follow(visit, vae):
    page = visit()
    after(page, page.locator("#generator label").filter(has_text="Digit GAN").first.click)
    page.wait_for_function("location.search.includes('arch=digit_gan_x1')")
    gan = list(load_sampler("digit_gan", "cpu").samples(64, **HOW))
    assert np.array_equal(shown(page, ".sr-samples .cells"), sheet(gan, 8))
    after(page, page.locator("#generator label").filter(has_text="Digit VAE").first.click)
    after(page, lambda: page.click("#run"))
    wait_for(page, SAMPLE.default + 64)
    assert np.array_equal(shown(page, ".sr-samples .cells"), sheet(list(vae.samples(64, **HOW, first=64)), 8))
    after(page, lambda: page.click("#new_seed"))
    seed = int(page.input_value("#seed input"))
    assert f"seed {seed}/{SAMPLE.default}" in page.inner_text("#one")
    (first,) = vae.samples(1, seed=seed, temperature=0.8, first=SAMPLE.default)
    assert np.array_equal(shown(page, ".stages .drawn"), first)
    page.fill("#seed input", "99999999999")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('between 0 and 4.29497e+09')")


def test_what_is_of_other_settings_is_marked_and_cannot_be_taken_away(visit):
    page = visit()
    page.route("**/queue/join**", lambda route: None)  # what would draw anew never comes
    page.locator("#generator label").nth(1).click()
    page.wait_for_selector("#stale p")
    assert "drawn by Digit VAE with other settings" in page.inner_text("#stale")
    page.wait_for_selector("#download:disabled")
    assert page.is_disabled("#download_one")
    assert page.is_disabled("#receipt")
    assert float(page.evaluate("getComputedStyle(document.querySelector('#samples')).opacity")) < 0.5
    page.locator("#generator label").nth(0).click()
    page.wait_for_selector("#download:not(:disabled)")
    assert page.locator("#stale p").count() == 0


def test_a_walk_goes_from_one_chosen_picture_to_another(visit, vae):
    page = visit()
    for sample, button in ((9, "#walk_from"), (50, "#walk_to")):
        page.locator("[role=gridcell]").nth(sample).click()
        wait_for(page, sample)
        page.click(button)
        page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The walk')")
    page.wait_for_function("document.querySelector('.sr-walk .end').textContent.includes('7/50')")
    assert "from seed 7/9" in page.inner_text(".sr-walk .ends")
    frames = list(vae.walk((7, 9), (7, 50), 11, temperature=0.8))
    assert np.array_equal(shown(page, ".sr-walk .frame"), sheet(frames, 11))
    page.focus(".sr-walk input[type=range]")
    page.keyboard.press("End")
    assert page.get_attribute(".sr-walk", "data-frame") == "10"
    assert page.inner_text(".sr-walk .share") == "100 %"
    page.click(".sr-walk button")
    page.wait_for_function("document.querySelector('.sr-walk').dataset.frame !== '10'")  # it plays
    page.click(".sr-walk button")
    assert page.inner_text(".sr-walk button").endswith("Play")


def test_nothing_moves_by_itself_where_less_motion_is_wanted(visit):
    page = visit(reduced_motion="reduce")
    assert page.locator(".sr-walk button").is_hidden()
    page.focus(".sr-walk input[type=range]")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(".sr-walk", "data-frame") == "1"


def test_files_are_what_is_shown_and_the_receipt_tells_of_both_stages(visit, vae):
    page = visit()
    page.locator("[role=gridcell]").nth(12).click()
    wait_for(page, 12)
    name, data = download(page, "#download")
    assert name == "digit_vae_x2_seed7_0-63.png"
    assert np.array_equal(pixels(data), shown(page, ".sr-samples .cells"))
    name, both = download(page, "#download_one")
    assert name == "digit_vae_x2_seed7_12_both.png"
    both = pixels(both)
    assert both.shape == (112, 232, 1)
    assert np.array_equal(both[::4, :112:4], next(iter(vae.samples(1, **HOW, first=12))))
    assert np.array_equal(both[:, 120:], shown(page, ".stages .large"))
    told = json.loads(download(page, "#receipt")[1])
    assert (told["checkpoint_sha256"], told["seed"], told["temperature"]) == (vae.sha256, 7, 0.8)
    chosen = told["chosen"]
    assert chosen["sample"] == 12
    assert chosen["drawing_seconds"] > 0
    assert chosen["enlarging_seconds"] > 0
    assert (chosen["enlarged_by"]["checkpoint"], chosen["enlarged_by"]["passes"]) == ("digit_espcn_x2", 2)


def test_a_visitors_files_are_deleted(visit):
    page = visit()
    page.click("#delete")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('deleted')")
    assert page.is_disabled("#download")
    assert page.locator("[role=gridcell]").count() == 0


@pytest.mark.parametrize("width", [1440, 720, 390])
def test_nothing_is_wider_than_the_screen(visit, width):
    page = visit(width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("scheme", "width", "query"), [("light", 1280, ""), ("dark", 1280, "?lang=zh"), ("light", 390, "")]
)
def test_axe_finds_nothing_serious(visit, scheme, width, query):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(query, width=width, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    serious = [
        (v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_fingers_have_room(visit):
    page = visit(width=390, height=844, has_touch=True, is_mobile=True)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], select, summary, label:has(> input)')]
          .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width)
          .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().width, e.getBoundingClientRect().height])
          .filter(([, width, height]) => Math.min(width, height) < 43.5)"""
    )
    assert small == []
