"""A mask drawn in a real Chromium, as the server gets it: mouse, fingers, keys, numbers, uploads, offers."""

from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from sr_models.imaging.encode import encode_png
from sr_models.web import storage
from tests.conftest import WAIT, scene
from tests.web.components.mask_host import served, sheet
from tests.web.components.test_viewer import fingers, path

WIDTH, HEIGHT = 120, 80
FOUND = np.zeros((HEIGHT, WIDTH), bool)
FOUND[10:12, 20:100] = True


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """The page over a picture of 120x80, and another of 60x60 in its place."""
    folder = tmp_path_factory.mktemp("sheets")
    picture = scene(WIDTH, HEIGHT) // 2
    picture[FOUND] = 255
    with served(
        {"first": sheet(folder, "first", picture), "second": sheet(folder, "second", scene(60, 60))}
    ) as address:
        yield address


@pytest.fixture
def visit(browser, host):
    """Open the page; the last check is that the browser logged no error."""
    contexts, errors = [], []

    def start(width=900, height=900, touch=False, scheme="light"):
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, has_touch=touch, color_scheme=scheme, locale="en")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT * 1000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(host)
        page.wait_for_selector(".sr-mask[data-id]")
        expect(page.locator(".sr-mask .said")).to_have_text("Nothing is marked yet; draw over what is to be filled.")
        return page

    yield start
    for context in contexts:
        context.close()
    assert not errors


def at(page, x: int, y: int) -> tuple[int, int]:
    """Return where the middle of a picture pixel is on the screen."""
    across, down = page.evaluate(
        """([x, y]) => {
              const host = document.querySelector('.sr-mask'), canvas = host.querySelector('canvas');
              canvas.scrollIntoView({ block: 'center', behavior: 'instant' });
              const box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
              const { at, zoom } = host.mask.lie();
              return [box.left + (at.left + (x + 0.5) * zoom) / ratio, box.top + (at.top + (y + 0.5) * zoom) / ratio];
            }""",
        [x, y],
    )
    return round(across), round(down)


def drag(page, start: tuple[int, int], end: tuple[int, int]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=8)
    page.mouse.up()


def brush(page, place: int) -> None:
    page.locator(".sr-mask .size input").fill(str(place))


def kept(page, act, words: bool = False) -> Any:
    """Do something; return the mask (H, W) bool that came of it, None for none; or the server's words."""
    before = page.input_value("#kept textarea")
    act()
    page.wait_for_function("before => document.querySelector('#kept textarea').value !== before", arg=before)
    said = page.input_value("#kept textarea").rsplit("#", 1)[0]
    if words:
        return said
    return None if said == "none" else np.asarray(Image.open(said))


def test_what_is_drawn_by_mouse_is_what_comes(visit):
    page = visit()
    brush(page, 3)  # 4 px
    mask = kept(page, lambda: drag(page, (10, 20), (50, 20)))
    assert mask.shape == (HEIGHT, WIDTH)
    assert mask[18:22, 10:50].all()
    assert not mask[:18].any()
    assert not mask[22:].any()
    assert not mask[:, :8].any()
    assert not mask[:, 52:].any()
    expect(page.locator(".sr-mask .said")).to_have_text(f"{100 * mask.mean():.1f} % of the picture is marked.")


def test_eraser_undo_redo_and_clear(visit):
    page = visit()
    brush(page, 5)  # 8 px
    drawn = kept(page, lambda: drag(page, (10, 40), (100, 40)))
    page.click("[data-tool=eraser]")
    erased = kept(page, lambda: drag(page, (50, 40), (60, 40)))
    assert not erased[36:44, 50:60].any()
    assert np.array_equal(erased[:, :46], drawn[:, :46])
    assert np.array_equal(erased[:, 64:], drawn[:, 64:])
    assert np.array_equal(kept(page, lambda: page.click(".sr-mask .undo")), drawn)
    assert np.array_equal(kept(page, lambda: page.click(".sr-mask .redo")), erased)
    assert kept(page, lambda: page.click(".sr-mask .clear")) is None
    assert np.array_equal(kept(page, lambda: page.click(".sr-mask .undo")), erased)


@pytest.mark.parametrize("clicks", [False, True], ids=["dragged", "two clicks"])
def test_a_box_by_two_points(visit, clicks):
    page = visit()
    page.click("[data-tool=box]")

    def draw():
        if clicks:
            page.mouse.click(*at(page, 70, 50))
            page.mouse.click(*at(page, 20, 10))
        else:
            drag(page, (20, 10), (70, 50))

    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[10:51, 20:71] = True
    assert np.array_equal(kept(page, draw), expected)


