"""One server for all of this folder, and new visitors."""

import pytest

from sr_models.bench import Server
from tests.web.pages.upscale.page import arrive


@pytest.fixture(scope="package")
def denoiser(tmp_path_factory):
    """A host's folder with a net that was made elsewhere and keeps the size."""
    import torch
    from safetensors.torch import save_file
    from spandrel.architectures.DnCNN import DnCNN

    there = tmp_path_factory.mktemp("nets")
    torch.manual_seed(0)
    save_file(DnCNN(in_nc=1, out_nc=1, nc=8, nb=4).state_dict(), there / "denoiser.safetensors")
    return there


@pytest.fixture(scope="package")
def url(denoiser):
    """The app on a port of its own, started once for the folder."""
    with Server(SR_LAB_MODELS=str(denoiser)) as address:
        yield address


@pytest.fixture
def visit(browser, url):
    """Open the page as a new visitor; the last check is that the browser logged no error."""
    contexts, errors = [], []

    def open_page(lang="en", width=1440, height=900, query=""):
        context = browser.new_context(viewport={"width": width, "height": height}, locale=lang, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
        arrive(page, f"{url}/restore{query}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
