"""What a visit fetches is counted as it comes over the wire, and what jumps is seen."""

import http.server
import threading

import pytest

from sr_models.bench import CHROMIUM_FLAGS
from sr_models.bench.weight import Weight, visit

PAGE = b"""<!doctype html><link rel="icon" href="data:,"><script src="kept.js"></script>
<p id="viewer"><b class="sr-viewer" data-state="whole">it stands</b></p>
<script>
setTimeout(() => {
  const high = document.createElement('div');
  high.style.height = '300px';
  document.body.prepend(high);
  requestAnimationFrame(() => setTimeout(() => { window.srLab = {}; }, 100));
}, 300);
</script>"""
SCRIPT = b"//" + b"x" * 5000


class Site(http.server.BaseHTTPRequestHandler):
    """A page whose script may be kept."""

    def do_GET(self):
        kept = self.path.endswith(".js")
        self.send_response(200)
        self.send_header("content-type", "text/javascript" if kept else "text/html")
        self.send_header("cache-control", "max-age=1000" if kept else "no-cache")
        self.end_headers()
        self.wfile.write(SCRIPT if kept else PAGE)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def site():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_second_visit_fetches_what_may_not_be_kept_and_a_jump_is_seen(chromium, site):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        context = browser.new_context()
        first, second = visit(context, site), visit(context, site)
        browser.close()
    (script, kind, path), (page, *_) = first.fetched()
    assert (kind, path) == ("Script", "/kept.js")
    assert len(SCRIPT) < script < len(SCRIPT) + 500  # with its headers
    assert len(PAGE) < page < len(PAGE) + 500
    assert [path for _, _, path in second.fetched()] == ["/"]
    assert first.shift > 0.01


def test_what_the_browser_had_and_what_lies_in_the_page_is_not_counted():
    weight = Weight()
    for key, address in (("1", "http://a/x.js"), ("2", "data:,"), ("3", "http://a/kept.js"), ("4", "http://a/stream")):
        weight.sent({"requestId": key, "request": {"url": address}, "type": "Script"})
    weight.answered({"requestId": "1", "type": "Script", "response": {}})
    weight.received({"requestId": "1", "encodedDataLength": 700})
    weight.finished({"requestId": "1", "encodedDataLength": 900})
    weight.answered({"requestId": "3", "type": "Script", "response": {"fromDiskCache": True}})
    for _ in range(2):
        weight.received({"requestId": "4", "encodedDataLength": 20})  # it does not end
    assert weight.fetched() == [(900, "Script", "/x.js"), (40, "Script", "/stream")]
    assert weight.lines("first")[0] == "first: 1 KB in 2 requests, layout shift 0.000"
