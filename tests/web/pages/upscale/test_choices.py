"""The page in a real Chromium: links, examples, both languages, back and forward keep every choice."""

import io
import json
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.web.pages.upscale.page import (
    STANDS,
    STATUS,
    addresses,
    choose,
    choose_net,
    download,
    finish,
    run_if_asked,
    upload,
    view,
)

URLS = "document.querySelector('.sr-viewer')?.viewer?.pictures().map(p => p.url)"


def test_a_link_opens_the_page_with_its_choices(visit):
    page = visit(query="?arch=espcn&scale=2&mode=enlarge&lang=zh")
    page.wait_for_function("document.querySelector('#net .net-picker').dataset.net === 'espcn'")
    expect(page.locator("#scale").get_by_label("×2")).to_be_checked()
    choose(page, "#scale", "×3")
    page.wait_for_function("new URL(location.href).searchParams.get('scale') === '3'")
    assert "lang=zh" in page.url
    assert "arch=espcn" in page.url


@pytest.mark.parametrize("query", ["?arch=../../x&scale=9&mode=<b>", "?arch=&scale=&lang=xx"])
def test_a_link_of_nonsense_opens_the_page_as_it_is(visit, query):
    page = visit(query=query)
    expect(page.locator("#sentence")).to_contain_text("Against the original")
    expect(page.locator("#scale").get_by_label("×4")).to_be_checked()


def test_an_example_shows_its_stored_result_at_once(visit):
    page = visit()
    for place, name in ((0, "chart"), (4, "sign")):
        before = view(page)
        page.locator("#examples button").nth(place).click()
        page.wait_for_function("before => document.querySelector('.sr-viewer').dataset.id !== before", arg=before)
        page.wait_for_selector("#viewer .sr-viewer[data-loading=no]")
        assert all(f"/results/{name}_" in address for address in addresses(page)[:2])
        expect(page.locator("#sentence")).to_contain_text("Against the original")
        assert json.loads(download(page, "#receipt")[1])["checkpoint"] in addresses(page)[1]
    page.locator("#examples button").nth(0).click()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('chart')")
    choose(page, "#scale", "×3")  # the chart is drawn at every scale, and so has a true original there
    page.wait_for_function("document.querySelector('#facts').innerText.includes('192×128')")
    finish(page)
    expect(page.locator("#sentence")).to_contain_text("Against the original")


def test_the_keyboard_walks_through_the_examples_and_the_chosen_one_is_marked(visit):
    page = visit()
    chosen = page.locator("#examples [aria-pressed=true]")
    expect(chosen).to_have_attribute("title", "Colosseum")
    chosen.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(STATUS)).to_have_text(re.compile("An example: Test chart"))
    expect(chosen).to_have_attribute("title", "Test chart")
    expect(chosen).to_be_focused()
    assert all(
        "/thumbnails/" in address for address in page.locator("#examples img").evaluate_all("i => i.map(x => x.src)")
    )


