"""The page in a real Chromium: whose result it is, its numbers and its files, Stop, and earlier runs."""

import hashlib
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from sr_models.imaging.encode import encode_png
from sr_models.web.pages.upscale.request import Request
from sr_models.web.pages.upscale.result import UpscaleResult
from tests.conftest import scene
from tests.web.pages.upscale.page import (
    SAYS_TILE,
    STATUS,
    addresses,
    choose,
    choose_net,
    download,
    finish,
    labels,
    numbers,
    pixels,
    run_if_asked,
    upload,
    view,
    wait_for_result,
)


def test_the_example_itself_can_be_run(visit):
    page = visit()
    choose_net(page, "ESPCN")
    finish(page)
    assert "ESPCN" in labels(page)
    assert download(page, "#download")[0] == "colosseum_espcn_x4.png"


def test_numbers_on_the_page_are_those_of_the_downloaded_file(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    choose(page, "#mode", "Test the nets")
    choose_net(page, "SESR 32x4")
    finish(page)
    handle = page.locator("#viewer [role=slider]").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + 22, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(handle["x"] - 150, handle["y"] + 20, steps=5)
    page.mouse.up()
    page.wait_for_function("Number(document.querySelector('#viewer [role=slider]').ariaValueNow) < 40")
    name, data = download(page, "#download")
    assert name == "photo_sesr_32x4_x4.png"
    result = np.asarray(Image.open(io.BytesIO(data))).astype(float)
    original = np.asarray(Image.open(photo)).astype(float)[:144, :200]
    assert result.shape == original.shape
    a, b = result[4:-4, 4:-4], original[4:-4, 4:-4]
    ya, yb = (16 + x @ np.array([65.481, 128.553, 24.966]) / 255 for x in (a, b))
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    found = numbers(page)
    assert found["psnr_y"][0] == pytest.approx(peak_signal_noise_ratio(yb, ya, data_range=255), abs=0.006)
    assert found["ssim_y"][0] == pytest.approx(structural_similarity(yb, ya, **gaussian), abs=1e-4)
    assert found["psnr_rgb"][0] == pytest.approx(peak_signal_noise_ratio(b, a, data_range=255), abs=0.006)
    assert found["ssim_rgb"][0] == pytest.approx(structural_similarity(b, a, channel_axis=2, **gaussian), abs=1e-4)
    receipt = json.loads(download(page, "#receipt")[1])
    assert receipt["output"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert receipt["checkpoint"] == "sesr_32x4_x4"
    assert (receipt["mode"], receipt["scale"]) == ("test", 4)
    assert len(addresses(page)) == 4  # bicubic, result, original, error
    assert np.array_equal(pixels(page, 1), result)
    assert np.array_equal(pixels(page, 2), original)


def test_enlarge_has_a_self_check_and_the_right_size(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    assert page.locator("#mode").get_by_label("Enlarge").is_checked()
    choose(page, "#scale", "×2")
    page.wait_for_function("document.querySelector('#facts').innerText.includes('406×292')")
    choose_net(page, "ESPCN")
    finish(page)
    assert "On a shrunk copy of your picture" in page.inner_text("#sentence")
    assert "Shrinking hides" in page.inner_text("#sentence")
    found = numbers(page)
    described = {"sharpness", "contrast", "blur", "jaggedness", "colour_shift"}
    assert found.keys() == {"lr_consistency", "psnr_y", "ssim_y"} | described  # PSNR and SSIM are the self-check's
    assert "PSNR and SSIM need an original" in page.inner_text("#table")
    name, data = download(page, "#download")
    assert name == "photo_espcn_x2.png"
    assert Image.open(io.BytesIO(data)).size == (406, 292)


def test_two_visitors_get_their_own_pictures(visit, tmp_path):
    colours = {"red": (200, 30, 30), "blue": (20, 40, 210)}
    pages = {}
    for name, colour in colours.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(encode_png(np.full((120, 120, 3), colour, np.uint8)))
        pages[name] = visit()
        upload(pages[name], path, "120×120")
    before = {name: view(page) for name, page in pages.items()}
    for page in pages.values():
        page.click("#run")
    for name, page in pages.items():
        wait_for_result(page, before[name])
        file, data = download(page, "#download")
        assert file.startswith(name)
        mean = np.asarray(Image.open(io.BytesIO(data))).reshape(-1, 3).mean(0)
        assert np.abs(mean - colours[name]).max() < 3
        assert np.abs(pixels(page, 1).reshape(-1, 3).mean(0) - colours[name]).max() < 3


def test_numbers_belong_to_the_picture_that_stands(visit, tmp_path):
    page = visit(query="?arch=espcn")  # fast enough to run unasked on any machine
    for name, size in (("first", (900, 700)), ("second", (140, 150))):  # the first is still measured meanwhile
        path = tmp_path / f"{name}.png"
        path.write_bytes(encode_png(scene(*size)))
        upload(page, path, f"{size[0]}×{size[1]}", result=False)
        shown = "name => document.querySelector('.sr-viewer').viewer.pictures()[1]?.url.includes(name)"
        run_if_asked(page, shown, f"{name}_")
    page.wait_for_function(f"/^Done in [0-9.]+ s[.]$/.test(document.querySelector('{STATUS}').value)")
    page.wait_for_selector("#sentence .sentence")
    name, data = download(page, "#receipt")
    receipt = json.loads(data)
    assert receipt["input"]["width"] == 140
    found = numbers(page)
    assert found["lr_consistency"][0] == pytest.approx(receipt["readouts"]["result"]["lr_consistency"], abs=0.006)
    assert found["psnr_y"][0] == pytest.approx(receipt["readouts"]["self_check"]["result"]["psnr_y"], abs=0.006)


def test_stop_leaves_no_result(visit, tmp_path):
    path = tmp_path / "wide.png"
    path.write_bytes(encode_png(scene(2000, 2000)))
    page = visit()
    upload(page, path, "4000×4000", result=False)  # x4 would be too large: x2 is chosen by itself
    assert page.locator("#scale").get_by_label("×2").is_checked()
    run_if_asked(page, SAYS_TILE)
    page.click("#stop")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Stopped at')")
    assert page.locator("#download").is_disabled()
    assert page.locator("#receipt").is_disabled()
    assert page.inner_text("#sentence").strip() == ""
    page.wait_for_function("!document.querySelector('#viewer .labels').innerText.includes('at work')")
    done, total = map(int, re.findall(r"\d+", page.inner_text(STATUS)))
    assert 0 < done <= total
    page.wait_for_function("!document.querySelector('#run').disabled")
    assert page.inner_text(STATUS).startswith("Stopped at")


def test_the_damage_strip_changes_the_test(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    assert not page.locator("#strip").is_visible()
    choose(page, "#mode", "Test the nets")
    page.click("#strip button")
    page.locator("#noise input[type=range]").wait_for()
    finish(page)
    clean = numbers(page)["psnr_y"][0]
    page.locator("#noise input[type=range]").fill("30")
    page.wait_for_function("document.querySelector('#noise input[type=number]').value === '30'")
    page.click("#run")
    page.wait_for_function("document.querySelector('#table').innerText.includes('noise 30/255')")
    assert numbers(page)["psnr_y"][0] < clean - 2


def test_a_visitor_who_has_both_gets_psnr_against_the_original(visit, photo, tmp_path):
    from sr_models.imaging.decode import read
    from sr_models.imaging.picture import crop_to_multiple, shrink, to_array, to_tensor

    original = crop_to_multiple(read(photo).array, 2)
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    small.write_bytes(encode_png(to_array(shrink(to_tensor(original), 2))))
    large.write_bytes(encode_png(original))
    page = visit()
    upload(page, small, "101×73")
    choose(page, "#mode", "I have both")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Now add its original')")
    page.set_input_files("#original input[type=file]", large)
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Changed')")
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The original is 202×146')")
    choose(page, "#scale", "×2")
    page.wait_for_function("document.querySelector('#facts').innerText.includes('202×146')")
    finish(page)
    assert "Against the original" in page.inner_text("#sentence")
    result = np.asarray(Image.open(io.BytesIO(download(page, "#download")[1]))).astype(float)
    a, b = (16 + x[2:-2, 2:-2] @ np.array([65.481, 128.553, 24.966]) / 255 for x in (result, original.astype(float)))
    assert numbers(page)["psnr_y"][0] == pytest.approx(peak_signal_noise_ratio(b, a, data_range=255), abs=0.006)


def test_who_has_both_and_gave_one_sees_it_by_bicubic_and_is_asked_for_the_other(visit, photo):
    page = visit(query="?mode=both")
    for given in (None, photo):  # an example by a link; then a picture of one's own
        if given:
            page.set_input_files("#picture input[type=file]", given)
            page.wait_for_function("document.querySelector('#facts').innerText.includes('203×146')")
        page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Now add its original')")
        expect(page.locator("#viewer .sr-viewer")).to_have_attribute("data-loading", "no")
        expect(page.locator("#viewer .labels")).to_contain_text("bicubic")
        assert "at work" not in labels(page)
    assert pixels(page, 0).shape == (584, 812, 3)
    page.click("#run")
    expect(page.locator(STATUS)).to_have_text("Now add its original, in full size: the result is measured against it.")
    assert page.locator(".toast-wrap .toast-body").count() == 0


def test_past_runs_can_be_seen_again(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    first = addresses(page)
    choose_net(page, "ESPCN")
    finish(page)
    assert addresses(page) != first
    page.wait_for_function("document.querySelectorAll('#history button').length === 2")
    page.locator("#history button").nth(1).click()
    page.wait_for_function("url => document.querySelector('.sr-viewer').viewer.pictures()[1].url === url", arg=first[1])
    page.wait_for_function("!document.querySelector('#viewer .labels').innerText.includes('ESPCN')")
    assert download(page, "#download")[0] == "photo_sesr_48x6_x4.png"


def test_any_size_can_be_asked_for(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    choose(page, "#scale", "size …")
    size = page.locator("#size input, #size textarea")
    size.press_sequentially("700")
    page.wait_for_function("document.querySelector('#facts').innerText.includes('700×503')")
    finish(page)
    assert "→ 700×503" in labels(page)
    assert Image.open(io.BytesIO(download(page, "#download")[1])).size == (700, 503)
    size.press_sequentially(" trees")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('not understood')")


def test_a_new_picture_ends_the_run_of_the_old(visit, photo, tmp_path):
    page = visit()
    path = tmp_path / "wide.png"
    path.write_bytes(encode_png(scene(2000, 2000)))
    upload(page, path, "4000×4000", result=False)
    run_if_asked(page, SAYS_TILE)
    choose(page, "#scale", "×4")
    upload(page, photo, "812×584")
    assert re.search(r"/photo_\w+_x4\.png$", addresses(page)[1])


@pytest.mark.parametrize(
    ("values", "facts", "said"),
    [
        ({}, {}, "SRGAN ×4"),
        ({"mix": 0.4}, {}, "SRGAN 40% ×4"),
        ({"ensemble": True}, {}, "SRGAN+ ×4"),
        ({"mode": "test"}, {}, "SRGAN ×4 · Test the nets"),
        ({"mode": "both"}, {}, "SRGAN ×4 · I have both"),
        ({"mode": "test", "noise": 10.0}, {}, "SRGAN ×4 · MATLAB bicubic, noise 10/255 (seed 0)"),
        ({"mode": "test", "jpeg": 40}, {}, "SRGAN ×4 · MATLAB bicubic, JPEG 40"),
        ({}, {"resized": True}, "SRGAN → 80×60"),
        ({}, {"part": {"left": 1, "top": 2, "width": 20, "height": 15}}, "SRGAN ×4 · part 20×15 at 1, 2"),
    ],
)
def test_a_caption_tells_a_run_from_the_others(values, facts, said):
    request = Request.of({"visitor": "one", "net": "srgan", "scale": 4, **values})
    outcome = UpscaleResult("a", "srgan", 4, 80, 60, "", "", "", "", 1.0, request=request, **facts)
    assert outcome.caption("en") == said
