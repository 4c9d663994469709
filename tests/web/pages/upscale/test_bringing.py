"""How pictures come to the page and leave it: dropped, pasted, copied, and with their print resolution."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from sr_models.web.i18n import text
from tests.web.pages.upscale.page import STATUS, choose, download, pixels, upload, view, wait_for_result

BRING = """async ([kind, where, files, texts]) => {
  const data = new DataTransfer();
  for (const [name, base64] of files) {
    const bytes = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    data.items.add(new File([bytes], name, { type: 'image/png' }));
  }
  for (const [type, words] of Object.entries(texts)) data.setData(type, words);
  const how = { bubbles: true, cancelable: true };
  const event = kind === 'paste' ? new ClipboardEvent(kind, { ...how, clipboardData: data })
    : new DragEvent(kind, { ...how, dataTransfer: data });
  document.querySelector(where).dispatchEvent(event);
  return event.defaultPrevented;
}"""
IMG = {"text/html": "<meta charset='utf-8'><img src='https://example.org/a.png'>"}
LINK = {"text/uri-list": "https://example.org/a.png"}


def bring(page, kind, where, files=(), texts=None):
    """Drop or paste files and texts on an element; return whether the page took it."""
    there = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in files]
    return page.evaluate(BRING, [kind, where, there, texts or {}])


@pytest.mark.parametrize(("kind", "where"), [("drop", "#viewer .stage"), ("paste", "body"), ("paste", "#size_field")])
def test_a_picture_may_be_dropped_or_pasted_anywhere(visit, photo, kind, where):
    page = visit(query="?arch=espcn")
    page.evaluate(
        "document.querySelector('#header').append(Object.assign(document.createElement('input'), { id: 'size_field' }))"
    )
    before = view(page)
    assert bring(page, kind, where, [photo], {"text/plain": "photo.png"})
    wait_for_result(page, before)
    assert download(page, "#download")[0].startswith("photo_")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("kind", "where", "texts"),
    [("drop", "#viewer .stage", LINK), ("drop", "#picture", LINK), ("drop", "body", IMG), ("paste", "body", IMG)],
)
def test_a_picture_of_a_web_page_gets_a_sentence(visit, lang, kind, where, texts):
    page = visit(lang)
    bring(page, kind, where, texts=texts)
    said = text("only_an_address", lang)
    page.wait_for_function(f"said => document.querySelector('{STATUS}').value === said", arg=said)
    assert page.locator("#picture input[type=file]").evaluate("input => input.files.length") == 0


def test_text_is_left_alone(visit):
    page = visit()
    before = page.inner_text(STATUS)
    assert not bring(page, "paste", "body", texts={"text/plain": "https://example.org/a.png"})
    assert not bring(page, "paste", "#told textarea, #told input", texts=IMG)
    page.evaluate("document.querySelector('#viewer').dispatchEvent(new DragEvent('dragstart', { bubbles: true }))")
    bring(page, "drop", "body", texts=LINK)  # from the page itself
    assert page.locator("#told textarea, #told input").first.input_value() == ""
    assert page.inner_text(STATUS) == before


def test_where_several_are_not_taken_the_first_is_and_the_command_line_is_named(visit, photo, tmp_path):
    page = visit(query="?arch=espcn")
    page.evaluate(
        "document.querySelector('#several textarea, #several input').remove()"
    )  # as where the host allows none
    second = tmp_path / "second.png"
    second.write_bytes(photo.read_bytes())
    before = view(page)
    assert bring(page, "drop", "#picture", [photo, second])
    expect(page.locator(".toast-wrap")).to_contain_text("sr-models upscale FOLDER")
    wait_for_result(page, before)
    assert download(page, "#download")[0].startswith("photo_")


COPIED = """async () => {
  const [item] = await navigator.clipboard.read();
  const blob = await item.getType('image/png');
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(',')[1]);
    reader.readAsDataURL(blob);
  });
}"""


@pytest.mark.parametrize("query", ["", "&format=tiff16", "&format=jpeg"])
def test_the_result_is_copied_to_the_clipboard(visit, photo, query):
    page = visit(query=f"?arch=espcn{query}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    upload(page, photo, "203×146")
    expect(page.locator("#copy_picture")).to_be_enabled()
    page.click("#copy_picture")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('clipboard')")
    copied = np.asarray(Image.open(io.BytesIO(base64.b64decode(page.evaluate(COPIED)))).convert("RGB"))
    shown = pixels(page, 1)
    shown = shown if shown.dtype == np.uint8 else np.round(shown / 257)
    assert copied.shape == (584, 812, 3)
    assert np.abs(copied.astype(float) - shown).max() <= 1
    choose(page, "#scale", "×2")
    expect(page.locator("#copy_picture")).to_be_disabled()  # it is of other settings


def test_print_resolution_is_told_kept_and_set(visit, photo, tmp_path):
    page = visit(query="?arch=espcn&scale=2")
    printed = tmp_path / "printed.png"
    Image.open(photo).save(printed, dpi=(300, 300))
    upload(page, printed, "300 dpi")
    assert dpi_of(download(page, "#download")[1]) == 600
    page = visit(query="?arch=espcn&scale=2&dpi=150")
    upload(page, printed, "300 dpi")
    assert dpi_of(download(page, "#download")[1]) == 150


def dpi_of(data):
    """Return the dots per inch that a file tells."""
    return round(Image.open(io.BytesIO(data)).info["dpi"][0])
