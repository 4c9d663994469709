"""Several pictures that come at once: a list, and all of them enlarged into one ZIP."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.encode import encode_png
from sr_models.inference.load import load
from sr_models.pipelines.upscale import enlarged
from sr_models.web import storage
from sr_models.web.pages.upscale import batch as batches
from sr_models.web.pages.upscale.batch_shown import shown
from sr_models.web.pages.upscale.request import Request
from tests.conftest import scene
from tests.web.pages.upscale.page import STANDS, STATUS, download, run_if_asked, view
from tests.web.pages.upscale.test_bringing import bring

LISTED = "#several_list button"
ENDED = f"document.querySelector('{STATUS}').value.includes('take them as a ZIP')"


def listed(page, count: int) -> None:
    """Wait until so many pictures are listed, and can be enlarged."""
    expect(page.locator(LISTED)).to_have_count(count)
    expect(page.locator("#enlarge_all")).to_be_enabled()


def unpacked(page) -> dict[str, bytes]:
    expect(page.locator("#several_zip")).to_be_enabled()
    name, data = download(page, "#several_zip")
    assert name == "enlarged.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names}


def test_several_pictures_become_one_zip_of_what_each_alone_becomes(visit, photo, tmp_path):
    page = visit(query="?arch=espcn")
    other, cut = tmp_path / "photo.jpg", tmp_path / "cut.png"
    Image.open(photo).crop((0, 0, 90, 80)).save(other)
    cut.write_bytes(photo.read_bytes()[:500])
    before = view(page)
    bring(page, "drop", "#viewer .stage", [photo, other, cut])
    run_if_asked(page, STANDS, before)  # the first is taken as the page's picture
    listed(page, 3)
    expect(page.locator("#enlarge_all")).to_have_text("Enlarge all 2")
    states = page.locator("#several_words tbody tr")
    expect(states.nth(2)).to_contain_text("The picture file is cut off")
    expect(states.nth(1)).to_contain_text("90×80")
    page.click("#enlarge_all")
    page.wait_for_function(ENDED)
    assert "2 of 3" in page.inner_text(STATUS)
    files = unpacked(page)
    stems = ["photo.png_espcn_x4", "photo.jpg_espcn_x4"]  # as the command line calls two that would meet
    assert list(files) == [*(f"{stem}.{kind}" for stem in stems for kind in ("png", "json")), "results.csv"]
    rows = list(csv.DictReader(io.StringIO(files["results.csv"].decode())))
    assert [(row["file"], row["state"], row["result"]) for row in rows] == [
        ("photo.png", "done", f"{stems[0]}.png"),
        ("photo.jpg", "done", f"{stems[1]}.png"),
        ("cut.png", "failed", ""),
    ]
    assert "cut off" in rows[2]["error"]
    for stem, path in zip(stems, (photo, other), strict=True):
        ours = np.asarray(Image.open(io.BytesIO(files[f"{stem}.png"])))
        assert np.array_equal(ours, enlarged(load("espcn", 4), read(path).array))
        receipt = json.loads(files[f"{stem}.json"])
        assert (receipt["file"], receipt["checkpoint"]) == (path.name, "espcn_x4")
    before = view(page)
    page.locator(LISTED).nth(1).click()
    run_if_asked(page, STANDS, before)
    expect(page.locator("#facts")).to_contain_text("90×80")


def test_stop_keeps_what_is_done_and_the_rest_is_done_later(visit, tmp_path):
    page = visit(query="?arch=edsr")
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_bytes(encode_png(np.roll(scene(300, 240), number, 1)))
    before = view(page)
    bring(page, "drop", "body", paths)
    run_if_asked(page, STANDS, before)
    listed(page, 6)
    page.click("#enlarge_all")
    page.wait_for_function(f"/^Picture [23]/.test(document.querySelector('{STATUS}').value)")
    page.click("#stop")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Stopped')")
    expect(page.locator("#stop")).to_be_hidden()
    some = len(unpacked(page)) // 2
    assert 1 <= some < 6
    page.click("#enlarge_all")
    page.wait_for_function(ENDED)
    assert len(unpacked(page)) == 2 * 6 + 1  # a receipt each, and the table
    page.click("#header a[data-lang=zh]")
    page.wait_for_selector("html[lang=zh-CN]")
    expect(page.locator(LISTED)).to_have_count(6)
    expect(page.locator("#several_zip")).to_have_text("下载 ZIP · 6 / 6")
    page.click("#delete")
    expect(page.locator("#several_box")).to_be_hidden()


def test_two_of_them_can_be_compared_as_they_are(visit, photo, tmp_path):
    page = visit(query="?arch=espcn")
    second = tmp_path / "second.png"
    second.write_bytes(encode_png(255 - read(photo).array))
    before = view(page)
    bring(page, "drop", "body", [photo, second])
    run_if_asked(page, STANDS, before)
    listed(page, 2)
    page.click("#compare_these")
    expect(page.locator("#sentence")).to_contain_text("photo.png against second.png: PSNR")


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Uploads of one name in folders of their own, as gradio keeps them."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / storage.PREFIX))
    (tmp_path / storage.PREFIX).mkdir()
    paths = [tmp_path / str(number) / "a.png" for number in range(batches.MOST + 2)]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(encode_png(scene(40, 30)))
    return [("a.png", str(path), 9) for path in paths]


def asks(**settings) -> Request:
    return Request.of({"visitor": "one", "net": "bicubic", "scale": 2, **settings})


def looked_at(paths) -> batches.Batch:
    batch = batches.take(paths, "one")
    for place, item in enumerate(batch.items):
        batch = batch.with_item(place, batches.look_at(item))
    return batch


def test_the_first_are_taken_under_names_of_their_own(pictures):
    batch = batches.take(pictures, "one")
    assert not batch.count("failed")
    names = {Path(item.path).name for item in batch.items}
    assert len(names) == len(batch.items) == batches.MOST
    assert batch.left_out
    assert f"these are the first {batches.MOST}" in shown(batch, "en")["several_words"]
    storage.delete("one")
    assert not any(Path(item.path).exists() for item in batch.items)


def test_one_that_was_refused_is_told_of(pictures):
    batch = looked_at([pictures[0], ("big.png", "", 50 * 2**20)])
    assert (batch.count("waits"), batch.count("failed")) == (1, 1)
    assert (
        "<td>big.png</td><td>–</td><td>The file has 50.0 MiB, the limit is 40 MiB"
        in shown(batch, "en")["several_words"]
    )


def test_results_that_are_too_large_together_or_alone_are_refused(pictures, monkeypatch):
    batch = looked_at(pictures[:3])
    monkeypatch.setattr(batches, "MOST_PIXELS", 3 * 80 * 60)
    assert batches.begin(batch, asks()).count("waits") == 3
    monkeypatch.setattr(batches, "MOST_PIXELS", 3 * 80 * 60 - 1)
    with pytest.raises(SRError, match="14,400 pixels"):
        batches.begin(batch, asks())
    monkeypatch.setattr(batches, "MAX_RESULT", 80 * 60 - 1)
    assert batches.begin(batch, asks()).count("failed") == 3
    assert batches.begin(batch, asks(scale=0, size="20")).count("failed") == 3  # nothing is shrunk


@pytest.mark.parametrize(
    ("space", "batch", "on"), [("", "", True), ("a/b", "", True), ("a/b", "off", False), ("", "off", False)]
)
def test_several_are_taken_unless_the_host_says_no(monkeypatch, space, batch, on):
    for name, value in (("SPACE_ID", space), ("SR_LAB_BATCH", batch)):
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    assert batches.is_on() == on
    assert bool(batches.limits("en")) == on


def test_a_space_refuses_more_than_twenty(pictures, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/lab")
    assert len(batches.take(pictures[:20], "one").items) == 20
    with pytest.raises(SRError, match="More than 20 pictures"):
        batches.take(pictures[:21], "one")
    assert "up to 20 pictures" in batches.limits("en")
    monkeypatch.delenv("SPACE_ID")
    assert len(batches.take(pictures[:21], "one").items) == 21


def test_a_zip_gives_its_pictures(visit, photo, tmp_path):
    page = visit()
    packed = tmp_path / "class.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(photo, "tuesday/one.png")
        archive.write(photo, "wednesday/one.png")
        archive.writestr("notes.txt", "none")
    bring(page, "drop", "body", [packed])
    listed(page, 2)
    names = page.locator("#several_words tbody td:first-child").all_inner_texts()
    assert names[0] == "one.png"
    assert len(set(names)) == 2


def test_a_zip_that_is_none_is_said_in_the_list(visit, tmp_path):
    page = visit()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(b"PK\3\4" + bytes(100))
    bring(page, "drop", "body", [cut])
    expect(page.locator("#several_words tbody tr")).to_contain_text("no readable ZIP")


def test_a_zip_of_more_pictures_than_are_taken_says_so(tmp_path, photo, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 2)
    packed = tmp_path / "many.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(3):
            archive.write(photo, f"{number}.png")
    batch = batches.take([("many.zip", str(packed), 1)], storage.new_visitor())
    assert [Path(item.path).name for item in batch.items] == ["0.png", "1.png"]
    assert batch.left_out
