"""What `sr-models evaluate` measures and what becomes of it.

Damaged pictures, RESULTS.md, the README, several processes.
"""

import csv
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from sr_models.checkpoints.card import Base, read_card
from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
from sr_models.evaluation.evaluate import evaluate
from sr_models.evaluation.kept import keep, read_results
from sr_models.evaluation.report import Evaluation, Speed, Sweep
from sr_models.evaluation.tables import draw
from sr_models.evaluation.test_sets import lr_and_hr
from sr_models.imaging.decode import read
from sr_models.imaging.degradations import Blur, Downscale, Jpeg, Noise
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import as_8_bit, crop_to_multiple, quantize
from sr_models.inference.complexity import macs
from sr_models.inference.load import load, load_restorer
from sr_models.metrics.fidelity import psnr, ssim
from tests.archs.test_archs import build
from tests.conftest import call, scene

ROOT = Path(__file__).parents[2]


def make_set(folder: Path, names: str = "ab", lr: int | None = None) -> Path:
    """Write a set of small originals, with the folder of LR files of one scale where asked for."""
    for i, name in enumerate(names):
        hr = scene(48 + 4 * i, 48)
        for place, array in [("HR", hr)] + ([(f"LR_bicubic/X{lr}", hr[::lr, ::lr])] if lr else []):
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / f"{name}.png").write_bytes(encode_png(np.ascontiguousarray(array)))
    return folder / "HR"


@pytest.fixture
def weights(monkeypatch, small_checkpoint):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    return small_checkpoint


@pytest.fixture
def run(monkeypatch, capsys, weights):
    return lambda *arguments: call(monkeypatch, capsys, *arguments)


def test_damaged_lr_is_blurred_shrunk_noisy_and_compressed_in_this_order(tmp_path):
    folder = make_set(tmp_path / "Two")
    bicubic = load("bicubic", 2, "cpu")
    report = evaluate(bicubic, folder, damaged=True)
    for name in "ab":
        hr = as_8_bit(crop_to_multiple(read(folder / f"{name}.png").array, 2))
        generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        lr = hr
        for step in (Blur(0.8), Downscale(2), Noise(5.0), Jpeg(60)):
            lr = step(lr, generator)
        sr = quantize(bicubic(lr))
        expected = {"psnr_y": psnr(sr, hr, border=2), "ssim_rgb": ssim(sr, hr, border=2, y=False)}
        assert {k: report.pictures[name].result[k] for k in expected} == expected
    assert report.protocol.line.endswith(
        "LR by blur 0.8 px, MATLAB bicubic, noise 5/255, JPEG quality 60, seed the CRC-32 of the picture's name"
    )
    clean = evaluate(bicubic, folder)
    assert (report.mean.result["psnr_y"] or 0) < (clean.mean.result["psnr_y"] or 0) - 1
    assert clean.protocol.line.endswith("LR by MATLAB bicubic")


def test_damage_of_a_picture_does_not_depend_on_its_neighbours(tmp_path):
    few, more = make_set(tmp_path / "few", "ab"), make_set(tmp_path / "more", "ab")
    (more / "A.png").write_bytes((more / "a.png").read_bytes())
    found = [evaluate(load("lanczos", 2, "cpu"), f, damaged=True).pictures for f in (few, more)]
    assert len(found[1]) == 3
    assert found[0] == {name: found[1][name] for name in "ab"}
    assert found[1]["A"] != found[1]["a"]  # each has noise of its own


@pytest.mark.parametrize("name", ["espcn", "fsrcnn", "sesr", "srcnn"])
def test_macs_are_those_of_the_convolutions_at_320x180(name):
    net, counted = build(name, 3), []

    def count(layer: nn.Module, _, out: torch.Tensor) -> None:
        counted.append(out.shape[-2] * out.shape[-1] * layer.weight.numel())  # type: ignore[union-attr]

    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    late = getattr(net, "reconstruct", None)  # SRCNN's last one is called as a function
    with torch.no_grad():
        net(torch.zeros(1, net.channels, 180, 320))
    expected = sum(counted) + (9 * 180 * 320 * late.weight.numel() if late else 0)
    assert macs(net) == expected


def test_macs_of_edsr_are_the_published_ones():
    assert macs(build("edsr", 4)) == pytest.approx(114.2e9, rel=1e-3)  # IMDN, arXiv 1909.11856, table 5
    assert macs(load("bicubic").net) == 0


