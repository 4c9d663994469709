"""Exported nets say the same as torch, at any size; what cannot be exported is refused by a sentence."""

import numpy as np
import pytest
import torch

from sr_models import archs
from sr_models.errors import SRError
from sr_models.inference.load import load
from sr_models.inference.onnx import export
from sr_models.inference.upscaler import Upscaler
from tests.archs.test_archs import NETS, build
from tests.conftest import call

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

RESIZING = {"srcnn", "vae"}  # they resize inside, by matrices that depend on the size
SMALL = {"edsr": {"blocks": 2, "width": 16}}


@pytest.mark.parametrize("name", [n for n in NETS if archs.get(n).weights])
def test_onnx_runtime_says_what_torch_says(name, tmp_path):
    upscaler = Upscaler(build(name, 3, **SMALL.get(name, {})), f"{name}_x3", device="cpu", dtype="float32")
    path = tmp_path / "net.onnx"
    if name in RESIZING:
        with pytest.raises(SRError, match=f"{name}_x3 cannot be written as ONNX"):
            export(upscaler, path)
        assert not path.exists()
        return
    export(upscaler, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    net = upscaler.net
    for batch, height, width in ((1, 33, 50), (3, 7, 5), (1, 1, 1)):
        sides = (-(-max(n, net.minimum) // net.multiple_of) * net.multiple_of for n in (height, width))
        lr = torch.rand(batch, net.channels, *sides)
        (sr,) = session.run(["sr"], {"lr": lr.numpy()})
        assert sr.dtype == np.float32
        np.testing.assert_allclose(sr, net(lr).numpy(), atol=1e-4, rtol=0)


def test_the_command_writes_a_file_that_explains_itself(monkeypatch, capsys, small_checkpoint, tmp_path):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    monkeypatch.setenv("SR_LAB_DTYPE", "bfloat16")  # a file holds float32 all the same
    path = tmp_path / "deep" / "net.onnx"
    code, said, errors = call(monkeypatch, capsys, "export", "espcn", "-s", "2", "--format", "onnx", "--out", path)
    assert code == 0, errors
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    upscaler = load("espcn_x2", device="cpu", dtype="float32")
    assert facts["sha256"] == upscaler.sha256
    assert (facts["name"], facts["scale"], facts["license"]) == ("espcn_x2", "2", "CC-BY-SA-4.0")
    assert facts["channels"].startswith("Y of BT.601")
    assert "license CC-BY-SA-4.0" in said
    lr = torch.rand(1, 1, 20, 30)
    (sr,) = session.run(None, {"lr": lr.numpy()})
    np.testing.assert_allclose(sr, upscaler.net(lr).numpy(), atol=1e-4, rtol=0)
    for arguments, words in (
        (["bicubic"], "bicubic_x4 cannot be written as ONNX"),
        (["espcn_x2", "--format", "tflite"], "format is tflite, it must be one of onnx"),
        (["nothing"], "no checkpoint named nothing_x4"),
    ):
        code, _, errors = call(monkeypatch, capsys, "export", *arguments, "--out", tmp_path / "no.onnx")
        assert code == 2
        assert words in errors
        assert errors.count("\n") == 1
    assert not (tmp_path / "no.onnx").exists()
