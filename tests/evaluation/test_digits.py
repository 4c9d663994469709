"""The command that measures nets of digits: its rows, its tables, and a planted collapse."""

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import MNIST

from sr_models import archs
from sr_models.checkpoints.card import read_card
from sr_models.checkpoints.catalog import list_checkpoints, weights_folder
from sr_models.checkpoints.format import save_checkpoint
from sr_models.evaluation.digits import TEST, collapse_of, measure_digits, psnr
from sr_models.evaluation.kept import of_kind, read_results
from sr_models.evaluation.report import DigitNets
from sr_models.evaluation.tables import digits as table
from sr_models.train.digit_curves import measure_curves, with_choice
from sr_models.train.recipe import Recipe, Stage
from tests.conftest import call

JUDGE = "digit_classifier_x1"
LEAST = 98.5  # per cent of the test digits that the committed classifier must recognise


def idx(values: torch.Tensor) -> bytes:
    """Write a tensor of bytes as MNIST does."""
    head = [0, 0, 8, values.dim(), *(part for n in values.shape for part in n.to_bytes(4, "big"))]
    return bytes(head) + values.numpy().tobytes()


@pytest.fixture(scope="module")
def few(shared, tmp_path_factory):
    """A folder of 300 training and 200 test digits."""
    folder = tmp_path_factory.mktemp("few")
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for train, name, count in ((True, "train", 300), (False, "t10k", 200)):
        found = MNIST(shared / "data" / "mnist", train=train)
        (raw / f"{name}-images-idx3-ubyte").write_bytes(idx(found.data[:count]))
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(idx(found.targets[:count].to(torch.uint8)))
    return folder


@pytest.fixture
def nets(small_checkpoint, monkeypatch):
    """A weights folder with a net of digits of each kind, of random weights; return what puts another one there."""
    folder = small_checkpoint.parent
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(folder))
    card = read_card(small_checkpoint)

    def put(name, architecture, change=lambda net: None, **config):
        torch.manual_seed(0)
        net = archs.build(architecture, **config)
        with torch.no_grad():
            change(net)
        facts = {"name": f"{name}_x{net.scale}", "architecture": architecture, "config": net.config}
        mine = dataclasses.replace(card, scale=net.scale, trained_for="digits", **facts)
        save_checkpoint(net, mine, folder / f"{mine.name}.safetensors")

    put("digit_classifier", "digit_classifier", features=8, width=2)
    put("digit_vae", "digit_vae", latent_dim=2, width=2)
    put("digit_espcn", "digit_espcn", width=4, mapping=4)
    put("digit_gan", "digit_gan", form="dense", latent_dim=8, width=4)
    return put


def test_every_way_to_a_digit_has_its_row(nets, few):
    seen = []
    report = measure_digits([few], JUDGE, "cpu", tick=lambda: seen.append(1))
    ways = ["bicubic, enlarged", "digit_espcn_x2, enlarged", "digit_vae_x2, enlarged", "digit_vae_x2, drawn again"]
    drawn = ["digit_vae_x2, drawn from noise", "digit_gan_x1, drawn from noise"]
    assert set(report.rows) == {TEST, "written, for training", *ways, *drawn}
    assert len(seen) == len(report.rows)
    for way in ways:
        assert report.rows[way]["recognised"] is not None
        assert report.rows[way]["psnr"] is not None
    for way in drawn:
        assert report.rows[way]["recognised"] is None  # nobody knows what was meant
        assert report.rows[way]["frechet"] > 0
    assert 17 < report.rows["bicubic, enlarged"]["psnr"] < 23
    # Training of the ESPCN begins near its enlarged input; the sizes and the ranges of luma are right.
    assert abs(report.rows["digit_espcn_x2, enlarged"]["psnr"] - report.rows["bicubic, enlarged"]["psnr"]) < 6
    assert report == measure_digits([few], JUDGE, "cpu")


def test_a_planted_collapse_is_said(nets, few):
    nets("digit_gan", "digit_gan", lambda net: net.body[-2].weight.zero_(), form="dense", latent_dim=8, width=4)
    rows = measure_digits([few], JUDGE, "cpu").rows
    assert rows["digit_gan_x1, drawn from noise"]["collapse"] == "they differ by 0% of what written ones do"
    assert rows["bicubic, enlarged"]["collapse"] is None
    assert collapse_of(0.9, 0.08) is None
    assert collapse_of(0.9, 0.001) == "one digit is 0.1% of them"