def test_the_keyboard_alone_draws_a_mask(visit):
    page = visit()
    page.evaluate("document.activeElement.blur()")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.sr-mask canvas')"):
            break
    spoken = page.locator(".sr-mask .spoken")
    for _ in range(9):
        page.keyboard.press("[")
    expect(spoken).to_have_text("1 px")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowUp")
    expect(spoken).to_have_text("52, 39")
    dot = kept(page, lambda: page.keyboard.press("Space"))
    assert dot.sum() == 1
    assert dot[39, 52]
    expect(spoken).to_have_text("painted")

    def line():
        page.keyboard.press("Enter")
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")

    drawn = kept(page, line)
    assert drawn.sum() == 6
    assert drawn[39, 52:58].all()
    page.keyboard.press("e")
    assert not kept(page, lambda: page.keyboard.press("Space"))[39, 57]
    assert np.array_equal(kept(page, lambda: page.keyboard.press("Control+z")), drawn)
    assert np.array_equal(kept(page, lambda: page.keyboard.press("u")), dot)

    def box():
        page.keyboard.press("r")
        page.keyboard.press("Space")
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")

    assert kept(page, box)[39:41, 57:74].all()
    assert kept(page, lambda: page.keyboard.press("Delete")) is None


def numbers(page, *four: str) -> None:
    if not page.locator(".sr-mask .numbers[open]").count():
        page.click(".sr-mask .numbers summary")
    for name, value in zip(("left", "top", "width", "height"), four, strict=True):
        page.fill(f".sr-mask [name={name}]", value)
    page.click(".sr-mask form button")


def test_a_box_by_four_numbers(visit):
    page = visit()
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[5:25, 0:30] = True
    assert np.array_equal(kept(page, lambda: numbers(page, "0", "5", "30", "20")), expected)
    expected[70:80, 100:120] = True
    assert np.array_equal(kept(page, lambda: numbers(page, "100", "70", "500", "500")), expected)
    for four in (("200", "0", "5", "5"), ("0", "0", "0", "5"), ("", "0", "5", "5"), ("1.5", "0", "5", "5")):
        page.evaluate("document.querySelector('.sr-mask .said').textContent = ''")
        page.evaluate("document.querySelector('.sr-mask form').noValidate = true")
        numbers(page, *four)
        expect(page.locator(".sr-mask .said")).to_contain_text("These four numbers do not mark")
    assert np.array_equal(kept(page, lambda: page.click("#run")), expected)


def give(page, name: str, data: bytes) -> None:
    page.set_input_files(".sr-mask input[type=file]", [{"name": name, "mimeType": "image/png", "buffer": data}])


def test_a_mask_is_uploaded_and_one_of_another_size_is_refused(visit):
    page = visit()
    give(page, "wide.png", encode_png(np.full((40, 50, 1), 255, np.uint8)))
    said = page.locator(".sr-mask .said")
    expect(said).to_have_text("The mask is 50×40, but the picture is 120×80; give a mask of the picture's size.")
    give(page, "text.png", b"no picture")
    expect(said).to_contain_text("cannot be read as a picture")
    assert kept(page, lambda: page.click("#run")) is None
    grey = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 1), np.uint8)
    mask = kept(page, lambda: give(page, "mask.png", encode_png(grey)))
    assert np.array_equal(mask, grey[..., 0] > 127)


def test_a_new_picture_clears_the_mask(visit):
    page = visit()
    assert kept(page, lambda: drag(page, (10, 20), (50, 20))).any()
    first = page.get_attribute(".sr-mask", "data-id")
    page.click("#second")
    page.wait_for_selector(f".sr-mask:not([data-id='{first}'])")
    expect(page.locator(".sr-mask .said")).to_contain_text("Nothing is marked")
    assert page.locator(".sr-mask .undo").is_disabled()
    assert kept(page, lambda: page.click("#run")) is None
    assert kept(page, lambda: drag(page, (10, 20), (50, 20))).shape == (60, 60)


def test_what_is_proposed_is_sent_only_when_agreed_to_and_can_be_edited(visit):
    page = visit()
    brush(page, 3)
    own = kept(page, lambda: drag(page, (10, 60), (50, 60)))
    page.click(".sr-mask .propose")
    offer = page.locator(".sr-mask .offer")
    expect(offer).to_contain_text(f"Proposed: {100 * FOUND.mean():.1f} % of the picture")
    assert np.array_equal(kept(page, lambda: page.click("#run")), own)
    assert np.array_equal(kept(page, lambda: page.click(".sr-mask .refuse")), own)
    page.click(".sr-mask .propose")
    page.click("[data-tool=eraser]")
    expect(offer).to_be_visible()
    drag(page, (60, 11), (60, 11))
    assert np.array_equal(kept(page, lambda: page.click("#run")), own)
    mask = kept(page, lambda: page.click(".sr-mask .use"))
    erased = (own | FOUND) & ~mask
    assert erased.sum() == 8
    assert erased[10:12, 58:62].all()
    assert not (mask & ~(own | FOUND)).any()
    assert offer.is_hidden()


