"""Pictures drawn of nothing: read, enlarged, written as one sheet or many files by `sr-models generate`."""

import json

import numpy as np
import pytest
from PIL import Image

from sr_models.inference.load import load_sampler
from sr_models.inference.options import GENERATING
from sr_models.parameters import Values
from sr_models.pipelines.generate import enlarger_for, reader_for, receipt, sheet
from tests.conftest import call

HOW = {"seed": 7, "temperature": 0.8}


@pytest.fixture
def run(monkeypatch, capsys):
    return lambda *arguments: call(monkeypatch, capsys, "generate", *arguments)


def drawn(count: int, **changes) -> list[np.ndarray]:
    return list(load_sampler("digit_vae", "cpu").samples(count, **{**HOW, **changes}))


def test_digits_are_enlarged_by_what_learned_to_and_all_else_by_the_net_for_photos():
    card = load_sampler("digit_vae", "cpu").card
    twice = enlarger_for(card, 4, "cpu")
    assert (twice.upscaler.checkpoint, twice.passes, twice.scale) == ("digit_espcn_x2", 2, 4)
    once = enlarger_for(card, 2, "cpu")
    (picture,) = drawn(1, first=5)
    large = twice.enlarge(picture)
    assert large.shape == (112, 112, 1)
    # Shrunk again it is nearly what was drawn.
    again = large.reshape(28, 4, 28, 4).mean((1, 3))
    assert np.abs(again - picture[..., 0]).mean() < 6
    assert once.enlarge(picture).shape == (56, 56, 1)
    from dataclasses import replace

    other = enlarger_for(replace(card, trained_for="textures"), 4, "cpu")
    assert (other.upscaler.checkpoint, other.passes) == ("sesr_48x6_photo_x4", 1)
    assert other.enlarge(np.zeros((16, 16, 3), np.uint8)).shape == (64, 64, 3)


def test_a_classifier_reads_what_it_learned_and_nothing_else():
    from dataclasses import replace

    card = load_sampler("digit_vae", "cpu").card
    reader = reader_for(card, "cpu")
    assert reader
    readings = reader.read(drawn(16))
    assert readings[5].name == "4"
    assert readings[5].is_sure
    assert 0 < sum(r.is_sure for r in readings) < 16
    assert reader_for(replace(card, trained_for="textures")) is None


def test_a_sheet_has_every_picture_in_its_place():
    pictures = [np.full((2, 3, 1), 10 * k, np.uint8) for k in range(5)]
    whole = sheet(pictures)
    assert whole.shape == (4, 9, 1)
    assert [whole[k // 3 * 2, k % 3 * 3, 0] for k in range(6)] == [0, 10, 20, 30, 40, 0]


def test_a_receipt_says_how_to_draw_the_same_again():
    sampler = load_sampler("digit_vae", "cpu")
    told = json.loads(json.dumps(receipt(sampler, Values(GENERATING, {"seed": 3}), {"samples": [0, 63]}, seconds=0.1)))
    assert told["checkpoint"] == "digit_vae_x2"
    assert len(told["checkpoint_sha256"]) == 64
    assert (told["seed"], told["temperature"], told["width"], told["samples"]) == (3, 0.8, 28, [0, 63])
    assert told["invents_detail"] is True


def test_the_command_writes_one_sheet_or_a_file_for_each(run, tmp_path):
    code, said, _ = run("digit_vae", "-o", tmp_path / "all.png", "--count", 10)
    assert code == 0
    assert "10 pictures into " in said
    assert "seed 7, temperature 0.8; drawn in " in said
    assert np.array_equal(np.asarray(Image.open(tmp_path / "all.png"))[..., None], sheet(drawn(10)))
    code, said, _ = run("digit_vae", "-o", tmp_path / "each", "--count", 3, "--enlarge", 4)
    assert code == 0
    assert "3 files into" in said
    assert "enlarged in" in said
    files = sorted((tmp_path / "each").iterdir())
    assert [f.name for f in files] == [f"digit_vae_x2_seed7_x4_00{k}.png" for k in range(3)]
    assert Image.open(files[0]).size == (112, 112)


def test_what_is_there_is_not_drawn_again_and_nothing_else_is_written_over(run, tmp_path):
    path = tmp_path / "all.png"
    first = "digit_vae", "-o", path, "--count", 4
    run(*first)
    before = path.stat().st_mtime_ns
    assert "1 already there" in run(*first)[1]
    assert path.stat().st_mtime_ns == before
    assert "all_2.png" in run(*first, "--seed", 8)[1]
    assert path.stat().st_mtime_ns == before
    run(*first, "--seed", 8, "--if-exists", "overwrite")
    assert np.array_equal(np.asarray(Image.open(path))[..., None], sheet(drawn(4, seed=8)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "Nothing that draws is named nothing here"),
        (["digit_vae", "--count", "300"], "--count"),
        (["digit_vae", "--seed", "-1"], "--seed"),
        (["digit_vae", "--temperature", "9"], "--temperature"),
        (["digit_vae", "--enlarge", "3"], "one of 1, 2, 4"),
        (["digit_vae", "--size", "64"], "28×28 only"),
        (["digit_vae", "--size", "big"], "not understood"),
    ],
)
def test_bad_use_is_exit_code_2_and_one_sentence(run, tmp_path, arguments, words):
    code, _, errors = run(*arguments, "-o", tmp_path / "o")
    assert code == 2
    assert words in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "o").exists()
