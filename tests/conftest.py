"""What the tests share: the folder with data and corpus, small pictures, a small checkpoint, the app, a browser."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.pop("SR_LAB_HUB_OWNER", None)
os.environ["SR_LAB_KEPT"] = "off"

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

WAIT = 120  # seconds a test waits for what comes at once when all goes well: a busy machine may need many
REQUIRE = os.environ.get("SR_LAB_REQUIRE") == "1"


def missing(what: str) -> None:
    """Skip, or fail where SR_LAB_REQUIRE=1 says that nothing may be missing."""
    if REQUIRE:
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder that holds data/ and corpus/."""
    folder = os.environ.get("SR_LAB_SHARED")
    if not folder or not Path(folder).is_dir():
        missing("needs the data and the corpus: set SR_LAB_SHARED to the folder that holds them")
    return Path(folder or "")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's chromium."""
    path = shutil.which("chromium")
    if not path:
        missing("needs a browser: apt-get install chromium")
    return path or ""


def scene(width: int, height: int, channels: int = 3) -> np.ndarray:
    """Make a picture (height, width, channels) uint8 with edges and waves."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    layers = [np.sin(columns / (3 + c)) + np.sin(rows / (6 - c)) + (columns > rows) for c in range(channels)]
    return np.clip(100 + 50 * np.stack(layers, 2), 0, 255).astype(np.uint8)


@pytest.fixture
def small_checkpoint(tmp_path: Path) -> Path:
    """A tiny espcn_x2 with random weights, as a file."""
    from sr_models import archs
    from sr_models.checkpoints.card import Card
    from sr_models.checkpoints.format import save_checkpoint

    torch.manual_seed(0)
    net = archs.build("espcn", scale=2, width=8, mapping=8)
    card = Card(
        name="espcn_x2",
        architecture="espcn",
        config=net.config,
        scale=2,
        bases=(),
        trained_for="clean",
        invents=False,
        recipe={},
        dataset="none",
        license="CC-BY-SA-4.0",
        steps=0,
        seconds=0.0,
        commit=None,
    )
    path = tmp_path / "weights" / "espcn_x2.safetensors"
    save_checkpoint(net, card, path)
    return path


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three pictures to train on, with sharp edges, on which bicubic is easy to beat; float32."""
    from sr_models.imaging.encode import encode_png

    monkeypatch.setenv("SR_LAB_DTYPE", "float32")
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b.png", "deep/c.png")):
        blocks = np.random.default_rng(i).integers(0, 2, (16 + i, 18 + i, 1), dtype=np.uint8)
        picture = 40 + 150 * np.kron(blocks, np.ones((5, 5, 3), np.uint8))
        (folder / name).write_bytes(encode_png(picture))
    return folder


def call(monkeypatch, capsys, *arguments) -> tuple[int, str, str]:
    """Run `sr-models` in this process; return exit code, stdout, stderr."""
    from sr_models import cli

    monkeypatch.setattr(sys, "argv", ["sr-models", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    out = capsys.readouterr()
    return int(caught.value.code or 0), out.out, out.err


@pytest.fixture
def run(monkeypatch, capsys, small_checkpoint):
    """Return a function that runs `sr-models` beside a tiny espcn_x2: exit code, stdout, stderr."""
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    return lambda *arguments: call(monkeypatch, capsys, *arguments)