def test_everything_comes_from_one_command(run, weights, tmp_path):
    make_set(tmp_path / "sets" / "Set5", lr=2)
    make_set(tmp_path / "sets" / "Set14", "ab")
    markdown = tmp_path / "training" / "RESULTS.md"
    (tmp_path / "README.md").write_text("Before.\n\n<!-- checkpoints -->\nold\n<!-- end -->\n\nAfter.\n")
    markdown.parent.mkdir()
    markdown.write_text("# Results\n\n<!-- table x2 -->\nold\n<!-- end x2 -->\n\nProse after.\n")
    markdown.with_name("papers.csv").write_text(
        "paper,beside,scale,set5,set14,source\nSmall,espcn other,2,33.00,32.00,arXiv 1\nOther,espcn,3,30.00,,arXiv 2\n"
    )
    command = ("evaluate", "--all", "--bench-sets", tmp_path / "sets", "--write", markdown, "--stamp")
    code, _, errors = run(*command)
    assert code == 0, errors
    kept = {p.name: json.loads(p.read_text()) for p in (markdown.parent / "results").glob("*.json")}
    sets = ("Set5", "Set14")
    assert kept.keys() == {f"espcn_x2{k}.json" for s in sets for k in (f"_{s}", f"_ensemble_{s}", f"_{s}_damaged")}
    assert kept["espcn_x2_Set5.json"]["protocol"]["lr"] == "LR as given"
    assert kept["espcn_x2_Set14.json"]["protocol"]["lr"] == "LR by MATLAB bicubic"
    text = markdown.read_text()
    y = {name: f"{r['mean']['result']['psnr_y']:.2f}" for name, r in kept.items()}
    (row,) = re.findall(r"^\| espcn_x2 \| 1,100 .*$", text, re.M)
    cells = row.strip("| ").split(" | ")
    assert cells[2] == "0.06 G"
    assert (cells[3], cells[7]) == (y["espcn_x2_Set5.json"], y["espcn_x2_ensemble_Set5.json"])
    assert (cells[8], cells[12]) == (y["espcn_x2_Set14.json"], y["espcn_x2_ensemble_Set14.json"])
    assert cells[-1] == "Small 33.00 / 32.00"
    bicubic = f"{kept['espcn_x2_Set5_damaged.json']['mean']['bicubic']['psnr_y']:.2f}"
    ssim = f"{kept['espcn_x2_Set5_damaged.json']['mean']['result']['ssim_y']:.4f}"
    damaged = f"| espcn_x2 | {y['espcn_x2_Set5_damaged.json']} | {ssim} | {bicubic} | {y['espcn_x2_Set5.json']} |"
    assert damaged in text
    assert "| Small | 33.00 / 32.00 | - | arXiv 1 |" in text
    assert "old" not in text
    assert "Prose after." in text
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("Before.\n\n<!-- checkpoints -->\n| net |")
    assert re.search(rf"^\| ESPCN \| 1,100 \| {y['espcn_x2_Set5.json']} / 0\.\d{{3}} · ", readme, re.M)
    assert readme.endswith("<!-- end -->\n\nAfter.\n")
    card = read_card(weights)
    for name in ("Set5", "Set5_damaged"):
        result = card.result(name)
        assert result is not None
        assert result.value == kept[f"espcn_x2_{name}.json"]["mean"]["result"]["psnr_y"]
    run("evaluate", "--write", markdown)  # draws, and measures nothing
    assert markdown.read_text() == text
    assert (tmp_path / "README.md").read_text() == readme


def test_lr_that_is_repaired_first_is_nearer_and_stands_beside_what_saw_it_as_it_was(run, tmp_path):
    make_set(tmp_path / "sets" / "Set5")
    markdown = tmp_path / "RESULTS.md"
    common = ("evaluate", "bicubic", "-s", "4", "--damage", "--bench-sets", tmp_path / "sets", "--write", markdown)
    run(*common)
    code, said, errors = run(*common, "--repair", "median")
    assert code == 0, errors
    assert "bicubic_x4_after_median on Set5_damaged" in said
    first, after = (read_results(tmp_path / "results")[i] for i in (0, 1))
    assert isinstance(first, Evaluation)
    assert isinstance(after, Evaluation)
    assert (first.repaired_by, after.repaired_by) == (None, "median")
    lr, hr = lr_and_hr(tmp_path / "sets" / "Set5" / "HR" / "a.png", None, 4, damaged=True)
    expected = psnr(quantize(load("bicubic", 4)(quantize(load_restorer("median").repair(lr)))), hr, border=4)
    assert after.pictures["a"].result["psnr_y"] == pytest.approx(expected, abs=1e-3)
    assert after.pictures["a"].bicubic == first.pictures["a"].bicubic  # which saw it as it was
    rows = [f"| bicubic_x4 | {way} | {r.mean.result['psnr_y']:.2f} |" for way, r in (("-", first), ("median", after))]
    text = markdown.read_text()
    table = text[text.index("<!-- table repaired -->") :]
    assert all(row in table for row in rows)
    assert "median" not in text[: text.index("<!-- table repaired -->")].split("<!-- table damaged -->")[1]
    code, said, errors = run(*common, "--repair", "median", "--strength", "2")
    assert code == 0, errors
    assert "bicubic_x4_after_median_told_2 on Set5_damaged" in said
    told = quantize(load("bicubic", 4)(quantize(load_restorer("median").repair(lr, None, 2))))
    kept = next(r for r in read_results(tmp_path / "results") if getattr(r, "repaired_by", "") == "median_told_2")
    assert isinstance(kept, Evaluation)
    assert kept.pictures["a"].result["psnr_y"] == pytest.approx(psnr(told, hr, border=4), abs=1e-3)
    assert kept.pictures["a"].result != after.pictures["a"].result
    assert run(*common, "--strength", "2")[0] == 2
    for wrong in (("--stamp",), ("--ablation", "x")):
        assert run(*common, "--repair", "median", *wrong)[0] == 2
    assert "Nothing that repairs is named nobody" in run(*common, "--repair", "nobody")[2]


