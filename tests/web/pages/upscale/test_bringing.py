"""How pictures come to the page: dropped, pasted, or only their address."""

import base64

import pytest

from sr_models.web.i18n import text
from tests.web.pages.upscale.page import STATUS, download, view, wait_for_result

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
