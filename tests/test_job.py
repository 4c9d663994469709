"""One picture through one net: inputs, result, readouts, receipt."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from sr_models import job
from sr_models.errors import SRError
from sr_models.image import Picture, crop_to_multiple, encode_png, read, shrink, to_array, to_tensor
from sr_models.loader import load
from sr_models.metrics.fidelity import lr_consistency, psnr, ssim
from sr_models.resample import resize
from tests.conftest import scene


def results(inputs, net="lanczos"):
    upscaler, bicubic = load(net, inputs.scale, "cpu"), load("bicubic", inputs.scale, "cpu")
    return upscaler, job.enlarged(upscaler, inputs.lr), job.enlarged(bicubic, inputs.lr)


def test_a_test_shrinks_by_the_protocol_and_crops():
    picture = Picture(scene(51, 46))
    inputs = job.prepare(picture, 4, job.Damage())
    assert inputs.hr is not None
    assert inputs.hr.shape == (44, 48, 3)
    assert np.array_equal(inputs.lr, to_array(shrink(to_tensor(crop_to_multiple(picture.array, 4)), 4)))


def test_damage_is_seeded_and_described():
    picture, damage = Picture(scene(40, 40)), job.Damage("bilinear", 1.0, 5.0, 60, 7)
    first, again = (job.prepare(picture, 2, damage).lr for _ in range(2))
    other = job.prepare(picture, 2, job.Damage("bilinear", 1.0, 5.0, 60, 8)).lr
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    with pytest.raises(SRError, match="must be between"):
        job.prepare(picture, 2, job.Damage(noise=300))


def test_readouts_of_a_test_are_those_of_the_metrics():
    inputs = job.prepare(Picture(scene(64, 56)), 2, job.Damage())
    upscaler, result, bicubic = results(inputs)
    found = job.measure(upscaler, inputs, result, bicubic)
    assert inputs.hr is not None
    for column, array in ((found.result, result), (found.bicubic, bicubic)):
        assert column["psnr_y"] == psnr(to_tensor(array), to_tensor(inputs.hr), border=2)
        assert column["ssim_rgb"] == ssim(to_tensor(array), to_tensor(inputs.hr), border=2, y=False)
    assert found.self_check is None
    assert found.absent == {"self_check": "has_original"}
    assert found.protocol == {"border": 2, "bits": 8, "lr": asdict(job.Damage()), "on_white": False}


def test_enlarge_has_a_self_check_and_no_psnr():
    inputs = job.prepare(Picture(scene(66, 65)), 2)
    upscaler, result, bicubic = results(inputs)
    found = job.measure(upscaler, inputs, result, bicubic)
    assert [found.result[k] for k in job.FIDELITY] == [None] * 4
    assert set(found.absent.values()) == {"no_original"}
    assert found.self_check is not None
    # The same by hand: shrink the upload, enlarge, compare with the upload.
    hr = to_tensor(crop_to_multiple(inputs.lr, 2))
    by_hand = to_tensor(job.enlarged(upscaler, to_array(shrink(hr, 2))))
    assert found.self_check["result"]["psnr_y"] == pytest.approx(psnr(by_hand, hr, border=2), abs=1e-6)
    assert found.self_check["bicubic"]["psnr_y"] != found.self_check["result"]["psnr_y"]


@pytest.mark.parametrize(("side", "there"), [(64, True), (63, False)])
def test_self_check_needs_a_shrunk_side_of_32(side, there):
    inputs = job.prepare(Picture(scene(side, 90)), 2)
    found = job.measure(*[(x := results(inputs))[0], inputs, x[1], x[2]])
    assert (found.self_check is not None) == there
    assert ("self_check" in found.absent) != there


def test_equal_pictures_make_valid_json():
    inputs = job.prepare(Picture(np.zeros((64, 64, 3), np.uint8)), 4, job.Damage())
    upscaler, result, bicubic = results(inputs)
    found = job.measure(upscaler, inputs, result, bicubic)
    assert found.result["psnr_y"] == math.inf
    text = json.dumps(found.to_json(), allow_nan=False)
    assert job.Readouts.from_json(json.loads(text)).result["psnr_y"] == math.inf


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (1, 50), (50, 2)])
def test_tiny_pictures_are_enlarged_and_numbers_absent(size):
    inputs = job.prepare(Picture(scene(*size)), 4)
    upscaler, result, bicubic = results(inputs)
    assert result.shape == (4 * size[1], 4 * size[0], 3)
    assert job.measure(upscaler, inputs, result, bicubic).self_check is None
    with pytest.raises(SRError, match="too small to be shrunk"):
        job.prepare(Picture(scene(*size)), 4, job.Damage())


def test_a_test_too_small_for_ssim_says_so():
    inputs = job.prepare(Picture(scene(16, 16)), 4, job.Damage())
    found = job.measure(*[(x := results(inputs))[0], inputs, x[1], x[2]])
    assert found.result["psnr_y"] is not None
    assert found.result["ssim_y"] is None
    assert found.absent["ssim_y"] == "too_small"


def test_16_bits_in_and_16_bits_out(tmp_path):
    rows = np.linspace(1000, 1500, 40, dtype=np.uint16)  # two grey levels of 8 bits
    picture = Picture(np.broadcast_to(rows[:, None, None], (40, 30, 3)).copy())
    inputs = job.prepare(picture, 2)
    _, result, _ = results(inputs)
    assert result.dtype == np.uint16
    job.write_png(result, tmp_path / "r.png")
    back = read(tmp_path / "r.png")
    assert back.depth == 16
    assert len(np.unique(back.array)) > 60


def test_steps_report_every_tile_and_the_array_is_whole_at_the_end():
    upscaler = load("bicubic", 2, "cpu")
    lr = scene(100, 60)
    steps = list(job.enlarge(upscaler, lr, tile=32))
    assert [s.done for s in steps] == list(range(1, 9))
    assert {s.total for s in steps} == {8}
    assert np.array_equal(steps[-1].array, job.enlarged(upscaler, lr))


def test_receipt_names_all_that_is_needed(small_checkpoint, tmp_path):
    upscaler = load(str(small_checkpoint))
    inputs = job.prepare(Picture(scene(70, 70)), 2, job.Damage())
    result, bicubic = job.enlarged(upscaler, inputs.lr), job.enlarged(load("bicubic", 2), inputs.lr)
    digest = job.write_png(result, tmp_path / "out.png")
    found = job.receipt(
        upscaler, inputs, job.measure(upscaler, inputs, result, bicubic), seconds=1.0, result_sha256=digest
    )
    assert found["checkpoint"] == "espcn_x2"
    assert found["checkpoint_sha256"] == upscaler.sha256
    assert found["output"]["sha256"] == digest
    assert found["precision"] in ("float32", "bfloat16")
    assert found["degradation"] == {"kernel": "bicubic", "blur": 0.0, "noise": 0.0, "jpeg": 0, "seed": 0}
    assert found["readouts"]["protocol"]["border"] == 2
    json.dumps(found, allow_nan=False)


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_bytes(encode_png(scene(4, 4)))
    with pytest.raises(SRError, match="cannot be written"):
        job.write_png(scene(4, 4), tmp_path / "file" / "out.png")


def test_16_bit_results_are_measured_as_8_bit():
    inputs = job.prepare(Picture(scene(66, 65).astype(np.uint16) * 257 + 40), 2)
    upscaler, result, bicubic = results(inputs)
    found = job.measure(upscaler, inputs, result, bicubic)
    eight = [((x.astype(np.uint32) + 128) // 257).astype(np.uint8) for x in (inputs.lr, result, bicubic)]
    other = job.measure(upscaler, job.Inputs(eight[0], None, 2), eight[1], eight[2])
    assert found.result == other.result
    assert found.self_check == other.self_check


def test_transparent_parts_are_measured_on_white():
    array = np.concatenate([scene(64, 64), np.full((64, 64, 1), 255, np.uint8)], 2)
    array[:, 32:, 3] = 0
    inputs = job.prepare(Picture(array), 2)
    upscaler, result, bicubic = results(inputs, "nearest")
    found = job.measure(upscaler, inputs, result, bicubic)
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


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_receipt_names_the_precision_that_ran(small_checkpoint, dtype):
    upscaler = load(str(small_checkpoint), dtype=dtype)
    found = job.receipt(upscaler, job.prepare(Picture(scene(8, 8)), 2), None, seconds=1.0, result_sha256="")
    assert found["precision"] == dtype


def test_thin_pictures_are_few_tiles():
    upscaler = load("nearest", 2, "cpu")
    lr = np.arange(3 * 60_000, dtype=np.uint8).reshape(1, 60_000, 3)
    steps = list(job.enlarge(upscaler, lr))
    assert len(steps) < 5
    assert np.array_equal(steps[-1].array, lr.repeat(2, 0).repeat(2, 1))


def test_a_given_pair_has_psnr_and_a_self_check():
    original = Picture(scene(140, 132))
    lr = Picture(to_array(shrink(to_tensor(original.array), 2)))
    inputs = job.pair(lr, original, 2)
    upscaler, result, bicubic = results(inputs)
    found = job.measure(upscaler, inputs, result, bicubic)
    assert inputs.mode == "both"
    assert found.result["psnr_y"] == psnr(to_tensor(result), to_tensor(original.array), border=2)
    assert found.self_check is not None
    assert found.protocol["lr"] == "upload"
    with pytest.raises(SRError, match="at ×4 it must be 280×264"):
        job.pair(lr, original, 4)
