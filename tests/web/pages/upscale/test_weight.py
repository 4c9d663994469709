"""The page comes without jumps, and fetches what it shows and no more."""

import pytest

from sr_models.bench.weight import SIZES, visit
from tests.conftest import WAIT

MOST_SHIFT = 0.05


@pytest.fixture
def context(browser):
    """Return new visitors' contexts, by size of the window and language."""
    opened = []

    def open_context(size="wide", lang="en"):
        found = browser.new_context(viewport=SIZES[size], locale=lang)
        found.set_default_timeout(WAIT * 1000)
        opened.append(found)
        return found

    yield open_context
    for found in opened:
        found.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_jumps_while_the_page_comes(context, url, size, lang):
    assert visit(context(size, lang), url, latency=150).shift < MOST_SHIFT
