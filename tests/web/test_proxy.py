"""The pages behind a proxy that serves them under a path and strips it, as nginx and JupyterHub do."""

import re
from urllib.parse import urljoin

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from sr_models.bench import Server
from tests.conftest import WAIT

PREFIX = "/class/lab"
OWN = {"connection", "content-length", "keep-alive", "transfer-encoding"}  # of each stretch of the way


def proxy(url: str) -> Starlette:
    """Return an application that answers below PREFIX with what a server at `url` says."""

    async def forward(request: Request) -> Response:
        given = {**request.headers, "x-forwarded-host": request.headers["host"], "x-forwarded-proto": "http"}
        query = f"?{request.url.query}" if request.url.query else ""
        address = f"{url}/{request.path_params['path']}{query}"
        async with httpx.AsyncClient(timeout=WAIT) as client:
            sent = {name: value for name, value in given.items() if name not in OWN}
            async with client.stream(request.method, address, headers=sent, content=await request.body()) as answer:
                body = b"".join([part async for part in answer.aiter_raw()])
        kept = {name: value for name, value in answer.headers.items() if name not in OWN}
        return Response(body, answer.status_code, kept)

    return Starlette(routes=[Route(f"{PREFIX}/{{path:path}}", forward, methods=["GET", "POST"])])


@pytest.fixture(scope="module")
def client():
    """A browser's requests through the proxy, as another host; nothing but what lies below PREFIX is answered."""
    with Server(GRADIO_ROOT_PATH=PREFIX) as url, TestClient(proxy(url), base_url="http://school.example") as found:
        yield found


@pytest.mark.parametrize("path", ["/", "/restore", "/generate"])
def test_all_that_a_page_names_lies_below_the_prefix(client, path):
    page = client.get(f"{PREFIX}{path}", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "SR Lab" in page.text
    here = f"http://school.example{PREFIX}{path}"
    links = re.findall(r"<(?:link|script)[^>]*?(?:href|src)=['\"]([^'\"]+)", page.text)
    links += re.findall(r"lab/[0-9a-f]{16}/scripts\.js", page.text)  # what the scripts import, relative to the page
    besides = ("data:", "https:", "/manifest.json")  # the last is gradio's, of a page that is installed as an app
    links = [link for link in dict.fromkeys(links) if not link.startswith(besides)]
    assert any("/scripts.js" in link for link in links)
    assert any("/style.css" in link for link in links)
    for link in links:
        answer = client.get(urljoin(here, link))
        assert answer.status_code == 200, link
    files = set(re.findall(r'"url":"([^"]*/gradio_api/file=[^"]+)"', page.text))
    assert files or path == "/generate"  # whose pictures are data
    for file in files:
        assert file.startswith(f"http://school.example{PREFIX}/gradio_api/"), file
        assert client.get(file).status_code == 200, file


def test_programs_and_health_lie_below_it_too(client):
    assert client.get(f"{PREFIX}/healthz").json()["status"] == "ok"
    found = client.get(f"{PREFIX}/gradio_api/info").json()
    assert "/upscale" in found["named_endpoints"]
    asked = client.post(f"{PREFIX}/gradio_api/call/list_models", json={"data": []})
    answer = client.get(f"{PREFIX}/gradio_api/call/list_models/{asked.json()['event_id']}")
    assert "event: complete" in answer.text
