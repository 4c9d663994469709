"""The page in a real Chromium, from the first sight to a picture of one's own: dropped, deep, bad, too large."""

import hashlib
import json
import re

import numpy as np
from playwright.sync_api import expect

from sr_models.imaging.encode import encode_png
from tests.conftest import scene
from tests.web.pages.upscale.page import (
    STANDS,
    STATUS,
    addresses,
    choose,
    download,
    finish,
    labels,
    numbers,
    run_if_asked,
    upload,
    view,
    wait_for_result,
)


def run_in_vain(page) -> None:
    """Press Run and wait until it has waited for its turn and nothing runs any more."""
    seen = "new Promise(done => new MutationObserver(() => document.querySelector('#run').disabled && done())"
    page.evaluate(f"() => {{ window.ran = {seen}.observe(document.body, {{ subtree: true, attributes: true }})); }}")
    page.click("#run")
    page.evaluate("window.ran")
    expect(page.locator("#run")).to_be_enabled()


def test_first_sight_is_a_comparison_with_its_numbers(visit):
    page = visit()
    expect(page.locator("#sentence")).to_contain_text("Against the original")
    assert "Colosseum" in page.inner_text(STATUS)
    assert "bicubic ×4" in labels(page)
    found = numbers(page)
    assert found["psnr_y"][0] > found["psnr_y"][1] + 0.5
    assert "BT.601" in page.inner_text("#table")
    for address in addresses(page):  # not a copy that the sweep would take away after an hour
        assert "/assets/" in address
    name, data = download(page, "#download")
    assert re.fullmatch(r"colosseum_\w+_x4\.png", name)
    receipt = json.loads(download(page, "#receipt")[1])
    assert receipt["output"]["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_dropped_picture_is_enlarged_unasked(visit, photo):
    page = visit()
    before = view(page)
    upload(page, photo, "812×584", result=False)
    wait_for_result(page, before)
    assert "On a shrunk copy of your picture" in page.inner_text("#sentence")
    assert download(page, "#download")[0].startswith("photo_")


def test_bad_files_are_sentences_and_take_no_one_elses_place(visit, photo, tmp_path):
    page = visit(query="?arch=espcn")  # fast enough to run unasked on any machine
    upload(page, photo, "203×146")
    cut = tmp_path / "cut.png"
    cut.write_bytes(photo.read_bytes()[:500])
    page.set_input_files("#picture input[type=file]", cut)
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The picture file is')")
    expect(page.locator("#sentence")).to_be_empty()
    assert page.locator("#download").is_disabled()  # what stood there belonged to another picture
    page.wait_for_function("document.querySelector('.sr-viewer').viewer.pictures().length === 0")
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The picture file is')")
    assert "Traceback" not in page.content()
    large = tmp_path / "large.png"
    large.write_bytes(encode_png(scene(1025, 1024)))
    before = view(page)
    upload(page, large, "1025×1024", result=False)
    page.wait_for_function(f"!document.querySelector('{STATUS}').value.startsWith('The picture file is')")
    run_if_asked(page, STANDS, before)
    before = page.inner_text("#sentence .sentence")
    choose(page, "#scale", "×4")
    expect(page.locator("#large_words")).to_contain_text("1025×1024 at ×4 is more than a result may have here")
    assert page.inner_text("#sentence .sentence") == before  # its own result at x2 is not lost
    assert page.locator("#download").is_disabled()  # nor taken for that of x4
    assert "×2 by other settings" in page.inner_text("#stale")
    choose(page, "#scale", "×2")
    expect(page.locator("#large")).to_be_hidden()
    expect(page.locator("#stale")).to_be_empty()
    expect(page.locator("#download")).to_be_enabled()
    upload(page, photo, "406×292")


def test_16_bits_and_alpha_survive(visit, tmp_path):
    array = np.zeros((60, 60, 4), np.uint16)
    array[..., 0] = np.linspace(3000, 4000, 60, dtype=np.uint16)
    array[20:40, 20:40, 3] = 65535
    path = tmp_path / "deep.png"
    path.write_bytes(encode_png(array))
    page = visit()
    upload(page, path, "16 bit")
    assert "transparency is kept" in page.inner_text("#facts")
    finish(page)
    from sr_models.imaging.decode import decode

    back = decode(download(page, "#download")[1])
    assert (back.depth, back.mode, back.width) == (16, "RGBA", 240)
    assert back.array[120, 120, 3] == 65535
    assert back.array[4, 4, 3] == 0


def test_the_button_at_the_top_opens_a_picture(visit, photo):
    page = visit(width=390, height=844)
    before = view(page)
    box = page.locator("#header .open").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844  # in the first screen of a phone
    page.set_input_files("#open", photo)
    wait_for_result(page, before)
    assert download(page, "#download")[0].startswith("photo_")


def test_delete_now_deletes(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    finish(page)
    address = addresses(page)[1]
    assert page.request.get(address).ok
    upload(page, photo, "203×146")  # gradio keeps equal files at one path: another visitor's stays
    other = visit()
    upload(other, photo, "203×146")
    page.click("#delete")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('deleted')")
    assert not page.request.get(address).ok
    finish(other)
    assert other.request.get(addresses(other)[1]).ok


def test_what_is_no_picture_is_one_sentence_in_one_place(visit, photo, tmp_path):
    path = tmp_path / "drawing.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="9" height="9"/></svg>')
    page = visit(query="?arch=espcn")
    page.set_input_files("#picture input[type=file]", path)
    told_once(page, "SVG files are not supported")
    run_in_vain(page)
    told_once(page, "SVG files are not supported")
    assert "no picture yet" not in page.inner_text("body")
    page.set_input_files("#picture input[type=file]", photo)
    expect(page.locator("body")).not_to_contain_text("SVG files")


def test_a_size_that_may_not_be_is_told_once_until_it_may(visit, photo):
    page = visit(query="?arch=espcn")
    upload(page, photo, "203×146")
    choose(page, "#scale", "size …")
    expect(page.locator("#facts")).to_contain_text("A width such as 1920")
    size = page.locator("#size textarea, #size input")
    size.press_sequentially("abc")
    told_once(page, "The size abc is not understood")
    run_in_vain(page)
    told_once(page, "The size abc is not understood")
    for key in ("Control+a", "7"):
        size.press(key)
    size.press_sequentially("00")
    expect(page.locator(STATUS)).to_have_text("Changed: press Run to see it.")
    assert "The size abc" not in page.inner_text("body")


def told_once(page, words: str) -> None:
    """Wait until the status tells of an error and nothing runs; check that nothing else tells of it."""
    expect(page.locator(STATUS)).to_contain_text(words)
    expect(page.locator("#run")).to_be_enabled()
    assert page.inner_text("body").count(words) == 1
