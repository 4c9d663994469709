"""The bench measures what it says: ratios that fit together, and a description without names and paths."""

import dataclasses
import getpass
import platform

import pytest
import torch

from sr_models import archs, bench
from sr_models.bench import gpu, nets
from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
from sr_models.evaluation.report import GpuSpeed
from sr_models.evaluation.tables import times
from sr_models.inference.complexity import macs
from tests.conftest import call
from tests.inference.test_compose import save


@pytest.fixture
def there(small_checkpoint, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    return small_checkpoint


def test_ratios_fit_together_and_are_kept(there, monkeypatch, capsys, tmp_path):
    save(there, 4)
    monkeypatch.setattr(nets, "seconds", lambda run: (run(), next(clock))[1])
    clocked = [0.020, 0.010, 0.040, 0.004, 0.004, 0.005, 0.020]  # Pillow, matrix, ESPCN; bicubic twice; the net twice
    clock = iter(clocked)
    monkeypatch.setattr(nets, "elsewhere", lambda name, x: {"onnx": 0.010})
    monkeypatch.setattr(nets, "peak_memory", lambda name, device: 12.0)
    facts = nets.measure("cpu")
    bicubic, net, pillow = facts["rows"]
    assert (bicubic["net"], bicubic["ratio"], bicubic["share"], bicubic["onnx"]) == ("bicubic_x4", 0.1, None, None)
    assert (net["net"], net["ms"], net["pillow"]) == ("espcn_x4", 5.0, 0.25)
    assert (net["ratio"], net["eager"], net["onnx"], net["openvino"]) == (0.125, 4.0, 2.0, None)
    assert net["share"] == pytest.approx(2 * 111_052_800 / 0.005 / (2 * 1024**3 / 0.010))
    assert (pillow["ratio"], pillow["pillow"], pillow["eager"]) == (0.5, 1.0, None)
    for private in (platform.node(), getpass.getuser(), "/"):
        assert private not in facts["machine"]
    clock = iter(clocked)
    monkeypatch.setattr("sr_models.bench.rest", lambda **_: None)
    code, said, errors = call(monkeypatch, capsys, "bench", "--device", "cpu", "--write", tmp_path / "t" / "RESULTS.md")
    assert code == 0, errors
    line = ("espcn_x4", "5.0", "0.12", "0.25", "4.00", "2.00", "12")
    assert any(all(cell in row.split() for cell in line) for row in said.splitlines())
    assert (tmp_path / "t" / "results" / "bench.json").is_file()
    assert "| espcn_x4 |" in (tmp_path / "t" / "RESULTS.md").read_text()


def test_what_repairs_is_timed_with_holes_only_where_it_fills_them(there, monkeypatch, capsys):
    monkeypatch.setattr(bench, "classical", lambda task: ["biharmonic", "median"])
    monkeypatch.setattr(bench, "seconds", lambda run, repeats: [run(), 0.25][1])
    net = archs.build("restoration_vae", width=16, deep=16, base_config={"width": 16, "depth": 1, "deep": 16})
    _, card = read_checkpoint(there)
    facts = {"name": "restoration_vae_x1", "architecture": "restoration_vae", "scale": 1, "config": net.config}
    save_checkpoint(net, dataclasses.replace(card, **facts), there.parent / "restoration_vae_x1.safetensors")
    bench.repairs("cpu", 64)
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert said == [
        "restoration_vae_x1 64x64: 0.25 s, 8 samples 0.25 s",
        "restoration_vae_x1 64x64, a tenth of it holes: 0.25 s, 8 samples 0.25 s",
        "biharmonic 64x64, a tenth of it holes: 0.25 s",
        "median 64x64: 0.25 s",
    ]


def test_without_the_net_that_times_are_compared_with_there_is_a_sentence(there, monkeypatch, capsys):
    code, _, errors = call(monkeypatch, capsys, "bench")
    assert code == 2
    assert "ratios to espcn_x4, which is not there" in errors


def test_other_ways_to_run_a_net_are_timed(there):
    pytest.importorskip("onnxruntime")
    times = nets.elsewhere("espcn_x2", torch.rand(1, 1, 18, 32).numpy())
    assert 0 < (times["onnx"] or 0) < 5


def test_memory_and_matrix_rate_are_of_this_machine(there):
    found = nets.peak_memory("espcn_x2", torch.device("cpu"))
    assert found is None or 3 < found < 500  # the result alone has 320x180x4x3 values of 4 bytes: 2.6 MiB
    assert 1e8 < nets.matrix_peak(torch.device("cpu"), torch.float32) < 1e14


def test_the_gpu_table_holds_what_was_measured_or_says_that_nothing_was(monkeypatch, capsys):
    assert times.gpu(None)[1][0] == "not measured"
    clock = iter([0.5, 0.25, 0.1, 0.2, 0.05, 1.0, 0.4, 0.3])  # matrix; each net: a step, tiles, whole, and again
    monkeypatch.setattr(gpu, "matrix_peak", lambda device, dtype: 1e12)
    monkeypatch.setattr(gpu, "seconds", lambda run, *_: (run(), next(clock))[1])
    small = {"one": ("espcn", {"width": 4, "mapping": 4}), "two": ("sesr", {"width": 4, "depth": 1})}
    facts = gpu.measure(torch.device("cpu"), small, {"class": (40, 30)}, batch=2, patch=8)
    one, two = facts["rows"]
    assert (one["plain"], one["class"]["tiles"], one["class"]["whole"]) == (2.0, 250.0, 100.0)
    work = macs(archs.build("sesr", scale=4, width=4, depth=1)) / (320 * 180)
    assert two["share"] == pytest.approx(6 * work * 2 * 8 * 8 / 0.2 / 1e12)
    work = macs(archs.build("sesr", scale=2, width=4, depth=1)) / (320 * 180)
    assert two["class"]["share"] == pytest.approx(2 * work * 40 * 30 / 1.0 / 1e12)
    head, *rows = times.gpu(GpuSpeed.from_json(facts))
    assert rows[1][head.index("class, ratio")] == "10.00"
    assert rows[1][head.index("class, tiles, ms")] == "50.0"
    if not torch.cuda.is_available():
        assert gpu.main(["gpu.json"]) == 2
        assert "cuda is not available" in capsys.readouterr().err
