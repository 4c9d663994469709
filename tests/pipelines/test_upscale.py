"""One picture through one net: inputs, result, readouts, receipt."""

import hashlib
import json
import math

import numpy as np
import pytest
from safetensors.torch import save_file

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.degradations import chosen
from sr_models.imaging.encode import KINDS, describe_file, encode_png
from sr_models.imaging.picture import Picture, crop_to_multiple, fit, shrink, to_array, to_tensor
from sr_models.imaging.resample import resize
from sr_models.imaging.sizes import target_size
from sr_models.inference.load import load
from sr_models.metrics import METRICS, known, perceptual
from sr_models.metrics.fidelity import edge_agreement, lr_consistency, psnr, ssim
from sr_models.metrics.no_reference import jaggedness
from sr_models.metrics.perceptual import lpips
from sr_models.pipelines.inputs import Inputs, check_output, pair, prepare
from sr_models.pipelines.readouts import READOUTS, Readouts, measure
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarge, enlarged, write_output, write_png
from tests.conftest import scene

WITHOUT_FEATURES = {} if perceptual.load_lpips() else {"lpips_alex": "no_features"}


def results(inputs, net="lanczos"):
    upscaler, bicubic = load(net, inputs.scale, "cpu"), load("bicubic", inputs.scale, "cpu")
    return upscaler, enlarged(upscaler, inputs.lr), enlarged(bicubic, inputs.lr)


def test_a_test_shrinks_by_the_protocol_and_crops():
    picture = Picture(scene(51, 46))
    inputs = prepare(picture, 4, chosen())
    assert inputs.hr is not None
    assert inputs.hr.shape == (44, 48, 3)
    assert np.array_equal(inputs.lr, to_array(shrink(to_tensor(crop_to_multiple(picture.array, 4)), 4)))


def test_damage_is_seeded_and_described():
    picture, damage = Picture(scene(40, 40)), chosen(kernel="bilinear", blur=1.0, noise=5, jpeg=60, seed=7)
    first, again = (prepare(picture, 2, damage).lr for _ in range(2))
    other = prepare(picture, 2, chosen(kernel="bilinear", blur=1.0, noise=5, jpeg=60, seed=8)).lr
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    with pytest.raises(SRError, match="must be between"):
        prepare(picture, 2, chosen(noise=300))


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


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (1, 50), (50, 2)])
def test_tiny_pictures_are_enlarged_and_numbers_absent(size):
    inputs = prepare(Picture(scene(*size)), 4)
    upscaler, result, bicubic = results(inputs)
    assert result.shape == (4 * size[1], 4 * size[0], 3)
    assert measure(upscaler, inputs, result, bicubic).self_check is None
    with pytest.raises(SRError, match="too small to be shrunk"):
        prepare(Picture(scene(*size)), 4, chosen())


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


def test_16_bits_in_and_16_bits_out(tmp_path):
    rows = np.linspace(1000, 1500, 40, dtype=np.uint16)  # two grey levels of 8 bits
    picture = Picture(np.broadcast_to(rows[:, None, None], (40, 30, 3)).copy())
    inputs = prepare(picture, 2)
    _, result, _ = results(inputs)
    assert result.dtype == np.uint16
    write_png(result, tmp_path / "r.png")
    back = read(tmp_path / "r.png")
    assert back.depth == 16
    assert len(np.unique(back.array)) > 60


def test_steps_report_every_tile_and_the_array_is_whole_at_the_end():
    upscaler = load("bicubic", 2, "cpu")
    lr = scene(100, 60)
    steps = list(enlarge(upscaler, lr, tile=32))
    assert [s.done for s in steps] == list(range(1, 9))
    assert {s.total for s in steps} == {8}
    assert np.array_equal(steps[-1].array, enlarged(upscaler, lr))


