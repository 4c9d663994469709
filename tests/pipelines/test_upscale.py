"""One picture through one net: inputs, tiles, the written file, the receipt."""

import json

import numpy as np
import pytest

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.degradations import chosen
from sr_models.imaging.encode import describe_file, encode_png
from sr_models.imaging.picture import Picture, crop_to_multiple, fit, shrink, to_array, to_tensor
from sr_models.inference.load import load
from sr_models.pipelines.inputs import check_output, pair, prepare
from sr_models.pipelines.readouts import measure
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarge, enlarged, write_output, write_png
from tests.conftest import scene
from tests.pipelines.test_readouts import results


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


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (1, 50), (50, 2)])
def test_tiny_pictures_are_enlarged_and_numbers_absent(size):
    inputs = prepare(Picture(scene(*size)), 4)
    upscaler, result, bicubic = results(inputs)
    assert result.shape == (4 * size[1], 4 * size[0], 3)
    assert measure(upscaler, inputs, result, bicubic).self_check is None
    with pytest.raises(SRError, match="too small to be shrunk"):
        prepare(Picture(scene(*size)), 4, chosen())


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
