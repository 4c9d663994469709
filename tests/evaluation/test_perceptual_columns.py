"""How results look, in RESULTS.md: perceptual columns, mixes and ablations, whatever of them was measured."""

import dataclasses

import pytest

from sr_models import load
from sr_models.checkpoints.card import Measurement
from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
from sr_models.evaluation.evaluate import evaluate, to_results
from sr_models.evaluation.kept import keep
from sr_models.evaluation.layout import NOTHING
from sr_models.evaluation.tables import draw
from sr_models.evaluation.tables.quality import USED, as_text
from sr_models.metrics import METRICS
from tests.conftest import call
from tests.evaluation.test_evaluate import make_set
from tests.inference.test_interpolate import weights

__all__ = ["weights"]


def table(text: str, key: str) -> list[list[str]]:
    """Return the cells of a table of RESULTS.md."""
    lines = text.split(f"<!-- table {key} -->\n")[1].split("\n<!-- end")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


@pytest.fixture
def pretend(monkeypatch):
    """Distances that need no pretrained features: how far the means lie apart."""
    from sr_models.evaluation.evaluate import _bicubic

    def distance(sr, hr, **_):
        return float((sr - hr).abs().mean())

    for key in ("lpips_alex", "lpips_vgg", "features"):
        monkeypatch.setitem(METRICS, key, dataclasses.replace(METRICS[key], function=distance))
    _bicubic.cache_clear()
    yield
    _bicubic.cache_clear()


def test_the_tables_hold_what_was_measured_and_survive_what_was_not(weights, pretend, tmp_path):
    markdown = tmp_path / "RESULTS.md"
    one, other = (make_set(tmp_path / name) for name in ("Set5", "Set14"))
    for name in ("plain", "srgan"):
        keep(evaluate(load(name, 2), one), markdown)
    keep(evaluate(load("srgan", 2, mix=0.5), one), markdown)
    keep(evaluate(load("plain", 2), other), markdown)  # the other net was not measured there
    keep(evaluate(load("srgan", 2, mix=0.5), one, damaged=True, looks=False), markdown)
    draw(markdown)
    looks = table(markdown.read_text(), "looks x2")
    assert [row[0] for row in looks[:2]] == ["checkpoint", "bicubic"]
    column = looks[0].index("Set5 LPIPS-Alex")
    values = [float(row[column]) for row in looks[2:]]
    assert values == sorted(values)
    assert len(values) == 2
    (gan,) = (row for row in looks if row[0] == "srgan_x2")
    assert NOTHING in gan
    mixes = table(markdown.read_text(), "mixes")
    assert [row[:2] for row in mixes[1:]] == [["srgan_x2", "0"], ["srgan_x2", "0.5"], ["srgan_x2", "1"]]
    (plain,) = (row for row in looks if row[0] == "plain_x2")
    assert mixes[1][mixes[0].index("Set5 Y")] == plain[looks[0].index("Set5 Y")]


def test_a_new_metric_has_a_column_without_another_line(weights, pretend, monkeypatch, tmp_path):
    def brightest(picture):
        return float(picture.max())

    new = {"key": "peak", "needs": "result", "label": "brightest", "digits": 1, "function": brightest}
    described = METRICS["contrast"]
    monkeypatch.setitem(METRICS, "peak", dataclasses.replace(described, uses=("looks",), **new))
    markdown = tmp_path / "RESULTS.md"
    report = evaluate(load("plain", 2), make_set(tmp_path / "Set5"))
    keep(report, markdown)
    draw(markdown)
    looks = table(markdown.read_text(), "looks x2")
    assert looks[0][-1] == "Set5 brightest"
    assert [row[-1] for row in looks[1:]] == [f"{c['peak']:.1f}" for c in (report.mean.bicubic, report.mean.result)]
    (stamped,) = (r for r in to_results(report) if r.metric == "peak")
    assert stamped.protocol == "Y of BT.601, 8 bit, LR by MATLAB bicubic"
    assert "brightest" in as_text([report]).splitlines()[0]


