"""The command line: what it writes, what it skips, and one sentence with exit code 2 for bad use."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from sr_models.imaging.decode import decode, read
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import fit
from sr_models.inference.load import load
from sr_models.pipelines.upscale import enlarged
from tests.conftest import scene
from tests.inference.test_compose import save


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
        (["upscale", "IN", "-o", "OUT", "--size", "huge"], "write for example 1920"),
        (["upscale", "IN", "-o", "OUT", "--format", "bmp"], "format is bmp, it must be one of png, png16, webp"),
        (["upscale", "IN", "-o", "OUT", "--alpha", "pink"], "one of keep, white, black"),
        (["upscale", "IN", "-o", "OUT", "--quality", "0"], "--quality"),
        (["evaluate", "espcn_x2", "--hr", "IN", "--stamp", "--ensemble"], "leave out --stamp, or --ensemble and --mix"),
        (["evaluate"], "evaluate needs names or --all"),
        (["evaluate", "bicubic"], "either --hr or --bench-sets"),
        (["evaluate", "bicubic", "--hr", "IN", "--bench-sets", "IN"], "either --hr or --bench-sets"),
        (["evaluate", "--hr", "IN", "--write", "OUT"], "names or --all"),
        (["evaluate", "bicubic", "--bench-sets", "EMPTY"], "No readable picture was found"),
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
    from sr_models.checkpoints.card import read_card

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
    assert [(r["net"], r["scale"]) for r in reports] == [("espcn", 2), ("bicubic", 2)]
    assert reports[1]["mean"]["result"] == reports[1]["mean"]["bicubic"]
    assert reports[0]["set"] == "Two"
    assert read(tmp_path / "sheets" / "one_espcn_x2.png").width > 5 * 48
    text = markdown.read_text()
    assert "Prose before." in text
    number = f"{reports[0]['mean']['result']['psnr_y']:.2f}"
    assert f"| espcn_x2 | 1,100 | 0.06 G | {number} |" in text
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
    for command in ("list", "upscale", "evaluate", "train", "pull", "export", "bench"):
        assert command in done.stdout


@pytest.mark.slow
def test_large_pictures_fit_into_memory(capsys):
    from sr_models.bench import large

    large()
    peak = float(capsys.readouterr().out.split("peak ")[1].split()[0])
    assert peak < 2


@pytest.fixture
def photo(tmp_path):
    """A JPEG of 20x16 that names its camera and its place, and a PNG of the same with a transparent half."""
    exif = Image.Exif()
    exif[0x0110] = "Kamera 1"
    exif.get_ifd(0x8825)[27] = b"ASCII\0\0\0SECRETPLACE"
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(scene(20, 16)).save(folder / "photo.jpg", exif=exif.tobytes(), quality=95)
    clear = np.dstack([scene(20, 16), np.where(np.arange(20) < 10, 255, 0)[None].repeat(16, 0).astype(np.uint8)])
    (folder / "clear.png").write_bytes(encode_png(clear))
    return folder


def test_a_size_is_reached_by_the_smallest_scale_and_shrunk(run, photo, tmp_path):
    out = tmp_path / "o"
    for words, size in (("30 wide", (30, 24)), ("x60", (75, 60)), ("120 %", (24, 19)), ("8x", (160, 128))):
        assert run("upscale", photo / "photo.jpg", "-o", out, "-m", "lanczos", "--size", words)[0] == 0
        picture = read(out / f"photo_lanczos_{words.replace(' ', '')}.png")
        assert (picture.width, picture.height) == size
    lr = read(photo / "photo.jpg").array
    by_hand = fit(enlarged(load("lanczos", 2), lr), (30, 24))
    assert np.array_equal(read(out / "photo_lanczos_30wide.png").array, by_hand)
    code, _, errors = run("upscale", photo / "photo.jpg", "-o", out, "-m", "espcn_x2", "--size", "x48")
    assert code == 1
    assert "60×48 is more than 2 times" in errors
    code, _, errors = run("upscale", photo / "photo.jpg", "-o", out, "-m", "lanczos", "--size", "10")
    assert code == 1
    assert "The size 10 is not" in errors
    assert "1 enlarged by espcn_30" in run("upscale", photo / "photo.jpg", "-o", out, "-m", "espcn", "--size", "30")[1]
    assert "by espcn_x2_30 " in run("upscale", photo / "photo.jpg", "-o", out, "-m", "espcn_x2", "--size", "30")[1]


@pytest.mark.parametrize(
    ("name", "extension", "kind", "depth"),
    [
        ("png", "png", "PNG", 8),
        ("png16", "png", "PNG", 16),
        ("webp", "webp", "WEBP", 8),
        ("tiff16", "tif", "TIFF", 16),
        ("jpeg", "jpg", "JPEG", 8),
    ],
)
def test_results_come_in_every_format(run, photo, tmp_path, name, extension, kind, depth):
    out = tmp_path / "o"
    how = ("-o", out, "-m", "espcn_x2", "--format", name, "--quality", "77", "--metadata")
    assert run("upscale", photo, *how)[0] == 0
    data = (out / f"photo_espcn_x2.{extension}").read_bytes()
    picture = decode(data)
    assert (picture.format, picture.depth, picture.width) == (kind, depth, 40)
    assert picture.jpeg_quality == (77 if name == "jpeg" else None)
    assert b"Kamera 1" in data
    assert b"SECRETPLACE" not in data
    assert read(out / f"clear_espcn_x2.{extension}").mode == ("RGB" if name == "jpeg" else "RGBA")


def test_metadata_and_alpha_only_as_asked(run, photo, tmp_path):
    out = tmp_path / "o"
    assert run("upscale", photo, "-o", out, "-m", "nearest_x2", "--alpha", "black")[0] == 0
    assert b"Kamera" not in (out / "photo_nearest_x2.png").read_bytes()
    assert read(out / "clear_nearest_x2.png").mode == "RGB"
    assert read(out / "clear_nearest_x2.png").array[:, 20:].max() == 0


def test_an_ensemble_has_a_name_and_a_result_of_its_own(run, photo, tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_DTYPE", "float32")
    out = tmp_path / "o"
    for more in ((), ("--ensemble",)):
        assert run("upscale", photo / "photo.jpg", "-o", out, "-m", "espcn_x2", *more)[0] == 0
    plain, mean = (read(out / f"photo_espcn_x2{end}.png").array for end in ("", "_ensemble"))
    assert np.array_equal(mean, enlarged(load("espcn_x2").ensembled(), read(photo / "photo.jpg").array))
    assert (plain != mean).any()
    (tmp_path / "hr").mkdir()
    (tmp_path / "hr" / "p.png").write_bytes(encode_png(scene(60, 60)))
    code, said, _ = run("evaluate", "espcn_x2", "--hr", tmp_path / "hr", "--ensemble", "--json", tmp_path / "r.json")
    assert code == 0
    assert "espcn_x2_ensemble" in said
    report = json.loads((tmp_path / "r.json").read_text())[0]
    assert (report["net"], report["variant"]["ensemble"], report["parameters"]) == ("espcn", True, 1100)


def test_a_scale_without_a_file_is_made_by_passes(run, photo, tmp_path, small_checkpoint):
    save(small_checkpoint, 4)
    out = tmp_path / "o"
    assert "by espcn_x4_x2 " in run("upscale", photo / "photo.jpg", "-o", out, "-s", "8")[1]
    assert read(out / "photo_espcn_x4_x2.png").array.shape == (128, 160, 3)
    assert "1 enlarged" in run("upscale", photo / "photo.jpg", "-o", out, "-m", "espcn", "--size", "5x")[1]
    assert read(out / "photo_espcn_5x.png").array.shape == (80, 100, 3)
    assert "at x8 by passes of x4 and x2, not measured: espcn\n" in run("list")[1]
