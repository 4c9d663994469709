"""The page in a real Chromium: how soon it stands, how soon a result does, how smooth the divider is, its weight."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sr_models.bench.nets import HEIGHT, WIDTH, picture
from sr_models.bench.weight import weigh
from sr_models.imaging.encode import encode_png

APP = Path(__file__).parent.parent.parent / "app.py"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Server:
    """The app as a process of its own on a free port; `with Server() as url`."""

    def __init__(self, **environment: str) -> None:
        self.environment = environment
        self.ready = 0.0

    def __enter__(self) -> str:
        start = time.perf_counter()
        fixed = {"SR_LAB_HOST": "127.0.0.1", "SR_LAB_KEPT": "off", "PYTHONUNBUFFERED": "1"}
        environment = {**os.environ, **fixed, **self.environment}
        environment.pop("SR_LAB_PORT", None)
        self.process = subprocess.Popen(
            [sys.executable, str(APP)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        lines = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            lines.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.ready = time.perf_counter() - start
                return found[0]
        raise RuntimeError("the app did not start:\n" + "".join(lines))

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(120)
        assert self.process.stdout is not None
        self.process.stdout.close()


def in_browser(repeats: int = 5) -> None:
    """Print, from a real Chromium: page ready, picture standing after the net is done, readouts after that."""
    import shutil

    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        print("page: not measured, because chromium is not installed")
        return
    server = Server()
    with tempfile.TemporaryDirectory() as folder, server as url, sync_playwright() as play:
        source = Path(folder) / "bench.png"
        source.write_bytes(encode_png(picture(WIDTH, HEIGHT)))
        browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        tab: Any = browser.new_page(viewport={"width": 1440, "height": 900})
        start = time.perf_counter()
        tab.goto(url)
        tab.wait_for_selector("#viewer .sr-viewer[data-state=whole]")
        print(f"server ready after {server.ready:.1f} s, page stands {time.perf_counter() - start:.1f} s later")
        dropped, standing, measured = [], [], []
        for _ in range(repeats + 1):
            tab.evaluate(_WATCH)
            tab.set_input_files("#picture input[type=file]", source)
            tab.wait_for_function("window.bench.measured", timeout=60_000)
            times = tab.evaluate("window.bench")
            dropped.append(times["standing"] - times["begun"])
            standing.append(times["standing"] - times["tiles"])
            measured.append(times["measured"] - times["tiles"])
        for what, found in (("drop to result", dropped), ("last tile to picture", standing), ("to readouts", measured)):
            print(f"{what:24} median {statistics.median(found[1:]) / 1e3:.2f} s")
        for side in (2048, 4096):
            frames(tab, side)
        tab.close()
        weigh(browser, url)
        browser.close()


def frames(tab: Any, side: int) -> None:
    """Print how many frames a second the viewer draws while a pair's divider is dragged, and while it is panned."""
    for zoom in ("fit", 1, 8):
        took = tab.evaluate(_DRAG, [side, zoom])
        print(f"{side}x{side} pair at {zoom}: {1000 / took:.0f} frames a second while dragging")


# Notes, in the browser's own clock, when the last tile is reported, the result is drawn, the numbers stand.
_WATCH = """() => {
  const bench = window.bench = { begun: performance.now() };
  const host = document.querySelector('.sr-viewer'), before = host.dataset.id;
  const timer = setInterval(() => {
    const now = performance.now();
    const status = document.querySelector('#status output').value;
    const fresh = host.dataset.id !== before;
    if (fresh && /^(Tile (\\d+) of \\2\\b|Done)/.test(status) && !bench.tiles) bench.tiles = now;
    const still = host.dataset.loading === 'no' && host.dataset.state === 'whole';
    const drawn = fresh && still && host.viewer.pictures().length > 1;
    if (bench.tiles && drawn && !bench.standing) bench.standing = now;
    if (bench.standing && document.querySelector('#sentence .sentence')) { bench.measured = now; clearInterval(timer); }
  }, 5);
}"""

# Puts a pair of pictures of noise into the viewer and returns the median time between frames in ms.
_DRAG = """async ([side, zoom]) => {
  const { viewer } = document.querySelector('.sr-viewer');
  const make = (shade) => {
    const canvas = new OffscreenCanvas(side, side), pen = canvas.getContext('2d');
    for (let i = 0; i < 4000; i++) {
      pen.fillStyle = `hsl(${(i * 47) % 360} 60% ${shade}%)`;
      pen.fillRect((i * 7919) % side, (i * 104729) % side, 120, 120);
    }
    return canvas.transferToImageBitmap();
  };
  viewer.put(side, side, [{ name: 'a', bitmap: make(40) }, { name: 'b', bitmap: make(60) }]);
  viewer.setZoom(zoom);
  const times = [];
  let last = 0;
  await new Promise((done) => {
    const step = (now) => {
      if (last) times.push(now - last);
      last = now;
      if (times.length > 60) return done();
      viewer.setSplit(0.2 + 0.6 * Math.abs(Math.sin(times.length / 10)));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  return times.slice(5).sort((a, b) => a - b)[Math.floor((times.length - 5) / 2)];
}"""
