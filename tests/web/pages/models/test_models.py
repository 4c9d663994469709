"""The page `/models`: measured here, chosen by dot, tile, row and key, sorted, other scales, the host's folder."""

import re

import pytest

SAID = ".sr-board-side .say"


@pytest.fixture(scope="module")
def measured(browser, url):
    """Wait once until the first visitor's page measured all nets."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{url}/models")
    page.wait_for_function("document.querySelector('#status output')?.value.startsWith('Seconds for 192')")
    yield
    context.close()


def column(page, at: int) -> list[str]:
    return page.locator(f".sr-board-table tbody td:nth-child({at})").all_inner_texts()


def numbers(words: list[str]) -> list[float]:
    return [float(word) for word in words if word != "–"]


def test_the_first_visit_measures_and_the_next_finds_the_dots(visit, measured):
    page = visit()
    page.wait_for_selector(".sr-board-plot .dot[data-key=espcn]")
    dots = page.locator(".sr-board-plot .dot").evaluate_all("all => all.map((dot) => dot.dataset.key)")
    rows = page.locator(".sr-board-table tbody tr").count()
    outside = page.inner_text(".sr-board-plot p")
    assert "Autoencoder without skips" in outside
    assert len(dots) == rows - 1  # all but the one that lies below bicubic
    where = page.locator(".sr-board-plot .dot").evaluate_all("""all => Object.fromEntries(all.map((dot) => {
        const { x, y } = dot.querySelector('.mark').getBBox(); return [dot.dataset.key, [x, y]] }))""")
    seconds = dict(
        zip(page.locator(".sr-board-table td:first-child .lab-link").all_inner_texts(), column(page, 5), strict=True)
    )
    assert float(seconds["EDSR"]) > float(seconds["SESR 32x4"])
    assert where["edsr"][0] > where["sesr_32x4"][0]
    assert where["edsr"][1] < where["espcn"][1] < where["bicubic"][1]


def test_a_dot_a_tile_and_a_row_choose_and_the_address_keeps_it(visit, measured):
    page = visit()
    assert page.inner_text(SAID).startswith("SESR 48x6: 31.31 dB")
    page.locator(".sr-board-plot .dot[data-key=span] .mark").click()
    assert page.inner_text(SAID).startswith("SPAN: ")
    page.locator(".sr-board-side .lab-tile", has_text="Inventive").click()
    assert page.inner_text(SAID).startswith("SRGAN: ")
    page.locator(".sr-board-table tbody tr", has_text="FSRCNN").click()
    assert page.inner_text(SAID).startswith("FSRCNN: 30.86 dB +2.4")
    page.wait_for_url(re.compile("arch=fsrcnn"))
    assert page.get_attribute(".sr-board-side .use", "href") == "./?arch=fsrcnn&scale=4"
    page.reload()
    page.wait_for_selector(".sr-board-table tr[aria-selected=true]")
    assert page.inner_text(SAID).startswith("FSRCNN")


def test_keys_choose_and_keep_the_focus(visit):
    page = visit()
    page.focus("[data-at=row-edsr]")
    page.keyboard.press("Enter")
    assert page.inner_text(SAID).startswith("EDSR")
    assert page.evaluate("document.activeElement.dataset.at") == "row-edsr"
    page.focus("[data-at=sort-parameters]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.at") == "sort-parameters"


def test_the_table_is_sorted_by_its_heads_and_unknown_numbers_come_last(visit):
    page = visit()
    assert numbers(column(page, 2)) == sorted(numbers(column(page, 2)), reverse=True)
    page.click("[data-at=sort-lpips_alex]")
    looks = column(page, 4)
    assert numbers(looks) == sorted(numbers(looks))
    assert page.get_attribute("th:has([data-at=sort-lpips_alex])", "aria-sort") == "ascending"
    page.click("[data-at=sort-lpips_alex]")
    looks = column(page, 4)
    assert numbers(looks) == sorted(numbers(looks), reverse=True)
    assert looks[-1] == "–"


def test_another_scale_has_its_own_nets_and_numbers(visit):
    page = visit("?scale=2&arch=sesr_64x10")
    assert page.inner_text(SAID).startswith("SESR 64x10: 37.56 dB")
    page.click("[data-at=scale-3]")
    assert page.inner_text(SAID).startswith("SESR 64x10: 33.71 dB")
    assert "×3" in page.inner_text(".sr-board-table h2")
    assert page.get_attribute(".sr-board-side .use", "href") == "./?arch=sesr_64x10&scale=3"


def test_what_the_address_says_wrong_counts_as_absent(visit):
    page = visit("?scale=7&arch=<b>x")
    assert page.inner_text(SAID).startswith("SESR 48x6: 31.31 dB")


def test_the_chosen_net_runs_on_the_first_page(visit):
    page = visit()
    page.locator(".sr-board-table tbody tr", has_text="SESR 32x4").click()
    page.click(".sr-board-side .use")
    page.wait_for_url(re.compile(r"/\?arch=sesr_32x4&scale=4"))
    page.wait_for_selector(".net-picker[data-net=sesr_32x4]")


def test_the_card_opens_and_stays_open(visit):
    page = visit()
    page.click(".sr-board-side summary")
    assert "SHA-256" in page.inner_text(".sr-board-side dl")
    page.locator(".sr-board-table tbody tr", has_text="SPAN").click()
    assert "32" not in page.inner_text(".sr-board-side .say")
    assert page.locator(".sr-board-side details[open]").count() == 1


def test_the_folder_of_the_host_is_offered_and_a_pickle_only_named(visit, url):
    page = visit("?scale=2")
    rows = page.locator("#folder li")
    assert "from_elsewhere_x2" in rows.nth(0).inner_text()
    assert "Not measured here" in rows.nth(0).inner_text()
    assert "old.pth" in rows.nth(1).inner_text()
    assert "Not opened" in rows.nth(1).inner_text()
    assert rows.nth(1).locator("a").count() == 0
    rows.nth(0).locator("a").click()
    page.wait_for_selector(".net-picker[data-net=from_elsewhere]")


def test_measuring_again_can_be_stopped_and_what_was_measured_stands(visit, measured):
    page = visit()
    page.wait_for_function("document.querySelector('#status output')?.value.startsWith('Seconds for 192')")
    dots = page.locator(".sr-board-plot .dot").count()
    page.evaluate("""() => {  // a quick machine is done before a hand is there
      const stop = document.querySelector('#stop');
      new MutationObserver(() => stop.disabled || stop.click()).observe(stop, { attributes: true });
      document.querySelector('#measure_speed').click();
    }""")
    page.wait_for_function("document.querySelector('#status output').value.startsWith('Stopped')")
    page.wait_for_selector("#measure_speed:not(:disabled)")
    assert page.locator(".sr-board-plot .dot").count() == dots


@pytest.mark.parametrize(
    ("scheme", "width", "query"), [("light", 1280, ""), ("dark", 1280, "?lang=zh"), ("light", 390, "")]
)
def test_axe_finds_nothing_serious(visit, scheme, width, query):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(query, width=width, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    serious = [
        (v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_on_a_phone_all_lies_within_the_window_and_the_pages_are_a_menu(visit):
    page = visit(width=390, height=844, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not page.is_visible("#header .pages")
    page.click("#header .menu summary")
    page.click("#header .menu a:has-text('Restore')")
    page.wait_for_url(re.compile("/restore"))
