"""The command line: what it writes, what it skips, and one sentence with exit code 2 for bad use."""

import json
import subprocess
import sys

import numpy as np
import pytest

from sr_models import cli
from sr_models.image import encode_png, read
from tests.conftest import scene


def call(monkeypatch, capsys, *arguments) -> tuple[int, str, str]:
    """Run `sr-models` in this process; return exit code, stdout, stderr."""
    monkeypatch.setattr(sys, "argv", ["sr-models", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    out = capsys.readouterr()
    return int(caught.value.code or 0), out.out, out.err


@pytest.fixture
def run(monkeypatch, capsys, small_checkpoint):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    return lambda *arguments: call(monkeypatch, capsys, *arguments)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "b.png", "deep/a.png"):
        (folder / name).write_bytes(encode_png(scene(20, 16)))
    (folder / "a.bmp").write_bytes(encode_png(scene(20, 16)))  # told by its content, not by its name
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_folders_keep_their_shape_and_done_work_is_skipped(run, pictures, tmp_path):
    out = tmp_path / "out"
    code, said, _ = run("upscale", pictures, "-o", out, "-m", "espcn", "-s", "2")
    assert code == 0
    assert "4 enlarged by espcn_x2" in said
    names = sorted(str(p.relative_to(out)) for p in out.rglob("*.png"))
    assert names == ["a.bmp_espcn_x2.png", "a.png_espcn_x2.png", "b_espcn_x2.png", "deep/a_espcn_x2.png"]
    assert read(out / "b_espcn_x2.png").array.shape == (32, 40, 3)
    before = (out / "b_espcn_x2.png").stat().st_mtime_ns
    (out / "a.png_espcn_x2.png").unlink()
    assert "1 enlarged by espcn_x2" in run("upscale", pictures, "-o", out, "-m", "espcn_x2")[1]
    assert (out / "b_espcn_x2.png").stat().st_mtime_ns == before


def test_results_below_the_input_are_not_enlarged_again(run, pictures):
    out = pictures / "larger"
    assert "4 enlarged" in run("upscale", pictures, "-o", out, "-m", "bicubic")[1]
    assert "0 enlarged by bicubic_x4" in run("upscale", pictures, "-o", out, "-m", "bicubic")[1]


def test_flat_pictures_make_valid_json(run, tmp_path):
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "p.png").write_bytes(encode_png(np.full((40, 40, 3), 90, np.uint8)))
    code, said, _ = run(
        "evaluate", "bicubic", "--hr", tmp_path / "flat", "--json", tmp_path / "r.json", "--sheet", tmp_path / "s"
    )
    assert code == 0
    assert "∞" in said
    text = (tmp_path / "r.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)[0]["mean"]["result"]["psnr_y"] == "inf"


def test_the_default_net_is_the_one_that_is_there(run, pictures, tmp_path):
    assert "by espcn_x2 " in run("upscale", pictures / "b.png", "-o", tmp_path / "o", "-s", "2")[1]
    assert "by bicubic_x4 " in run("upscale", pictures / "b.png", "-o", tmp_path / "o")[1]


def test_tile_size_does_not_change_the_result(run, pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_DTYPE", "float32")
    for tile, folder in (("16", "small"), ("999", "whole")):
        assert run("upscale", pictures / "b.png", "-o", tmp_path / folder, "-m", "espcn_x2", "--tile", tile)[0] == 0
    small, whole = (read(tmp_path / f / "b_espcn_x2.png").array.astype(int) for f in ("small", "whole"))
    assert np.abs(small - whole).max() <= 1


def test_a_bad_picture_does_not_stop_the_others(run, pictures, tmp_path):
    (pictures / "cut.png").write_bytes(encode_png(scene(20, 16))[:60])
    code, said, errors = run("upscale", pictures, "-o", tmp_path / "o", "-m", "bicubic")
    assert code == 1
    assert "4 enlarged" in said
    assert "cut.png: The picture file is" in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["upscale"], "Missing argument"),
        (["upscale", "IN", "-o", "OUT", "-m", "nothing"], "no checkpoint named nothing_x4"),
        (["upscale", "IN", "-o", "OUT", "-m", "espcn_x2", "-s", "3"], "made for x2, not x3"),
        (["upscale", "nowhere.png", "-o", "OUT"], "does not exist"),
        (["upscale", "IN/deep/..", "-o", "OUT", "--tile", "many"], "--tile"),
        (["upscale", "EMPTY", "-o", "OUT"], "No readable picture"),
        (["evaluate", "bicubic", "--hr", "EMPTY"], "No readable picture"),
        (["evaluate", "bicubic", "--hr", "IN", "--json", "IN/b.png/r.json"], "cannot be written"),
        (["evaluate", "bicubic", "--hr", "TINY"], "too small to be shrunk"),
        (["upscale", "IN", "-o", "OUT", "-s", "0"], "--scale"),
        (["upscale", "IN", "-o", "OUT", "--tile", "8"], "--tile"),
        (["upscale", "IN", "-o", "OUT", "-m", "bicubic", "--device", "cpu:x"], "device cpu:x"),
        (["upscale", "IN", "IN2", "-o", "OUT", "-m", "bicubic"], "would both become"),
        (["train", "nothing.py", "--data", "IN", "--steps", "-1"], "--steps"),
        (["train", "nothing.py", "--data", "IN"], "does not exist"),
        (["pull", "nonsense"], "not a Hub reference"),
        (["fly"], "No such command"),
    ],
)
def test_bad_use_is_exit_code_2_and_one_sentence(run, pictures, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    for name, size in (("tiny", (3, 3)), ("in2", (20, 16))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.png").write_bytes(encode_png(scene(*size)))
    names = {"IN": pictures, "OUT": tmp_path / "o", "EMPTY": tmp_path / "empty", "TINY": tmp_path / "tiny"}
    names |= {"IN2": tmp_path / "in2", "IN/b.png/r.json": pictures / "b.png" / "r.json"}
    code, _, errors = run(*[names.get(a, a) for a in arguments])
    assert code == 2
    assert words in errors
    assert errors.count("\n") == 1


def test_list_says_what_there_is(run):
    code, said, _ = run("list")
    assert code == 0
    assert "espcn_x2" in said
    assert "bicubic" in said
    cards = json.loads(run("list", "--json")[1])
    assert cards["checkpoints"][0]["config"] == {"scale": 2, "width": 8, "mapping": 8}
    assert "lanczos" in cards["classical"]


def test_evaluate_prints_writes_draws_and_stamps(run, tmp_path, small_checkpoint):
    from sr_models.checkpoint import read_card

    folder = tmp_path / "Two" / "HR"
    folder.mkdir(parents=True)
    for name in ("one", "two"):
        (folder / f"{name}.png").write_bytes(encode_png(scene(61, 48 if name == "one" else 52)))
    markdown = tmp_path / "training" / "RESULTS.md"
    markdown.parent.mkdir()
    markdown.write_text("# Results\n\nProse before.\n")
    code, said, _ = run(
        "evaluate",
        "espcn_x2",
        "bicubic",
        "-s",
        "2",
        "--hr",
        folder,
        "--json",
        tmp_path / "r.json",
        "--sheet",
        tmp_path / "sheets",
        "--write",
        markdown,
        "--stamp",
    )
    assert code == 0
    assert "border 2, 8 bit, Y of BT.601" in said
    reports = json.loads((tmp_path / "r.json").read_text())
    assert [r["checkpoint"] for r in reports] == ["espcn_x2", "bicubic_x2"]
    assert reports[1]["mean"]["result"] == reports[1]["mean"]["bicubic"]
    assert reports[0]["set"] == "Two"
    assert read(tmp_path / "sheets" / "one_espcn_x2.png").width > 5 * 48
    text = markdown.read_text()
    assert "Prose before." in text
    number = f"{reports[0]['mean']['result']['psnr_y']:.2f}"
    assert f"| espcn_x2 | 1,100 | {number} |" in text
    result = read_card(small_checkpoint).result("Two")
    assert result is not None
    assert result.value == reports[0]["mean"]["result"]["psnr_y"]
    markdown.write_text(text + "\nProse after.\n")
    run("evaluate", "lanczos", "-s", "2", "--hr", folder, "--write", markdown)
    assert "Prose after." in markdown.read_text()
    assert markdown.read_text().count("<!-- table x2 -->") == 1
    assert "| lanczos_x2 |" in markdown.read_text()


def test_lr_of_another_size_is_a_sentence(run, tmp_path):
    for name, size in (("HR", (40, 40)), ("LR", (19, 20))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.png").write_bytes(encode_png(scene(*size)))
    code, _, errors = run("evaluate", "bicubic", "-s", "2", "--hr", tmp_path / "HR", "--lr", tmp_path / "LR")
    assert code == 2
    assert "p.png is 19×20, but 20×20 is needed" in errors


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "sr_models", "--help"], capture_output=True, text=True, check=True)
    for command in ("list", "upscale", "evaluate", "train", "pull", "bench"):
        assert command in done.stdout


@pytest.mark.slow
def test_large_pictures_fit_into_memory(capsys):
    from sr_models.bench import large

    large()
    peak = float(capsys.readouterr().out.split("peak ")[1].split()[0])
    assert peak < 3
