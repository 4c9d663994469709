"""The list of what is compared in a real Chromium, without gradio: order, choice, keys, what is stale, the plane."""

import pytest
from playwright.sync_api import expect

from sr_models.imaging.encode import encode_png
from sr_models.metrics import METRICS
from sr_models.web import static
from sr_models.web.components.compare_list import CompareList, Comparison, Row, plane_host
from tests.conftest import WAIT, scene

SITE = "http://list.test/behind/a/proxy/"
PAGE = """<!doctype html><html lang="en"><style>%s body { margin: 0 }</style>
<div class="gradio-container"><div id="list"></div><div>%s</div></div><script type="module">
const element = document.querySelector('#list'), watchers = [], props = { value: null, stale: '' };
const watch = (_, f) => watchers.push(f), trigger = (event, data) => window.sent.push([event, data?.index]);
window.sent = [];
window.show = (value, stale) => { Object.assign(props, { value, stale }); watchers.forEach((f) => f()); };
%s
</script>"""
ROWS = (
    Row("span", "SPAN", "a.png", {"psnr_y": 29.78, "lpips_alex": 0.12, "seconds": 1.0}, "Best", net=True),
    Row("edsr", "EDSR", "a.png", {"psnr_y": 29.67, "lpips_alex": 0.116, "seconds": 5.2}, net=True),
    Row("espcn", "ESPCN", "a.png", {"psnr_y": 29.02, "lpips_alex": 0.15, "seconds": 0.094}, "Fast", net=True),
    Row("srgan", "SRGAN", "a.png", {"psnr_y": 28.48, "lpips_alex": 0.079, "seconds": 0.3}, invents=True, net=True),
    Row("bicubic", "Bicubic", "a.png", {"psnr_y": 26.84, "lpips_alex": 0.304, "seconds": 0.03}, net=True),
    Row("noskip", "No <b>skips", "a.png", {"psnr_y": 21.5, "lpips_alex": 0.6, "seconds": 0.4}, net=True),
    Row("original", "original", "a.png"),
    Row("map", "where the nets disagree", "a.png"),
)


def comparison(
    rows=ROWS, chosen=("span", "bicubic"), columns=("psnr_y", "lpips_alex", "seconds"), **more
) -> Comparison:
    words = {"title": "SPAN is closest.", "about": "×4, this part", "note": "Of this part alone."}
    return Comparison(
        **{"id": "one", "rows": rows, "chosen": chosen, "columns": columns, "sort": "psnr_y", **words, **more}
    )


@pytest.fixture
def open_list(browser):
    """Open a page with a list alone; the last check is that the browser logged no error."""
    styles = [
        path.read_text() for path in sorted(static.ROOT.rglob("*.css")) if path.stem in ("tokens", "compare_list")
    ]
    page_text = PAGE % ("".join(reversed(styles)), plane_host(), CompareList().js_on_load)
    contexts, errors = [], []

    def serve(route):
        if route.request.url == f"{SITE}lab/{static.digest()}/{static.SCRIPTS}":
            route.fulfill(body=static.files()[static.SCRIPTS], content_type="text/javascript")
        elif route.request.url.endswith(".png"):
            route.fulfill(body=encode_png(scene(48, 36)), content_type="image/png")
        else:
            route.fulfill(body=page_text, content_type="text/html")

    def start(width=900, value=None, **more):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT * 1000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("**/*", serve)
        page.goto(SITE)
        page.wait_for_selector(".sr-list", state="attached")
        show(page, value or comparison(**more))
        return page

    yield start
    for context in contexts:
        context.close()
    assert not errors


def show(page, value: Comparison | None, stale: str = "") -> None:
    data = CompareList().postprocess(value)
    told = data.model_dump() if data else None
    for row in told["rows"] if told else []:
        if row["file"]:
            row["file"]["url"] = f"{SITE}{row['file']['path']}"
    page.evaluate("([value, stale]) => window.show(value, stale)", [told, stale])


