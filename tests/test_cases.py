"""Cases from the field on the command line: what counts as done, names, odd folders, evaluation that goes on."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from sr_models.imaging.decode import decode, read
from sr_models.imaging.encode import encode, encode_png
from tests.conftest import scene
from tests.imaging.test_keep import photo as meta_photo
from tests.imaging.test_kinds import APPLE_DOUBLE


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "q.jpg"
    path.write_bytes(encode(scene(20, 16), "jpeg", quality=95))
    return path


def test_other_settings_and_other_pictures_are_made_beside(run, photo, tmp_path):
    out = tmp_path / "out"
    base = ("upscale", photo, "-o", out, "-m", "bicubic", "-s", "2")
    assert "1 enlarged" in run(*base, "--format", "png")[1]
    code, said, _ = run(*base, "--format", "png16")
    assert code == 0
    assert "1 enlarged" in said
    assert f"{out / 'q_bicubic_x2_2.png'}: beside q_bicubic_x2.png" in said
    assert (read(out / "q_bicubic_x2.png").depth, read(out / "q_bicubic_x2_2.png").depth) == (8, 16)
    for quality, name in ((30, "q_bicubic_x2.jpg"), (95, "q_bicubic_x2_2.jpg")):
        assert "1 enlarged" in run(*base, "--format", "jpeg", "--quality", quality)[1]
        assert read(out / name).jpeg_quality == quality
    for quality in (95, 30):  # both are there
        assert "0 enlarged by bicubic_x2" in run(*base, "--format", "jpeg", "--quality", quality)[1]
    assert "0 enlarged" in run(*base, "--quality", "12")[1]  # which a PNG has not
    assert "0 enlarged" in run(*base, "--tile", "16")[1]  # tiled equals whole
    photo.write_bytes(encode(255 - scene(20, 16), "jpeg", quality=95))
    assert "1 enlarged" in run(*base)[1]
    assert read(out / "q_bicubic_x2_3.png").array.mean() < read(out / "q_bicubic_x2.png").array.mean() - 20


def test_a_file_that_was_changed_or_is_of_other_origin_is_not_the_result(run, photo, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "q_bicubic_x2.png").write_bytes(b"something of mine")
    assert "1 enlarged" in run("upscale", photo, "-o", out, "-m", "bicubic", "-s", "2")[1]
    assert (out / "q_bicubic_x2.png").read_bytes() == b"something of mine"
    (out / "q_bicubic_x2_2.png").write_bytes(encode_png(scene(40, 32)))
    assert "1 enlarged" in run("upscale", photo, "-o", out, "-m", "bicubic", "-s", "2")[1]
    assert read(out / "q_bicubic_x2_3.png").width == 40


@pytest.mark.parametrize(("how", "names"), [("overwrite", ["q.png"]), ("rename", ["q.png", "q_2.png"])])
def test_a_result_that_is_there_is_replaced_or_kept_as_asked(run, photo, tmp_path, how, names):
    out = tmp_path / "out"
    base = ("upscale", photo, "-o", out, "-m", "bicubic", "-s", "2", "--name", "{stem}")
    assert run(*base)[0] == 0
    assert "1 enlarged" in run(*base, "--alpha", "white", "--if-exists", how, "--format", "png16")[1]
    assert sorted(p.name for p in out.glob("*.png")) == names
    assert read(out / names[-1]).depth == 16


def test_another_checkpoint_under_the_same_name_is_other_work(run, photo, tmp_path, small_checkpoint):
    from sr_models.checkpoints.format import read_checkpoint, save_checkpoint

    base = ("upscale", photo, "-o", tmp_path / "out", "-m", "espcn_x2")
    assert "1 enlarged" in run(*base)[1]
    net, card = read_checkpoint(small_checkpoint)
    next(net.parameters()).data.mul_(0.5)
    save_checkpoint(net, card, small_checkpoint)
    assert "1 enlarged" in run(*base)[1]
    assert "0 enlarged" in run(*base)[1]


def test_results_are_called_by_a_template(run, photo, tmp_path):
    out = tmp_path / "o"
    base = ("upscale", photo, "-o", out, "-m", "espcn_x2")
    assert run(*base, "--name", "{net}/{stem}_{ext}_x{scale}_{format}")[0] == 0
    assert read(out / "espcn" / "q_jpg_x2_png.png").width == 40
    assert run("upscale", photo, "-o", out, "-m", "lanczos", "--size", "30", "--name", "{stem}_{net}_x{scale}")[0] == 0
    assert read(out / "q_lanczos_x2.png").width == 30
    for wrong, words in {
        "{nett}": "nett is unknown; its fields are stem",
        "{stem.__class__}": "is unknown",
        "{stem": "expected '}'",
        "../{stem}": "is no name of a file here",
        "/tmp/{stem}": "is no name of a file here",
        "{}": "an empty field",
        "{stem:>99}": "is unknown",
        "{net}/": "is no name",
    }.items():
        code, _, errors = run(*base, "--name", wrong)
        assert (code, errors.count("\n")) == (2, 1), wrong
        assert words in errors, wrong
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "in" / name).write_bytes(encode_png(scene(8, 8)))
    code, _, errors = run("upscale", tmp_path / "in", "-o", out, "-m", "espcn_x2", "--name", "{net}")
    assert code == 2
    assert "would both become" in errors


def test_folders_of_other_systems_hold_their_pictures_only(run, photo, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(encode_png(scene(60, 60)))
    (folder / "._a.png").write_bytes(APPLE_DOUBLE)
    (folder / "w.jfif").write_bytes(encode(scene(60, 60), "jpeg"))
    (folder / "notes.txt").write_text("no picture")
    code, said, errors = run("upscale", folder, "-o", tmp_path / "o", "-m", "bicubic")
    assert code == 0
    assert "2 enlarged" in said
    assert errors == "1 left out, no pictures: notes.txt\n"
    code, said, errors = run("evaluate", "bicubic", "--hr", folder)
    assert code == 0
    assert "mean over 2 pictures" in said
    assert "1 left out, no pictures: notes.txt" in errors


@pytest.fixture
def originals(tmp_path):
    folder = tmp_path / "Some" / "HR"
    folder.mkdir(parents=True)
    for name in ("a.png", "c.png"):
        (folder / name).write_bytes(encode_png(scene(61, 48)))
    return folder


def test_evaluation_goes_on_and_says_over_how_many_pictures(run, originals, tmp_path):
    (originals / "junk.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    (originals / "tiny.png").write_bytes(encode_png(scene(3, 3)))
    code, said, errors = run("evaluate", "bicubic", "--hr", originals, "--json", tmp_path / "r.json")
    assert code == 1
    assert "mean over 2 of 4 pictures; missing: junk.png, tiny.png" in said
    assert "junk.png: The picture file is" in errors
    assert "tiny.png: The picture is 3×3" in errors
    report = json.loads((tmp_path / "r.json").read_text())[0]
    assert sorted(report["pictures"]) == ["a", "c"]
    assert sorted(report["missing"]) == ["junk.png", "tiny.png"]
    alone = ("evaluate", "bicubic", "--hr", originals, "--json", tmp_path / "s.json")
    for name in ("junk.png", "tiny.png"):
        (originals / name).unlink()
    assert run(*alone)[0] == 0
    whole = json.loads((tmp_path / "s.json").read_text())[0]
    assert whole["mean"] == report["mean"]
    assert "missing" not in whole


def test_means_over_a_part_are_neither_kept_nor_stamped(run, originals, tmp_path, small_checkpoint):
    from sr_models.checkpoints.card import read_card

    (originals / "junk.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    markdown = tmp_path / "training" / "RESULTS.md"
    markdown.parent.mkdir()
    markdown.write_text("# Results\n")
    code, _, errors = run("evaluate", "espcn_x2", "--hr", originals, "--stamp", "--write", markdown)
    assert code == 1
    assert "neither kept nor stamped" in errors
    assert read_card(small_checkpoint).result("Some") is None
    assert not list(markdown.parent.glob("results/*"))


@pytest.mark.parametrize("grey", ["HR", "LR"])
def test_grey_and_colour_are_compared_as_colour(run, originals, tmp_path, grey):
    small = tmp_path / "LR"
    small.mkdir()
    for folder, size in ((originals, (60, 48)), (small, (30, 24))):
        for path in originals.glob("*.png"):
            picture = Image.fromarray(scene(60, 48)).resize(size)
            picture.convert("L" if folder.name == grey else "RGB").save(folder / path.name)
    (small / "a.png").rename(small / "a.bmp")  # the stem is enough
    how = ("--hr", originals, "--lr", small, "-s", "2", "--json", tmp_path / "r.json")
    code, said, errors = run("evaluate", "espcn_x2", "bicubic", *how)
    assert (code, errors) == (0, "")
    assert "mean over 2 pictures" in said
    found = json.loads((tmp_path / "r.json").read_text())[1]["mean"]["result"]["psnr_y"]
    hr = decode((originals / "a.png").read_bytes()).array
    assert np.isfinite(found)
    assert hr.shape[2] == (1 if grey == "HR" else 3)
    assert found > 15


@pytest.mark.parametrize("page", ["ascii", "cp1252", "gbk"])
def test_no_code_page_breaks_the_words(tmp_path, small_checkpoint, page):
    (tmp_path / "图片 ×é").mkdir()
    (tmp_path / "图片 ×é" / "黄 é.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    (tmp_path / "图片 ×é" / "ok.png").write_bytes(encode_png(scene(60, 60)))
    os.mkdir(os.fsencode(tmp_path / "图片 ×é") + b"/\xff\xfe")
    shutil.copy(tmp_path / "图片 ×é" / "黄 é.png", os.fsencode(tmp_path / "图片 ×é") + b"/\xff\xfe/\xff.png")
    environment = os.environ | {"PYTHONIOENCODING": page, "SR_LAB_WEIGHTS": str(small_checkpoint.parent)}
    (tmp_path / "r.py").write_text("nonsense", encoding="utf-8")
    for arguments, code in {
        ("upscale", tmp_path / "图片 ×é", "-o", tmp_path / "出", "-m", "bicubic"): 1,
        ("upscale", tmp_path / "图片", "-o", tmp_path / "出"): 2,
        ("evaluate", "bicubic", "--hr", tmp_path / "图片 ×é"): 1,
        ("list",): 0,
        ("--help",): 0,
        ("train", tmp_path / "图×.py", "--data", tmp_path): 2,
    }.items():
        done = subprocess.run(
            [sys.executable, "-m", "sr_models", *arguments], capture_output=True, env=environment, check=False
        )
        assert done.returncode == code, (arguments, done.stderr)
        assert b"Traceback" not in done.stderr
        assert b"UnicodeEncodeError" not in done.stderr


def test_metadata_print_size_and_notes_on_the_command_line(run, tmp_path):
    source = tmp_path / "photo.jpg"
    source.write_bytes(meta_photo())
    out = tmp_path / "o"
    base = ("upscale", source, "-o", out, "-m", "bicubic", "-s", "2", "--metadata")
    code, _, errors = run(*base, "--format", "tiff16")
    assert (code, errors) == (0, "")
    assert read(out / "photo_bicubic_x2.tif").dpi == (600, 600)
    data = (out / "photo_bicubic_x2.tif").read_bytes()
    assert b"Own Name" in data
    assert b"IPTC NAME" in data
    assert b"SECRET" not in data
    code, _, errors = run(*base, "--format", "webp", "--place", "--dpi", "240")
    assert code == 0
    assert "photo.jpg: IPTC cannot be kept in a webp file" in errors
    assert b"SECRETPLACE" in (out / "photo_bicubic_x2.webp").read_bytes()
    assert read(out / "photo_bicubic_x2.webp").dpi == (240, 240)
    assert run(*base, "--dpi", "0")[0] == 2


def test_a_picture_is_never_written_over_by_its_own_result(run, photo):
    how = ("-m", "bicubic", "--format", "jpeg", "--name", "{stem}")
    jpg = photo.read_bytes()
    code, _, errors = run("upscale", photo, "-o", photo.parent, *how, "--if-exists", "overwrite")
    assert code == 1
    assert "q.jpg is the picture itself and is not written over" in errors
    assert photo.read_bytes() == jpg
    assert run("upscale", photo, "-o", photo.parent, *how)[0] == 0
    assert read(photo.parent / "q_2.jpg").width == 80
    assert photo.read_bytes() == jpg


def test_two_originals_of_one_stem_both_count(run, originals):
    (originals / "a.jpg").write_bytes(encode(scene(60, 60), "jpeg"))
    assert "mean over 3 pictures" in run("evaluate", "bicubic", "--hr", originals)[1]
