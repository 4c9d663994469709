"""The route of the scripts: addresses that change with the content, kept for ever, and nothing else to be had."""

import asyncio
import gzip
import re
from urllib.parse import unquote

import brotli
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import sr_models
from sr_models.web import static

VIEWER = "components/viewer/viewer.js"
ADDRESS = r"'(lab/[0-9a-f]{16}/scripts\.js)', document\.baseURI"


@pytest.fixture
def client():
    return TestClient(Starlette(routes=static.ROUTES))


@pytest.fixture
def afresh():
    """Read the scripts again before and after."""

    def forget():
        for kept in (static.scripts, static.style, static.files, static.digest):
            kept.cache_clear()

    forget()
    yield forget
    forget()


def address(name: str) -> str:
    found = re.search(ADDRESS, static.importing(name))
    assert found
    return found[1]


def test_all_scripts_come_as_one_and_are_kept_for_ever(client):
    assert {address(name) for name in static.scripts()} == {address(VIEWER)}
    answer = client.get(address(VIEWER))
    assert answer.status_code == 200
    assert answer.content == static.files()[static.SCRIPTS]
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_all_style_sheets_come_as_one_with_the_design_language_first(client):
    found = re.search(r"href='\./(lab/[0-9a-f]{16}/style\.css)'", static.link())
    assert found
    answer = client.get(found[1])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.content.startswith(static.FIRST.read_bytes())
    for path in static.ROOT.rglob("*.css"):
        assert path.read_bytes() in answer.content, path


@pytest.mark.parametrize("way", ["br", "gzip", "identity"])
def test_files_are_sent_as_the_browser_takes_them_and_kept_for_ever(client, way):
    script = next(name for name in sorted(static.gradios()) if name.startswith("index-") and name.endswith(".js"))
    for path, whole in (
        (f"assets/{script}", (static.GRADIO / script).read_bytes()),
        (address(VIEWER), static.files()[static.SCRIPTS]),
    ):
        with client.stream("GET", path, headers={"accept-encoding": way}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding", "identity") == way
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}[way](raw) == whole
        assert way == "identity" or len(raw) < 0.5 * len(whole)


def test_a_file_is_compressed_once(client, monkeypatch):
    static.packed.cache_clear()
    calls = []
    monkeypatch.setattr(static.brotli, "compress", lambda content, quality: (calls.append(quality), b"small")[1])
    for _ in range(3):
        with client.stream("GET", address(VIEWER), headers={"accept-encoding": "br"}) as answer:
            assert b"".join(answer.iter_raw()) == b"small"
    static.packed.cache_clear()
    assert len(calls) == 1


def test_gradios_small_style_sheets_come_as_one_and_their_own_links_are_off(client):
    links = re.findall(r"<link [^>]*href='([^']+)'( disabled)?>", static.gradios_link())
    (together, off), *apart = links
    assert not off
    answer = client.get(together)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert len(apart) == len(static.sheets()) > 20
    for address, off in apart:
        assert off
        assert (static.GRADIO / address.removeprefix("./assets/")).read_bytes() in answer.content
        assert client.get(address).status_code == 200  # for a browser, or a gradio, that asks for it all the same
    assert all(len(content) < static.SMALL and b"url(" not in content for content in static.sheets().values())


def test_what_is_shipped_is_asked_about_and_sent_again_only_when_it_changed(tmp_path):
    (tmp_path / "a.png").write_bytes(b"one")
    client = TestClient(Starlette(routes=[static.shipping(tmp_path)]))
    address = f"/gradio_api/file={tmp_path}/a.png"
    first = client.get(address)
    assert (first.content, first.headers["cache-control"]) == (b"one", "no-cache")
    known = {"if-none-match": first.headers["etag"]}
    again = client.get(address, headers=known)
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")
    (tmp_path / "a.png").write_bytes(b"other")
    assert client.get(address, headers=known).content == b"other"
    assert client.get(f"/gradio_api/file={tmp_path}/../{tmp_path.name}.png").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "lab",
        "lab/",
        "lab/{digest}/",
        "lab/{digest}/viewer.js",
        "lab/{digest}/components/viewer/viewer.js",
        "lab/{digest}/components/viewer/viewer.py",
        "lab/{digest}/components/viewer/viewer.css",
        "lab/0000000000000000/scripts.js",
        "lab/{digest}/components/../components/viewer/viewer.js",
        "lab/{digest}/components/%2e%2e/static.py",
        "lab/{digest}/..%2f..%2f..%2fapp.py",
        "lab/{digest}//etc/passwd",
        "lab/{digest}/%2fetc%2fpasswd",
        "assets/missing.js",
        "assets/..%2findex.html",
        "assets/%2e%2e/index.html",
    ],
)
def test_nothing_else_is_to_be_had(path):
    messages = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        messages.append(message)

    # As a server hands it over: percent signs decoded, dots left alone, where a client would resolve them.
    raw = "/" + path.format(digest=static.digest())
    scope = {"type": "http", "method": "GET", "path": unquote(raw), "raw_path": raw.encode(), "root_path": ""}
    scope |= {"query_string": b"", "headers": [], "scheme": "http", "server": ("lab.test", 80), "http_version": "1.1"}
    asyncio.run(Starlette(routes=static.ROUTES)(scope, receive, send))
    assert messages[0]["status"] == 404


def test_a_missing_script_is_not_imported():
    with pytest.raises(KeyError):
        static.importing("components/viewer/missing.js")


def test_the_address_changes_with_the_content_of_any_script(afresh, monkeypatch, tmp_path):
    monkeypatch.setattr(static, "ROOT", tmp_path)
    seen = set()
    for name, content in (("a.js", "1;"), ("a.js", "2;"), ("b/c.js", ""), ("b/d.js", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
        afresh()
        seen.add(address("a.js"))
    assert len(seen) == 4
    afresh()
    assert address("a.js") in seen


def test_a_look_at_its_health_says_the_version(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {"status": "ok", "version": sr_models.__version__}
