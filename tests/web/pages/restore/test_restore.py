"""The page `/restore`: a repaired example, findings of an upload, a repair, a test, a preview, and on to `/`."""

import io
import json
import re
import time

import numpy as np
import pytest
from PIL import Image

from sr_models.bench.weight import SIZES
from sr_models.bench.weight import visit as weigh
from sr_models.imaging.damage import DAMAGE, damaged
from sr_models.imaging.decode import read
from sr_models.imaging.picture import as_8_bit
from sr_models.metrics import METRICS, known
from sr_models.parameters import Values
from sr_models.web.pages.restore import example
from tests.web.pages.upscale.page import STATUS, addresses, download, labels, pixels, view

DONE = f"() => document.querySelector('{STATUS}').value.startsWith('Done')"
FOUND = "key => document.querySelector(`.find[data-key=${key}]`)"


@pytest.fixture
def noisy(tmp_path):
    """A photograph with noise, saved as a JPEG."""
    clean = np.asarray(Image.open(example.PICTURE).convert("RGB"))
    values = Values(DAMAGE, {"noise": 20})
    path = tmp_path / "noisy.jpg"
    Image.fromarray(damaged(clean, values)).save(path, quality=60)
    return path


def value_of(key: str, array: np.ndarray, original: np.ndarray) -> float | None:
    """Measure a picture against its original."""
    return known(METRICS[key](as_8_bit(np.ascontiguousarray(array)), hr=as_8_bit(original), scale=0))


def upload(page, path, key: str) -> None:
    """Upload a file and wait until something is found in it."""
    page.set_input_files("#picture input[type=file]", path)
    page.wait_for_function(
        f"key => document.querySelector('#facts').innerText.includes('JPEG') && ({FOUND})(key)", arg=key
    )


def finish(page) -> None:
    """Run, and wait until the result stands in the viewer."""
    before = view(page)
    page.click("#run")
    page.wait_for_function(DONE)
    page.wait_for_function(
        """before => { const host = document.querySelector('.sr-viewer');
          return host.dataset.id !== before && host.dataset.loading === 'no' && host.viewer.pictures().length > 2; }""",
        arg=before,
    )


def table(page) -> dict[str, list[float]]:
    """Read the numbers off the page: (damaged, repaired, beside it) by metric."""
    page.click("#measure button")
    page.wait_for_selector("#table table")
    rows = page.locator("#table tr[data-metric]").all()
    return {r.get_attribute("data-metric"): [float(c) for c in r.locator("td").all_inner_texts()] for r in rows}


def test_first_sight_is_a_repaired_example_with_its_numbers(visit):
    page = visit()
    words = labels(page)
    assert "damaged · " in words
    assert "repaired by Restoration · " in words
    before, after = (float(n) for n in re.findall(r"([\d.]+) dB", words)[:2])
    assert after > before + 2
    assert page.locator("#sentence .sentence").is_visible()
    assert f"PSNR {after:.2f} dB" in page.inner_text("#sentence")
    for name in ("denoise", "dejpeg"):
        assert page.is_checked(f"#{name} input")
    name, data = download(page, "#download")
    assert name == "flowers_restored.png"
    result, original = np.asarray(Image.open(io.BytesIO(data))), read(example.PICTURE).array
    assert value_of("psnr_y", result, original) == pytest.approx(after, abs=0.006)
    box = page.locator("#sentence").bounding_box()
    assert box
    assert box["y"] + box["height"] < 900  # in sight


def test_an_upload_is_read_its_repair_suggested_run_and_taken_away(visit, noisy):
    page = visit()
    upload(page, noisy, "noise")
    assert page.locator(".find[data-key=noise]").inner_text().startswith("Noise · σ ")
    assert "Written in the file’s own tables." in page.inner_text(".find[data-key=jpeg]")
    assert [page.is_checked(f"#{n} input") for n in ("denoise", "dejpeg", "deblur", "tone")] == [
        True,
        True,
        False,
        False,
    ]
    assert page.is_disabled("#download")
    finish(page)
    assert "No quality number" in page.inner_text("#sentence")
    assert page.inner_text("#sentence .sentence").startswith("Read again")
    told = re.search(r"Noise ([\d.]+) → (\d+\.\d)", page.inner_text("#sentence"))
    assert told
    assert float(told[2]) < float(told[1]) / 2
    name, data = download(page, "#download")
    assert name == "noisy_restored.png"
    shown = pixels(page, 1)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), shown)
    receipt = json.loads(download(page, "#receipt")[1])
    assert [step["task"] for step in receipt["steps"]] == ["denoise"]  # one net does both
    page.uncheck("#dejpeg input")
    page.wait_for_selector("#stale p")
    assert page.is_disabled("#download")


