"""Where one looks: zoom and place are in the address, belong to one picture, and what is asked for comes into sight."""

import re

import pytest
from playwright.sync_api import expect

from sr_models.web.pages.upscale import examples
from tests.web.pages.upscale.page import compare, finish, view

STANDS = """name => {
  const host = document.querySelector('.sr-viewer');
  return host.dataset.loading === 'no' && host.viewer.pictures()[1]?.url.includes('/' + name);
}"""
LOOKS = """([zoom, at]) => {
  const asked = new URLSearchParams(location.search), place = document.querySelector('.sr-viewer').viewer.place();
  return place.zoom === zoom && place.at === at && (asked.get('zoom') ?? '') === zoom && (asked.get('at') ?? '') === at;
}"""
OF_ADDRESS = """words => {
  const loaded = performance.getEntriesByType('resource').find(entry => entry.name.endsWith('/scripts.js'));
  return import(loaded.name).then(({ default: all }) =>
    Object.values(all['components/viewer/place.js'].ofAddress(new URLSearchParams(words))));
}"""


def looks(page, zoom="", at="") -> None:
    """Wait until the viewer looks at a place, and the address says the same; "": at all of the picture."""
    page.wait_for_function(LOOKS, arg=[zoom, at])


def place(page) -> tuple[str, str]:
    found = page.evaluate("document.querySelector('.sr-viewer').viewer.place()")
    return found["zoom"], found["at"]


def test_a_link_opens_at_its_zoom_and_place_which_stay_while_the_picture_does(visit, photo):
    page = visit(query="?example=sign&zoom=8&at=0.4,0.6")
    page.wait_for_function(STANDS, arg="sign")
    looks(page, "8", "0.4,0.6")
    steps = page.evaluate("history.length")
    page.focus(".sr-viewer .stage canvas")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('.sr-viewer').viewer.place().at !== '0.4,0.6'")
    moved = place(page)
    looks(page, *moved)
    assert page.evaluate("history.length") == steps  # not a step to go back from
    finish(page)  # another result of the same picture
    looks(page, *moved)
    page.click("#header a[data-lang=zh]")
    page.wait_for_function("document.documentElement.lang === 'zh-CN' && window.srLab")
    looks(page, *moved)
    page.set_input_files("#picture input[type=file]", photo)
    looks(page)


def test_back_and_forward_bring_the_place_back(visit):
    page = visit(query="?example=sign&zoom=4&at=0.4,0.6")
    page.wait_for_function(STANDS, arg="sign")
    looks(page, "4", "0.4,0.6")
    page.locator("#examples button").nth(examples.NAMES.index("facade")).click()
    expect(page).to_have_url(re.compile("example=facade"))
    looks(page)
    page.focus(".sr-viewer .stage canvas")
    page.keyboard.press("1")
    page.wait_for_function("new URLSearchParams(location.search).get('zoom') === '1'")
    there = place(page)
    page.go_back()
    expect(page).to_have_url(re.compile("example=sign"))
    looks(page, "4", "0.4,0.6")
    page.go_forward()
    expect(page).to_have_url(re.compile("example=facade"))
    looks(page, *there)


FRAME = """async () => {
  await new Promise(requestAnimationFrame);  // it is held within the picture when it is drawn
  const { frameX, frameY } = document.querySelector('.sr-viewer').viewer.view;
  return [frameX, frameY];
}"""


def test_the_frame_stays_where_the_visitor_put_it_until_another_picture(visit, photo):
    page = visit(query="?example=sign&arch=espcn")
    page.wait_for_function(STANDS, arg="sign")
    middle = page.evaluate(FRAME)
    page.click("#viewer .framed")
    page.locator("#viewer .frame").focus()
    page.keyboard.press("ArrowLeft")
    moved = page.evaluate(FRAME)
    assert moved != middle
    compare(page)
    page.click("#back")
    expect(page.locator("#viewer .frame")).to_be_visible()
    assert page.evaluate(FRAME) == pytest.approx(moved)
    finish(page)
    assert page.evaluate(FRAME) == pytest.approx(moved)
    page.locator("#examples button").nth(examples.NAMES.index("facade")).click()
    page.wait_for_function(STANDS, arg="facade")
    size = "(({ width, height }) => [width, height])(document.querySelector('.sr-viewer').viewer.pictures()[0].bitmap)"
    assert page.evaluate(FRAME) == [side / 2 for side in page.evaluate(size)]


@pytest.mark.parametrize(
    ("asked", "left"),
    [("zoom=banana", ""), ("zoom=4&at=north,pole", "zoom=4&at=0.5,0.5"), ("at=0.1,0.1&zoom=-3", "")],
)
def test_a_place_of_nonsense_leaves_the_address_at_once(visit, asked, left):
    page = visit(query=f"?example=sign&{asked}")
    assert re.sub(r".*example=sign&?", "", page.url) == left


def test_a_place_that_may_not_be_counts_as_absent(visit):
    page = visit(query="?zoom=5&at=0.4,0.6")
    assert place(page) == ("", "")
    for words, found in {
        "zoom=4&at=0.4,0.6": [4, 0.4, 0.6],
        "zoom=4": [4, 0.5, 0.5],
        "zoom=4&at=1.5,0": [4, 0.5, 0.5],
        "zoom=4&at=a,b": [4, 0.5, 0.5],
        "zoom=-1&at=0,0": ["fit", 0.5, 0.5],
        "at=0.1,0.1": ["fit", 0.5, 0.5],
    }.items():
        assert page.evaluate(OF_ADDRESS, words) == found


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_comparison_comes_into_sight_and_leaves_the_place_of_the_result(visit, motion):
    page = visit(query="?example=sign&zoom=4&at=0.4,0.6", width=390, height=700)
    page.wait_for_function(STANDS, arg="sign")
    page.emulate_media(reduced_motion=motion)
    looks(page, "4", "0.4,0.6")
    page.locator("#compare").scroll_into_view_if_needed()
    page.evaluate("scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    stage = page.locator(".sr-viewer .stage")
    expect(stage).not_to_be_in_viewport()
    before = view(page)
    page.evaluate("document.querySelector('#compare').click()")
    page.wait_for_function("before => document.querySelector('.sr-viewer').dataset.id !== before", arg=before)
    expect(stage).to_be_in_viewport(ratio=0.5)
