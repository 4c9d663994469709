"""From a damaged file to a repaired one: which steps, what stays, and what is a sentence."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sr_models.archs import build
from sr_models.cli import app
from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.encode import encode_png
from sr_models.inference.restorer import Restorer
from sr_models.metrics.diagnose import Finding
from sr_models.pipelines.restore import repair, steps_for
from tests.conftest import scene

NOISY = Finding("noise", 20.0, "/255", 4.5, "higher", "denoise", "flat_parts")
JPEG = Finding("jpeg", 30, "", 80, "lower", "dejpeg", "tables")
FADED = Finding("faded", 60.0, "/255", 28.0, "higher", "tone", "histogram")
SHARP = Finding("blur", 0.5, "px", 0.9, "higher", "deblur", "edges")
ASSETS = Path(__file__).parents[2] / "assets"
LOADED: dict[str, Restorer] = {}


def load(name: str) -> Restorer:
    if name in ("restoration_vae", "inpainting"):
        raise SRError("file_missing", path=name)
    return LOADED.setdefault(name, Restorer(build(name), name, device="cpu", dtype="float32"))


@pytest.fixture
def noisy(tmp_path):
    clean = np.kron(scene(24, 20), np.ones((4, 4, 1))).astype(float)
    array = np.clip(clean + np.random.default_rng(0).normal(0, 25, clean.shape), 0, 255).astype(np.uint8)
    path = tmp_path / "noisy.png"
    path.write_bytes(encode_png(array))
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, ["restore", *map(str, arguments)])


@pytest.mark.parametrize(
    ("task", "findings", "has_mask", "expected"),
    [
        ("auto", (), False, []),
        ("auto", (SHARP,), False, []),
        ("auto", (NOISY, FADED), False, [("denoise", "restoration"), ("tone", "tone")]),
        ("auto", (NOISY,), True, [("inpaint", "biharmonic"), ("denoise", "restoration")]),
        ("deblur", (NOISY,), False, [("deblur", "restoration")]),
        ("inpaint", (), True, [("inpaint", "biharmonic")]),
    ],
)
def test_what_is_found_or_asked_for_is_done_holes_first_and_tones_last(task, findings, has_mask, expected):
    works = steps_for(task, findings, has_mask, load, None, None)
    assert [(work.task, work.restorer.name) for work in works] == expected


def test_one_net_does_several_tasks_in_one_step_and_the_strength_goes_to_the_task_that_was_named():
    (work,) = steps_for("auto", (NOISY, JPEG), False, load, None, 9.0)
    assert work.strength is None  # of which of the two?
    (work,) = steps_for("denoise", (NOISY, JPEG), False, load, None, 9.0)
    assert work.strength == 9.0
    (work,) = steps_for("denoise", (), False, load, "median", 2)
    assert (work.restorer.name, work.strength) == ("median", 2)
    for has_mask, model, words in ((False, None, "marks nothing"), (True, "median", "it is for denoise")):
        with pytest.raises(SRError, match=words):
            steps_for("inpaint", (), has_mask, load, model, None)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", [8, 16])
def test_alpha_depth_and_known_pixels_stay(channels, depth):
    kind, peak = (np.uint8, 255) if depth == 8 else (np.uint16, 65535)
    array = np.random.default_rng(1).integers(0, peak, (40, 48, channels)).astype(kind)
    mask = np.zeros((40, 48), bool)
    mask[10:20, 12:30] = True
    *_, last = repair(steps_for("inpaint", (), True, load, None, None), array, mask, depth=depth)
    assert (last.array.shape, last.array.dtype) == (array.shape, array.dtype)
    assert np.array_equal(last.array[~mask], array[~mask])
    colours = channels - (channels % 2 == 0)
    assert not np.array_equal(last.array[mask][:, :colours], array[mask][:, :colours])
    if colours < channels:
        assert np.array_equal(last.array[..., -1], array[..., -1])


def test_the_command_finds_what_is_wrong_and_does_not_do_it_twice(noisy, tmp_path):
    out = tmp_path / "out"
    first = run(noisy, "-o", out)
    assert first.exit_code == 0, first.output
    assert "denoise by restoration_x1" in first.output
    before, after = (read(path).array.astype(float) for path in (noisy, out / "noisy_restored.png"))
    assert np.abs(np.diff(after, axis=1)).mean() < 0.6 * np.abs(np.diff(before, axis=1)).mean()
    assert "1 already there" in run(noisy, "-o", out).output
    assert "noisy_restored_2.png" in run(noisy, "-o", out, "--strength", "40", "--task", "denoise").output


def test_what_cannot_be_done_is_a_sentence(noisy, tmp_path):
    files = {
        "small": np.full((10, 12, 1), 255, np.uint8),
        "clean": read(ASSETS / "kingfisher.png").array,
        "empty": np.zeros((*read(noisy).array.shape[:2], 1), np.uint8),
    }
    for name, array in files.items():
        (tmp_path / f"{name}.png").write_bytes(encode_png(array))
    small, clean, empty = (tmp_path / f"{name}.png" for name in files)
    for arguments, words in (
        ((noisy, "--mask", small), "mask is 12"),
        ((noisy, "--mask", empty), "mask marks nothing"),
        ((noisy, "--task", "inpaint"), "mask marks nothing"),
        ((noisy, "--task", "tone", "--model", "median"), "not for tone"),
        ((noisy, "--task", "denoise", "--samples", "3"), "one answer only"),
        ((clean,), "Nothing was found"),
    ):
        done = run(*arguments, "-o", tmp_path / "out")
        assert done.exit_code == 1, (arguments, done.output)
        assert words in done.output, done.output
        assert "Traceback" not in done.output