def test_receipt_names_all_that_is_needed(small_checkpoint, tmp_path):
    upscaler = load(str(small_checkpoint))
    inputs = prepare(Picture(scene(70, 70)), 2, chosen())
    result, bicubic = enlarged(upscaler, inputs.lr), enlarged(load("bicubic", 2), inputs.lr)
    digest = write_png(result, tmp_path / "out.png")
    found = make_receipt(
        upscaler, inputs, measure(upscaler, inputs, result, bicubic), seconds=1.0, result_sha256=digest
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
        write_png(scene(4, 4), tmp_path / "file" / "out.png")


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


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_receipt_names_the_precision_that_ran(small_checkpoint, dtype):
    upscaler = load(str(small_checkpoint), dtype=dtype)
    found = make_receipt(upscaler, prepare(Picture(scene(8, 8)), 2), None, seconds=1.0, result_sha256="")
    assert found["precision"] == dtype


def test_thin_pictures_are_few_tiles():
    upscaler = load("nearest", 2, "cpu")
    lr = np.arange(3 * 60_000, dtype=np.uint8).reshape(1, 60_000, 3)
    steps = list(enlarge(upscaler, lr))
    assert len(steps) < 5
    assert np.array_equal(steps[-1].array, lr.repeat(2, 0).repeat(2, 1))


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


@pytest.mark.parametrize("given", [np.uint8, np.uint16])
@pytest.mark.parametrize("depth", [8, 16])
def test_the_result_has_the_bits_that_were_asked_for(given, depth):
    rows = np.linspace(90, 110, 40).round().astype(given) * (257 if given == np.uint16 else 1)
    lr = np.broadcast_to(rows[:, None, None], (40, 30, 3)).copy()
    upscaler = load("bicubic", 2, "cpu")
    result = enlarged(upscaler, lr, depth=depth)
    assert result.dtype == (np.uint8 if depth == 8 else np.uint16)
    assert np.array_equal(result, to_array(upscaler(to_tensor(lr)), depth))
    assert (len(np.unique(result)) > 30) == (depth == 16)  # more levels than the 21 of 8 bits


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_transparent_parts_are_kept_or_laid_on_white_or_black(kind):
    peak = np.iinfo(kind).max
    array = np.full((8, 8, 4), peak // 5, kind)
    array[..., 3] = peak
    array[:, 4:, 3] = 0
    original = Picture(array.repeat(2, 0).repeat(2, 1))
    kept, white, black = (prepare(Picture(array), 2, alpha=alpha).lr for alpha in ("keep", "white", "black"))
    assert kept is array
    for laid, ground in ((white, peak), (black, 0)):
        assert laid.dtype == kind
        assert laid.shape == (8, 8, 3)
        assert (laid[:, :4] == peak // 5).all()
        assert (laid[:, 4:] == ground).all()
    assert pair(Picture(array), original, 2, alpha="black").hr[0, -1].max() == 0  # type: ignore[index]
    tested = prepare(original, 2, chosen(), alpha="black")
    assert tested.hr is not None
    assert tested.hr[0, -1].max() == 0
    with pytest.raises(SRError, match="alpha is pink, it must be one of keep, white, black"):
        prepare(Picture(array), 2, alpha="pink")


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


def test_the_receipt_tells_the_size_the_format_and_how(tmp_path):
    inputs = prepare(Picture(scene(40, 30, 4)), 2, alpha="black")
    upscaler = load("lanczos", 2, "cpu").ensembled()
    result = fit(enlarged(upscaler, inputs.lr, depth=16), (60, 45))
    digest = write_output(result, tmp_path / "r.jpg", format="jpeg", quality=81, metadata=False)
    about = {"alpha": "black", "format": describe_file("jpeg", result, 81)}
    found = make_receipt(
        upscaler, inputs, None, seconds=1, result_sha256=digest, size=(60, 45), target=(60, 45), **about
    )
    assert (found["checkpoint"], found["ensemble"], found["alpha"]) == ("lanczos_x2", True, "black")
    assert found["format"] == {"kind": "jpeg", "quality": 81, "bits": 8}
    assert found["target"] == [60, 45]
    assert found["output"] == {"width": 60, "height": 45, "sha256": digest}
    plain = make_receipt(load("lanczos", 2), inputs, None, seconds=1, result_sha256="")
    assert (plain["target"], plain["ensemble"]) == (None, False)
    assert plain["format"] == {"kind": "png", "quality": None, "bits": 8}
    assert (plain["output"]["width"], plain["output"]["height"]) == (80, 60)
    json.dumps(found, allow_nan=False)


def test_the_larger_of_result_and_target_counts_against_the_limit():
    picture = Picture(scene(20, 10))
    check_output(picture, 2, 800)
    check_output(picture, 2, 800, (40, 20))
    for limit, target in ((799, None), (799, (30, 15)), (800, (41, 20))):
        with pytest.raises(SRError, match=f"the limit is {limit}"):
            check_output(picture, 2, limit, target)
    with pytest.raises(SRError, match="would give 820 pixels"):
        prepare(picture, 2, limit=800, target=(41, 20))


def test_a_format_that_cannot_hold_the_size_is_a_sentence_and_no_file(tmp_path):
    with pytest.raises(SRError, match="choose PNG or TIFF"):
        write_output(np.zeros((1, 16384, 3), np.uint8), tmp_path / "r.webp", format="webp", quality=90, metadata=False)
    assert not list(tmp_path.iterdir())
