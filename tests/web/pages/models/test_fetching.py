"""A checkpoint of the Hub: looked at, fetched, offered on `/`; only for the host, unless he opens it."""

import pytest

from sr_models.bench import Server
from sr_models.checkpoints.catalog import weights_folder
from sr_models.errors import SRError
from sr_models.web.pages.models import fetching
from tests.checkpoints.test_hub import serving, url
from tests.conftest import WAIT


def test_what_is_looked_at_is_fetched_and_runs_on_the_first_page(browser, tmp_path):
    data = (weights_folder() / "espcn_x2.safetensors").read_bytes()
    kept = {"HF_HOME": str(tmp_path), "SR_LAB_KEPT": str(tmp_path / "kept")}
    with serving(data) as hub, Server(HF_ENDPOINT=url(hub), **kept) as address:
        page = browser.new_page()
        page.set_default_timeout(WAIT * 1000)
        page.goto(f"{address}/models?scale=2")
        page.wait_for_function("window.srLab")
        page.fill("#hub_ref input, #hub_ref textarea", "someone/other")
        page.click("#hub_look")
        page.wait_for_function("document.querySelector('#status output').value.includes('was not found on the Hub')")
        page.fill("#hub_ref input, #hub_ref textarea", "someone/net")
        page.click("#hub_look")
        page.wait_for_selector("#hub_load:has-text('Load 46 kB')")
        assert "at commit aaaaaaaa" in page.inner_text("#hub_facts")
        assert not any("resolve" in path for path in hub.RequestHandlerClass.asked)
        page.click("#hub_load")
        page.wait_for_selector(".sr-board-table tr:has-text('someone_net')")
        page.click("#hub_facts .use")
        page.wait_for_selector(".net-picker[data-net=someone_net]")
        page.close()


@pytest.mark.parametrize(
    ("space", "named", "is_hosts", "yes"),
    [
        ("", None, True, True),
        ("", None, False, False),
        ("", "someone", False, True),
        ("a/space", None, True, False),
        ("a/space", "1", False, True),
    ],
)
def test_who_may_have_what_fetched(monkeypatch, space, named, is_hosts, yes):
    monkeypatch.delenv("SR_LAB_OPEN_HUB", raising=False)
    monkeypatch.setenv("SPACE_ID", space)
    if named:
        monkeypatch.setenv("SR_LAB_OPEN_HUB", named)
    v = {"is_hosts": is_hosts, "hub_ref": "someone/net", "lang": "en"}
    monkeypatch.setattr(fetching, "look", lambda ref: tuple)
    if yes:
        assert fetching.looked(v)["hub_load"]
        return
    with pytest.raises(SRError, match="not among"):
        fetching.looked(v)
