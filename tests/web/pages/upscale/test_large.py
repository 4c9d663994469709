"""Pictures that are too large to be run in one piece: the limit, the view, a part, the whole at a smaller size."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_BYTES, MAX_PIXELS, decode, open_header
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import Picture, fit
from sr_models.pipelines.inputs import Inputs, check_output
from sr_models.pipelines.readouts import measure
from sr_models.pipelines.upscale import enlarged
from sr_models.web import storage
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import large, upscaling
from sr_models.web.pages.upscale.request import MAX_RESULT, Request, asked, effective, resolve
from tests.conftest import scene
from tests.web.pages.upscale.page import STATUS, choose, download, upload, wait_for_result


@pytest.fixture(scope="module")
def photograph(tmp_path_factory) -> Path:
    """A JPEG of 6 megapixels, more than can be enlarged by 2 in one piece."""
    path = tmp_path_factory.mktemp("large") / "lake.jpg"
    Image.fromarray(scene(3000, 2000)).save(path, quality=95)
    return path


@pytest.fixture
def request_of(photograph, tmp_path, monkeypatch):
    """What the page asks for with the photograph and some settings."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    kept = storage.adopt(str(photograph), "visitor")
    return lambda **v: asked({"visitor": "visitor", "picture": kept, "net": "bicubic", "scale": 2, **v})


