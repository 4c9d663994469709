"""A page is sent in the visitor's language: no mark is left, and no word can break out of the script it stands in."""

import gzip
import json
import re

import brotli
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from sr_models.web import i18n
from sr_models.web.i18n import MARKS, PAGE_TITLE, text
from sr_models.web.middleware import Pages


def config(**words: str) -> bytes:
    """Return a page as gradio writes it: HTML with JSON in a script."""
    return f'<html lang="en"><head><script>x = {json.dumps({"title": PAGE_TITLE, **words})};</script></head>'.encode()


def client(page: bytes, status: int = 200) -> TestClient:
    async def html(request):
        return Response(page, status, media_type="text/html")

    async def description(request):
        return Response(page, media_type="application/json")

    async def other(request):
        return PlainTextResponse("~t:0~")

    async def answered(request):
        return Response(page, media_type="application/json")

    routes = [Route("/gradio_api/run/predict", answered, methods=["POST"])]
    routes += [Route("/", html, methods=["GET", "POST"]), Route("/config", description), Route("/other", other)]
    app = Starlette(routes=routes)
    return TestClient(Pages(app, {"/": "page_upscale"}))


def script(answer: str) -> dict[str, str]:
    found = re.search(r"x = (.*?);</script>", answer)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize(
    ("query", "accept", "run", "tag"),
    [("", "en", "Run", "en"), ("?lang=zh", "en", "运行", "zh-CN"), ("", "zh-CN,zh;q=0.9", "运行", "zh-CN")],
)
def test_words_title_and_language_are_the_visitors(query, accept, run, tag):
    answer = client(config(run=text("run", MARKS))).get(f"/{query}", headers={"accept-language": accept})
    found = script(answer.text)
    assert found["run"] == run
    assert text("page_upscale", tag[:2]) in found["title"]
    assert f'<html lang="{tag}">' in answer.text
    assert f"'{tag}'" in answer.text  # for gradio's own words
    assert "accept-language" in answer.headers["vary"]


def test_a_word_cannot_break_out_of_its_string(monkeypatch):
    monkeypatch.setitem(i18n.catalogue("en"), "hostile", 'a "b" \\ </script><b>{inner}')
    mark = text("hostile", MARKS, inner=text("run", MARKS))
    answer = client(config(run=mark)).get("/").text
    assert script(answer)["run"] == 'a "b" \\ </script><b>Run'
    assert answer.count("</script>") == 2  # ours and the page's


def test_the_body_is_compressed_only_for_those_who_ask():
    page = client(config(run=text("run", MARKS)))
    for asked, way, decompress in (("gzip", "gzip", gzip.decompress), ("gzip, br", "br", brotli.decompress)):
        with page.stream("GET", "/", headers={"accept-encoding": asked}) as answer:
            raw = b"".join(answer.iter_raw())
            assert answer.headers["content-encoding"] == way
            assert int(answer.headers["content-length"]) == len(raw)
            assert "Run" in decompress(raw).decode()
    plain = page.get("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_what_events_answer_is_compressed_and_otherwise_as_it_is():
    page = json.dumps({"data": [text("run", MARKS), "words " * 1000]}).encode()
    with client(page).stream("POST", "/gradio_api/run/predict", headers={"accept-encoding": "gzip"}, json={}) as answer:
        raw = b"".join(answer.iter_raw())
    assert len(raw) < 500
    assert gzip.decompress(raw) == page


def test_our_style_sheet_comes_before_gradios_first_one_and_its_small_ones_after_it():
    page = b'<html lang="en"><head><link rel="stylesheet" href="./assets/index.css"></head>'
    order = re.findall(r"style\.css|index\.css|gradio\.css", client(page).get("/").text)
    assert order == ["style.css", "index.css", "gradio.css"]


def test_what_programs_read_has_words_too():
    mark = json.dumps({"label": text("run", MARKS)}).encode()
    assert client(mark).get("/config").json() == {"label": "Run"}


def test_other_answers_pass_as_they_are():
    assert client(b"").get("/other").text == "~t:0~"
    assert client(text("run", MARKS).encode(), status=404).get("/").text.startswith("~t:")
    assert client(text("run", MARKS).encode()).post("/").text.startswith("~t:")