def test_the_command_prints_and_keeps_what_it_measures(nets, few, tmp_path, monkeypatch, capsys):
    results = tmp_path / "RESULTS.md"
    code, out, err = call(monkeypatch, capsys, "digits", "--data", few, "--write", results, "--device", "cpu")
    assert code == 0, err
    assert "200 digits; border 0, 8 bit, grey levels" in out
    (kept,) = of_kind(read_results(tmp_path / "results"), DigitNets)
    number = kept.rows["bicubic, enlarged"]["psnr"]
    for text in (out, results.read_text()):
        assert "digit_vae_x2, drawn again" in text
        assert f"{number:.2f}" in text
    assert "<!-- table digits -->" in results.read_text()
    (tmp_path / "none.txt").write_text("")
    code, _, err = call(monkeypatch, capsys, "digits", "--data", tmp_path)
    assert (code, "no MNIST digits" in err) == (2, True)


def test_curves_change_one_thing_each(nets, few, tmp_path):
    stages = (Stage(1.0, "none", 14),)
    facts = {"only_scale": 2, "data": "digits", "objective": "elbo", "stages": stages, "batch": 8}
    recipe = Recipe("digit_vae", "digit_vae", 1e-3, {"latent_dim": 3, "width": 2}, **facts)
    assert with_choice(recipe, "beta", 4).options == {"beta": 4.0, "enlarge": 0.0}
    assert with_choice(recipe, "latent_dim", 8).config == {"latent_dim": 8, "width": 2}
    assert with_choice(recipe, "pictures", 50).count == 50
    choices: dict[str, tuple[float, ...]] = {"latent_dim": (3, 5), "pictures": (50, 300)}
    said: list[str] = []
    how: dict[str, Any] = {"choices": choices, "snapshots": tmp_path, "say": said.append}
    one, two = measure_curves(recipe, [few], 3, JUDGE, "cpu", **how)
    assert [(report.choice, [row["value"] for row in report.rows]) for report in (one, two)] == [
        (choice, list(values)) for choice, values in choices.items()
    ]
    assert len(said) == 4
    assert one.rows[0]["test"] == two.rows[1]["test"]  # the same run, trained once
    assert one.rows[0]["test"] != one.rows[1]["test"] != two.rows[0]["test"]
    assert [len(row) for row in table.curve(one)] == [11, 11, 11]
    kept = sorted(p.name for p in tmp_path.glob("*_*.*"))
    assert len(kept) == 2 * 3  # of three runs
    stages = json.loads((tmp_path / kept[0]).read_text())["stages"]
    assert [stage["step"] for stage in stages] == [1, 2, 3]
    sheet = np.asarray(Image.open(tmp_path / kept[1]).convert("L"))
    assert sheet.shape == (28 * (1 + 3), 28 * 20)
    assert sheet[:28, :280].any()
    assert not sheet[:28, 280:].any()  # the originals, and beside them nothing
    assert sheet[28:].any()


def test_psnr_by_hand():
    x = torch.zeros(2, 1, 28, 28)
    assert psnr(x + 0.1, x) == pytest.approx(20, abs=1e-4)


def test_nets_of_digits_are_offered_nowhere_else(nets):
    assert [card.name for card in list_checkpoints()] == ["espcn_x2"]
    assert {card.name for card in list_checkpoints("generate")} == {"digit_gan_x1", "digit_vae_x2"}


@pytest.mark.slow
def test_the_committed_nets_reach_what_results_say(shared, monkeypatch):
    monkeypatch.delenv("SR_LAB_WEIGHTS", raising=False)
    rows = measure_digits([shared / "data" / "mnist"], JUDGE, "cpu").rows
    (kept,) = of_kind(read_results(weights_folder().parent / "training" / "results"), DigitNets)
    assert rows.keys() == kept.rows.keys()
    assert rows[TEST]["recognised"] >= LEAST
    for way, found in rows.items():
        for key, room in (("recognised", 0.1), ("psnr", 0.02), ("frechet", 0.5)):
            if found[key] is not None:
                assert found[key] == pytest.approx(kept.rows[way][key], abs=room), (way, key)
        assert (found["collapse"] is None) == (kept.rows[way]["collapse"] is None), way
    assert rows["digit_gan_dense_x1, drawn from noise"]["collapse"]
    assert not rows["digit_gan_x1, drawn from noise"]["collapse"]
