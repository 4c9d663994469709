"""The page in a real Chromium for everyone: keyboard, fingers, narrow screens, help, axe."""

import pytest

from tests.web.pages.upscale.page import arrive, choose_net, compare, finish_answers, upload, view, wait_for_result


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
    arrive(page, url)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], select, summary, label:has(> input), [role=slider]')]
          .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width)
          .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().width, e.getBoundingClientRect().height])
          .filter(([, width, height]) => Math.min(width, height) < 43.5)"""
    )
    context.close()
    assert small == []


@pytest.mark.parametrize("width", [1440, 720, 390])  # 720: 1440 at 200 %
def test_nothing_is_wider_than_the_screen(visit, width):
    page = visit(width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_axe_finds_nothing_serious(browser, url, photo, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme, locale="en")
    page = context.new_page()
    arrive(page, url)
    page.click("#measure button")
    page.click("#strip button")
    page.locator("#noise input[type=range]").wait_for()
    page.click("#tools button")
    page.locator("#format input").wait_for()
    for state in ("example", "result", "answers", "compared"):
        if state == "result":
            upload(page, photo, "203×146")
            page.wait_for_selector("#history button")
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
