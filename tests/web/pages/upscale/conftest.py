"""One server for all of this folder, new visitors, and a picture for them to upload."""

import numpy as np
import pytest

from sr_models.bench import Server
from sr_models.imaging.encode import encode_png
from tests.conftest import scene
from tests.web.pages.upscale.page import arrive


@pytest.fixture(scope="package")
def url():
    """The app on a port of its own, started once for the folder."""
    with Server() as address:
        yield address


@pytest.fixture
def visit(browser, url):
    """Open the page as a new visitor; the last check is that the browser logged no error."""
    contexts, errors = [], []

    def open_page(lang="en", width=1440, height=1000, query=""):
        context = browser.new_context(viewport={"width": width, "height": height}, locale=lang, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
        arrive(page, url + query)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def photo(tmp_path):
    """A picture of 203x146 with detail at every scale."""
    rng = np.random.default_rng(3)
    blocks = np.kron(rng.integers(0, 255, (25, 35, 3)), np.ones((6, 6, 1)))[:146, :203]
    path = tmp_path / "photo.png"
    path.write_bytes(encode_png(((blocks + scene(203, 146)) / 2).astype(np.uint8)))
    return path
