"""What is measured on a result: against the original, against the LR, and why a number is absent."""

import hashlib
import json
import math

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.degradations import chosen
from sr_models.imaging.encode import KINDS
from sr_models.imaging.picture import Picture, crop_to_multiple, fit, shrink, to_array, to_tensor
from sr_models.imaging.resample import resize
from sr_models.imaging.sizes import target_size
from sr_models.inference.load import load
from sr_models.metrics import METRICS, classifier, known, perceptual
from sr_models.metrics.fidelity import edge_agreement, lr_consistency, psnr, ssim
from sr_models.metrics.no_reference import jaggedness
from sr_models.metrics.perceptual import lpips
from sr_models.pipelines.inputs import Inputs, pair, prepare
from sr_models.pipelines.readouts import READOUTS, Readouts, measure
from sr_models.pipelines.upscale import enlarged, write_output
from tests.conftest import scene

WITHOUT_FEATURES = {} if perceptual.load_lpips() else {"lpips_alex": "no_features"}
WITHOUT_FEATURES |= {} if classifier.load_classifier() else {"recognised": "no_classifier"}


def results(inputs, net="lanczos"):
    upscaler, bicubic = load(net, inputs.scale, "cpu"), load("bicubic", inputs.scale, "cpu")
    return upscaler, enlarged(upscaler, inputs.lr), enlarged(bicubic, inputs.lr)


def test_readouts_of_a_test_are_those_of_the_metrics():
    inputs = prepare(Picture(scene(64, 56)), 2, chosen())
    upscaler, result, bicubic = results(inputs)
    found = measure(upscaler, inputs, result, bicubic)
    assert inputs.hr is not None
    for column, array in ((found.result, result), (found.bicubic, bicubic)):
        assert column["psnr_y"] == psnr(to_tensor(array), to_tensor(inputs.hr), border=2)
        assert column["ssim_rgb"] == ssim(to_tensor(array), to_tensor(inputs.hr), border=2, y=False)
        assert column["edges"] == edge_agreement(to_tensor(array), to_tensor(inputs.hr), border=2)
        assert column["jaggedness"] == jaggedness(to_tensor(array))
        assert column["lpips_alex"] == known(lpips(to_tensor(array), to_tensor(inputs.hr), border=2))
    assert found.self_check is None
    assert found.absent == {"self_check": "has_original", **WITHOUT_FEATURES}
    assert found.protocol == {"border": 2, "bits": 8, "lr": dict(chosen()), "on_white": False}


def test_enlarge_has_a_self_check_and_no_psnr():
    inputs = prepare(Picture(scene(66, 65)), 2)
    upscaler, result, bicubic = results(inputs)
    found = measure(upscaler, inputs, result, bicubic)
    assert {found.result[k] for k in READOUTS if METRICS[k].needs == "reference"} == {None}
    assert set(found.absent.values()) == {"no_original"}
    assert found.self_check is not None
    # The same by hand: shrink the upload, enlarge, compare with the upload.
    hr = to_tensor(crop_to_multiple(inputs.lr, 2))
    by_hand = to_tensor(enlarged(upscaler, to_array(shrink(hr, 2))))
    assert found.self_check["result"]["psnr_y"] == pytest.approx(psnr(by_hand, hr, border=2), abs=1e-6)
    assert found.self_check["bicubic"]["psnr_y"] != found.self_check["result"]["psnr_y"]


@pytest.mark.parametrize(("side", "there"), [(64, True), (63, False)])
def test_self_check_needs_a_shrunk_side_of_32(side, there):
    inputs = prepare(Picture(scene(side, 90)), 2)
    found = measure(*[(x := results(inputs))[0], inputs, x[1], x[2]])
    assert (found.self_check is not None) == there
    assert ("self_check" in found.absent) != there


def test_equal_pictures_make_valid_json():
    inputs = prepare(Picture(np.zeros((64, 64, 3), np.uint8)), 4, chosen())
    upscaler, result, bicubic = results(inputs)
    found = measure(upscaler, inputs, result, bicubic)
    assert found.result["psnr_y"] == math.inf
    text = json.dumps(found.to_json(), allow_nan=False)
    assert Readouts.from_json(json.loads(text)).result["psnr_y"] == math.inf


def test_a_test_too_small_for_ssim_says_so():
    inputs = prepare(Picture(scene(16, 16)), 4, chosen())
    found = measure(*[(x := results(inputs))[0], inputs, x[1], x[2]])
    assert found.result["psnr_y"] is not None
    assert found.result["ssim_y"] is None
    assert found.absent["ssim_y"] == "too_small"