def test_a_refused_proposal_goes_alone_and_does_not_come_again(visit):
    page = visit()
    page.click(".sr-mask .propose")
    page.locator(".sr-mask .offer").wait_for()
    brush(page, 0)
    page.mouse.click(*at(page, 60, 70))
    mask = kept(page, lambda: page.click(".sr-mask .refuse"))
    assert mask.sum() == 1
    assert mask[70, 60]
    page.click(".sr-mask .propose")
    page.locator(".sr-mask .offer").wait_for()
    kept(page, lambda: page.click(".sr-mask .undo"))
    assert page.locator(".sr-mask .redo").is_disabled()
    assert np.array_equal(kept(page, lambda: page.click("#run")), mask)
    kept(page, lambda: page.focus(".sr-mask .undo") or page.keyboard.press("Enter"))
    assert page.evaluate("document.activeElement.matches('.sr-mask canvas')")


def test_two_fingers_zoom_and_draw_nothing_and_one_draws(visit):
    page = visit(touch=True)
    before = page.get_attribute(".sr-mask", "data-zoom")
    (x, y) = at(page, 60, 40)
    fingers(page, path((x - 20, y), (x - 120, y)), path((x + 20, y), (x + 120, y)), then=frame)
    page.wait_for_function("before => document.querySelector('.sr-mask').dataset.zoom > 2 * before", arg=float(before))
    assert kept(page, lambda: page.click("#run")) is None
    assert page.locator(".sr-mask .undo").is_disabled()
    brush(page, 0)
    mask = kept(page, lambda: fingers(page, path(at(page, 50, 40), at(page, 70, 40)), then=frame))
    assert mask[40, 50:71].all()
    assert mask.sum() == mask[39:42].sum() <= 24


def frame(page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


def test_run_waits_for_the_last_stroke(visit):
    page = visit()
    held = []
    page.route("**/upload**", lambda route: held.append(route))
    with page.expect_request("**/upload**"):
        drag(page, (10, 20), (50, 20))
    before = page.input_value("#kept textarea")
    page.click("#run")
    assert page.input_value("#kept textarea") == before
    assert kept(page, lambda: [route.continue_() for route in held])[20, 30]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encode_png(np.full((8, 8, 1), 255, np.uint8)), "The mask is 8×8"),
        (b"no picture", "is not a picture"),
        (encode_png(np.full((HEIGHT, WIDTH, 1), 255, np.uint8))[:90], "cut off"),
    ],
    ids=["another size", "no picture", "cut off"],
)
def test_what_a_browser_sends_is_checked(visit, data, words):
    page = visit()
    page.route("**/upload**", lambda route: route.continue_(post_data=forged(route.request, data)))
    assert words in kept(page, lambda: drag(page, (10, 20), (50, 20)), words=True)


def forged(request, data: bytes) -> bytes:
    """Return an upload's body with another file in it."""
    boundary = request.headers["content-type"].split("boundary=")[1].encode()
    head = b'Content-Disposition: form-data; name="files"; filename="mask.png"\r\nContent-Type: image/png\r\n\r\n'
    return b"--" + boundary + b"\r\n" + head + data + b"\r\n--" + boundary + b"--\r\n"


def test_no_path_but_an_upload_counts(visit, tmp_path):
    from sr_models.web.components.mask import Mask
    from sr_models.web.components.mask.mask import MaskData

    theirs = storage.visitor_folder("another") / "mask.png"
    for path_named in (theirs, tmp_path / "mask.png", "/etc/passwd"):
        told = MaskData.model_validate({"subject": "first", "drawn": {"path": str(path_named)}})
        assert Mask(lang="en").preprocess(told) is None
    storage.delete("another")


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light")])
def test_axe_finds_nothing_serious_and_nothing_moves(visit, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(width=width, height=844, scheme=scheme, touch=width == 390)
    tall = "document.querySelector('{}').getBoundingClientRect().height"
    stage, whole = page.evaluate(tall.format(".stage")), page.evaluate(tall.format("#mask"))
    kept(page, lambda: page.mouse.click(*at(page, 60, 40)))
    assert page.evaluate(tall.format("#mask")) == whole
    page.click(".sr-mask .propose")
    page.locator(".sr-mask .offer").wait_for()
    assert page.evaluate(tall.format(".stage")) == stage
    assert width == 390 or page.evaluate(tall.format("#mask")) == whole  # a phone has the offer under the picture
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, context="#mask").response["violations"]
    serious = [(v["id"], [n["html"] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]
    assert not serious
    if width == 390:
        small = page.evaluate(
            """() => [...document.querySelectorAll('.sr-mask :is(button, summary, label.file, input[type=range])')]
              .filter((e) => e.checkVisibility()).map((e) => [e.className, e.getBoundingClientRect()])
              .filter(([, box]) => Math.min(box.width, box.height) < 43.5).map(([name]) => name)"""
        )
        assert small == []
