"""The page in a real Chromium: all nets on one part of the picture in a list, the frame, and back."""

import re

import numpy as np
from playwright.sync_api import expect

from tests.web.pages.upscale.page import (
    STATUS,
    addresses,
    compare,
    labels,
    pixels,
    view,
    wait_for_comparison,
    wait_for_result,
)


def row(page, key):
    return page.locator(f".sr-list tr[data-key={key}]")


def wait_for_labels(page, words: str, there: bool = True) -> None:
    sign = "" if there else "!"
    page.wait_for_function(
        f"words => {sign}document.querySelector('#viewer .labels').innerText.includes(words)", arg=words
    )


def test_all_nets_are_compared_where_one_looks_and_back(visit):
    page = visit()
    shown, before = addresses(page), view(page)
    page.evaluate("const { viewer } = document.querySelector('.sr-viewer'); viewer.setZoom(4); viewer.view.x = 0;")
    compare(page)
    words = labels(page).split("\n")
    assert words[0].startswith("Bicubic")
    assert words[-1] == "original"
    scores = [float(re.findall(r"([\d.]+) dB", word)[0]) for word in words[:-1]]
    assert scores[-1] > scores[0]
    column = [float(cell) for cell in page.locator(".sr-list tbody tr td:nth-child(3)").all_inner_texts() if cell]
    assert len(column) > len(words)
    assert column == sorted(column, reverse=True)  # the best first
    expect(page.locator(".sr-list .say")).to_contain_text(f"is closest: {column[0]:.2f} dB.")
    expect(page.locator(".sr-list .about")).to_have_text("×4, this part of 96 × 84 px · 6 of 6 in the viewer")
    row(page, "bicubic").click()
    wait_for_labels(page, "Bicubic", there=False)
    expect(page.locator(".sr-list .count")).to_have_text("· 5 of 6 in the viewer")
    row(page, "map").focus()
    page.keyboard.press("Enter")
    wait_for_labels(page, "16 grey levels")
    expect(row(page, "map")).to_have_attribute("aria-selected", "true")
    page.click("#back")
    page.wait_for_function("before => document.querySelector('.sr-viewer').dataset.id === before", arg=before)
    page.wait_for_selector("#viewer .sr-viewer[data-loading=no]")
    assert addresses(page) == shown
    assert page.get_attribute("[data-key=slider]", "aria-checked") == "true"
    expect(page.locator("#comparison")).not_to_be_visible()
    expect(page.locator("#plane")).not_to_be_visible()


def test_another_degradation_makes_the_list_stale_and_it_runs_again(visit):
    page = visit()
    compare(page)
    before = view(page)
    page.click("#strip button")
    page.locator("#noise input[type=number]").fill("8")
    page.keyboard.press("Tab")
    expect(page.locator(".sr-list.stale .why")).to_have_text("The settings changed; this list is of those before.")
    expect(page.locator(".sr-list .use")).not_to_be_visible()
    words = labels(page)
    row(page, "bicubic").click()  # it is no choice of now
    expect(row(page, "bicubic")).to_have_attribute("aria-selected", "true")
    page.click(".sr-list .again")
    wait_for_comparison(page, before)
    expect(page.locator(".sr-list")).not_to_have_class(re.compile("stale"))
    assert labels(page) != words


def test_a_setting_that_is_changed_while_nets_are_compared_makes_the_list_stale(visit):
    page = visit()
    page.click("#strip button")
    page.click("#compare")
    page.locator(".sr-list tbody img").nth(1).wait_for()
    page.locator("#noise input[type=number]").fill("8")
    page.keyboard.press("Tab")
    page.locator(".sr-list tr[data-key=map] img").wait_for()  # the last row
    expect(page.locator("#stop")).to_be_disabled()
    expect(page.locator(".sr-list.stale .why")).to_have_text("The settings changed; this list is of those before.")


def test_a_row_becomes_the_net_of_the_page(visit):
    page = visit()
    compare(page)
    expect(page.locator(".sr-list .use")).to_have_text(re.compile("^Enlarge with "))
    if row(page, "bicubic").get_attribute("aria-selected") == "true":
        row(page, "bicubic").click()
    row(page, "espcn").click()
    wait_for_labels(page, "ESPCN")
    expect(page.locator(".sr-list .use")).to_have_text("Enlarge with ESPCN")
    before = view(page)
    page.click(".sr-list .use")
    wait_for_result(page, before)
    assert "ESPCN ×4" in labels(page)
    expect(page.locator("#net [aria-checked=true]")).to_contain_text("ESPCN")
    expect(page.locator("#comparison")).not_to_be_visible()


def test_stop_leaves_the_rows_that_ran(visit):
    page = visit()
    page.click("#compare")
    page.locator(".sr-list tbody img").nth(1).wait_for()
    ran = page.evaluate(  # at once: a quick machine would be done before the next action
        """() => {
          const row = document.querySelector(".sr-list tr[data-key=bicubic]"), use = document.querySelector(".use");
          row.click();
          const said = [row.getAttribute("aria-selected"), use.disabled];
          document.querySelector("#stop").click();
          return said;
        }"""
    )
    assert ran == ["true", True]  # nothing is chosen while it runs
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Stopped')")
    expect(page.locator(".sr-list .say")).to_contain_text("nets that ran")
    expect(page.locator(".sr-list .use")).to_be_enabled()
    assert page.locator(".sr-list tbody .waits").all_inner_texts().count("waits") == 0
    row(page, "bicubic").click()
    wait_for_labels(page, "Bicubic", there=False)


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
    page.evaluate("scrollTo(0, 0)")  # the button stands below the viewer
    before = frame.bounding_box()
    assert before is not None
    x, y = (before[at] + before[side] / 2 for at, side in (("x", "width"), ("y", "height")))  # it is where it was put
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    moved = "document.querySelector('.sr-viewer .frame').getBoundingClientRect().x - before"
    page.wait_for_function(f"before => Math.abs({moved} - 60) <= 3", arg=before["x"])
