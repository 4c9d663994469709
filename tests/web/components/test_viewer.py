"""The viewer in a real Chromium, read back from its canvas: pixel-exact, every mode, keys, streaming tiles."""

import io

import numpy as np
import pytest
from PIL import Image

from sr_models.imaging.encode import encode_png
from tests.conftest import WAIT, scene

WIDTH, HEIGHT = 90, 60
SITE = "http://viewer.test/behind/a/proxy/"

# Serves the viewer alone: no gradio, only the few names that `js_on_load` is given.
PAGE = """<!doctype html><style>%s body { margin: 0 }
.sr-viewer { width: 640px } .sr-viewer .stage { height: 480px }</style>
<div id="viewer"></div><script type="module">
const element = document.querySelector('#viewer'), watchers = [];
const props = { value: null }, watch = (_, f) => watchers.push(f);
window.show = (value) => { props.value = value; watchers.forEach((f) => f()); };
%s
</script>"""

FETCHED = "() => performance.getEntriesByType('resource').map((e) => e.name.match(/(\\w)\\.png$/)?.[1]).filter(Boolean)"


@pytest.fixture(scope="module")
def pictures() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    found = {name: rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8) for name in "abc"}
    return found | {"tile": scene(30, 20), "more": scene(30, 20)[::-1].copy()}


@pytest.fixture
def open_viewer(browser, pictures):
    """Open the viewer at a device pixel ratio with some of the pictures."""
    from sr_models.web import static
    from sr_models.web.components.viewer import Viewer

    page_text = PAGE % ((static.ROOT / "components" / "viewer" / "viewer.css").read_text(), Viewer().js_on_load)
    contexts, errors = [], []

    def serve(route):
        name = route.request.url.rsplit("/", 1)[-1]
        if route.request.url == f"{SITE}lab/{static.digest()}/{static.SCRIPTS}":
            route.fulfill(body=static.files()[static.SCRIPTS], content_type="text/javascript")
        elif name.removesuffix(".png") in pictures:
            route.fulfill(body=encode_png(pictures[name.removesuffix(".png")]), content_type="image/png")
        else:
            route.fulfill(body=page_text, content_type="text/html")

    def start(names="ab", dpr=1.0, touch=False, **more):
        size = {"width": 900, "height": 700}
        context = browser.new_context(viewport=size, device_scale_factor=dpr, has_touch=touch)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT * 1000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("**/*", serve)
        page.goto(SITE)
        show(page, names, **more)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not errors


def show(
    page, names="ab", tiles=(), state="whole", id="one", labels=(), frame=0, framed=False, waiting="at work", words=None
) -> None:
    value = {
        "id": id,
        "subject": id,
        "width": WIDTH,
        "height": HEIGHT,
        "pictures": [{"file": {"url": f"/{n}.png"}, "label": n} for n in names],
        "tiles": [{"file": {"url": f"/{n}.png"}, "x": x, "y": y} for n, x, y in tiles],
        "waiting": waiting,
        "mode": "",
        "frame": frame,
        "framed": framed,
        "see_through": False,
        "ramp": [],
        "words": words or {},
    }
    for picture, words in zip(value["pictures"], labels, strict=False):
        picture["label"] = words
    page.evaluate("value => window.show(value)", value)
    page.wait_for_selector(f".sr-viewer[data-state={state}][data-loading=no]")
    settle(page)


def settle(page) -> None:
    """Wait until two frames have been drawn, the second with all that is looked at."""
    frames = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(frames)
    page.wait_for_selector(".sr-viewer:not([data-lacks])", state="attached")
    page.evaluate(frames)


def call(page, words: str) -> None:
    page.evaluate(f"document.querySelector('.sr-viewer').viewer.{words}")
    settle(page)


def canvas(page) -> np.ndarray:
    """Read the canvas back, (H, W, 4)."""
    import base64

    data = page.evaluate("document.querySelector('.sr-viewer canvas').toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGBA"))


