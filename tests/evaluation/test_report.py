"""Results as typed data: each kind comes back as it was kept, whatever its file is called; others are an error."""

import dataclasses
import json
import math
from pathlib import Path

import pytest

from sr_models.checkpoints.card import BEFORE_LAST
from sr_models.checkpoints.catalog import list_checkpoints
from sr_models.evaluation.kept import KINDS, keep, read_results
from sr_models.evaluation.report import (
    PLAIN,
    Columns,
    DigitCurves,
    DigitNets,
    Diversity,
    Evaluation,
    GpuSpeed,
    Partner,
    Protocol,
    Recognition,
    Repairs,
    RepairSamples,
    Speed,
    Stored,
    Sweep,
    TextureNets,
    Trial,
    Variant,
)
from sr_models.files import to_json
from sr_models.metrics import METRICS

RESULTS = Path(__file__).parents[2] / "training" / "results"
PROTOCOL = Protocol(4, "LR as given")
COLUMNS = Columns({"psnr_y": math.inf, "lpips_alex": None}, {"psnr_y": 28.43, "lpips_alex": 0.344})
MEASURED = Evaluation("a_b", 4, "Set5", PROTOCOL, PLAIN, COLUMNS, {"baby": COLUMNS}, 24848, 1419264000)
TRIAL = Trial("no_style", True, 9.5, 600, "a_b_x4", None, False, 29.5)
EXAMPLES = [
    MEASURED,
    dataclasses.replace(MEASURED, variant=Variant(ensemble=True), macs=None, precision="bfloat16"),
    dataclasses.replace(MEASURED, variant=Variant(damaged=True)),
    dataclasses.replace(MEASURED, variant=Variant(alpha=0.5), partner=Partner("a_x4", "0" * 64)),
    dataclasses.replace(MEASURED, repaired_by="median"),
    dataclasses.replace(MEASURED, trial=TRIAL),
    dataclasses.replace(MEASURED, trial=dataclasses.replace(TRIAL, invents=False)),
    Diversity("vae", 4, "Set5", PROTOCOL, {"best": 30.0}, 0.8, None, [{"told": 1.0, "found": 2.0}], None, None),
    Diversity("vae", 4, "Set5", PROTOCOL, {"best": 30.0}, 0.8, None, [], 9.5, 900, "beta_1"),
    Repairs("Set5", PROTOCOL, 5, {"noise": {"input": {"psnr_y": 25.3}}}),
    RepairSamples("a_x1", "Set5", PROTOCOL, 5, {"noise": {"spread": 5.0, "error": 9.5}}),
    DigitNets(PROTOCOL, 200, {"bicubic, enlarged": {"recognised": 97.5, "psnr": 19.68, "collapse": None}}),
    DigitCurves("digit_vae", "beta", 500, [{"value": 0.1, "test": {"kl": 30.5}}]),
    TextureNets(Protocol(0, "no LR"), 9, {"texture_vae_x1": {"held_out": 0.5, "training": None}}),
    Recognition(4, "val", PROTOCOL, 1, 1, {"bicubic": {"agreement": 1.0}}, {"val 0": {"bicubic": ["tench", 0.5]}}),
    Speed("One Chip", "320x180", [{"net": "a_b_x4", "ms": 1.5}], 800.5),
    GpuSpeed("One GPU", 400.5, 32, 48, {"class": "40x30"}, [{"net": "a_b"}]),
    Sweep("a_b", 4, [{"learning_rate": 0.001, "psnr_y": None}], "muon_4"),
]


def test_each_kind_comes_back_under_any_name(tmp_path):
    assert {type(example) for example in EXAMPLES} == set(KINDS.values())
    for i, example in enumerate(EXAMPLES):
        keep(example, tmp_path / "RESULTS.md").rename(tmp_path / f"{i:02}.json")
    assert read_results(tmp_path) == EXAMPLES


def test_no_two_results_share_a_file():
    names = [example.file_name for example in EXAMPLES]
    assert len(set(names)) == len(names)
    assert EXAMPLES[3].file_name == "a_b_x4_mix0.5_Set5.json"


@pytest.mark.parametrize("facts", [[], {}, {"kind": "dream"}, {"checkpoint": "a_x4"}])
def test_a_file_of_no_known_kind_is_an_error(tmp_path, facts):
    (tmp_path / "a.json").write_text(json.dumps(facts))
    with pytest.raises(ValueError, match=r"a\.json holds no result of a known kind: evaluation"):
        read_results(tmp_path)


@pytest.mark.parametrize("key", ["net", "another"])
def test_a_missing_and_an_unknown_fact_are_errors(key):
    facts = MEASURED.to_json() | {"another": 1} if key == "another" else MEASURED.to_json()
    facts = {k: v for k, v in facts.items() if k not in ({"kind"} if key == "another" else {"kind", key})}
    with pytest.raises(TypeError, match=key):
        Evaluation.from_json(facts)


def test_the_kept_results_are_what_they_say():
    results = read_results(RESULTS)
    assert len(results) > 200
    for path, found in zip(sorted(RESULTS.glob("*.json")), results, strict=True):
        assert path.name == found.file_name
        if not isinstance(found, Sweep):  # whose rates have more digits
            assert path.read_bytes() == to_json(found.to_json())
        if isinstance(found, Evaluation):
            assert {"psnr_y", "ssim_y"} <= found.mean.result.keys() <= found.mean.bicubic.keys()
            assert found.protocol.border == found.scale


def test_the_numbers_of_cards_and_of_kept_results_have_the_keys_of_the_table():
    named = {r.metric for card in list_checkpoints() for r in card.results}
    assert named - METRICS.keys() <= {"rank_spread", BEFORE_LAST}
    kept = {key for r in read_results(RESULTS) if isinstance(r, Evaluation) for key in r.mean.result}
    assert {"psnr_y", "lpips_vgg", "flat_noise"} <= kept <= METRICS.keys()


def test_the_protocol_is_one_line():
    assert PROTOCOL.line == "border 4, 8 bit, Y of BT.601, LR as given"
    assert dataclasses.replace(PROTOCOL, note="seed 0").line == "border 4, 8 bit, Y of BT.601, LR as given; seed 0"
    assert issubclass(Evaluation, Stored)