def test_a_tests_numbers_are_those_of_its_files(visit):
    page = visit(query="?mode=test&noise=30&jpeg=0&seed=4&denoise=true&dejpeg=false")
    finish(page)
    found = table(page)
    original = read(example.PICTURE).array
    was = damaged(original, Values(DAMAGE, {"noise": 30, "seed": 4}))
    result = np.asarray(Image.open(io.BytesIO(download(page, "#download")[1])))
    other = pixels(page, 2)
    for key, abs_ in (("psnr_y", 0.006), ("ssim_y", 0.0001)):
        for told, array in zip(found[key], (was, result, other), strict=True):
            value = value_of(key, array, original)
            assert told == pytest.approx(value, abs=abs_)
    assert found["psnr_y"][1] > found["psnr_y"][0] + 4


def test_the_strength_moves_a_preview_within_a_second(visit):
    page = visit()
    sources, times = [], []
    for value in ("5", "40", "60"):
        before = page.locator("#preview img").nth(1).get_attribute("src") if sources else ""
        start = time.perf_counter()
        page.fill("#strength input[type=range]", value)
        page.wait_for_function(
            "before => (document.querySelectorAll('#preview img')[1]?.src ?? before) !== before", arg=before
        )
        times.append(time.perf_counter() - start)
        sources.append(page.locator("#preview img").nth(1).get_attribute("src"))
    assert len(set(sources)) == 3
    assert page.evaluate("document.querySelector('#preview img').naturalWidth") == 128
    assert min(times) < 1, times
    page.wait_for_selector("#stale p")
    assert "strength=60" in page.evaluate("location.search")


def test_enlarge_this_brings_the_result_to_the_first_page(visit, noisy):
    page = visit()
    upload(page, noisy, "noise")
    finish(page)
    result = pixels(page, 1)
    page.click("#enlarge_this")
    page.wait_for_url("**/?lang=en*")
    page.wait_for_function(f"() => /^(Done|This takes)/.test(document.querySelector('{STATUS}')?.value ?? '')")
    assert "#from" not in page.url
    assert "noisy" not in page.url
    assert "432×288" in page.inner_text("#facts")
    brought = page.locator("#picture img").get_attribute("src")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(page.request.get(brought).body()))), result)
    page.go_back()
    page.wait_for_function(f"() => document.querySelector('{STATUS}')?.value.startsWith('Done')")
    page.wait_for_function("() => document.querySelector('.sr-viewer').viewer.pictures().length === 3")
    assert "noisy" in addresses(page)[1]


def test_a_first_visit_is_light_and_nothing_jumps(browser, url):
    for size in SIZES:
        found = weigh(browser.new_context(viewport=SIZES[size]), f"{url}/restore")
        assert len(found.fetched()) < 60
        assert sum(bytes_ for bytes_, *_ in found.fetched()) < 690_000
        assert found.shift < 0.05


def test_on_a_phone_the_header_is_one_line_and_nothing_is_wider(visit):
    page = visit(width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in page.locator("#header header > *:visible").all():
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 48


def test_the_other_page_comes_in_the_same_language(visit):
    page = visit(query="?lang=zh")
    page.click("#header .pages a >> nth=0")
    page.wait_for_url("**/?lang=zh*")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_back_from_the_other_page_brings_what_stood_here(visit, noisy):
    page = visit()
    upload(page, noisy, "noise")
    finish(page)
    page.click("#header .pages a >> nth=0")
    page.wait_for_function(f"() => document.querySelector('{STATUS}')?.value.startsWith('An example: Colosseum')")
    page.go_back()
    page.wait_for_function("() => document.querySelector('.sr-viewer')?.viewer?.pictures().length === 3")
    assert "noisy" in addresses(page)[1]
    assert page.is_enabled("#download")


def test_a_large_picture_can_be_stopped_and_leaves_nothing_to_download(visit, tmp_path):
    page = visit()
    clean = np.tile(np.asarray(Image.open(example.PICTURE).convert("RGB")), (6, 5, 1))
    path = tmp_path / "large.jpg"
    Image.fromarray(damaged(clean, Values(DAMAGE, {"noise": 20}))).save(path, quality=70)
    upload(page, path, "noise")
    page.click("#run")
    page.wait_for_function(f"() => document.querySelector('{STATUS}').value.startsWith('Tile')")
    page.click("#stop")
    page.wait_for_function(f"() => document.querySelector('{STATUS}').value.startsWith('Stopped at')")
    assert page.is_disabled("#download")
    assert page.is_enabled("#run")


def test_a_file_that_is_none_is_one_sentence(visit, tmp_path):
    page = visit()
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    page.set_input_files("#picture input[type=file]", path)
    page.wait_for_function(f"() => !document.querySelector('{STATUS}').value.startsWith('An example')")
    said = page.inner_text(STATUS)
    assert said.count(".") == 1
    assert said.endswith(".")
    assert page.inner_text("#findings") == ""
    assert page.is_disabled("#download")


def test_a_net_of_the_hosts_folder_repairs(visit, noisy):
    page = visit(query="?method=denoiser_x1")
    upload(page, noisy, "noise")
    page.click("#method input")
    page.get_by_role("option", name="denoiser_x1: from elsewhere, not measured here").click()
    finish(page)
    assert "by DnCNN" in labels(page)


def test_a_method_that_is_not_there_counts_as_absent(visit):
    page = visit(query="?method=gone_x1")
    assert page.input_value("#method input") == "Nets, else classical"
