"""A real Chromium for the tests of the page and the viewer."""

import pytest

from sr_models.bench import CHROMIUM_FLAGS
from tests.conftest import WAIT


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT * 1000)
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield found
        found.close()


@pytest.fixture(autouse=True)
def nets_of_now():
    """Forget what an earlier test loaded from another weights folder."""
    from sr_models.web.nets import NETS

    NETS.refresh()