def test_the_lines_of_code_are_copied_and_it_is_said(visit):
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#tools button")
    page.focus("#python .copy")
    page.keyboard.press("Enter")
    expect(page.locator("#python output")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#python code")
    assert "sr_models.load" in page.inner_text("#python code")
    assert "&" not in page.inner_text("#curl code")  # shown as it is to be typed
    expect(page.get_by_role("button", name="Copy: Enlarge in Python")).to_be_visible()


def test_an_example_comes_with_the_settings_of_its_stored_result(visit):
    page = visit(query="?noise=40&mode=test&example=sign")
    expect(page.locator(STATUS)).to_have_text(
        re.compile(r"^Done in [\d.]+ s\.$")
    )  # the stored result has no noise: it was run
    page.locator("#examples button").nth(3).click()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('An example: Kingfisher')")
    page.click("#strip button")
    page.wait_for_function("document.querySelector('#noise input[type=number]')?.value === '0'")
    choose(page, "#mode", "Enlarge")
    page.get_by_text("size …", exact=True).wait_for()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Changed')")
    choose(page, "#mode", "Test the nets")
    page.wait_for_function("!document.querySelector('#scale').innerText.includes('size')")


def test_an_example_keeps_the_scale_and_the_net_that_were_chosen(visit):
    page = visit(query="?arch=espcn")
    choose(page, "#scale", "×2")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Changed')")
    for place, name in ((0, "chart"), (4, "sign")):
        before = view(page)
        page.locator("#examples button").nth(place).click()
        run_if_asked(page, STANDS, before)
        expect(page.locator("#sentence")).to_contain_text("ESPCN ×2")
        expect(page.locator("#sentence")).to_contain_text("Against the original")
        assert download(page, "#download")[0].startswith(name)
    expect(page.locator("#scale").get_by_label("×2")).to_be_checked()
    assert "arch=espcn" in page.url


def test_changing_the_language_loses_nothing(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    shown, number = addresses(page), re.findall(r"[\d.]+ dB", page.inner_text("#sentence"))
    page.click("#header a[data-lang=zh]")
    page.wait_for_url("**/?*lang=zh*")
    page.wait_for_function("document.querySelector('#sentence')?.innerText.includes('缩小副本')")
    assert re.findall(r"[\d.]+ dB", page.inner_text("#sentence")) == number
    page.wait_for_function(f"shown => `${{{URLS}}}` === `${{shown}}`", arg=shown)
    expect(page.locator("#run")).to_have_text("运行")
    assert "lang=zh" in page.url
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.go_back()
    expect(page.locator("#run")).to_have_text("Run")
    expect(page.locator("#sentence")).to_contain_text("On a shrunk copy of your picture")  # its state, not the first
    page.wait_for_function(f"shown => `${{{URLS}}}` === `${{shown}}`", arg=shown)
    choose_net(page, "ESPCN")  # nor is it dead
    expect(page.locator("#stale")).to_contain_text("by other settings")
    page.click("#header a[data-lang=en]")  # the page's own already
    assert "#" not in page.url
    finish(page)
    assert "ESPCN" in page.inner_text("#sentence")


def test_back_and_forward_walk_through_the_choices(visit):
    page = visit()
    choose(page, "#scale", "×2")
    page.wait_for_function("new URL(location.href).searchParams.get('scale') === '2'")
    choose(page, "#scale", "×3")
    page.wait_for_function("new URL(location.href).searchParams.get('scale') === '3'")
    page.go_back()
    page.wait_for_function("document.querySelector('#scale input:checked').value === '2'")
    page.go_back()
    page.wait_for_function("document.querySelector('#scale input:checked').value === '4'")
    page.go_forward()
    page.wait_for_function("document.querySelector('#scale input:checked').value === '2'")


def test_a_link_holds_every_setting(visit):
    page = visit(
        query="?example=sign&mode=test&arch=espcn&scale=2&noise=7&seed=3&format=jpeg&quality=55&view=side&tile=64"
    )
    page.wait_for_function("document.querySelector('#net .net-picker').dataset.net === 'espcn'")
    page.wait_for_selector("[data-key=side][aria-checked=true]")
    finish(page)
    name, data = download(page, "#download")
    assert name == "sign_espcn_x2.jpg"
    assert Image.open(io.BytesIO(data)).format == "JPEG"
    receipt = json.loads(download(page, "#receipt")[1])
    assert receipt["degradation"] == {"kernel": "bicubic", "blur": 0, "noise": 7, "jpeg": 0, "seed": 3}
    assert (receipt["tile"], receipt["format"]["quality"]) == (64, 55)
    page.evaluate("document.querySelector('#header header').dataset.space = 'someone/lab'")
    page.click("#tools button")
    page.click("#copy_link")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('https')")
    link = page.inner_text(STATUS)
    assert link.startswith("https://huggingface.co/spaces/someone/lab?example=sign")
    assert "quality=55" in link


@pytest.mark.parametrize(
    ("lang", "query", "words"),
    [("zh-CN", "", "与原图比较"), ("en", "?lang=zh", "与原图比较"), ("zh", "?lang=en", "Against")],
)
def test_the_page_speaks_the_visitors_language(visit, lang, query, words):
    page = visit(lang, query=query)
    page.wait_for_function("words => document.querySelector('#sentence').innerText.includes(words)", arg=words)
    assert words in page.inner_text("#sentence")
    run = "Run" if words == "Against" else "运行"
    page.wait_for_function("words => document.querySelector('#run').innerText === words", arg=run)
    page.wait_for_function("lang => document.documentElement.lang === lang", arg="en" if run == "Run" else "zh-CN")


# Whether the field can be filled as soon as it is drawn, and how many frames later it can.
FILLABLE = """() => new Promise((resolve) => {
  const visible = (field) => getComputedStyle(field).visibility === 'visible';
  new MutationObserver((_, observer) => {
    const field = document.querySelector('#noise input[type=number]');
    if (!field) return;
    observer.disconnect();
    let frames = 0;
    const look = () => (visible(field) ? resolve(frames) : (frames++, requestAnimationFrame(look)));
    look();
  }).observe(document, { childList: true, subtree: true });
  document.querySelector('#strip button').click();
})"""


def test_a_field_of_a_drawer_cannot_be_filled_before_gradio_has_written_its_value(visit):
    page = visit()
    assert page.evaluate(FILLABLE) > 2  # gradio writes within the first two, over all that was entered by then
    page.locator("#noise input[type=number]").fill("8")
    page.keyboard.press("Tab")
    expect(page.locator("#stale")).to_contain_text("by other settings")
