"""The page comes without jumps, and fetches what it shows and no more."""

import pytest

from sr_models.bench.weight import SIZES, visit
from sr_models.web import static
from tests.conftest import WAIT

MOST_SHIFT = 0.05
MOST_REQUESTS = 60
MOST_BYTES = {"first": 700_000, "second": 40_000}


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


@pytest.mark.parametrize("size", SIZES)
def test_a_first_visit_is_light_and_a_second_one_has_nearly_all(context, url, size):
    visitor = context(size)
    first, second = visit(visitor, url).fetched(), visit(visitor, url).fetched()
    assert len(first) < MOST_REQUESTS, first
    assert sum(bytes_ for bytes_, *_ in first) < MOST_BYTES["first"], first
    assert sum(bytes_ for bytes_, *_ in second) < MOST_BYTES["second"], second
    # A sheet that gradio fetches by itself although it came with the others would be there twice.
    apart = {path.rsplit("/", 1)[-1] for _, kind, path in first if kind == "Stylesheet" and "/assets/" in path}
    assert not apart & static.sheets().keys()
