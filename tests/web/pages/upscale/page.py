"""What a visitor does on the page and reads off it: upload, choose, run, compare, download."""

import io
import re

import numpy as np
from PIL import Image

from tests.conftest import WAIT

STATUS = "#status output"
CHOSEN = ".sr-list tr[aria-selected=true]"
SAYS_TILE = f"() => document.querySelector('{STATUS}').value.startsWith('Tile')"
STANDS = f"""before => {{
  const host = document.querySelector('.sr-viewer');
  return host.dataset.id !== before && host.dataset.loading === 'no' && host.viewer.pictures().length > 1
    && host.dataset.state === 'whole' && document.querySelector('#sentence .sentence')
    && document.querySelector('{STATUS}').value.startsWith('Done');
}}"""


def arrive(page, address: str) -> None:
    """Open the page and wait until its first picture stands and its script is loaded."""
    page.set_default_timeout(WAIT * 1000)
    page.goto(address)
    page.wait_for_selector("#viewer .sr-viewer[data-state=whole]")
    page.wait_for_function("window.srLab")


def upload(page, path, shown: str, result: bool = True) -> None:
    """Upload a file, wait for the words that describe it, and for the result that comes unasked."""
    before = view(page)
    page.set_input_files("#picture input[type=file]", path)
    page.wait_for_function("words => document.querySelector('#facts').innerText.includes(words)", arg=shown)
    if result:
        run_if_asked(page, STANDS, before)


def view(page) -> str:
    """Return what stands in the viewer: another name for every run."""
    return page.get_attribute("#viewer .sr-viewer", "data-id")


def wait_for_result(page, before: str) -> None:
    """Wait until another run than `before` is done, measured and drawn."""
    page.wait_for_function(STANDS, arg=before)


def run_if_asked(page, until: str, arg: str = "") -> None:
    """Wait until a function of the page is true; press Run where a busy machine says that it would take long."""
    page.wait_for_function(
        f"arg => document.querySelector('{STATUS}').value.startsWith('This takes') || ({until})(arg)", arg=arg
    )
    if page.inner_text(STATUS).startswith("This takes"):
        page.click("#run")
        page.wait_for_function(until, arg=arg)


def choose_net(page, label: str) -> None:
    """Choose a net in the list of all, by its name or what it is recommended for."""
    page.click("#net .more")
    page.locator("#net .all-nets tbody tr").filter(has_text=re.compile(label)).first.locator("button").click()
    page.keyboard.press("Escape")


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


def compare(page) -> None:
    """Press the button and wait until all nets have run."""
    before = view(page)
    page.click("#compare")
    wait_for_comparison(page, before)


def wait_for_comparison(page, before: str) -> None:
    """Wait until a comparison other than `before` stands whole in the list and in the viewer."""
    page.wait_for_function(
        f"""before => {{
          const host = document.querySelector('.sr-viewer'), chosen = document.querySelectorAll('{CHOSEN}');
          return host.dataset.id !== before && host.dataset.loading === 'no'
            && document.querySelector('{STATUS}').value.includes('methods')
            && document.querySelector('.sr-list tr[data-key=map] img')
            && host.viewer.pictures().length === chosen.length;
        }}""",
        arg=before,
    )


def finish_answers(page, words: str, pictures: int = 5) -> None:
    """Run, and wait until the answers stand in the viewer."""
    before = view(page)
    page.click("#run")
    page.wait_for_function(
        f"""([before, words, count]) => {{
          const host = document.querySelector('.sr-viewer'), said = document.querySelector('{STATUS}').value;
          return host.dataset.id !== before && host.dataset.loading === 'no' && said.includes(words)
            && host.viewer.pictures().length === count && !document.querySelector('#run').disabled;
        }}""",
        arg=[before, words, pictures],
    )
