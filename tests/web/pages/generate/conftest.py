"""One server for all of this folder, and new visitors."""

import pytest

from sr_models.bench import Server
from tests.conftest import WAIT


@pytest.fixture(scope="package")
def url():
    """The app on a port of its own, started once for the folder."""
    with Server() as address:
        yield address


@pytest.fixture
def visit(browser, url):
    """Open the page as a new visitor; the last check is that the browser logged no error."""
    contexts, errors = [], []

    def open_page(query="", width=1280, height=900, lang="en", **more):
        how = {"viewport": {"width": width, "height": height}, "locale": lang, "accept_downloads": True, **more}
        context = browser.new_context(**how)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
        page.set_default_timeout(WAIT * 1000)
        page.goto(f"{url}/generate{query}")
        page.wait_for_selector("#samples [role=gridcell]")
        page.wait_for_function("window.srLab")
        page.wait_for_selector("#download:not(:disabled)")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
