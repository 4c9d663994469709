"""Results of the examples that the server makes when it has nothing to do, keeps, and shows at once."""

import hashlib
import json
import os
import sys
import threading
from pathlib import Path

import pytest
import torch
from filelock import FileLock, Timeout
from playwright.sync_api import expect

from sr_models.bench import Server
from sr_models.checkpoints.catalog import weights_folder
from sr_models.files import sha256
from sr_models.web import turns
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import examples, keeping
from tests.conftest import WAIT
from tests.web.pages.upscale.page import STATUS, addresses, arrive, choose, choose_net, download, view

EXAMPLE = "sign"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A folder to keep results in, one example, and two nets without a stored result, one of which draws samples."""
    monkeypatch.setenv("SR_LAB_KEPT", str(tmp_path / "kept"))
    monkeypatch.setattr(keeping, "examples", lambda: [examples.example(EXAMPLE)])
    monkeypatch.setattr(NETS, "trained", lambda scale: ["srcnn", "espcn", "vae"])
    return tmp_path / "kept"


def stored() -> examples.Stored:
    found = examples.stored(EXAMPLE, "srcnn")
    assert found is not None
    return found


def kept_file(name: str, digest: str) -> Path:
    """Return where a server keeps what these weights make of an example."""
    shown = examples.example(name)
    path = examples.kept_file(shown, "srcnn", digest) if shown else None
    assert path is not None
    return path


def receipts(folder):
    return sorted(path.name for path in folder.rglob("*.json"))


def test_what_is_missing_is_made_once_and_says_how(kept):
    assert examples.stored(EXAMPLE, "srcnn") is None
    keeping.make_missing(lambda: True, calm=0)
    assert receipts(kept) == ["sign_srcnn_x4.json"]  # ESPCN's is in the repository, and VAE's samples are not stored
    found = stored()
    weights = weights_folder() / "srcnn_x4.safetensors"
    assert found.receipt["checkpoint_sha256"] == sha256(weights)
    assert found.receipt["output"]["sha256"] == hashlib.sha256(found.result.read_bytes()).hexdigest()
    assert found.receipt["precision"] == str(NETS.runner("srcnn", 4).dtype).removeprefix("torch.")
    assert found.receipt["seconds"] > 0
    assert (found.readouts.result["psnr_y"] or 0) > (found.readouts.bicubic["psnr_y"] or 99)
    made = found.result.stat().st_mtime_ns
    keeping.make_missing(lambda: pytest.fail("nothing is missing, and yet it waits for its turn"), calm=0.01)
    assert found.result.stat().st_mtime_ns == made


def test_other_weights_or_another_picture_have_no_stored_result(kept, tmp_path, monkeypatch):
    keeping.make_missing(lambda: True, calm=0)
    digest = stored().receipt["checkpoint_sha256"]
    assert kept_file(EXAMPLE, digest).is_file()
    assert not kept_file(EXAMPLE, digest[::-1]).exists()
    assert not kept_file("facade", digest).exists()
    name = "srcnn_x4.safetensors"
    (tmp_path / name).write_bytes((weights_folder() / name).read_bytes() + b" ")
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path))
    assert examples.stored(EXAMPLE, "srcnn") is None


def test_nothing_is_made_while_anybody_runs_anything(kept):
    asked, free = threading.Semaphore(0), threading.Event()

    def idle():
        asked.release()
        return free.is_set()

    work = threading.Thread(target=keeping.make_missing, args=(idle, 0.01))
    work.start()
    for _ in range(20):
        asked.acquire(timeout=WAIT)
    assert receipts(kept) == []
    free.set()
    work.join(WAIT)
    assert receipts(kept) == ["sign_srcnn_x4.json"]


def test_one_process_at_a_time_makes_them(kept, monkeypatch):
    def made(*_):
        with pytest.raises(Timeout):
            FileLock(kept / "lock").acquire(blocking=False)

    monkeypatch.setattr(keeping, "make_one", made)
    keeping.make_missing(lambda: True, calm=0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has priorities of threads")
def test_it_takes_one_core_at_the_lowest_priority_and_leaves_the_others_as_they_are():
    before, seen = torch.get_num_threads(), []

    def little():
        keeping.take_little()
        seen.append((torch.get_num_threads(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))

    for work in (little, lambda: seen.append(torch.get_num_threads())):  # a thread that begins later
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [(1, turns.LOWEST), before]
    assert torch.get_num_threads() == before
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < turns.LOWEST


def test_where_nothing_is_kept_nothing_begins(monkeypatch):
    monkeypatch.setenv("SR_LAB_KEPT", "off")
    monkeypatch.setattr(threading, "Thread", lambda **_: pytest.fail("a thread began"))
    keeping.start(lambda: True)
    keeping.make_missing(lambda: pytest.fail("it waits for its turn"))


@pytest.fixture
def page(kept, browser):
    """The page of a server that finds a kept result, and makes none: another process holds the lock."""
    keeping.make_missing(lambda: True, calm=0)
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    with FileLock(kept / "lock"), Server(SR_LAB_KEPT=str(kept)) as url:
        page = context.new_page()
        arrive(page, f"{url}?arch=srcnn&example={EXAMPLE}")
        yield page
        context.close()


def test_a_stored_result_is_shown_at_once_by_a_link_and_by_a_click(page, kept):
    stands = stored_stands(page, "sign_srcnn_x4")
    assert "/kept/examples/" in addresses(page)[1]
    assert json.loads(download(page, "#receipt")[1])["checkpoint"] == "srcnn_x4"
    choose_net(page, "ESPCN")
    stands = stored_stands(page, "sign_espcn_x4", stands)
    choose_net(page, "^SRCNN")
    stands = stored_stands(page, "sign_srcnn_x4", stands)
    choose(page, "#scale", "×2")
    expect(page.locator("#stale")).to_contain_text("SRCNN ×4 by other settings")
    choose(page, "#scale", "×4")
    expect(page.locator("#stale")).to_be_empty()
    assert view(page) == stands
    choose_net(page, "^EDSR")  # is not stored: what stands is marked
    expect(page.locator("#stale")).to_contain_text("SRCNN ×4 by other settings")


def stored_stands(page, name: str, before: str = "") -> str:
    """Wait until a stored result stands; return what the viewer calls it."""
    page.wait_for_function(
        """([name, before]) => { const host = document.querySelector('.sr-viewer');
          return host.dataset.id !== before && host.dataset.loading === 'no'
            && host.viewer.pictures()[1].url.endsWith(`${name}.png`); }""",
        arg=[name, before],
    )
    expect(page.locator(STATUS)).to_have_text("An example: Road sign, shrunk by 4 and enlarged again.")
    expect(page.locator("#download")).to_be_enabled()
    return view(page)