def test_a_distance_that_a_loss_used_is_marked(weights, pretend, tmp_path):
    markdown, hr = tmp_path / "RESULTS.md", make_set(tmp_path / "Set5")
    path = weights / "srgan_x2.safetensors"
    net, card = read_checkpoint(path)
    for options, marked in (({}, True), ({"content": 0, "style": 0}, False), ({"features": "lpips_vgg"}, False)):
        recipe = {"objective": "adversarial", "options": options}
        save_checkpoint(net, dataclasses.replace(card, recipe=recipe), path)
        keep(evaluate(load("srgan", 2), hr), markdown)
        draw(markdown)
        looks = table(markdown.read_text(), "looks x2")
        row = next(row for row in looks if row[0] == "srgan_x2")
        assert [cell.endswith(USED) for cell in row] == [marked and "features" in head for head in looks[0]]
    assert dataclasses.replace(card, recipe={"text": "adversarial"}).perceptual_features is None
    assert dataclasses.replace(card, recipe={"objective": "pixel", "options": {}}).perceptual_features is None


def test_perceptual_numbers_reach_the_card_and_ensembles_have_none(weights, pretend, tmp_path):
    hr = make_set(tmp_path / "Set5")
    found = {r.metric for r in to_results(evaluate(load("plain", 2), hr))}
    assert {"lpips_alex", "lpips_vgg", "features", "shift"} <= found
    assert "lpips_alex" not in {r.metric for r in to_results(evaluate(load("plain", 2), hr, looks=False))}


def test_an_ablation_is_kept_apart_and_takes_no_other_options(weights, pretend, tmp_path, monkeypatch, capsys):
    markdown = tmp_path / "RESULTS.md"
    make_set(tmp_path / "sets" / "Set5", lr=2)
    command = ["evaluate", str(weights / "srgan_x2.safetensors"), "--bench-sets", str(tmp_path / "sets")]
    command += ["--ablation", "no_style", "--write", str(markdown)]
    code, _, _ = call(monkeypatch, capsys, *command)
    assert code == 0
    assert [row[0] for row in table(markdown.read_text(), "gans")] == ["run", "no_style"]
    assert "<!-- table looks" not in markdown.read_text()
    code, _, said = call(monkeypatch, capsys, *command, "--ensemble")
    assert code == 2
    assert "leave out the other options" in said
    assert call(monkeypatch, capsys, *command[:-2])[0] == 2
    assert call(monkeypatch, capsys, "evaluate", "bicubic", "-s", "2", *command[2:])[0] == 2


def test_a_trial_run_says_what_it_learned_from(weights, pretend, tmp_path, monkeypatch, capsys):
    markdown, path = tmp_path / "RESULTS.md", weights / "plain_x2.safetensors"
    make_set(tmp_path / "sets" / "Set5", lr=2)
    net, card = read_checkpoint(path)
    found = Measurement("validation", "psnr_y", 29.5, 27.0, "")
    for name, recipe in (("alone", {"text": "any"}), ("taught", {"teacher": "span", "options": {"muon": 4}})):
        trial = dataclasses.replace(card, recipe=recipe, seconds=90, steps=1200, results=(found,))
        save_checkpoint(net, trial, tmp_path / "plain_x2.safetensors")
        command = ["evaluate", str(tmp_path / "plain_x2.safetensors"), "--bench-sets", str(tmp_path / "sets")]
        code, _, _ = call(monkeypatch, capsys, *command, "--ablation", name, "--write", str(markdown))
        assert code == 0
    head, alone, taught = (row[:8] for row in table(markdown.read_text(), "runs"))
    assert head[3:5] == ["teacher", "kernels by"]
    assert alone == ["alone", "plain_x2", "scratch", NOTHING, "Adam", "1.5", "1,200", "29.500"]
    assert taught == ["taught", "plain_x2", "scratch", "span", "Muon", "1.5", "1,200", "29.500"]
    assert "<!-- table x2" not in markdown.read_text()
