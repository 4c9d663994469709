"""A picture that is too large for the page, whole and in the background: limits, file, receipt, and the way back."""

import io
import json
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.decode import decode
from sr_models.pipelines.upscale import enlarged
from sr_models.web import jobs, storage
from sr_models.web.i18n import error_text
from sr_models.web.jobs import MOST_MINUTES, MOST_WAITING, Jobs
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import describe, whole
from sr_models.web.pages.upscale.request import PARAMETERS, asked
from tests.conftest import scene
from tests.web.pages.upscale.page import STATUS, arrive, choose_net, download, finish, upload

JOB = {"job": "", "part": "", "lang": "en", "visitor": "visitor", "original": None}


@pytest.fixture
def values(tmp_path, monkeypatch):
    """The page's values for a picture of 300x200 with a limit that it is too large for; its jobs run as told."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.delenv("SPACE_ID", raising=False)
    monkeypatch.setattr("sr_models.web.pages.upscale.request.MAX_RESULT", 2**16)
    go = threading.Event()
    monkeypatch.setattr(whole, "JOBS", Jobs(go.is_set))
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.005)
    Image.fromarray(scene(300, 200)).save(tmp_path / "lake.png", dpi=(300, 300))
    kept = storage.adopt(str(tmp_path / "lake.png"), "visitor")
    settings = {parameter.name: parameter.default for parameter in PARAMETERS}
    return lambda **v: {**settings, **JOB, "picture": kept, "net": "bicubic", "scale": 2, "go": go, **v}


def wait_for(job, state: str) -> None:
    while job.state != state:
        assert job.state in ("waits", "runs"), (job.state, job.error)
        threading.Event().wait(0.005)


def test_the_whole_is_what_the_net_makes_with_a_receipt_and_its_print_size(values):
    v = values(net="espcn", tile=48)
    begun = whole.begin(v)
    job = whole.JOBS.get(begun["job"])
    assert job
    assert job.state in ("waits", "runs")
    assert "lake_espcn_x2.png, 600×400" in begun["job_name"]
    assert begun["job"] in begun["job_name"]
    assert not begun["job_download"]["visible"]
    v["go"].set()
    wait_for(job, "done")
    shown = whole.look({**v, "job": job.token, "visitor": "another tab"})
    path, receipt = (Path(shown[name]["value"]) for name in ("job_download", "job_receipt"))
    assert path.name == "lake_espcn_x2.png"
    found = decode(path.read_bytes())
    expected = enlarged(NETS.runner("espcn", 2), scene(300, 200))
    assert np.abs(found.array.astype(int) - expected).max() <= 1
    assert found.dpi == pytest.approx((600, 600), abs=0.1)
    facts = json.loads(receipt.read_text())
    assert facts["output"] == {"width": 600, "height": 400, "sha256": sha256(path)}
    assert (facts["tile"], facts["part"], facts["readouts"]) == (48, None, None)
    assert sorted(p.name for p in job.folder.iterdir()) == ["lake_espcn_x2.json", "lake_espcn_x2.png"]


def test_it_tells_how_far_it_is_and_what_became_of_it(values):
    v = values()
    job = whole.JOBS.get(whole.begin(v)["job"])
    assert job
    v["job"] = job.token
    assert whole.look(v)["job_words"] in ("Waits; 0 before it. Then about 1 s.", "The net begins.")
    wait_for(job, "runs")
    job.done, job.total, job.seconds = 3, 12, 6.0
    told = whole.look(v)
    assert told["job_words"][0] == "Tile 3 of 12, about 18 s left."
    assert whole.look({**v, "lang": "zh"})["job_words"][0].startswith("第 3 / 12 块")
    with pytest.raises(SRError, match="One picture of yours"):
        whole.begin({**v, "visitor": "who came back by the address"})
    assert whole.stop(v)["job_words"] == "Stopped; nothing of it is kept."
    assert whole.look(v)["job"] == ""
    other = whole.begin({**v, "job": ""})["job"]
    assert whole.delete({**v, "job": other})["job"] == ""
    assert whole.JOBS.get(other) is None


@pytest.mark.parametrize("token", ["of a server that was started anew", "../../etc"])
def test_a_job_that_is_not_here_is_told_in_one_sentence(values, token):
    told = whole.look(values(job=token))
    assert told["job_words"].startswith("The picture in the background is not here any more")
    assert (told["job"], told["job_stop"]["visible"]) == ("", False)


def test_limits_are_told_before_in_the_words_of_the_errors_that_refuse_more(values, monkeypatch):
    v = values()
    before = whole.limits("en")
    assert f"{whole.MOST_PIXELS:,}" in before
    assert f"{MOST_MINUTES} minutes" in before
    monkeypatch.setattr(whole, "MOST_PIXELS", 200_000)
    with pytest.raises(SRError, match="the limit is 200,000") as caught:
        whole.begin(v)
    offered = whole.offer(asked(v), "en")
    assert error_text(caught.value, "en") in offered["whole_words"]
    assert "sr-models upscale" in offered["whole_words"]
    assert offered["large_whole"]["visible"] is False
    monkeypatch.setattr(whole, "MOST_PIXELS", 2**28)
    monkeypatch.setattr(whole, "MOST_BYTES", 600 * 400 * 3 - 1)
    with pytest.raises(SRError, match="the limit is 239,999"):
        whole.begin(v)
    monkeypatch.setattr(whole, "MOST_BYTES", 2**30)
    monkeypatch.setattr(whole, "seconds_of", lambda resolved: 60 * MOST_MINUTES + 1.0)
    with pytest.raises(SRError, match=f"about {MOST_MINUTES + 1} minutes here, the limit is {MOST_MINUTES}"):
        whole.begin(v)


def test_its_time_is_that_of_the_pages_estimates(values, monkeypatch):
    v = values(net="espcn")
    resolved = whole.all_of(asked(v))
    seconds = whole.seconds_of(resolved)
    monkeypatch.setattr(describe, "PACE", pace := describe.PACE.__class__())
    pace.learn(describe.kind_of_run(resolved), 1.0, 2000.0)
    slower = whole.seconds_of(resolved)
    assert slower > 100 * seconds
    assert f"about {round(slower / 60)} min here" in whole.offer(asked(v), "en")["whole_words"]


def test_where_the_host_does_none_the_command_line_is_named_with_the_reason(values, monkeypatch):
    v = values()
    assert whole.offer(asked(v), "en")["large_whole"]["visible"]
    monkeypatch.setenv("SPACE_ID", "someone/lab")
    offered = whole.offer(asked(v), "en")
    assert offered["large_whole"]["visible"] is False
    assert "are not made in the background here" in offered["whole_words"]
    assert "sr-models upscale photo.png -o enlarged -m bicubic -s 2" in offered["whole_words"]
    assert whole.limits("en") == ""
    with pytest.raises(SRError, match="not made in the background here"):
        whole.begin(v)


@pytest.mark.parametrize("other", [{"mode": "test"}, {"scale": 0, "size": "900"}, {"picture": None}])
def test_what_the_page_itself_does_is_not_offered(values, other):
    assert whole.offer(asked(values(**other)), "en")["whole_words"] == ""
    assert whole.begin(values(**other)) == {}


def test_from_upload_to_download_across_a_closed_page(visit, tmp_path, url):
    picture = tmp_path / "lake.jpg"
    Image.fromarray(scene(2400, 1800)).save(picture, quality=95)
    page = visit(query="?arch=espcn&scale=2")
    upload(page, picture, "2400×1800", result=False)
    expect(page.locator("#whole_words")).to_contain_text(re.compile(r"4800×3600 pixels, as PNG\. It takes about \d+ "))
    assert str(MOST_WAITING) in page.inner_text("#whole_words")
    page.click("#large_whole")
    expect(page.locator("#job_words")).to_contain_text(re.compile("Waits|begins|Tile|Done"))
    page.wait_for_function("new URLSearchParams(location.search).get('job')?.length >= 32")
    address = page.url
    other = page.context.new_page()
    page.close()
    arrive(other, address)
    expect(other.locator("#job_name")).to_contain_text("lake_espcn_x2.png, 4800×3600")
    choose_net(other, "SRCNN")  # the page does all else meanwhile
    finish(other)
    expect(other.locator("#job_words")).to_contain_text("Done in")
    expect(other.locator("#job_stop")).to_be_hidden()
    name, data = download(other, "#job_download")
    assert name == "lake_espcn_x2.png"
    assert Image.open(io.BytesIO(data)).size == (4800, 3600)
    assert json.loads(download(other, "#job_receipt")[1])["output"]["width"] == 4800
    stranger = visit()
    assert not stranger.locator("#job_words").is_visible()
    assert address.split("job=")[1].split("&")[0] not in stranger.content()
    other.click("#tools button")
    other.click("#copy_link")
    other.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('http')")
    assert "job=" not in other.inner_text(STATUS)  # a link is for others
    other.click("#delete")
    expect(other.locator("#job_words")).to_be_hidden()
    arrive(other, address)
    expect(other.locator("#job_words")).to_contain_text("The picture in the background is not here any more")
