"""The page's weight in a real Chromium: what a first and a second visit fetch, and how far its parts jump meanwhile."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

LARGEST = 10
QUIET_SECONDS = 1.5  # without a request: the page has all that it needs
SIZES = {"wide": {"width": 1440, "height": 860}, "narrow": {"width": 390, "height": 844}}
_SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}"""


@dataclass
class Weight:
    """Gather what one visit fetches: bytes on the wire by request, taken from the browser's own messages.

    What comes from its cache is no request here; a stream that does not end counts as far as it came.
    """

    kinds: dict[str, str] = field(default_factory=dict)  # request -> kind
    paths: dict[str, str] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)
    sizes: Counter[str] = field(default_factory=Counter)
    shift: float = 0.0

    def listen(self, session: Any) -> None:
        """Take the messages of a DevTools session."""
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self.sent)
        session.on("Network.responseReceived", self.answered)
        session.on("Network.requestServedFromCache", lambda told: self.cached.add(told["requestId"]))
        session.on("Network.dataReceived", self.received)
        session.on("Network.loadingFinished", self.finished)

    def sent(self, told: dict[str, Any]) -> None:
        """Note a request; what lies in the page itself is none."""
        address = urlsplit(told["request"]["url"])
        if address.scheme in ("http", "https"):
            self.kinds[told["requestId"]] = told.get("type", "Other")
            self.paths[told["requestId"]] = address.path

    def answered(self, told: dict[str, Any]) -> None:
        """Note the kind, and whether the browser had it."""
        self.kinds[told["requestId"]] = told["type"]
        if told["response"].get("fromDiskCache") or told["response"].get("fromPrefetchCache"):
            self.cached.add(told["requestId"])

    def received(self, told: dict[str, Any]) -> None:
        """Count a part."""
        self.sizes[told["requestId"]] += told["encodedDataLength"]

    def finished(self, told: dict[str, Any]) -> None:
        """Count the whole, headers too."""
        self.sizes[told["requestId"]] = int(told["encodedDataLength"])

    def fetched(self) -> list[tuple[int, str, str]]:
        """Return what came over the wire as (bytes, kind, path), the largest first."""
        there = [key for key in self.paths if key not in self.cached]
        return sorted(((self.sizes[key], self.kinds[key], self.paths[key]) for key in there), reverse=True)

    def lines(self, name: str) -> list[str]:
        """Return what a person reads: all in one line, by kind, and the largest."""
        found = self.fetched()
        total = sum(size for size, *_ in found)
        said = [f"{name}: {total / 1e3:.0f} KB in {len(found)} requests, layout shift {self.shift:.3f}"]
        kinds = Counter(kind for _, kind, _ in found)
        for kind, count in kinds.most_common():
            said.append(f"  {kind:12} {count:3} {sum(s for s, k, _ in found if k == kind) / 1e3:8.1f} KB")
        return said + [f"  {size / 1e3:8.1f} KB {path}" for size, _, path in found[:LARGEST]]


def visit(context: Any, url: str, latency: int = 0) -> Weight:
    """Open the page in a browser's context, wait until it is complete, and return what that fetched.

    `latency` is added to every request, in ms: parts then come in another order.
    """
    tab = context.new_page()
    tab.add_init_script(f"({_SHIFTS})()")
    weight = Weight()
    session = context.new_cdp_session(tab)
    weight.listen(session)
    unlimited = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {"latency": latency, **unlimited})
    tab.goto(url)
    tab.wait_for_function("window.srLab && document.querySelector('#viewer .sr-viewer[data-state=whole]')")
    before, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        tab.wait_for_timeout(100)
        if len(weight.paths) != before:
            before, since = len(weight.paths), time.monotonic()
    weight.shift = tab.evaluate("window.shifted")
    tab.close()
    return weight


def weigh(browser: Any, url: str) -> None:
    """Print what a first and a second visit fetch, on a wide and on a narrow screen."""
    for name, size in SIZES.items():
        context = browser.new_context(viewport=size)
        context.set_default_timeout(120_000)
        for which in ("first", "second"):
            print("\n".join(visit(context, url).lines(f"{which} visit, {name}")))
        context.close()
