"""Two pictures of one's own, compared as they are: no net runs."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from skimage.metrics import peak_signal_noise_ratio

from sr_models.imaging.decode import read
from sr_models.imaging.encode import encode_png
from tests.web.pages.upscale.page import STATUS, addresses, choose, download, labels, pixels, wait_for_result
from tests.web.pages.upscale.test_bringing import bring

SIZES = "The first picture is 203×146 and the second is 203×140"


@pytest.fixture
def edited(photo, tmp_path):
    """The photo as another program made it: darker, and as JPEG."""
    path = tmp_path / "edited.jpg"
    Image.fromarray((read(photo).array * 0.9).astype(np.uint8)).save(path, quality=80)
    return path


def to_pair(page):
    choose(page, "#mode", "Compare two")
    expect(page.locator(STATUS)).to_contain_text("add what is missing")
    return page


def give(page, first, second) -> None:
    page.set_input_files("#picture input[type=file]", first)
    expect(page.locator("#facts")).to_contain_text("1: 203×146")
    page.set_input_files("#original input[type=file]", second)


def compared(page) -> None:
    wait_for_result(page, "")


def test_two_pictures_stand_by_their_names_with_what_can_be_measured_of_them(visit, photo, edited):
    page = to_pair(visit())
    for where in ("#card_net", "#run", "#download", "#examples", "#tools"):
        expect(page.locator(where)).to_be_hidden()
    give(page, edited, photo)
    compared(page)
    assert labels(page).split() == ["edited.jpg", "photo.png"]
    a, b = read(edited).array, read(photo).array
    assert np.array_equal(pixels(page, 0), a)
    assert np.array_equal(pixels(page, 1), b)
    assert "edited.jpg against photo.png" in page.inner_text("#sentence")
    page.click("#measure button")
    said = page.locator("#table td[data-metric=psnr_rgb]").inner_text()
    assert float(said) == pytest.approx(peak_signal_noise_ratio(b, a), abs=0.006)
    assert "second picture is the reference" in page.inner_text("#table .protocol")
    name, data = download(page, "#receipt")
    receipt = json.loads(data)
    assert name == "edited.json"
    assert [receipt[key]["name"] for key in ("first", "second")] == ["edited.jpg", "photo.png"]
    assert Image.open(io.BytesIO(download(page, "#sheet")[1])).width > 2 * 203


def test_pictures_of_two_sizes_get_a_sentence_with_both(visit, photo, tmp_path):
    page = to_pair(visit())
    cut = tmp_path / "cut.png"
    cut.write_bytes(encode_png(read(photo).array[:140]))
    give(page, photo, cut)
    expect(page.locator(STATUS)).to_contain_text(SIZES)
    assert labels(page) == "photo.png"
    page.locator("#original button[aria-label*=emove], #original button[title*=lear]").first.click()
    expect(page.locator(STATUS)).to_contain_text("add what is missing")
    page.set_input_files("#original input[type=file]", photo)
    compared(page)
    assert "equal in every pixel" in page.inner_text("#sentence")
    assert labels(page).split() == ["1:", "photo.png", "2:", "photo.png"]


def test_two_files_dropped_at_once_are_compared_kept_over_the_language_and_stale_elsewhere(visit, photo, edited):
    page = visit()
    page.goto(f"{page.url}?mode=pair")
    page.wait_for_function("window.srLab")
    expect(page.locator(STATUS)).to_contain_text("add what is missing")
    assert bring(page, "drop", "#viewer .stage", [edited, photo])
    compared(page)
    assert labels(page).split() == ["edited.jpg", "photo.png"]
    page.click("#header a[data-lang=zh]")
    page.wait_for_selector("html[lang=zh-CN] #viewer .sr-viewer[data-state=whole]")
    expect(page.locator("#sentence")).to_contain_text("edited.jpg 与 photo.png 比较")
    assert len(addresses(page)) == 2
    choose(page, "#mode", "放大")
    expect(page.locator("#stale")).to_contain_text("edited.jpg 与 photo.png")
    choose(page, "#mode", "比较两张")
    compared_again = page.locator("#stale p")
    expect(compared_again).to_have_count(0)
    expect(page.locator("#sentence .sentence")).to_contain_text("PSNR")


def test_two_pictures_of_one_size_are_not_a_small_one_and_its_original(visit, photo, edited):
    page = visit(query="?mode=both&arch=espcn")
    page.set_input_files("#picture input[type=file]", photo)
    expect(page.locator("#facts")).to_contain_text("203×146")
    page.set_input_files("#original input[type=file]", edited)
    expect(page.locator(STATUS)).to_contain_text("Changed")
    page.click("#run")
    expect(page.locator(STATUS)).to_contain_text("choose Compare two")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_four_ways_fit_into_their_row(visit, lang, width):
    page = visit(lang, width=width)
    row = page.locator("#mode .wrap:has(label)")
    assert row.evaluate("row => row.scrollWidth - row.clientWidth") <= 0
    boxes = [box.bounding_box() for box in row.locator("label").all()]
    assert len({round(box["y"]) for box in boxes if box}) == 1
