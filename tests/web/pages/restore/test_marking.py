"""Holes on the page `/restore`: a mask drawn, by the keyboard alone, kept, tested; what is filled, and what is not."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sr_models.imaging.picture import as_8_bit, to_tensor
from sr_models.metrics import METRICS
from sr_models.web.pages.restore import example
from sr_models.web.storage import ASSETS
from tests.web.pages.restore.test_restore import finish
from tests.web.pages.upscale.page import STATUS, download, labels

WIDTH = 420  # another than the example's
CLEAN = ASSETS / "kingfisher.png"
SCRATCH = slice(100, 103), slice(40, 400)
MARKED = "document.querySelector('.sr-mask .said').textContent.includes('% of the picture is marked')"


@pytest.fixture
def scratched(tmp_path):
    """A photograph with a white scratch: its file, and the rows and columns of the scratch."""
    array, (rows, columns) = whole(CLEAN)[:, :WIDTH].copy(), SCRATCH
    array[rows, columns] = 255
    path = tmp_path / "scratched.png"
    Image.fromarray(array).save(path)
    return path, rows, columns


def choose_holes(page, path) -> None:
    """Upload a picture, and offer its holes alone to be filled."""
    page.set_input_files("#picture input[type=file]", path)
    page.wait_for_function("document.querySelector('#facts').innerText.includes('420×288')")
    assert not any(page.is_checked(f"#{name} input") for name in ("denoise", "dejpeg", "deblur", "tone"))
    page.check("#inpaint input")
    page.wait_for_function("document.querySelector('.sr-mask')?.dataset.id")
    page.locator(".sr-mask canvas").wait_for()
    page.wait_for_function("!document.querySelector('.sr-mask .propose').disabled")


def mark_box(page, left: int, top: int, width: int, height: int) -> None:
    """Mark a box by its four numbers."""
    page.click(".sr-mask .numbers summary")
    for name, value in zip(("left", "top", "width", "height"), (left, top, width, height), strict=True):
        page.fill(f".sr-mask [name={name}]", str(value))
    page.click(".sr-mask form button")
    page.wait_for_function(MARKED)


def whole(file) -> np.ndarray:
    """Read a file, or its bytes, as (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(file) if isinstance(file, bytes) else file).convert("RGB"))


def test_a_proposed_scratch_is_agreed_to_and_filled_and_nothing_else_changes(visit, scratched):
    path, rows, columns = scratched
    page = visit()
    choose_holes(page, path)
    assert page.locator("#viewer").is_hidden()
    page.click(".sr-mask .propose")
    page.locator(".sr-mask .offer").wait_for()
    page.click("#run")  # nothing is agreed to yet
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Mark what')")
    page.click(".sr-mask .use")
    page.wait_for_function(MARKED)
    finish(page)
    assert page.locator("#mask").is_hidden()
    assert "what stands there is invented" in page.inner_text("#sentence")
    name, data = download(page, "#download")
    assert name == "scratched_restored.png"
    before, after = whole(path), whole(data)
    changed = (before != after).any(2)
    assert changed[rows, columns].mean() > 0.95
    assert changed[:96].sum() == changed[107:].sum() == 0
    original = whole(CLEAN)[rows, columns].astype(float)
    assert np.abs(after[rows, columns] - original).mean() < 0.2 * np.abs(before[rows, columns] - original).mean()
    told = json.loads(download(page, "#receipt")[1])
    assert [step["task"] for step in told["steps"]] == ["inpaint"]
    assert told["holes"]["share"] == pytest.approx(changed.mean(), rel=0.1)


