"""What stands on the page belongs to the picture and the settings in sight, or is marked, and is not downloadable."""

import re

import pytest
from playwright.sync_api import expect

from sr_models.imaging.encode import encode_png
from tests.conftest import scene
from tests.web.pages.upscale.page import STATUS, choose, choose_net, download, upload

PICTURES = "document.querySelector('.sr-viewer').viewer.pictures()"


@pytest.mark.parametrize("change", ["scale", "net", "strip"])
def test_a_result_of_other_settings_is_marked_and_kept_from_being_downloaded(visit, change):
    page = visit()
    expect(page.locator("#sentence")).to_contain_text("SESR 48x6 ×4")
    if change == "scale":
        choose(page, "#scale", "×2")
    elif change == "net":
        choose_net(page, "EDSR")  # one whose result on the example is not stored
    else:
        page.click("#strip button")
        page.locator("#noise input[type=number]").fill("9")
        page.keyboard.press("Tab")
    expect(page.locator("#stale")).to_contain_text("This is SESR 48x6 ×4 by other settings")
    for name in ("#download", "#receipt", "#sheet"):
        expect(page.locator(name)).to_be_disabled()
    assert "grayscale" in page.evaluate("getComputedStyle(document.querySelector('.sr-viewer .stage canvas')).filter")
    if change == "scale":
        choose(page, "#scale", "×4")
        expect(page.locator("#stale")).to_be_empty()
        expect(page.locator("#download")).to_be_enabled()
        assert download(page, "#download")[0] == "colosseum_sesr_48x6_x4.png"


def test_a_new_picture_empties_what_belongs_to_the_old_one(visit, tmp_path):
    page = visit(query="?mode=enlarge&scale=4")
    expect(page.locator("#sentence")).to_contain_text("×4")
    large = tmp_path / "large.png"  # at x4 it takes longer than a page runs unasked, but bicubic does not
    large.write_bytes(encode_png(scene(1000, 900)))
    choose_net(page, "EDSR")
    upload(page, large, "1000×900", result=False)
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('press Run')")
    expect(page.locator("#sentence")).to_be_empty()
    expect(page.locator("#download")).to_be_disabled()
    page.wait_for_function(f"{PICTURES}.length === 1 && {PICTURES}[0].url.includes('large_bicubic')")


def test_removing_the_picture_empties_the_page(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    page.locator("#picture button[aria-label*=lear], #picture button[aria-label*=emove]").first.click()
    page.wait_for_function(f"{PICTURES}.length === 0")
    for name in ("#sentence", "#facts", "#stale"):
        expect(page.locator(name)).to_be_empty()
    expect(page.locator("#download")).to_be_disabled()
    assert page.inner_text(STATUS) == ""


def test_a_link_shows_what_it_says(visit):
    page = visit(query="?arch=espcn&example=sign")
    expect(page.locator("#sentence")).to_contain_text("ESPCN ×4")
    expect(page.locator("#sentence")).to_contain_text("Against the original")
    name, _ = download(page, "#download")
    assert re.fullmatch(r"sign_espcn_x4\.png", name)
    other = visit(query="?arch=srcnn&scale=2&example=sign")
    expect(other.locator("#sentence")).to_contain_text("SRCNN ×2")
    assert download(other, "#download")[0] == "sign_srcnn_x2.png"


def test_a_past_run_of_other_settings_is_marked(visit, photo):
    page = visit(query="?arch=espcn")
    upload(page, photo, "203×146")
    choose_net(page, "SRCNN")
    expect(page.locator("#stale")).to_contain_text("ESPCN ×4 by other settings")
    page.locator("#history button").first.click()
    expect(page.locator("#download")).to_be_enabled()  # a past run's file is its own
    expect(page.locator("#stale")).to_contain_text("ESPCN ×4 by other settings")


def test_a_run_that_fails_leaves_the_result_before_it_measured_and_marked(visit, photo):
    page = visit(query="?arch=espcn&mode=enlarge")
    upload(page, photo, "203×146")
    choose(page, "#scale", "size …")
    expect(page.locator("#facts")).to_contain_text("A width such as 1920")  # not an error: nothing was typed
    page.locator("#size textarea, #size input").fill("abc")
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('abc')")
    expect(page.locator("#stale")).to_contain_text("ESPCN ×4 by other settings")
    expect(page.locator("#download")).to_be_disabled()
    expect(page.locator("#sentence")).to_contain_text("On a shrunk copy of your picture")
