"""A server that keeps speeds and offers a folder of nets, and new visitors of the page."""

import pytest

from sr_models.bench import Server
from tests.conftest import WAIT


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """A host's folder: one net that was made elsewhere, one file that may hold a program."""
    import torch
    from safetensors.torch import save_file
    from spandrel.architectures.Compact import Compact

    there = tmp_path_factory.mktemp("nets")
    torch.manual_seed(0)
    net = Compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=1, upscale=2)
    save_file(net.state_dict(), there / "from_elsewhere.safetensors")
    (there / "old.pth").write_bytes(b"never opened")
    return there


@pytest.fixture(scope="package")
def url(folder, tmp_path_factory):
    """The app on a port of its own, started once for the folder."""
    kept = tmp_path_factory.mktemp("kept")
    with Server(SR_LAB_MODELS=str(folder), SR_LAB_KEPT=str(kept)) as address:
        yield address


@pytest.fixture
def visit(browser, url):
    """Open the page as a new visitor; the last check is that the browser logged no error."""
    contexts, errors = [], []

    def open_page(query="", width=1280, height=900, lang="en", **more):
        how = {"viewport": {"width": width, "height": height}, "locale": lang, **more}
        context = browser.new_context(**how)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
        page.set_default_timeout(WAIT * 1000)
        page.goto(f"{url}/models{query}")
        page.wait_for_selector(".sr-board-table tbody tr")
        page.wait_for_function("window.srLab")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
