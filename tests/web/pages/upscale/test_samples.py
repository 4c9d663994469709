"""The page in a real Chromium: possible answers of a net that draws, and the way from measured to invented."""

import hashlib
import io
import json
import re
import zipfile

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from tests.web.pages.upscale.page import (
    STATUS,
    choose_net,
    download,
    finish,
    finish_answers,
    labels,
    pixels,
    run_if_asked,
    upload,
    view,
)


def test_a_net_that_knows_many_draws_answers_beside_its_mean(visit, photo):
    page = visit()
    assert not page.locator("#sampling").is_visible()
    upload(page, photo, "203×146")
    choose_net(page, "^VAE")
    page.wait_for_selector("#sampling", state="visible")
    page.locator("#samples input[type=number]").fill("3")
    page.keyboard.press("Tab")
    finish_answers(page, "3 possible answers")
    words = labels(page).split("\n")
    assert words[0] == "mean"
    assert [word.split(",")[0] for word in words[1:4]] == [f"answer {k}" for k in (1, 2, 3)]
    assert all("partly invented" in word for word in words[1:4])
    assert words[4:] == ["where the answers differ", "0 to 16 grey levels and more"]
    expect(page.locator("#sentence")).to_contain_text("Contains invented detail")
    said = page.inner_text("#sentence")
    assert float(re.findall(r"differ in brightness by ([\d.]+) grey levels", said)[0]) > 0.3
    first, second = pixels(page, 1), pixels(page, 2)
    assert first.shape == second.shape == (584, 812, 3)
    assert np.abs(first.astype(int) - second).mean() > 0.3
    name, data = download(page, "#zip")
    assert name == "photo_vae_x4_samples.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [f"photo_vae_x4_s{k}.png" for k in (1, 2, 3)]
        assert sorted(archive.namelist()) == [*names, "photo_vae_x4_spread.png"]
        assert np.array_equal(np.asarray(Image.open(archive.open(names[0]))), first)
        digest = hashlib.sha256(archive.read(names[0])).hexdigest()
    receipt = json.loads(download(page, "#receipt")[1])
    assert receipt["samples"]["files"][names[0]] == digest
    assert receipt["samples"]["invents_detail"] is True
    assert (receipt["samples"]["sample_seed"], receipt["invents_detail"]) == (0, False)
    page.click("#tools button")
    expect(page.locator("#shell")).to_contain_text("--samples 3 --seed 0 --temperature 0.7")
    page.locator("#sample_seed input").fill("1")
    page.keyboard.press("Tab")
    finish_answers(page, "3 possible answers")
    assert np.abs(pixels(page, 1).astype(int) - first).mean() > 0.3
    page.locator("#history button").nth(1).click()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Done')")
    page.wait_for_function("document.querySelectorAll('.sr-list tbody img').length === 6")
    choose_net(page, "ESPCN")
    page.wait_for_selector("#sampling", state="hidden")


def test_the_slider_goes_from_measured_to_invented(visit):
    page = visit(query="?example=facade&arch=srgan")
    page.wait_for_selector("#mix", state="visible")
    expect(page.locator("#mix_words")).to_contain_text("0 is SESR 48x6")
    finish(page)
    assert "Contains invented detail" in page.inner_text("#sentence")
    before, scores = view(page), [page.inner_text("#sentence")]
    slider = page.locator("#mix input[type=range]")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 6, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=3)
    page.wait_for_function(f"/Preview at 50 ?%.* dB/.test(document.querySelector('{STATUS}').value)")
    page.wait_for_function("document.querySelector('.sr-viewer').dataset.state === 'tiles'")
    assert view(page) == before  # one looks at the same place
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.includes('50%')")
    page.mouse.up()
    run_if_asked(page, f"() => document.querySelector('{STATUS}').value.startsWith('Done')")
    page.wait_for_function("document.querySelector('#sentence').innerText.includes('PSNR')")
    page.wait_for_function("!document.querySelector('#receipt').disabled")
    assert view(page) == before
    scores.append(page.inner_text("#sentence"))
    assert scores[0] != scores[1]
    name, _ = download(page, "#download")
    assert name == "facade_srgan_x4_mix0.5.png"
    receipt = json.loads(download(page, "#receipt")[1])
    assert (receipt["mix"]["alpha"], receipt["invents_detail"]) == (0.5, True)
    expect(page).to_have_url(re.compile("mix=0.5"))
    page.click("#tools button")
    expect(page.locator("#shell")).to_contain_text("--mix 0.5")
    page.locator("#mix input[type=number]").fill("0")
    page.keyboard.press("Tab")
    page.click("#run")
    page.wait_for_function("!document.querySelector('#sentence').innerText.includes('invented')")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Done')")
    page.click("#critic")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('On average the critic')")
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.includes('takes for fake')")
    assert pixels(page, -1).shape[:2] == pixels(page, 0).shape[:2]  # the map lies on the result, pixel on pixel
    page.click("#back")
    choose_net(page, "ESPCN")
    page.wait_for_selector("#mix", state="hidden")
