"""Animations on the command line: every frame, its time, plays and disposal; one frame in memory; other kinds."""

import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sr_models.imaging.animation import KINDS, count_of, frames, kind_of, plays_of
from sr_models.imaging.decode import decode
from sr_models.inference.load import load
from sr_models.pipelines.upscale import enlarged
from tests.conftest import scene

TIMES = [50, 100, 200, 70]


def animation(kind: str, clear: bool = True, disposal: int = 1, **more: Any) -> bytes:
    """Four frames of 32x24, a block that moves on a clear or a dark ground."""
    pictures = []
    for i in range(4):
        array = np.zeros((24, 32, 4), np.uint8)
        array[..., 3] = 0 if clear else 255
        array[4 * i : 4 * i + 6, 3 * i : 3 * i + 9] = (255, 50 * i, 30, 255)
        pictures.append(Image.fromarray(array))
    how: dict[str, Any] = {
        "gif": {"format": "GIF", "disposal": disposal + 1, "loop": 3},
        "apng": {"format": "PNG", "disposal": disposal, "blend": 0, "loop": 2},
        "webp": {"format": "WEBP", "lossless": True, "loop": 5},
    }[kind]
    buffer = io.BytesIO()
    pictures[0].save(buffer, save_all=True, append_images=pictures[1:], duration=TIMES, **{**how, **more})
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("to", ["same", *KINDS])
def test_every_frame_is_enlarged_with_its_time(run, tmp_path, kind, to, clear):
    source = tmp_path / f"a{KINDS[kind]}"
    source.write_bytes(animation(kind, clear))
    assert run("upscale", source, "-o", tmp_path / "o", "-m", "nearest_x2", "--animation", to)[0] == 0
    made = (tmp_path / "o" / f"a_nearest_x2{KINDS[kind if to == 'same' else to]}").read_bytes()
    assert kind_of(made) == (kind if to == "same" else to)
    assert plays_of(made) == plays_of(source.read_bytes()) == {"gif": 4, "apng": 2, "webp": 5}[kind]
    assert count_of(made) == 4
    old, new = list(frames(source.read_bytes())), list(frames(made))
    assert [f.milliseconds for f in new] == TIMES
    for before, after in zip(old, new, strict=True):
        wanted = before.array.repeat(2, 0).repeat(2, 1)
        found, alpha = after.array[..., :3], after.array[..., 3:]
        shown = wanted[..., 3:] if wanted.shape[2] == 4 else np.full_like(wanted[..., :1], 255)
        assert np.array_equal(alpha if alpha.size else np.full_like(shown, 255), shown)
        assert np.array_equal(found * (shown > 0), wanted[..., :3] * (shown > 0))
    assert "0 enlarged" in run("upscale", source, "-o", tmp_path / "o", "-m", "nearest_x2", "--animation", to)[1]


@pytest.mark.parametrize("kind", ["gif", "apng"])
@pytest.mark.parametrize("disposal", [0, 1, 2])
def test_disposal_is_kept(run, tmp_path, kind, disposal):
    source = tmp_path / f"a{KINDS[kind]}"
    source.write_bytes(animation(kind, clear=False, disposal=disposal))
    assert run("upscale", source, "-o", tmp_path / "o", "-m", "nearest_x2")[0] == 0
    made = (tmp_path / "o" / f"a_nearest_x2{KINDS[kind]}").read_bytes()
    assert [f.disposal for f in frames(made)] == [f.disposal for f in frames(source.read_bytes())]


def test_an_animation_that_is_played_once_stays_so_and_odd_times_too(run, tmp_path):
    buffer = io.BytesIO()
    pictures = [Image.fromarray(scene(16, 12)), Image.fromarray(255 - scene(16, 12))]
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=[0, 40])
    (tmp_path / "a.gif").write_bytes(buffer.getvalue())
    assert run("upscale", tmp_path / "a.gif", "-o", tmp_path / "o", "-m", "nearest_x2")[0] == 0
    made = (tmp_path / "o" / "a_nearest_x2.gif").read_bytes()
    assert plays_of(made) == plays_of(buffer.getvalue()) == 1
    assert [f.milliseconds for f in frames(made)] == [f.milliseconds for f in frames(buffer.getvalue())]


def test_frames_go_through_the_net_and_to_a_size(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_DTYPE", "float32")
    (tmp_path / "a.webp").write_bytes(animation("webp", clear=False))
    how = ("-m", "espcn_x2", "--size", "48 wide", "--name", "{stem}")
    assert run("upscale", tmp_path / "a.webp", "-o", tmp_path / "o", *how)[0] == 0
    made = list(frames((tmp_path / "o" / "a.webp").read_bytes()))
    assert {f.array.shape for f in made} == {(36, 48, 3)}
    assert run("upscale", tmp_path / "a.webp", "-o", tmp_path / "o", "-m", "espcn_x2", "--animation", "apng")[0] == 0
    made = list(frames((tmp_path / "o" / "a_espcn_x2.png").read_bytes()))
    old = list(frames((tmp_path / "a.webp").read_bytes()))
    for before, after in zip(old, made, strict=True):
        assert np.array_equal(after.array, enlarged(load("espcn_x2"), before.array))


def test_the_first_frame_alone_when_asked_and_it_is_said(run, tmp_path):
    (tmp_path / "a.gif").write_bytes(animation("gif", clear=False))
    code, _, errors = run(
        "upscale", tmp_path / "a.gif", "-o", tmp_path / "o", "-m", "nearest_x2", "--animation", "first"
    )
    assert code == 0
    assert "a.gif: It has more than one picture, and the first was taken." in errors
    picture = decode((tmp_path / "o" / "a_nearest_x2.png").read_bytes())
    assert (picture.array.shape, picture.notes) == ((48, 64, 3), ())


def test_a_cut_animation_is_a_sentence_and_leaves_nothing(run, tmp_path):
    for kind, ending in KINDS.items():
        data = animation(kind, clear=False)
        (tmp_path / f"cut{ending}").write_bytes(data[: len(data) * 3 // 4])
        code, _, errors = run("upscale", tmp_path / f"cut{ending}", "-o", tmp_path / "o", "-m", "nearest_x2")
        if code:
            assert errors.count("\n") == 1
            assert "The picture file is" in errors
            assert not list((tmp_path / "o").glob("*.part"))


MEMORY = """
import resource, sys
from pathlib import Path
import numpy as np
from PIL import Image
from sr_models.imaging.animation import Frame, frames, write
made = (Frame(np.full((1000, 1000, 3), n, np.uint8), 40, 0) for n in range(int(sys.argv[2])))
path = Path(sys.argv[1])
for _ in write(path, path.suffix[1:].replace("png", "apng"), 0, made):
    pass
for frame in frames(path.read_bytes()):
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_grow_with_the_frames(tmp_path, kind):
    peaks = []
    for count in ("4", "40"):
        command = [sys.executable, "-c", MEMORY, tmp_path / f"a{KINDS[kind]}", count]
        peaks.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] - peaks[0] < 40  # MiB; 36 frames more are 108
