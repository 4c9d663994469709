"""Measure speed and memory in one run, as ratios: nets against the same net in eager float32, the page in a browser."""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from sr_models import job
from sr_models.image import Picture, encode_png, to_tensor
from sr_models.loader import list_checkpoints, load
from sr_models.picks import default_net
from sr_models.pipeline import Upscaler

WIDTH, HEIGHT, SCALE = 320, 180, 4
REFERENCE = "espcn_x4"
APP = Path(__file__).parent.parent / "app.py"
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


def picture(width: int, height: int) -> np.ndarray:
    """Make a picture (height, width, 3) uint8 with edges, gradients and grain, the same each time."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [np.sin(columns / (5 + 3 * c)) + np.sin(rows / (9 - 2 * c)) for c in range(3)]
    grain = np.random.default_rng(0).normal(0, 0.1, (height, width, 3))
    return np.clip(127 + 50 * (np.stack(waves, 2) + grain), 0, 255).astype(np.uint8)


def seconds(run: Callable[[], object], repeats: int = 15) -> float:
    """Return the median time of a call after two to warm up."""
    times = []
    for i in range(repeats + 2):
        start = time.perf_counter()
        run()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times += [time.perf_counter() - start] if i > 1 else []
    return statistics.median(times)


def eager(upscaler: Upscaler) -> Upscaler:
    """Return the same net as a plain user would run it: float32, channels first, one piece."""
    plain = load(upscaler.name, device=str(upscaler.device), dtype="float32")
    plain.net = plain.net.to(memory_format=torch.contiguous_format)
    plain.tile = 4096
    return plain


def nets(device: str | None) -> None:
    """Print the time of every x4 net for 320x180 -> 1280x720, and its ratio to ESPCN in eager float32."""
    lr = to_tensor(picture(WIDTH, HEIGHT))
    names = [c.name for c in list_checkpoints() if c.scale == SCALE]
    if REFERENCE not in names:
        print(f"{REFERENCE} is not there: no ratios")
        return
    print(
        f"{WIDTH}x{HEIGHT} -> {WIDTH * SCALE}x{HEIGHT * SCALE}, {torch.get_num_threads()} threads, torch {torch.__version__}"
    )
    print(f"{'net':20} {'precision':9} {'ms':>8} {'eager fp32 ms':>14} {'speed-up':>9} {'time / fp32 ESPCN':>18}")
    base = eager(load(REFERENCE, device=device))
    with torch.inference_mode():
        reference = seconds(lambda: base.net(lr[:, :1].to(base.device)))
        for name in [*names, "bicubic_x4"]:
            ours = load(name, device=device)
            x = lr[:, : ours.net.channels].to(ours.device)
            plain = eager(ours)
            fast = seconds(lambda ours=ours, x=x: ours.net(x.contiguous(memory_format=torch.channels_last)))
            slow = seconds(lambda plain=plain, x=x: plain.net(x))
            precision = str(ours.dtype).removeprefix("torch.")
            print(
                f"{name:20} {precision:9} {fast * 1e3:8.1f} {slow * 1e3:14.1f} {slow / fast:9.2f} {fast / reference:18.2f}"
            )
        for name in names:
            ours = load(name, device=device)
            whole = seconds(lambda ours=ours: ours(lr), 5)
            print(f"{name:20} whole pipeline {whole * 1e3:8.1f} ms")


def estimates(device: str | None) -> None:
    """Print how long three sizes were estimated to take by the default x4 net, and how long they took."""
    cards = list_checkpoints()
    upscaler = load(default_net(SCALE, cards), SCALE, device)
    for width, height in ((64, 48), (320, 180), (1024, 1024)):
        lr = to_tensor(picture(width, height))
        told = upscaler.seconds(width, height)
        took = seconds(lambda lr=lr: upscaler(lr), 3)
        print(
            f"estimate {upscaler.name} {width}x{height}: told {told:.3f} s, took {took:.3f} s, ratio {told / took:.2f}"
        )


def start_up() -> None:
    """Print how long the import and the help take, and that neither imports torch."""
    for what in ("import sr_models", "import sr_models.cli"):
        code = f"import sys; {what}; sys.exit('torch' in sys.modules)"
        took = seconds(lambda code=code: subprocess.run([sys.executable, "-c", code], check=True), 3)
        print(f"{what:24} {took:.2f} s, without torch")
    took = seconds(lambda: subprocess.run([sys.executable, "-m", "sr_models", "--help"], capture_output=True), 3)
    print(f"{'sr-models --help':24} {took:.2f} s")


def large() -> None:
    """Print the peak memory and the time of a 4096x4096 picture at x2 from the command line."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "large.jpg"  # a PNG of this size would be over the limit of 20 MiB
        Image.fromarray(picture(4096, 4096)).save(source, quality=85)
        start = time.perf_counter()
        command = [sys.executable, "-m", "sr_models", "upscale", str(source), "-o", folder, "-s", "2"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        print(f"4096x4096 at x2: peak {peak:.2f} GiB, {time.perf_counter() - start:.1f} s")


def parts() -> None:
    """Print what the parts of a job cost beside the net: decoding apart, for 320x180 at x4."""
    inputs = job.prepare(Picture(picture(WIDTH, HEIGHT)), SCALE)
    upscaler = load("bicubic", SCALE)
    result = job.enlarged(upscaler, inputs.lr)
    print(f"encode 1280x720 PNG      {seconds(lambda: encode_png(result), 5) * 1e3:.0f} ms")
    print(f"measure (enlarge)        {seconds(lambda: job.measure(upscaler, inputs, result, result), 5) * 1e3:.0f} ms")


class Server:
    """The app as a process of its own on a free port; `with Server() as url`."""

    def __init__(self, **environment: str) -> None:
        self.environment = environment
        self.ready = 0.0

    def __enter__(self) -> str:
        start = time.perf_counter()
        environment = {**os.environ, "SR_LAB_HOST": "127.0.0.1", "PYTHONUNBUFFERED": "1", **self.environment}
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
        self.process.wait(20)
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
        browser.close()


def frames(tab: Any, side: int) -> None:
    """Print how many frames a second the viewer draws while the divider of a pair is dragged, and while it is panned."""
    for zoom in ("fit", 1, 8):
        took = tab.evaluate(_DRAG, [side, zoom])
        print(f"{side}x{side} pair at {zoom}: {1000 / took:.0f} frames a second while dragging")


# Notes, in the browser's own clock, when the last tile is reported, the result is drawn, the numbers stand.
_WATCH = """() => {
  const bench = window.bench = { begun: performance.now() };
  const host = document.querySelector('.sr-viewer'), before = host.dataset.id;
  const timer = setInterval(() => {
    const now = performance.now();
    const status = document.querySelector('#status textarea, #status input').value;
    const fresh = host.dataset.id !== before;
    if (fresh && /^(Tile (\\d+) of \\2\\b|Done)/.test(status) && !bench.tiles) bench.tiles = now;
    const drawn = fresh && host.dataset.loading === 'no' && host.viewer.pictures().length > 1 && host.dataset.state === 'whole';
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


def run(*, page: bool, memory: bool, device: str | None) -> None:
    """Print everything asked for."""
    nets(device)
    estimates(device)
    start_up()
    parts()
    if memory:
        large()
    if page:
        in_browser()
