"""The page in a real Chromium: all nets on one part of the picture, their plane, the frame, and back."""

import re

import numpy as np

from tests.web.pages.upscale.page import STATUS, addresses, compare, labels, pixels, view


def test_all_nets_are_compared_where_one_looks_and_back(visit):
    page = visit()
    shown, before = addresses(page), view(page)
    page.evaluate("const { viewer } = document.querySelector('.sr-viewer'); viewer.setZoom(4); viewer.view.x = 0;")
    compare(page)
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.endsWith('original')")
    words = labels(page).split("\n")
    assert words[0].startswith("Bicubic")
    scores = [float(re.findall(r"([\d.]+) dB", word)[0]) for word in words[:-1]]
    assert scores[-1] > scores[0]
    grid = page.locator("#grid .thumbnail-lg")
    assert grid.count() == page.locator("#ticks input").count() > len(words)  # the map is in the grid alone
    page.get_by_label(re.compile("Bicubic")).uncheck()
    page.wait_for_function("!document.querySelector('#viewer .labels').innerText.includes('Bicubic')")
    page.get_by_label("where the nets disagree").check()
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.includes('16 grey levels')")
    page.click("#back")
    page.wait_for_function("before => document.querySelector('.sr-viewer').dataset.id === before", arg=before)
    page.wait_for_selector("#viewer .sr-viewer[data-loading=no]")
    assert addresses(page) == shown
    assert page.get_attribute("[data-key=slider]", "aria-checked") == "true"
    assert not page.locator("#grid").is_visible()


def test_the_plane_belongs_to_the_comparison(visit):
    page = visit()
    compare(page)
    page.wait_for_selector("#plane svg, #plane p")
    assert page.locator("#plane table tr").count() > 5 or "pretrained features" in page.inner_text("#plane")
    page.click("#back")
    page.wait_for_selector("#plane", state="hidden")


def test_the_viewer_takes_six_at_most(visit):
    page = visit()
    compare(page)
    for box in page.locator("#ticks input").all():
        if not box.is_checked():
            box.click()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The viewer takes 6')")
    page.wait_for_function("document.querySelectorAll('#ticks input:checked').length === 6")
    page.wait_for_function("document.querySelector('.sr-viewer').viewer.pictures().length === 6")


def test_a_frame_says_where_to_compare(visit):
    page = visit()
    page.click(".sr-viewer .framed")
    frame = page.locator(".sr-viewer .frame")
    frame.wait_for()
    frame.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    top = "document.querySelector('.sr-viewer {}').getBoundingClientRect().y"
    page.wait_for_function(f"Math.abs({top.format('.frame')} - {top.format('.stage')}) < 3")  # held inside the picture
    original = pixels(page, 2)
    compare(page)
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.endsWith('original')")
    part = pixels(page, len(addresses(page)) - 1)
    assert np.array_equal(part, original[: part.shape[0], : part.shape[1]])
    page.click("#back")
    frame.wait_for()
    before = frame.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + 20, before["y"] + 20)
    page.mouse.down()
    page.mouse.move(before["x"] + 80, before["y"] + 20, steps=4)
    page.mouse.up()
    moved = "document.querySelector('.sr-viewer .frame').getBoundingClientRect().x - before"
    page.wait_for_function(f"before => Math.abs({moved} - 60) <= 3", arg=before["x"])
