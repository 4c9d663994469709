"""The page in a real Chromium: the main job from upload to download, stop, two visitors, errors, both languages."""

import hashlib
import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from sr_models.bench import Server
from sr_models.imaging.encode import encode_png
from tests.conftest import scene

STATUS = "#status textarea, #status input"


@pytest.fixture(scope="module")
def url(chromium):
    with Server() as address:
        yield address


@pytest.fixture
def visit(browser, url):
    """Open the page as a new visitor; the last check is that the browser logged no error."""
    contexts, errors = [], []

    def open_page(lang="en", width=1440, height=1000, query=""):
        context = browser.new_context(viewport={"width": width, "height": height}, locale=lang, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
        page.goto(url + query)
        page.wait_for_selector("#viewer .sr-viewer[data-state=whole]")
        page.wait_for_function("window.srLab")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def photo(tmp_path):
    """A picture of 203x146 with detail at every scale."""
    rng = np.random.default_rng(3)
    blocks = np.kron(rng.integers(0, 255, (25, 35, 3)), np.ones((6, 6, 1)))[:146, :203]
    path = tmp_path / "photo.png"
    path.write_bytes(encode_png(((blocks + scene(203, 146)) / 2).astype(np.uint8)))
    return path


def upload(page, path, shown: str, result: bool = True) -> None:
    """Upload a file, wait for the words that describe it, and for the result that comes unasked."""
    before = view(page)
    page.set_input_files("#picture input[type=file]", path)
    page.wait_for_function("words => document.querySelector('#facts').innerText.includes(words)", arg=shown)
    if result:
        wait_for_result(page, before)


def view(page) -> str:
    """Return what stands in the viewer: another name for every run."""
    return page.get_attribute("#viewer .sr-viewer", "data-id")


def wait_for_result(page, before: str) -> None:
    """Wait until another run than `before` is done, measured and drawn."""
    page.wait_for_function(
        """before => {
          const host = document.querySelector('.sr-viewer');
          return host.dataset.id !== before && host.dataset.loading === 'no' && host.viewer.pictures().length > 1
            && host.dataset.state === 'whole' && document.querySelector('#sentence .sentence');
        }""",
        arg=before,
    )
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Done')")


def run_if_asked(page) -> None:
    """Press Run where a slow or busy machine says that it would take long, and so did not begin by itself."""
    page.wait_for_function(f"/^(Done|This takes|Tile|Bicubic stands)/.test(document.querySelector('{STATUS}').value)")
    if page.input_value(STATUS).startswith("This takes"):
        page.click("#run")


def choose_net(page, label: str) -> None:
    page.click("#net input")
    page.get_by_role("option", name=re.compile(label)).locator("visible=true").first.click()


def choose(page, where: str, label: str) -> None:
    page.locator(where).get_by_text(label, exact=True).click()


def finish(page) -> None:
    """Run, and wait until the numbers stand."""
    before = view(page)
    page.click("#run")
    wait_for_result(page, before)


def download(page, where: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.click(where)
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def numbers(page) -> dict[str, tuple[float, float]]:
    """Read the table off the page: (net, bicubic) by metric."""
    if not page.locator("#table table").is_visible():
        page.click("#measure button")
    page.wait_for_selector("#table table")
    found = {}
    for row in page.locator("#table tr:has(td)").all():
        key = row.locator("td").first.get_attribute("data-metric")
        found.setdefault(key, tuple(float(cell) for cell in row.locator("td").all_inner_texts()[:2]))
    return found


def addresses(page) -> list[str]:
    """Return where the viewer's pictures were fetched from."""
    return page.evaluate("document.querySelector('.sr-viewer').viewer.pictures().map(p => p.url)")


def pixels(page, which: int) -> np.ndarray:
    """Fetch one of the viewer's pictures."""
    return np.asarray(Image.open(io.BytesIO(page.request.get(addresses(page)[which]).body())))


def labels(page) -> str:
    """Return the words over the pictures."""
    return page.inner_text("#viewer .labels")


def test_first_sight_is_a_comparison_with_its_numbers(visit):
    page = visit()
    assert "Against the original" in page.inner_text("#sentence")
    assert "Colosseum" in page.input_value(STATUS)
    assert "bicubic ×4" in labels(page)
    found = numbers(page)
    assert found["psnr_y"][0] > found["psnr_y"][1] + 0.5
    assert "BT.601" in page.inner_text("#table")
    for address in addresses(page):  # not a copy that the sweep would take away after an hour
        assert "/assets/" in address
    name, data = download(page, "#download")
    assert re.fullmatch(r"colosseum_\w+_x4\.png", name)
    receipt = json.loads(download(page, "#receipt")[1])
    assert receipt["output"]["sha256"] == hashlib.sha256(data).hexdigest()


def test_the_example_itself_can_be_run(visit):
    page = visit()
    choose_net(page, "ESPCN")
    finish(page)
    assert "ESPCN" in labels(page)
    assert download(page, "#download")[0] == "colosseum_espcn_x4.png"


def test_a_dropped_picture_is_enlarged_unasked(visit, photo):
    page = visit()
    upload(page, photo, "812×584")
    assert "On a shrunk copy of your picture" in page.inner_text("#sentence")
    assert download(page, "#download")[0].startswith("photo_")


def test_a_picture_may_be_dropped_anywhere(visit, photo):
    import base64

    page = visit()
    before = view(page)
    page.evaluate(
        """async ([data, name]) => {
          const bytes = await (await fetch(`data:image/png;base64,${data}`)).blob();
          const files = new DataTransfer();
          files.items.add(new File([bytes], name, { type: 'image/png' }));
          const stage = document.querySelector('#viewer .stage');
          stage.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        [base64.b64encode(photo.read_bytes()).decode(), "dropped.png"],
    )
    wait_for_result(page, before)
    assert download(page, "#download")[0].startswith("dropped_")


def test_a_link_opens_the_page_with_its_choices(visit):
    page = visit(query="?arch=espcn&scale=2&mode=enlarge&lang=zh")
    page.wait_for_function("document.querySelector('#net input').value.includes('ESPCN')")
    assert page.locator("#scale").get_by_label("×2").is_checked()
    choose(page, "#scale", "×3")
    page.wait_for_function("new URL(location.href).searchParams.get('scale') === '3'")
    assert "lang=zh" in page.url
    assert "arch=espcn" in page.url


@pytest.mark.parametrize("query", ["?arch=../../x&scale=9&mode=<b>", "?arch=&scale=&lang=xx"])
def test_a_link_of_nonsense_opens_the_page_as_it_is(visit, query):
    page = visit(query=query)
    assert "Against the original" in page.inner_text("#sentence")
    assert page.locator("#scale").get_by_label("×4").is_checked()


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
    assert page.locator("#mode").get_by_label("Enlarge this picture").is_checked()
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
        run_if_asked(page)
        page.wait_for_function(
            "name => document.querySelector('.sr-viewer').viewer.pictures().length > 1"
            " && document.querySelector('.sr-viewer').viewer.pictures()[1].url.includes(name)",
            arg=f"{name}_",
        )
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
    page.wait_for_function(f"/^(Tile|This takes)/.test(document.querySelector('{STATUS}').value)")
    if page.input_value(STATUS).startswith("This takes"):
        page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Tile')")
    page.click("#stop")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Stopped at')")
    assert page.locator("#download").is_disabled()
    assert page.locator("#receipt").is_disabled()
    assert page.inner_text("#sentence").strip() == ""
    page.wait_for_function("!document.querySelector('#viewer .labels').innerText.includes('at work')")
    done, total = map(int, re.findall(r"\d+", page.input_value(STATUS)))
    assert 0 < done <= total
    page.wait_for_function("!document.querySelector('#run').disabled")
    assert page.input_value(STATUS).startswith("Stopped at")


def test_bad_files_are_sentences_and_take_no_one_elses_place(visit, photo, tmp_path):
    page = visit(query="?arch=espcn")  # fast enough to run unasked on any machine
    upload(page, photo, "203×146")
    cut = tmp_path / "cut.png"
    cut.write_bytes(photo.read_bytes()[:500])
    upload(page, cut, "The picture file is", result=False)
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The picture file is')")
    assert "The picture file is" in page.inner_text("#sentence .sentence")
    assert page.locator("#download").is_disabled()  # what stood there belonged to another picture
    assert addresses(page) == []
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The picture file is')")
    assert "Traceback" not in page.content()
    large = tmp_path / "large.png"
    large.write_bytes(encode_png(scene(1025, 1024)))
    before = view(page)
    upload(page, large, "1025×1024", result=False)
    page.wait_for_function(f"!document.querySelector('{STATUS}').value.startsWith('The picture file is')")
    run_if_asked(page)
    wait_for_result(page, before)
    before = page.inner_text("#sentence .sentence")
    choose(page, "#scale", "×4")
    page.wait_for_function("document.querySelector('#facts').innerText.includes('Enlarging 1025×1024 by 4')")
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Enlarging 1025×1024 by 4')")
    assert page.inner_text("#sentence .sentence") == before  # its own result at x2 is not lost
    assert page.locator("#download").is_enabled()
    choose(page, "#scale", "×2")
    upload(page, photo, "406×292")


def test_16_bits_and_alpha_survive(visit, tmp_path):
    array = np.zeros((60, 60, 4), np.uint16)
    array[..., 0] = np.linspace(3000, 4000, 60, dtype=np.uint16)
    array[20:40, 20:40, 3] = 65535
    path = tmp_path / "deep.png"
    path.write_bytes(encode_png(array))
    page = visit()
    upload(page, path, "16 bit")
    assert "transparency is kept" in page.inner_text("#facts")
    finish(page)
    from sr_models.imaging.decode import decode

    back = decode(download(page, "#download")[1])
    assert (back.depth, back.mode, back.width) == (16, "RGBA", 240)
    assert back.array[120, 120, 3] == 65535
    assert back.array[4, 4, 3] == 0


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
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('There is no original yet')")
    page.set_input_files("#original input[type=file]", large)
    page.locator("#original img").wait_for()
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The original is 202×146')")
    choose(page, "#scale", "×2")
    page.wait_for_function("document.querySelector('#facts').innerText.includes('202×146')")
    finish(page)
    assert "Against the original" in page.inner_text("#sentence")
    result = np.asarray(Image.open(io.BytesIO(download(page, "#download")[1]))).astype(float)
    a, b = (16 + x[2:-2, 2:-2] @ np.array([65.481, 128.553, 24.966]) / 255 for x in (result, original.astype(float)))
    assert numbers(page)["psnr_y"][0] == pytest.approx(peak_signal_noise_ratio(b, a, data_range=255), abs=0.006)


def compare(page) -> None:
    """Press the button and wait until all nets have run."""
    before = view(page)
    page.click("#compare")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('methods')")
    page.wait_for_function(
        """before => {
          const host = document.querySelector('.sr-viewer'), ticked = document.querySelectorAll('#ticks input:checked');
          return host.dataset.id !== before && host.dataset.loading === 'no'
            && document.querySelector('#ticks').innerText.includes('where the nets disagree')
            && host.viewer.pictures().length === ticked.length;
        }""",
        arg=before,
    )


def test_all_nets_are_compared_where_one_looks_and_back(visit):
    page = visit()
    shown, before = addresses(page), view(page)
    page.evaluate("const { viewer } = document.querySelector('.sr-viewer'); viewer.setZoom(4); viewer.view.x = 0;")
    compare(page)
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.endsWith('original')")
    words = labels(page).split("\n")
    assert words[0].startswith("Bicubic")
    scores = [float(re.findall(r"([\d.]+) dB", word)[0]) for word in words[:-1]]
    assert scores[-1] > scores[0]
    grid = page.locator("#grid .thumbnail-lg")
    assert grid.count() == page.locator("#ticks input").count() > len(words)  # the map is in the grid alone
    page.get_by_label(re.compile("Bicubic")).uncheck()
    page.wait_for_function("!document.querySelector('#viewer .labels').innerText.includes('Bicubic')")
    page.get_by_label("where the nets disagree").check()
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.includes('16 grey levels')")
    page.click("#back")
    page.wait_for_function("before => document.querySelector('.sr-viewer').dataset.id === before", arg=before)
    page.wait_for_selector("#viewer .sr-viewer[data-loading=no]")
    assert addresses(page) == shown
    assert page.get_attribute("[data-key=slider]", "aria-checked") == "true"
    assert not page.locator("#grid").is_visible()


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
    said = page.inner_text("#sentence")
    assert "Contains invented detail" in said
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
    assert "--samples 3 --seed 0 --temperature 0.7" in page.inner_text("#shell")
    page.locator("#sample_seed input").fill("1")
    page.keyboard.press("Tab")
    finish_answers(page, "3 possible answers")
    assert np.abs(pixels(page, 1).astype(int) - first).mean() > 0.3
    page.locator("#history .thumbnail-lg, #history button").nth(1).click()
    page.wait_for_function("document.querySelectorAll('#grid .thumbnail-lg').length === 6")
    choose_net(page, "ESPCN")
    page.wait_for_selector("#sampling", state="hidden")


def test_the_slider_goes_from_measured_to_invented(visit):
    page = visit(query="?example=facade&arch=srgan")
    page.wait_for_selector("#mix", state="visible")
    assert "0 is SESR 48x6" in page.inner_text("#mix_words")
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
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Done')")
    page.wait_for_function("document.querySelector('#sentence').innerText.includes('PSNR')")
    page.wait_for_function("!document.querySelector('#receipt').disabled")
    assert view(page) == before
    scores.append(page.inner_text("#sentence"))
    assert scores[0] != scores[1]
    name, _ = download(page, "#download")
    assert name == "facade_srgan_x4_mix0.5.png"
    receipt = json.loads(download(page, "#receipt")[1])
    assert (receipt["mix"]["share"], receipt["invents_detail"]) == (0.5, True)
    assert "mix=0.5" in page.url
    page.click("#tools button")
    assert "--mix 0.5" in page.inner_text("#shell")
    page.locator("#mix input[type=number]").fill("0")
    page.keyboard.press("Tab")
    page.click("#run")
    page.wait_for_function("!document.querySelector('#sentence').innerText.includes('invented')")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Done')")
    page.click("#critic")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('On average the critic')")
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.includes('takes for fake')")
    page.click("#back")
    choose_net(page, "ESPCN")
    page.wait_for_selector("#mix", state="hidden")


def test_the_plane_belongs_to_the_comparison(visit):
    page = visit()
    compare(page)
    page.wait_for_selector("#plane svg, #plane p")
    assert page.locator("#plane table tr").count() > 5 or "pretrained features" in page.inner_text("#plane")
    page.click("#back")
    page.wait_for_selector("#plane", state="hidden")


def finish_answers(page, words: str, pictures: int = 5) -> None:
    """Run, and wait until the answers stand in the viewer."""
    before = view(page)
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Drawing')")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('{words}')")
    page.wait_for_function(
        """([before, count]) => {
          const host = document.querySelector('.sr-viewer');
          return host.dataset.id !== before && host.dataset.loading === 'no' && host.viewer.pictures().length === count;
        }""",
        arg=[before, pictures],
    )


def test_the_viewer_takes_six_at_most(visit):
    page = visit()
    compare(page)
    for box in page.locator("#ticks input").all():
        if not box.is_checked():
            box.click()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('The viewer takes 6')")
    page.wait_for_function("document.querySelectorAll('#ticks input:checked').length === 6")
    assert len(addresses(page)) == 6


def test_a_frame_says_where_to_compare(visit):
    page = visit()
    page.click(".sr-viewer .framed")
    frame = page.locator(".sr-viewer .frame")
    frame.wait_for()
    frame.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    box, stage = frame.bounding_box(), page.locator("#viewer .stage").bounding_box()
    assert box is not None
    assert stage is not None
    assert abs(box["y"] - stage["y"]) < 3  # held inside the picture
    original = pixels(page, 2)
    compare(page)
    page.wait_for_function("document.querySelector('#viewer .labels').innerText.endsWith('original')")
    part = pixels(page, len(addresses(page)) - 1)
    assert np.array_equal(part, original[: part.shape[0], : part.shape[1]])
    page.click("#back")
    frame.wait_for()
    before = frame.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + 20, before["y"] + 20)
    page.mouse.down()
    page.mouse.move(before["x"] + 80, before["y"] + 20, steps=4)
    page.mouse.up()
    after = frame.bounding_box()
    assert after is not None
    assert after["x"] - before["x"] == pytest.approx(60, abs=3)


def test_an_example_shows_its_stored_result_at_once(visit):
    page = visit()
    for place, name in ((0, "chart"), (4, "sign")):
        before = view(page)
        page.locator("#examples .thumbnail-lg").nth(place).click()
        page.wait_for_function("before => document.querySelector('.sr-viewer').dataset.id !== before", arg=before)
        page.wait_for_selector("#viewer .sr-viewer[data-loading=no]")
        assert all(f"/results/{name}_" in address for address in addresses(page)[:2])
        assert "Against the original" in page.inner_text("#sentence")
        assert json.loads(download(page, "#receipt")[1])["checkpoint"] in addresses(page)[1]
    page.locator("#examples .thumbnail-lg").nth(0).click()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('chart')")
    choose(page, "#scale", "×3")  # the chart is drawn at every scale, and so has a true original there
    page.wait_for_function("document.querySelector('#facts').innerText.includes('192×128')")
    finish(page)
    assert "Against the original" in page.inner_text("#sentence")


def test_an_example_comes_with_the_settings_of_its_stored_result(visit):
    page = visit(query="?noise=40&mode=test&example=sign")
    assert page.input_value(STATUS).startswith("Changed")  # the stored result has no noise
    page.locator("#examples .thumbnail-lg").nth(3).click()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('An example: Kingfisher')")
    page.click("#strip button")
    page.wait_for_function("document.querySelector('#noise input[type=number]')?.value === '0'")
    choose(page, "#mode", "Enlarge this picture")
    page.get_by_text("size …", exact=True).wait_for()
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Changed')")
    choose(page, "#mode", "Test the nets")
    page.wait_for_function("!document.querySelector('#scale').innerText.includes('size')")


def test_changing_the_language_loses_nothing(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    shown, number = addresses(page), re.findall(r"[\d.]+ dB", page.inner_text("#sentence"))
    page.click("#header a[data-lang=zh]")
    page.wait_for_url("**/?*lang=zh*")
    page.wait_for_function("document.querySelector('#sentence')?.innerText.includes('缩小副本')")
    assert re.findall(r"[\d.]+ dB", page.inner_text("#sentence")) == number
    page.wait_for_function(
        "shown => `${document.querySelector('.sr-viewer').viewer.pictures().map(p => p.url)}` === `${shown}`", arg=shown
    )
    assert page.inner_text("#run") == "运行"
    assert "lang=zh" in page.url
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.go_back()
    page.wait_for_function("document.querySelector('#run').innerText === 'Run'")


def test_back_and_forward_walk_through_the_choices(visit):
    page = visit()
    choose(page, "#scale", "×2")
    page.wait_for_function("new URL(location.href).searchParams.get('scale') === '2'")
    choose(page, "#scale", "×3")
    page.wait_for_function("new URL(location.href).searchParams.get('scale') === '3'")
    page.go_back()
    page.wait_for_function("document.querySelector('#scale input:checked').value === '2'")
    page.go_back()
    page.wait_for_function("document.querySelector('#scale input:checked').value === '4'")
    page.go_forward()
    page.wait_for_function("document.querySelector('#scale input:checked').value === '2'")


def test_a_link_holds_every_setting(visit):
    page = visit(
        query="?example=sign&mode=test&arch=espcn&scale=2&noise=7&seed=3&format=jpeg&quality=55&view=side&tile=64"
    )
    page.wait_for_function("document.querySelector('#net input').value.includes('ESPCN')")
    assert page.get_attribute("[data-key=side]", "aria-checked") == "true"
    finish(page)
    name, data = download(page, "#download")
    assert name == "sign_espcn_x2.jpg"
    assert Image.open(io.BytesIO(data)).format == "JPEG"
    receipt = json.loads(download(page, "#receipt")[1])
    assert receipt["degradation"] == {"kernel": "bicubic", "blur": 0, "noise": 7, "jpeg": 0, "seed": 3}
    assert (receipt["tile"], receipt["format"]["quality"]) == (64, 55)
    page.evaluate("document.querySelector('#header header').dataset.space = 'someone/lab'")
    page.click("#tools button")
    page.click("#copy_link")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('https')")
    link = page.input_value(STATUS)
    assert link.startswith("https://huggingface.co/spaces/someone/lab?example=sign")
    assert "quality=55" in link


def test_past_runs_can_be_seen_again(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    first = addresses(page)
    choose_net(page, "ESPCN")
    finish(page)
    assert addresses(page) != first
    page.wait_for_function("document.querySelectorAll('#history .thumbnail-lg').length === 2")
    page.locator("#history .thumbnail-lg").nth(1).click()
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
    page.wait_for_function("document.querySelector('#facts').innerText.includes('not understood')")
    page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('not understood')")


def test_a_picture_that_is_too_large_is_made_smaller_on_request(visit, tmp_path):
    page = visit(query="?scale=4")
    path = tmp_path / "large.png"
    path.write_bytes(encode_png(scene(5000, 3400)))
    upload(page, path, "5000×3400", result=False)
    page.wait_for_selector("#smaller", state="visible")
    before = view(page)
    page.click("#smaller")
    page.wait_for_function(f"/^(This takes|Tile|Done)/.test(document.querySelector('{STATUS}').value)")
    if page.input_value(STATUS).startswith("This takes"):
        page.click("#run")
    page.wait_for_function("before => document.querySelector('.sr-viewer').dataset.id !== before", arg=before)
    width, height = map(int, re.findall(r"(\d+)×(\d+)", page.inner_text("#facts"))[-1])
    assert 0.9 * 2**24 < width * height <= 2**24
    assert width / height == pytest.approx(5000 / 3400, rel=0.01)


def test_a_new_picture_ends_the_run_of_the_old(visit, photo, tmp_path):
    page = visit()
    path = tmp_path / "wide.png"
    path.write_bytes(encode_png(scene(2000, 2000)))
    upload(page, path, "4000×4000", result=False)
    page.wait_for_function(f"/^(Tile|This takes)/.test(document.querySelector('{STATUS}').value)")
    if page.input_value(STATUS).startswith("This takes"):
        page.click("#run")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.startsWith('Tile')")
    choose(page, "#scale", "×4")
    upload(page, photo, "812×584")
    assert re.search(r"/photo_\w+_x4\.png$", addresses(page)[1])


def test_the_button_at_the_top_opens_a_picture(visit, photo):
    page = visit(width=390, height=844)
    before = view(page)
    box = page.locator("#header .open").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844  # in the first screen of a phone
    page.set_input_files("#open", photo)
    wait_for_result(page, before)
    assert download(page, "#download")[0].startswith("photo_")


def test_every_number_has_a_help_that_opens(visit):
    page = visit()
    page.click("#measure button")
    page.wait_for_selector("#table table")
    helps = page.locator("#table .help")
    assert helps.count() >= 10
    helps.first.locator("summary").click()
    assert "original" in helps.first.inner_text()


def test_the_keyboard_alone_is_enough(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    reached: list[str] = []

    def walk(wanted: str, most: int = 80) -> None:
        """Press Tab until the focus is inside `wanted`."""
        for _ in range(most):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
            if page.evaluate("w => !!document.activeElement.closest(w)", wanted):
                return
        raise AssertionError(f"{wanted} is not reached: {reached}")

    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    walk("#open")
    walk("#viewer .stage canvas")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("Number(document.querySelector('#viewer [role=slider]').ariaValueNow) === 49")
    walk("#viewer [role=slider]")
    page.keyboard.press("End")
    page.wait_for_function("Number(document.querySelector('#viewer [role=slider]').ariaValueNow) === 100")
    walk("#viewer .modes")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[data-key=side][aria-checked=true]")
    walk("#compare")
    walk("#measure")
    page.keyboard.press("Enter")
    page.wait_for_selector("#table table", state="visible")
    walk("#table .help")
    page.keyboard.press("Enter")
    walk("#tools")
    walk("#examples")
    walk("#mode")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#strip", state="visible")
    walk("#net")
    walk("#scale")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('#scale input:checked').value === '3'")
    before = view(page)
    walk("#run")
    page.keyboard.press("Enter")
    wait_for_result(page, before)
    assert "Against the original" in page.inner_text("#sentence")


def test_fingers_have_room(browser, url):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en")
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#viewer .sr-viewer[data-state=whole]")
    page.wait_for_function("window.srLab")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], select, summary, label:has(> input), [role=slider]')]
          .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width)
          .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().width, e.getBoundingClientRect().height])
          .filter(([, width, height]) => Math.min(width, height) < 43.5)"""
    )
    context.close()
    assert small == []


def test_delete_now_deletes(visit, photo):
    page = visit()
    upload(page, photo, "203×146")
    finish(page)
    address = addresses(page)[1]
    assert page.request.get(address).ok
    upload(page, photo, "203×146")  # gradio keeps equal files at one path: another visitor's stays
    other = visit()
    upload(other, photo, "203×146")
    page.click("#delete")
    page.wait_for_function(f"document.querySelector('{STATUS}').value.includes('deleted')")
    assert not page.request.get(address).ok
    finish(other)
    assert other.request.get(addresses(other)[1]).ok


@pytest.mark.parametrize(
    ("lang", "query", "words"),
    [("zh-CN", "", "与原图比较"), ("en", "?lang=zh", "与原图比较"), ("zh", "?lang=en", "Against")],
)
def test_the_page_speaks_the_visitors_language(visit, lang, query, words):
    page = visit(lang, query=query)
    page.wait_for_function("words => document.querySelector('#sentence').innerText.includes(words)", arg=words)
    assert words in page.inner_text("#sentence")
    run = "Run" if words == "Against" else "运行"
    page.wait_for_function("words => document.querySelector('#run').innerText === words", arg=run)
    page.wait_for_function("lang => document.documentElement.lang === lang", arg="en" if run == "Run" else "zh-CN")


@pytest.mark.parametrize("width", [1440, 720, 390])  # 720: 1440 at 200 %
def test_nothing_is_wider_than_the_screen(visit, width):
    page = visit(width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_axe_finds_nothing_serious(browser, url, photo, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme, locale="en")
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#viewer .sr-viewer[data-state=whole]")
    page.wait_for_function("window.srLab")
    page.click("#measure button")
    page.click("#strip button")
    page.locator("#noise input[type=range]").wait_for()
    page.click("#tools button")
    page.locator("#format input").wait_for()
    for state in ("example", "result", "answers", "compared"):
        if state == "result":
            upload(page, photo, "203×146")
            page.wait_for_selector("#history .thumbnail-lg")
        if state == "answers":
            choose_net(page, "^VAE")
            page.wait_for_selector("#sampling", state="visible")
            finish_answers(page, "4 possible answers", pictures=6)
        if state == "compared":
            compare(page)
        found = Axe().run(page).response["violations"]
        serious = [
            (v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")
        ]
        assert not serious, (state, serious)
    context.close()


def test_only_what_is_meant_for_programs_is_an_api(url, browser):
    page = browser.new_page()
    found = page.request.get(f"{url}/gradio_api/info").json()
    assert found["named_endpoints"].keys() == {"/upscale", "/list_models"}
    page.close()