def fingers(page, *ways: list[tuple[int, int]], then=settle) -> None:
    """Put down one finger for each way, move all along their ways point by point, and lift them; `then` waits."""
    session = page.context.new_cdp_session(page)
    for i in range(len(ways[0])):
        points = [{"x": way[i][0], "y": way[i][1], "id": n} for n, way in enumerate(ways)]
        session.send("Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", "touchPoints": points})
        then(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    then(page)


def path(start: tuple[int, int], end: tuple[int, int], steps: int = 10) -> list[tuple[int, int]]:
    (x, y), (across, down) = start, (end[0] - start[0], end[1] - start[1])
    return [(round(x + across * i / steps), round(y + down * i / steps)) for i in range(steps + 1)]


def enlarged(picture: np.ndarray, zoom: int) -> np.ndarray:
    return picture.repeat(zoom, 0).repeat(zoom, 1)


def middle(drawn: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut what a centred picture of this size covers, or all of the canvas."""
    top, left = (max(int((n - s) / 2 + 0.5), 0) for n, s in zip(drawn.shape[:2], size, strict=True))
    return drawn[top : top + size[0], left : left + size[1], :3]


@pytest.mark.parametrize("dpr", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("zoom", [1, 2, 4])
def test_every_picture_pixel_is_a_square_of_device_pixels(open_viewer, pictures, dpr, zoom):
    page = open_viewer("a", dpr)
    call(page, f"setZoom({zoom})")
    drawn = canvas(page)
    assert drawn.shape[1] == page.evaluate(
        "Math.round(document.querySelector('.stage').clientWidth * devicePixelRatio)"
    )
    expected = enlarged(pictures["a"], zoom)
    assert np.array_equal(middle(drawn, expected.shape[:2]), expected)
    assert drawn[..., 3].sum() == expected.shape[0] * expected.shape[1] * 255  # and nothing else is drawn


def test_far_in_only_the_visible_part_and_still_exact(open_viewer, pictures):
    page = open_viewer("a")
    call(page, "setZoom(32)")
    drawn = canvas(page)[..., :3]
    around = enlarged(pictures["a"], 32)
    top = round(drawn.shape[0] / 2 - HEIGHT / 2 * 32)
    left = round(drawn.shape[1] / 2 - WIDTH / 2 * 32)
    assert np.array_equal(drawn, around[-top : -top + drawn.shape[0], -left : -left + drawn.shape[1]])


def test_smooth_is_not_pixels(open_viewer, pictures):
    page = open_viewer("a")
    call(page, "setZoom(4)")
    exact = canvas(page)
    page.keyboard.press("Tab")
    page.focus("canvas")
    page.keyboard.press("s")
    settle(page)
    assert np.abs(canvas(page).astype(int) - exact).mean() > 5
    assert page.get_attribute(".smooth", "aria-pressed") == "true"


def test_slider_shows_both_and_moves_by_key_and_mouse(open_viewer, pictures):
    page = open_viewer("ab")
    call(page, "setZoom(4)")

    def check(share):
        drawn = canvas(page)
        split = round(drawn.shape[1] * share)
        a, b = (enlarged(pictures[n], 4) for n in "ab")
        left = round((drawn.shape[1] - a.shape[1]) / 2)
        expected = np.concatenate([a[:, : split - left], b[:, split - left :]], 1)
        assert np.array_equal(middle(drawn, a.shape[:2]), expected)

    check(0.5)
    page.focus("[role=slider]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    assert page.get_attribute("[role=slider]", "aria-valuenow") == "61"
    check(0.61)
    page.mouse.click(160, 100)
    settle(page)
    check(160 / 638 if page.evaluate("document.querySelector('.stage').clientWidth") == 638 else 0.25)


def test_side_by_side_shows_all_at_the_same_place(open_viewer, pictures):
    page = open_viewer("abc")
    page.click("[data-key=side]")
    call(page, "setZoom(2)")
    drawn = canvas(page)[..., :3]
    high, wide = (n // 2 for n in drawn.shape[:2])  # two rows of two, which shows them larger than a row of three
    for (row, column), name in zip(((0, 0), (0, 1), (1, 0)), "abc", strict=True):
        cell = drawn[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
        expected = enlarged(pictures[name], 2)
        assert np.array_equal(middle(cell, expected.shape[:2]), expected), name
    assert page.inner_text(".labels").split() == ["a", "b", "c"]


@pytest.mark.parametrize("how", ["side", "pair", "pointer", "next"])
def test_a_third_picture_that_comes_with_the_page_waits_until_it_is_looked_at(open_viewer, pictures, how):
    page = open_viewer("abc")
    assert page.evaluate(FETCHED) == ["a", "b"]
    call(page, "setZoom(1)")
    if how == "next":  # what the visitor asked for may be gone when it is looked at
        show(page, "abc", id="two")
    elif how == "pointer":
        page.mouse.move(320, 200)
    elif how == "side":
        call(page, "setMode('side')")
    else:
        page.evaluate("""() => {
            const select = document.querySelector('.sr-viewer .pair select + select');
            select.value = '2';
            select.dispatchEvent(new Event('change'));
        }""")
        settle(page)
        call(page, "setSplit(0)")
        assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), pictures["c"])
    page.wait_for_function(f"({FETCHED})().join('') === 'abc'")


def test_what_stands_stays_until_what_is_looked_at_has_come(open_viewer, pictures):
    page = open_viewer("abc")
    call(page, "setZoom(1)")
    call(page, "setSplit(0)")
    waiting = []
    page.route("**/c.png", lambda route: waiting.append(route))
    with page.expect_request("**/c.png"):
        page.evaluate(
            "() => { const { viewer } = document.querySelector('.sr-viewer'); viewer.view.second = 2; viewer.draw(); }"
        )
    page.wait_for_selector(".sr-viewer[data-lacks]")
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), pictures["b"])
    assert page.inner_text(".labels").split() == ["a", "b"]
    waiting[0].fulfill(body=encode_png(pictures["c"]), content_type="image/png")
    settle(page)
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), pictures["c"])
    assert page.inner_text(".labels").split() == ["a", "c"]


def test_drawing_while_pictures_go_is_no_error(open_viewer):
    page = open_viewer("abc")
    page.evaluate(
        "() => { const v = document.querySelector('.sr-viewer').viewer; v.pictures().length = 1; v.setZoom(2); }"
    )
    settle(page)
    assert page.inner_text(".labels").split() == ["a"]  # one picture is named once


def test_words_over_a_narrow_picture_are_not_cut(open_viewer):
    page = open_viewer(labels=("bicubic ×4", "Autoencoder gan ×4, partly invented"))
    page.add_style_tag(content=".sr-viewer { width: 320px !important }")
    settle(page)
    fits = "span => span.scrollWidth <= span.clientWidth && span.scrollHeight <= span.clientHeight"
    labels = page.locator(".labels span")
    assert labels.count() == 2
    assert all(label.evaluate(fits) for label in labels.all())
    assert "invented" in labels.nth(1).inner_text()


def test_difference_is_the_absolute_difference_times_the_gain(open_viewer, pictures):
    page = open_viewer("ab")
    page.click("[data-key=difference]")
    call(page, "setZoom(1)")
    expected = np.abs(pictures["a"].astype(int) - pictures["b"])
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), np.clip(expected * 4, 0, 255))
    page.select_option(".gain select", "1")
    settle(page)
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), expected)


def test_blink_is_by_hand_and_at_most_twice_a_second(open_viewer, pictures):
    page = open_viewer("ab")
    call(page, "setZoom(1)")
    page.click("[data-key=blink]")
    settle(page)
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), pictures["a"])
    for now, shown in ((10_000, "b"), (10_499, "b"), (10_500, "a"), (10_999, "a")):  # ms by the page's clock
        page.evaluate(
            "now => { performance.now = () => now; document.querySelector('[data-key=blink]').click(); }", now
        )
        settle(page)
        assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), pictures[shown]), now


def test_keys_zoom_and_the_wheel_leaves_the_page_alone_at_fit(open_viewer):
    page = open_viewer("ab")
    page.focus("canvas")
    for key, zoom in (("1", "1"), ("+", "2"), ("+", "4"), ("-", "2")):
        page.keyboard.press(key)
        settle(page)
        assert page.get_attribute(".sr-viewer", "data-zoom") == zoom
    page.keyboard.press("0")
    settle(page)
    fitted = float(page.get_attribute(".sr-viewer", "data-zoom") or 0)
    assert 5 < fitted < 9
    page.mouse.move(300, 200)
    page.evaluate("addEventListener('wheel', () => { window.wheeled = true; })")
    page.mouse.wheel(0, -100)  # returns before the page has heard of it
    page.wait_for_function("window.wheeled")
    settle(page)
    assert float(page.get_attribute(".sr-viewer", "data-zoom") or 0) == fitted


def test_arrows_walk_the_groups_and_keep_the_focus(open_viewer):
    page = open_viewer("abc")
    page.add_style_tag(content=".sr-viewer { width: 900px !important }")  # room for all zooms
    focused = "[document.activeElement.dataset.key, document.activeElement.getAttribute('aria-checked')]"
    page.focus("[data-key=slider]")
    for key, mode in (("ArrowRight", "side"), ("ArrowDown", "blink"), ("ArrowLeft", "side"), ("ArrowLeft", "slider")):
        page.keyboard.press(key)
        assert page.evaluate(focused) == [mode, "true"]
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == ["difference", "true"]
    assert page.locator(".modes [tabindex='0']").count() == 1
    page.focus("[data-key=fit]")
    for key, zoom in (("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1")):
        page.keyboard.press(key)
        settle(page)
        assert page.evaluate(focused) == [zoom, "true"]
        assert page.get_attribute(".sr-viewer", "data-zoom") == zoom


def test_a_picture_alone_has_one_name_no_divider_and_the_frame_that_was_asked_for(open_viewer):
    page = open_viewer("a", frame=16, framed=True)
    assert page.inner_text(".labels").split() == ["a"]
    assert page.locator("[role=slider]").is_hidden()
    assert page.locator(".frame").is_visible()
    assert page.get_attribute(".framed", "aria-pressed") == "true"
    show(page, "ab", id="two", frame=16)
    assert page.inner_text(".labels").split() == ["a", "b"]
    assert page.locator("[role=slider]").is_visible()


def test_the_frame_moves_by_key_and_mouse_and_stays_within_the_picture(open_viewer):
    page = open_viewer("ab", frame=16)
    call(page, "setZoom(4)")
    page.click(".framed")
    settle(page)
    middle_of_frame = "(({ frameX, frameY }) => [frameX, frameY])(document.querySelector('.sr-viewer').viewer.view)"
    assert page.evaluate(middle_of_frame) == [WIDTH / 2, HEIGHT / 2]
    page.focus(".frame")
    page.keyboard.press("ArrowRight")  # an eighth of the frame
    page.keyboard.press("Shift+ArrowUp")
    settle(page)
    assert page.evaluate(middle_of_frame) == [47, 29]
    box = page.locator(".frame").bounding_box()
    assert (box["width"], box["height"]) == (64, 64)
    page.mouse.move(box["x"] + 60, box["y"] + 32)  # beside the divider, which lies over it
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 44)
    page.mouse.up()
    settle(page)
    assert page.evaluate(middle_of_frame) == [52, 32]
    assert page.evaluate("document.querySelector('.sr-viewer').viewer.centre()") == [52 / WIDTH, 32 / HEIGHT]
    page.focus(".frame")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    settle(page)
    assert page.evaluate(middle_of_frame) == [WIDTH - 8, 32]


def test_a_drag_pans_what_is_larger_and_ctrl_and_the_wheel_zoom_where_the_pointer_is(open_viewer, pictures):
    page = open_viewer("a")
    call(page, "setZoom(8)")
    before = canvas(page)
    page.mouse.move(100, 100)
    page.mouse.down()
    page.mouse.move(60, 100)
    page.mouse.up()
    settle(page)
    assert np.array_equal(canvas(page)[:, :-40], before[:, 40:])
    call(page, "setZoom('fit')")
    call(page, "setZoom(16)")
    stood = canvas(page)
    page.mouse.move(321, 241)
    page.mouse.wheel(0, -100)
    page.wait_for_selector(".sr-viewer[data-zoom='32']")
    settle(page)
    box = page.locator("canvas[role=img]").bounding_box()
    x, y = round(321 - box["x"]), round(241 - box["y"])
    assert np.array_equal(canvas(page)[y, x], stood[y, x])


def test_tiles_lie_over_the_base_until_the_whole_comes(open_viewer, pictures):
    page = open_viewer("a")
    call(page, "setZoom(1)")
    call(page, "setSplit(0)")
    show(page, "a", [("tile", 40, 10)], "tiles")
    expected = pictures["a"].copy()
    expected[10:30, 40:70] = pictures["tile"]
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), expected)
    assert "at work" in page.inner_text(".labels")
    show(page, "a", [("tile", 40, 10), ("more", 0, 40)], "tiles")
    expected[40:60, 0:30] = pictures["more"]
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), expected)
    assert page.get_attribute(".sr-viewer", "data-zoom") == "1"  # the view stays as the visitor left it
    show(page, "a", [("tile", 40, 10), ("more", 0, 40)], "tiles", waiting="stopped")
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), expected)
    assert page.inner_text(".labels").split() == ["a", "stopped"]
    show(page, "ab")
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), pictures["b"])


TALL = "body { height: 3000px }"
SCROLLED = "document.scrollingElement.scrollTop"
LOOKS = "(({ x, y }) => [x, y])(document.querySelector('.sr-viewer').viewer.view)"


def test_zoomed_in_one_finger_pans_both_ways_and_the_page_stays(open_viewer):
    page = open_viewer("ab", touch=True)
    page.add_style_tag(content=TALL)
    call(page, "setZoom(16)")
    call(page, "setZoom(8)")
    before = page.evaluate(LOOKS)
    fingers(page, path((200, 300), (200, 300 - 40)))
    fingers(page, path((200, 300), (200 - 24, 300)))
    x, y = before
    assert page.evaluate(LOOKS) == [min(x + 3, WIDTH - 640 / 16), min(y + 5, HEIGHT - 480 / 16)] == [x + 3, y]
    call(page, "setZoom(16)")
    before = page.evaluate(LOOKS)
    fingers(page, path((200, 300), (200, 200)))
    assert page.evaluate(LOOKS) == [before[0], before[1] + 100 / 16]
    assert page.evaluate(SCROLLED) == 0


def test_two_fingers_zoom_around_their_middle(open_viewer):
    page = open_viewer("ab", touch=True)
    page.add_style_tag(content=TALL)
    call(page, "setZoom(8)")
    fingers(page, path((180, 200), (140, 200)), path((220, 200), (260, 200)))
    assert page.get_attribute(".sr-viewer", "data-zoom") in ("16", "32")
    fingers(page, path((100, 200), (190, 200), 30), path((300, 200), (210, 200), 30))
    assert page.evaluate("document.querySelector('.sr-viewer').viewer.view.zoom") == "fit"
    assert page.evaluate(SCROLLED) == 0


def test_at_fit_a_finger_scrolls_the_page_and_slides_the_divider(open_viewer):
    page = open_viewer("ab", touch=True)
    page.add_style_tag(content=TALL)
    split = "document.querySelector('.sr-viewer').viewer.view.split"
    fingers(page, path((200, 300), (400, 300)))
    assert page.evaluate(split) == 400 / 640
    assert page.evaluate(SCROLLED) == 0
    fingers(page, path((200, 300), (200, 150)))
    page.wait_for_function(f"{SCROLLED} > 100")
    assert page.evaluate(split) == 400 / 640


def test_the_lens_shows_both_pictures_larger_and_goes_where_keys_say(open_viewer, pictures):
    page = open_viewer("ab")
    call(page, "setZoom(4)")
    page.focus("canvas")
    page.keyboard.press("l")
    settle(page)
    assert page.get_attribute(".magnify", "aria-pressed") == "true"
    read = "canvas => [...canvas.getContext('2d').getImageData(100, 110, 1, 1).data.slice(0, 3), 0].slice(0, 3)"
    other = read.replace("100, 110", "120, 110")
    lens = page.locator(".lens")

    def check(x, y):
        """The lens shows at 16x what lies at (x, y) of the canvas, in picture pixels there."""
        left, top = (640 - WIDTH * 4) / 2, (480 - HEIGHT * 4) / 2
        at = ((x - left) / 4, (y - top) / 4)
        for name, script, across in (("a", read, 100), ("b", other, 120)):
            column, row = int(at[0] + (across - 110 + 0.5) / 16), int(at[1] + 0.5 / 16)
            assert lens.evaluate(script) == pictures[name][row, column].tolist(), name

    check(320, 240)
    for key in ("ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    settle(page)
    check(328, 304)
    page.mouse.move(200, 180)
    settle(page)
    check(200, 180)
    page.click(".magnify")
    settle(page)
    assert not lens.is_visible()


def test_space_shows_the_other_picture_and_the_viewer_says_so(open_viewer, pictures):
    page = open_viewer("ab", words={"blinks": "press space", "apart": "black: equal", "difference": "difference"})
    call(page, "setZoom(1)")
    call(page, "setMode('blink')")
    assert page.inner_text(".labels").split("\n") == ["a", "press space"]
    page.focus("canvas")
    page.keyboard.press(" ")
    settle(page)
    assert np.array_equal(middle(canvas(page), (HEIGHT, WIDTH)), pictures["b"])
    call(page, "setMode('difference')")
    assert page.inner_text(".labels").split("\n") == ["a", "b", "difference × 4", "black: equal"]


def test_the_focus_stays_in_the_viewer_when_a_picture_goes(open_viewer):
    page = open_viewer("abc")
    page.focus(".modes button[data-key=blink]")
    show(page, "ab", id="two")
    assert page.evaluate("document.activeElement.dataset.key") == "blink"
    page.focus("[role=slider]")
    show(page, "a", id="three")
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