def order(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.sr-list tbody tr')].map((tr) => tr.dataset.key)")


def chosen(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.sr-list tr[aria-selected=true]')].map((t) => t.dataset.key)")


def sent(page) -> list:
    return page.evaluate("window.sent.splice(0)")


def row(page, key):
    return page.locator(f".sr-list tr[data-key={key}]")


def test_a_row_says_name_pick_numbers_and_what_is_invented(open_list):
    page = open_list()
    assert page.locator(".sr-list th button").all_inner_texts() == ["net", "dB", "LPIPS", "s"]
    assert row(page, "span").locator("td").all_inner_texts()[1:] == ["SPANBest", "29.78", "0.120", "1.0", "✓"]
    assert row(page, "espcn").locator("td").all_inner_texts()[1:] == ["ESPCNFast", "29.02", "0.150", "0.09", ""]
    assert "◇ invents" in row(page, "srgan").inner_text()
    assert row(page, "noskip").locator("b").inner_text() == "No <b>skips"
    assert row(page, "map").locator("td").all_inner_texts()[2:] == ["", "", "", ""]
    cell = row(page, "span").locator("td").nth(2)
    assert cell.evaluate("e => getComputedStyle(e).textAlign + getComputedStyle(e).fontVariantNumeric") == (
        "righttabular-nums"
    )
    assert row(page, "span").locator("img").evaluate("e => e.naturalWidth") == 48
    assert page.inner_text(".sr-list .about") == "×4, this part · 2 of 6 in the viewer"


def test_headers_sort_the_best_first_and_then_the_other_way(open_list):
    page = open_list()
    best = ["span", "edsr", "espcn", "srgan", "bicubic", "noskip", "original", "map"]
    assert order(page) == best
    head = page.locator(".sr-list th:has(button)")
    assert [th.get_attribute("aria-sort") for th in head.all()] == [None, "descending", None, None]
    head.nth(2).locator("button").focus()
    page.keyboard.press("Enter")
    assert order(page) == ["srgan", "edsr", "span", "espcn", "bicubic", "noskip", "original", "map"]
    assert [th.get_attribute("aria-sort") for th in head.all()] == [None, None, "ascending", None]
    page.keyboard.press("Enter")
    assert order(page) == ["noskip", "bicubic", "espcn", "span", "edsr", "srgan", "original", "map"]
    head.nth(3).locator("button").click()
    assert order(page)[:2] == ["bicubic", "espcn"]
    head.nth(0).locator("button").click()
    assert order(page)[:3] == ["bicubic", "edsr", "espcn"]
    head.nth(1).locator("button").click()
    assert order(page) == best
    assert sent(page) == []  # the browser sorts
    show(page, comparison(id="two", sort="", columns=()))
    assert order(page) == [r.key for r in ROWS]


def test_a_click_or_a_key_puts_a_row_into_the_viewer_and_takes_it_out(open_list):
    page = open_list()
    assert chosen(page) == ["span", "bicubic"]
    row(page, "edsr").click()
    assert chosen(page) == ["span", "edsr", "bicubic"]
    assert sent(page) == [["select", ["span", "bicubic", "edsr"]]]
    page.keyboard.press("Tab")  # from the row, the only stop of the list, to the button below
    assert page.evaluate("document.activeElement.className") == "use"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.dataset.key") == "span"
    page.keyboard.press(" ")
    assert chosen(page) == ["edsr", "bicubic"]
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert sent(page)[-1] == ["select", ["bicubic", "edsr", "map"]]
    assert page.evaluate("document.activeElement.dataset.key") == "map"


def test_six_at_most_and_one_at_least_with_a_sentence(open_list):
    page = open_list(chosen=("span", "edsr", "espcn", "srgan", "bicubic"))
    row(page, "map").click()
    row(page, "noskip").click()
    assert len(chosen(page)) == 6
    assert page.inner_text(".sr-list .full") == "6 stand in the viewer; take one out first."
    assert len(sent(page)) == 1
    row(page, "map").click()
    assert page.locator(".sr-list .full").inner_text() == ""
    show(page, comparison(chosen=("span",)))
    row(page, "span").click()
    assert chosen(page) == ["span"]
    assert page.inner_text(".sr-list .full") == "One stays in the viewer."


def test_rows_that_wait_say_so_and_nothing_is_chosen_while_it_runs(open_list):
    waits = tuple(r if i > 2 else Row(r.key, r.name, net=True) for i, r in enumerate(ROWS))
    page = open_list(rows=waits, chosen=("bicubic",), running=True)
    assert order(page)[:3] == ["srgan", "bicubic", "noskip"]
    assert row(page, "span").locator(".waits").inner_text() == "waits"
    assert page.locator(".sr-plane .dot").count() == 2
    row(page, "srgan").click()
    assert chosen(page) == ["bicubic"]
    expect(page.locator(".sr-list .use")).to_be_disabled()
    show(page, comparison(rows=waits, chosen=("bicubic",)))
    assert row(page, "span").locator(".waits").inner_text() == "–"
    row(page, "span").click()  # it was not run
    assert chosen(page) == ["bicubic"]
    row(page, "srgan").click()
    assert sent(page) == [["select", ["bicubic", "srgan"]]]


def test_a_stale_list_says_why_and_offers_to_compare_again(open_list):
    page = open_list()
    show(page, comparison(), "The settings changed.")
    assert page.inner_text(".sr-list .why") == "The settings changed."
    assert float(page.locator(".sr-list table").evaluate("e => getComputedStyle(e).opacity")) < 0.5
    assert float(page.locator(".sr-plane").evaluate("e => getComputedStyle(e).opacity")) < 0.5
    expect(page.locator(".sr-list .use")).not_to_be_visible()
    row(page, "edsr").click()
    assert sent(page) == []
    page.click(".sr-list .again")
    assert sent(page) == [["click", None]]
    show(page, comparison())
    assert page.locator(".sr-list .why").inner_text() == ""
    expect(page.locator(".sr-list .again")).not_to_be_visible()
    show(page, None)
    expect(page.locator(".sr-list")).not_to_be_visible()
    expect(page.locator(".sr-plane")).not_to_be_visible()


def test_the_button_enlarges_with_the_first_net_or_the_one_chosen_last(open_list):
    page = open_list()
    use = page.locator(".sr-list .use")
    expect(use).to_have_text("Enlarge with SPAN")
    page.locator(".sr-list th button").nth(2).click()
    expect(use).to_have_text("Enlarge with SRGAN")
    row(page, "espcn").click()
    row(page, "map").click()
    expect(use).to_have_text("Enlarge with ESPCN")
    sent(page)
    use.click()
    assert sent(page) == [["submit", "espcn"]]
    show(
        page,
        comparison(id="samples", rows=(Row("mean", "mean", "a.png"), Row("s1", "answer 1", "a.png", invents=True))),
    )
    expect(use).not_to_be_visible()


@pytest.mark.parametrize("width", [390, 900])
def test_dots_lie_where_their_numbers_say_and_are_rows(open_list, width):
    way = ((29.45, 0.114), (29.2, 0.088), (28.48, 0.079))
    page = open_list(width, chosen=("span", "bicubic", "srgan", "edsr"), ways=(way,))
    places = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.sr-plane .dot')].map((dot) => {
          const { x, y, width, height } = dot.querySelector('.mark').getBoundingClientRect();
          return [dot.dataset.key, [x + width / 2, y + height / 2]];
        }))"""
    )
    assert places.keys() == {"span", "edsr", "espcn", "srgan", "bicubic"}  # not what is worse than bicubic in both
    for a in places:
        for b in places:
            first, second = (next(r.numbers for r in ROWS if r.key == key) for key in (a, b))
            if first["psnr_y"] < second["psnr_y"]:
                assert places[a][0] < places[b][0]
            if first["lpips_alex"] < second["lpips_alex"]:
                assert places[a][1] < places[b][1]  # up is more alike
    assert "No <b>skips" in page.inner_text(".sr-plane .lab-mute")
    assert page.locator(".sr-plane path.mark").count() == 1
    assert page.locator(".sr-plane [data-key=srgan] path.mark").count() == 1
    assert page.locator(".sr-plane .way").get_attribute("points").count(",") == 3
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('.sr-plane text.name')].map((text) => {
          const { left, top, right, bottom } = text.getBoundingClientRect();
          return [left, top, right, bottom, text.textContent];
        })"""
    )
    assert {box[4] for box in boxes} == {"SPAN", "Bicubic", "SRGAN", "EDSR"}
    for i, a in enumerate(boxes):
        assert a[0] >= 0
        assert a[2] <= width
        for b in boxes[i + 1 :]:
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3], (a, b)
    page.locator(".sr-plane [data-key=espcn] .mark").click()
    assert sent(page)[-1][1][-1] == "espcn"
    assert "on" in page.locator(".sr-plane [data-key=espcn]").get_attribute("class").split()
    row(page, "edsr").hover()
    assert "hot" in page.locator(".sr-plane [data-key=edsr]").get_attribute("class").split()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_numbers_there_is_no_plane_but_the_reason(open_list):
    bare = tuple(Row(r.key, r.name, r.path, {"seconds": 1.0}, net=r.net) for r in ROWS)
    page = open_list(rows=bare, columns=("seconds",))
    expect(page.locator(".sr-plane")).not_to_be_visible()
    assert page.locator(".sr-list th button").all_inner_texts() == ["net", "s"]
    show(page, comparison(rows=bare, columns=("seconds",), no_plane="No features."))
    assert page.inner_text(".sr-plane p") == "No features."


def test_labels_in_the_viewer_carry_the_numbers():
    assert ROWS[0].label("en") == "SPAN · 29.78 dB · 0.120"
    assert ROWS[3].label("en") == "SRGAN, partly invented · 28.48 dB · 0.079"
    assert ROWS[6].label("en") == "original"
    data = CompareList().postprocess(comparison(lang="zh"))
    assert data
    assert [column.label for column in data.columns] == ["dB", "LPIPS", "秒"]
    assert [column.higher for column in data.columns] == [True, False, False]
    assert METRICS["psnr_y"].better == "higher"