def outcome_of(request: Request):
    *_, last = upscaling.run(request, "en")
    return upscaling.measure(last["outcome"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_limits_are_told_before_in_the_words_of_the_errors(lang):
    from sr_models.web.i18n import error_text

    told = large.limits(lang)
    refused = []
    for over in (
        lambda: open_header(encode_png(np.zeros((1, 70, 1), np.uint8)), 69),
        lambda: check_output(Picture(np.zeros((1025, 1024, 3), np.uint8)), 4, MAX_RESULT),
    ):
        with pytest.raises(SRError) as caught:
            over()
        refused.append(error_text(caught.value, lang))
    refused.append(error_text(SRError("file_too_large", megabytes=41, limit=MAX_BYTES // 2**20), lang))
    for words, sentence in (
        (f"{MAX_PIXELS:,}", refused[0].replace(" 69", f" {MAX_PIXELS:,}")),
        (f"{MAX_RESULT:,}", refused[1]),
    ):
        assert words in told
        assert words in sentence
    assert f"{MAX_BYTES // 2**20} MiB" in told
    assert f"{MAX_BYTES // 2**20} MiB" in refused[2]


def test_a_part_is_enlarged_at_full_resolution_and_its_numbers_are_its_own(request_of, photograph):
    request = request_of(part=large.place("1 0"))  # the upper right corner
    outcome = outcome_of(request)
    lr = decode(photograph.read_bytes()).array[:1024, 1976:]
    plain = enlarged(NETS.runner("bicubic", 2), lr)
    assert np.array_equal(decode(Path(outcome.download).read_bytes()).array, plain)
    found = json.loads(Path(outcome.receipt).read_text())
    where = {"left": 1976, "top": 0, "width": 1024, "height": 1024, "of_width": 3000, "of_height": 2000}
    assert found["part"] == where
    own = measure(NETS.runner("bicubic", 2), Inputs(lr, None, 2), plain, plain)
    assert own.self_check
    assert found["readouts"]["self_check"]["result"]["psnr_y"] == pytest.approx(own.self_check["result"]["psnr_y"])
    assert "part 1024×1024 at 1976, 0" in outcome.title("en")
    assert "_part_1976_0_" in outcome.download
    assert outcome.request == effective(request)


def test_a_test_takes_a_part_too(request_of, photograph, monkeypatch):
    monkeypatch.setattr("sr_models.web.pages.upscale.request.MAX_RESULT", 2**22)
    outcome = outcome_of(request_of(mode="test", part=large.place("0 1")))
    original = decode(Path(outcome.original).read_bytes()).array
    assert np.array_equal(original, decode(photograph.read_bytes()).array[-1024:, :1024])
    assert outcome.readouts
    assert (outcome.readouts.result["psnr_y"] or 0) > 20


def test_a_size_below_the_picture_is_a_plain_shrink_and_says_so(request_of, photograph):
    request = request_of(scale=0, size="960")
    resolved = resolve(request)
    resolved.check()
    outcome = outcome_of(request)
    expected = fit(decode(photograph.read_bytes()).array, (960, 640))
    assert np.array_equal(decode(Path(outcome.download).read_bytes()).array, expected)
    found = json.loads(Path(outcome.receipt).read_text())
    assert (found["mode"], found["checkpoint"], found["readouts"]) == ("shrink", None, None)
    assert found["input"]["width"] == 3000
    assert outcome.title("en") == "plain shrink → 960×640"
    assert outcome.request == effective(request)
    with pytest.raises(SRError, match="picture's own"):
        resolve(request_of(scale=0, size="3000"))


def test_programs_are_told_the_limit_and_given_no_part_unasked(request_of):
    request = Request.of({"visitor": "visitor", "picture": request_of().picture, "net": "bicubic", "scale": 2})
    with pytest.raises(SRError, match=f"the limit is {MAX_RESULT:,}"):
        list(upscaling.run(request, "en"))


@pytest.mark.parametrize("centre", ["", "nonsense", "0.5", "nan 0.5", "1 2 3"])
def test_nonsense_is_the_middle(centre):
    assert large.place(centre) == "0.50000 0.50000"


def test_a_large_photograph_is_seen_at_once_and_a_part_of_it_is_run(visit, photograph):
    page = visit(query="?arch=espcn")
    upload(page, photograph, "3000×2000", result=False)
    expect(page.locator("#large")).to_be_visible()
    expect(page.locator(STATUS)).to_have_text(re.compile("^Move the frame"))
    page.wait_for_function("document.querySelector('.sr-viewer').viewer.pictures().length === 1")
    expect(page.locator("#viewer .labels")).to_have_text("shown smaller, 1732×1154 of 3000×2000")
    assert not page.locator(".toast-body").count()
    frame = page.locator("#viewer .frame")
    expect(frame).to_be_visible()
    frame.focus()
    for key in ("ArrowLeft", "ArrowUp"):
        for _ in range(16):
            page.keyboard.press(key)
    page.wait_for_function("document.querySelector('.sr-viewer').viewer.view.frameX < 300")
    before = page.get_attribute("#viewer .sr-viewer", "data-id")
    page.click("#run")
    wait_for_result(page, before)
    assert "part 1024×1024 at 0, 0" in page.inner_text("#sentence .whose")
    assert "of this part alone" in page.inner_text("#sentence")
    expect(page.locator("#stale")).to_be_empty()
    name, data = download(page, "#download")
    assert name.startswith("lake_part_0_0_espcn")
    assert Image.open(io.BytesIO(data)).size == (2048, 2048)
    page.click("#run")  # the part that stands there, not one of the result's middle
    page.wait_for_function("!document.querySelector('#sentence .sentence')")
    wait_for_result(page, "")
    assert "part 1024×1024 at 0, 0" in page.inner_text("#sentence .whose")

    page.click("#large_size")
    expect(page.locator("#sentence")).to_contain_text("Shrunk from 3000×2000 to 1920×1280")
    expect(page.locator("#download")).to_be_enabled()
    expect(page.locator("#viewer .labels")).to_have_text("plain shrink → 1920×1280")
    assert json.loads(download(page, "#receipt")[1])["mode"] == "shrink"

    page.click("#large_crop")
    expect(page.locator("#viewer .labels")).to_contain_text("shown smaller")
    expect(page.locator("#download")).to_be_disabled()
    choose(page, "#scale", "×8")  # a smaller part fits
    expect(page.locator("#large_words")).to_contain_text("up to 512×512")
    assert page.evaluate("document.querySelector('.sr-viewer').viewer.centre().length") == 2