@pytest.mark.parametrize(("pixel_limit", "reason"), [(2**22, "no_edges"), (64 * 64 - 1, "too_large_for_edges")])
def test_no_edge_agreement_says_why(monkeypatch, pixel_limit, reason):
    monkeypatch.setattr("sr_models.metrics.fidelity.MAX_EDGE_PIXELS", pixel_limit)
    flat = np.full((64, 64, 3), 90, np.uint8)
    inputs = prepare(Picture(flat if reason == "no_edges" else scene(64, 64)), 2, chosen())
    found = measure(*[(x := results(inputs))[0], inputs, x[1], x[2]])
    assert found.result["edges"] is None
    even = dict.fromkeys(("blur", "jaggedness"), "nothing_varies") if reason == "no_edges" else {}
    assert found.absent == {"edges": reason, "self_check": "has_original", **even, **WITHOUT_FEATURES}


@pytest.mark.parametrize("reason", ["no_features", "too_large_for_lpips", "too_small_for_lpips"])
def test_no_perceptual_distance_says_why(monkeypatch, tmp_path, reason):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    if reason != "no_features":
        save_file(perceptual.Lpips().state_dict(), tmp_path / "lpips_alex.safetensors")
    monkeypatch.setattr(perceptual, "MOST_PIXELS", 63 * 63 if reason == "too_large_for_lpips" else 2**22)
    side = 32 if reason == "too_small_for_lpips" else 64
    inputs = prepare(Picture(scene(side, side)), 2, chosen())
    found = measure(*[(x := results(inputs))[0], inputs, x[1], x[2]])
    assert found.result["lpips_alex"] is None
    assert found.absent["lpips_alex"] == reason


def test_a_classifier_looks_at_original_bicubic_and_result(monkeypatch, tmp_path):
    monkeypatch.setenv("SR_LAB_FEATURES", str(tmp_path))
    inputs = prepare(Picture(scene(64, 56)), 2, chosen())
    upscaler, result, bicubic = results(inputs)
    without = measure(upscaler, inputs, result, bicubic)
    assert (without.recognised, without.absent["recognised"]) == ({}, "no_classifier")
    torch.manual_seed(0)
    names = json.dumps([f"class {i}" for i in range(1000)])
    state = classifier.Classifier().state_dict()
    save_file(state, tmp_path / f"{classifier.NAME}.safetensors", {"classes": names})
    found = measure(upscaler, inputs, result, bicubic)
    assert "recognised" not in found.absent
    pictures = {"original": inputs.hr, "bicubic": bicubic, "result": result}
    assert found.recognised == {k: classifier.recognise(to_tensor(x)) for k, x in pictures.items() if x is not None}
    again = Readouts.from_json(json.loads(json.dumps(found.to_json())))
    assert [tuple(one) for one in again.recognised["result"]] == found.recognised["result"]
    enlarging = prepare(Picture(scene(66, 65)), 2)
    without = measure(upscaler, enlarging, *results(enlarging)[1:])
    assert not without.recognised
    assert "recognised" not in without.absent