def test_the_keyboard_alone_marks_a_hole_and_fills_it(visit, scratched):
    page = visit()
    choose_holes(page, scratched[0])
    page.evaluate("document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.sr-mask canvas')"):
            break
    page.keyboard.press("Space")
    page.wait_for_function(MARKED)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#run') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Done')")
    changed = (whole(scratched[0]) != whole(download(page, "#download")[1])).any(2)
    height, width = changed.shape
    assert changed.any()
    assert changed[height // 2 - 20 : height // 2 + 20, width // 2 - 20 : width // 2 + 20].sum() == changed.sum()


def test_a_mask_of_another_picture_does_not_count_and_one_stays_where_the_language_changes(visit, scratched, tmp_path):
    page = visit()
    choose_holes(page, scratched[0])
    box = page.locator(".sr-mask canvas").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*middle)
    page.wait_for_function(MARKED)
    said = page.inner_text(".sr-mask .said")
    page.click("a[data-lang=zh]")
    page.wait_for_function("document.querySelector('.sr-mask .said')?.textContent.includes('已标出')")
    assert said.split()[0] in page.inner_text(".sr-mask .said")
    other = tmp_path / "other.png"
    Image.fromarray(whole(scratched[0])[:200]).save(other)
    page.set_input_files("#picture input[type=file]", other)
    page.wait_for_function("document.querySelector('#facts').innerText.includes('420×200')")
    assert not page.is_checked("#inpaint input")
    assert page.locator("#mask").is_hidden()
    page.check("#inpaint input")
    page.wait_for_function("document.querySelector('.sr-mask .said').textContent.includes('还没有')")
    page.click("#picture .icon-button")
    page.locator("#mask").wait_for(state="hidden")
    assert not page.locator("#stage_of").count()
    assert not page.evaluate("document.querySelector('.sr-mask').dataset.id")


def test_a_test_blanks_the_holes_and_measures_what_is_filled(visit):
    page = visit()
    page.check("#inpaint input")
    page.locator(".sr-mask canvas").wait_for()
    page.wait_for_function("!document.querySelector('.sr-mask .propose').disabled")
    mark_box(page, 100, 100, 24, 20)
    finish(page)
    assert "damaged" in labels(page)
    told = json.loads(download(page, "#receipt")[1])
    assert told["holes"]["share"] == pytest.approx(24 * 20 / 432 / 288, abs=1e-4)
    assert told["beside_it"][0]["method"] == "biharmonic"
    assert told["numbers"]["result"]["psnr_y"] > told["numbers"]["before"]["psnr_y"] + 4


def test_other_answers_differ_in_the_hole_alone_and_the_result_comes_back(visit, scratched):
    page = visit()
    choose_holes(page, scratched[0])
    mark_box(page, 100, 120, 32, 24)
    finish(page)
    page.click("#other_answers")
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.includes('where the answers differ')")
    assert "mean" in labels(page)
    with zipfile.ZipFile(io.BytesIO(download(page, "#zip")[1])) as archive:
        answers = [whole(archive.read(name)) for name in archive.namelist() if "_answer" in name]
    assert len(answers) == 4
    known = whole(scratched[0])
    inside = np.zeros(known.shape[:2], bool)
    inside[120:144, 100:132] = True
    for one in answers:
        assert np.array_equal(one[~inside], known[~inside])
    assert len({one.tobytes() for one in answers}) == 4
    told = json.loads(Path(page.input_value("#result_file textarea")).with_name("scratched_restored.json").read_text())
    assert [each["seed"] for each in told["answers"]] == [0]
    page.click("#before_after")
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.includes('as it came')")


def test_a_jpeg_is_measured_as_it_is_taken_away_and_a_past_run_comes_back(visit):
    page = visit()
    page.click("#file button")
    page.click("#format input")
    page.get_by_role("option", name="JPEG", exact=True).click()
    page.wait_for_function("document.querySelector('#stale p')")
    finish(page)
    name, data = download(page, "#download")
    assert name.endswith(".jpg")
    told = json.loads(download(page, "#receipt")[1])
    assert told["output"]["kind"] == "jpeg"
    original = to_tensor(whole(example.PICTURE))
    psnr = METRICS["psnr_y"](as_8_bit(whole(data)), hr=original, scale=0)
    assert told["numbers"]["result"]["psnr_y"] == pytest.approx(psnr, abs=0.005)
    assert Image.open(io.BytesIO(download(page, "#sheet")[1])).width > 1000
    first = page.inner_text("#sentence")
    page.uncheck("#dejpeg input")
    page.wait_for_function("document.querySelector('#stale p')")
    finish(page)
    assert page.locator("#history button").count() == 2
    page.click("#history button >> nth=1")
    page.wait_for_function("first => document.querySelector('#sentence').innerText === first", arg=first)
    assert page.locator("#stale p").is_visible()
    assert download(page, "#download")[1] == data