def test_how_a_net_was_trained_and_how_fast_it_is_stand_in_the_tables(weights, tmp_path):
    net, card = read_checkpoint(weights)
    facts = {"recipe": {"learning_rate": 0.002}, "seconds": 630.0, "steps": 1234, "device": "One Chip"}
    facts |= {"bases": (Base("espcn_x4", None, "warm_start"),), "dataset": "9 tiles"}
    save_checkpoint(net, dataclasses.replace(card, **facts), weights)
    markdown = tmp_path / "training" / "RESULTS.md"
    keep(evaluate(load("espcn_x2"), make_set(tmp_path / "Set5")), markdown)
    row = {"net": "espcn_x2", "precision": "bfloat16", "ms": 12.34, "ratio": 0.5, "pillow": 1.25, "eager": 2.0}
    row |= {"onnx": 1.5, "openvino": None, "share": 0.42, "memory": 17.3}
    keep(Speed("Some Chip", "320x180", [row]), markdown)
    sweep = [{"learning_rate": r, "psnr_y": v, "bicubic": 20.0, "steps": 9} for r, v in ((0.001, 21.0), (0.003, 22.5))]
    failed = {"learning_rate": 0.009, "psnr_y": None, "reason": "It fell apart."}
    keep(Sweep("espcn", 2, [*sweep, failed]), markdown)
    draw(markdown)
    text = markdown.read_text()
    assert "| espcn_x2 | One Chip | 10 | 1,234 | 0.002 | espcn_x4 | clean | 9 tiles |" in text
    assert "| espcn_x2 | 1,100 | 0.06 G | 0.50 |" in text
    assert "320x180 enlarged four times by Some Chip." in text
    assert "| espcn_x2 | bfloat16 | 12.3 | 0.50 | 1.25 | 2.00 | 1.50 | 42% | 17 |" in text
    assert "OpenVINO" not in text  # nobody measured it: no column
    assert "| espcn_x2 | 21.000 | 22.500 | failed | 20.00 | 9 |" in text


def test_the_tables_that_are_kept_are_those_that_would_be_drawn(tmp_path, monkeypatch):
    monkeypatch.delenv("SR_LAB_WEIGHTS", raising=False)
    copies = tmp_path / "training" / "RESULTS.md"
    (copies.parent / "results").mkdir(parents=True)
    for path in [ROOT / "training" / "RESULTS.md", ROOT / "training" / "papers.csv", ROOT / "README.md"]:
        (tmp_path / path.relative_to(ROOT)).write_text(path.read_text())
    for path in (ROOT / "training" / "results").glob("*.json"):
        (copies.parent / "results" / path.name).write_text(path.read_text())
    shutil.copytree(ROOT / "training" / "recipes", copies.parent / "recipes")  # whose nets may not be trained yet
    draw(copies)
    for path in (copies, tmp_path / "README.md"):
        assert path.read_text() == (ROOT / path.relative_to(tmp_path)).read_text(), (
            "draw again: sr-models evaluate --write training/RESULTS.md"
        )


def test_published_numbers_are_numbers_with_a_source():
    with (ROOT / "training" / "papers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 20
    for row in rows:
        assert row["scale"] in ("2", "3", "4")
        assert re.fullmatch(r"arXiv \d{4}\.\d{5}|CVPR 20\d\d", row["source"])
        for value in (row["set5"], *filter(None, [row["set14"]])):
            assert all(25 < float(number) < 40 for number in value.split(" to "))


def launch(*arguments) -> subprocess.CompletedProcess[str]:
    """Run `sr-models` as two processes on the CPU."""
    start = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    start += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true"}
    command = [*start, "-m", "sr_models", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_two_processes_measure_what_one_does(run, tmp_path):
    pytest.importorskip("accelerate")
    folder = make_set(tmp_path / "Set5", "abcde")
    for name, start in (("one", run), ("two", launch)):
        markdown = tmp_path / name / "RESULTS.md"
        arguments = ("evaluate", "espcn_x2", "lanczos", "-s", "2", "--hr", folder, "--damage", "--write", markdown)
        done = start(*arguments, "--sheet", tmp_path / name / "sheets", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("mean over pictures") == 1  # one of the two speaks
    one, two = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert len(one) == 1 + 2 + 10  # tables, numbers, sheets
    assert one == two


def test_two_processes_share_a_folder_to_enlarge(weights, tmp_path):
    pytest.importorskip("accelerate")
    folder, out = make_set(tmp_path / "Set5", "abcde"), tmp_path / "out"
    done = launch("upscale", folder, "-o", out, "-m", "espcn_x2")
    assert done.returncode == 0, done.stderr
    assert sorted(re.findall(r"(\d) enlarged", done.stdout)) == ["2", "3"]
    assert sorted(p.name for p in out.iterdir()) == [f"{name}_espcn_x2.png" for name in "abcde"]