def test_16_bit_results_are_measured_as_8_bit():
    inputs = prepare(Picture(scene(66, 65).astype(np.uint16) * 257 + 40), 2)
    upscaler, result, bicubic = results(inputs)
    found = measure(upscaler, inputs, result, bicubic)
    eight = [((x.astype(np.uint32) + 128) // 257).astype(np.uint8) for x in (inputs.lr, result, bicubic)]
    other = measure(upscaler, Inputs(eight[0], None, 2), eight[1], eight[2])
    assert found.result == other.result
    assert found.self_check == other.self_check


def test_transparent_parts_are_measured_on_white():
    array = np.concatenate([scene(64, 64), np.full((64, 64, 1), 255, np.uint8)], 2)
    array[:, 32:, 3] = 0
    inputs = prepare(Picture(array), 2)
    upscaler, result, bicubic = results(inputs, "nearest")
    found = measure(upscaler, inputs, result, bicubic)
    white = np.where(array[..., 3:] > 0, array[..., :3], 255)
    shown = white.repeat(2, 0).repeat(2, 1)
    assert found.protocol["on_white"]
    assert found.result["lr_consistency"] == pytest.approx(lr_consistency(to_tensor(shown), to_tensor(white)), abs=1e-6)


def test_lr_consistency_is_the_rgb_psnr_after_bicubic_shrinking():
    lr = to_tensor(scene(24, 20))
    sr = to_tensor(scene(24, 20).repeat(2, 0).repeat(2, 1))
    back = resize(sr, 20, 24).clamp(0, 1)
    by_hand = -10 * math.log10(float((back - lr).double().square().mean()))
    assert lr_consistency(sr, lr) == pytest.approx(by_hand, abs=1e-6)


def test_a_given_pair_has_psnr_and_a_self_check():
    original = Picture(scene(140, 132))
    lr = Picture(to_array(shrink(to_tensor(original.array), 2)))
    inputs = pair(lr, original, 2)
    upscaler, result, bicubic = results(inputs)
    found = measure(upscaler, inputs, result, bicubic)
    assert inputs.mode == "both"
    assert found.result["psnr_y"] == psnr(to_tensor(result), to_tensor(original.array), border=2)
    assert found.self_check is not None
    assert found.protocol["lr"] == "upload"
    with pytest.raises(SRError, match="at ×4 it must be 280×264"):
        pair(lr, original, 4)
    uncut = Picture(np.pad(original.array, ((0, 1), (0, 1), (0, 0))))  # as test sets keep it
    assert np.array_equal(pair(lr, uncut, 2).hr, inputs.hr)  # type: ignore[arg-type]


def test_measuring_ends_when_it_is_told(monkeypatch):
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 3:
            raise KeyError

    picture = Picture(scene(60, 40))
    inputs = prepare(picture, 2)
    result = enlarged(load("bicubic", 2), inputs.lr)
    with pytest.raises(KeyError):
        measure(load("bicubic", 2), inputs, result, result, check=check)
    assert len(calls) == 3


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_every_kind_is_measured_as_it_was_saved(tmp_path, kind, channels):
    array = scene(64, 70, channels)
    inputs = prepare(Picture(array), 2)
    upscaler, result, bicubic = results(inputs)
    path = tmp_path / "result"
    digest = write_output(result, path, format={"tiff": "tiff16"}.get(kind, kind), quality=60, metadata=False)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    of_array = measure(upscaler, inputs, result, bicubic)
    of_file = measure(upscaler, inputs, read(path).array, bicubic)
    if kind == "jpeg":
        value, other = of_file.result["lr_consistency"], of_array.result["lr_consistency"]
        assert isinstance(value, float)
        assert isinstance(other, float)
        assert 20 < value < other
        assert of_file.result["sharpness"] != of_array.result["sharpness"]
        assert of_file.bicubic == of_array.bicubic
    else:
        assert of_file.result == pytest.approx(of_array.result)
    assert of_file.self_check == of_array.self_check
    assert of_file.protocol == of_array.protocol
    assert of_file.protocol["on_white"] == (channels in (2, 4))


def test_grey_and_colour_can_be_compared():
    grey, colour = Picture(scene(64, 60, 1)), Picture(scene(128, 120, 1).repeat(3, 2))
    inputs, same = pair(grey, colour, 2), pair(grey, Picture(colour.array[..., :1]), 2)
    upscaler, result, bicubic = results(inputs)
    found, other = (measure(upscaler, i, result, bicubic).result for i in (inputs, same))
    assert found["psnr_y"] == pytest.approx(other["psnr_y"], abs=1e-3)
    assert found["psnr_rgb"] == pytest.approx(other["psnr_rgb"], abs=1e-3)


def test_a_resized_result_is_measured_at_its_size_and_the_net_at_its_own():
    inputs = prepare(Picture(scene(66, 70)), 4)
    upscaler, result, bicubic = results(inputs)
    target = target_size("1.5x", 66, 70)
    small, plain = fit(result, target), fit(bicubic, target)
    assert small.shape == (105, 99, 3)
    found, whole = measure(upscaler, inputs, small, plain), measure(upscaler, inputs, result, bicubic)
    assert found.result["lr_consistency"] == lr_consistency(to_tensor(small), to_tensor(inputs.lr))
    assert found.result["lr_consistency"] == pytest.approx(whole.result["lr_consistency"], abs=6)
    assert found.result["colour_shift"] == pytest.approx(whole.result["colour_shift"], abs=0.5)
    assert found.result["sharpness"] != whole.result["sharpness"]
    assert {found.result[k] for k in READOUTS if METRICS[k].needs == "reference"} == {None}
    assert found.self_check == whole.self_check
    other = prepare(Picture(scene(140, 132)), 4)
    assert measure(upscaler, other, *(fit(x, (210, 198)) for x in results(other)[1:])).self_check is not None
