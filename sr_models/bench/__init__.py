"""Measure speed and memory in one run, as ratios: nets against other ways to run them, the page in a browser."""

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import torch
from PIL import Image

from sr_models.archs import Contains
from sr_models.bench.nets import HEIGHT, SCALE, WIDTH, picture, seconds
from sr_models.bench.nets import measure as measure
from sr_models.bench.page import CHROMIUM_FLAGS as CHROMIUM_FLAGS
from sr_models.bench.page import Server as Server
from sr_models.bench.page import in_browser
from sr_models.checkpoints.catalog import classical, list_checkpoints
from sr_models.checkpoints.recommend import default_net
from sr_models.imaging.encode import encode_png
from sr_models.imaging.holes import Boxes
from sr_models.imaging.picture import Picture, to_tensor
from sr_models.inference.load import load, load_restorer
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines import readouts
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.upscale import enlarged


def whole(device: str | None) -> None:
    """Print the time of the whole pipeline, net by net."""
    lr = to_tensor(picture(WIDTH, HEIGHT))
    for card in list_checkpoints():
        if card.scale == SCALE:
            upscaler = load(card.name, device=device)
            print(f"{card.name:20} whole pipeline {seconds(lambda u=upscaler: u(lr), 5) * 1e3:8.1f} ms")


def samples(device: str | None, count: int = 8) -> None:
    """Print how long several samples take by each net that knows many, and one of them beside the net it contains."""
    lr = to_tensor(picture(WIDTH, HEIGHT))
    for card in list_checkpoints():
        upscaler = load(card.name, device=device)
        if card.scale != SCALE or not (upscaler.knows_many and isinstance(upscaler.net, Contains)):
            continue
        base = Upscaler(upscaler.net.contained(), "base", device=device)
        mean, plain = (seconds(lambda run=run: run(lr), 5) for run in (upscaler, base))
        many, one = (seconds(lambda run=upscaler, n=n: list(run.samples(lr, n)), 3) for n in (count, 1))
        told = upscaler.seconds(WIDTH, HEIGHT, count)
        print(
            f"{card.name}: mean {mean:.2f} s, {count} samples {many:.2f} s, the first after {one:.2f} s; one more is "
            f"{(many - one) / (count - 1) / plain:.2f} times the net that it contains; mean and samples told/took "
            f"{told / (mean + many):.2f}"
        )


def repairs(device: str | None, side: int = 512) -> None:
    """Print how long what repairs takes for a square picture, without holes and where a tenth of it is holes.

    Of what knows many answers, 8 samples as well.
    """
    damaged = to_tensor(picture(side, side))
    mask = Boxes(0.1)(side, side, torch.Generator().manual_seed(0))[None]
    for name in [card.name for card in list_checkpoints("restore")] + classical("restore"):
        restorer = load_restorer(name, device)
        ways = {} if getattr(restorer.net, "needs_mask", False) else {"": None}
        ways |= {", a tenth of it holes": mask} if "inpaint" in restorer.net.repairs else {}
        for words, holes in ways.items():
            said = f"{seconds(partial(restorer.repair, damaged, holes), 3):.2f} s"
            if restorer.knows_many:
                said += f", 8 samples {seconds(partial(restorer.answers, damaged, 8, holes), 3):.2f} s"
            print(f"{restorer.name:20} {side}x{side}{words}: {said}")


def estimates(device: str | None) -> None:
    """Print how long the default x4 net at three sizes, and every other at one, was to take, and how long it took."""
    cards = list_checkpoints()
    usual = default_net(SCALE, cards)
    sizes = {load(usual, SCALE).name: ((64, 48), (WIDTH, HEIGHT), (1024, 1024))}
    for name in (card.name for card in cards if card.scale == SCALE):
        upscaler = load(name, device=device)
        for width, height in sizes.get(name, ((WIDTH, HEIGHT),)):
            lr = to_tensor(picture(width, height))
            told = upscaler.seconds(width, height)
            took = seconds(lambda u=upscaler, x=lr: u(x), 3)
            print(f"estimate {name} {width}x{height}: told {told:.3f} s, took {took:.3f} s, ratio {told / took:.2f}")


def start_up() -> None:
    """Print how long the import and the help take, and that neither imports torch."""
    for what in ("import sr_models", "import sr_models.cli"):
        code = f"import sys; {what}; sys.exit('torch' in sys.modules)"
        took = seconds(lambda code=code: subprocess.run([sys.executable, "-c", code], check=True), 3)
        print(f"{what:24} {took:.2f} s, without torch")
    took = seconds(lambda: subprocess.run([sys.executable, "-m", "sr_models", "--help"], capture_output=True), 3)
    print(f"{'sr-models --help':24} {took:.2f} s")


# Run by a small process of its own: a program counts as its own the memory of the process that started it.
PEAK = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20)"""


def large() -> None:
    """Print the peak memory and the time of a 4096x4096 picture at x2 from the command line."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "large.jpg"  # a PNG of this size would be over the limit of 40 MiB
        Image.fromarray(picture(4096, 4096)).save(source, quality=85)
        start = time.perf_counter()
        command = [sys.executable, "-m", "sr_models", "upscale", str(source), "-o", folder, "-s", "2"]
        peak = subprocess.run(
            [sys.executable, "-c", PEAK, *command], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        print(f"4096x4096 at x2: peak {float(peak):.2f} GiB, {time.perf_counter() - start:.1f} s")


def parts() -> None:
    """Print what the parts of a job cost beside the net: decoding apart, for 320x180 at x4."""
    inputs = prepare(Picture(picture(WIDTH, HEIGHT)), SCALE)
    upscaler = load("bicubic", SCALE)
    result = enlarged(upscaler, inputs.lr)
    print(f"encode 1280x720 PNG      {seconds(lambda: encode_png(result), 5) * 1e3:.0f} ms")
    print(
        "measure (enlarge)        "
        f"{seconds(lambda: readouts.measure(upscaler, inputs, result, result), 5) * 1e3:.0f} ms"
    )


def rest(*, page: bool, memory: bool, device: str | None) -> None:
    """Print what is not a table: the pipeline, estimates, start-up; where asked for, memory and the page."""
    whole(device)
    samples(device)
    repairs(device)
    estimates(device)
    start_up()
    parts()
    if memory:
        large()
    if page:
        in_browser()
