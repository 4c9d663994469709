"""The page's nets at a scale that nothing was trained for.

What is said of them follows from the card of the cascade.
"""

import shutil
from pathlib import Path

import pytest

import sr_models
from sr_models.checkpoints.catalog import SCALES
from sr_models.pipelines import chosen
from sr_models.web.nets import NETS


@pytest.fixture(autouse=True)
def ours(monkeypatch):
    monkeypatch.delenv("SR_LAB_WEIGHTS", raising=False)
    NETS.refresh()


def test_a_cascade_says_that_it_was_not_measured():
    for net in NETS.trained(8):
        summary = NETS.summary(net, "en")
        said = f"×8 runs in passes, ×4 → ×2: not measured on test sets. {summary}"
        assert NETS.note(net, 8, "en").startswith(said), net
        assert NETS.note(net, 8, "zh").startswith("×8 分多次进行，×4 → ×2：未在测试集上测量。"), net
        assert "not measured" not in NETS.note(net, 4, "en")


def test_what_a_cascade_can_do():
    assert NETS.draws_samples("vae", 4)
    assert not NETS.draws_samples("vae", 8)  # its passes could, it cannot
    assert NETS.critic_net(8) is None
    assert (NETS.invents("srgan", 8), NETS.partner_of("srgan", 8)) == (True, "sesr_48x6")
    assert NETS.runner("srgan", 8, mix=0.5).name == "srgan_x4_x2_mix0.5"
    assert not NETS.invents("espcn", 8)
    assert [(o.pick, o.title) for o in NETS.offers(8, "en") if o.net == "srgan"] == [("Inventive", "SRGAN")]
    assert not any("Best" in offer.pick for offer in NETS.offers(8, "en"))  # nothing was measured


def test_the_command_line_begins_with_the_page_s_net():
    assert [chosen.default_name(scale) for scale in SCALES] == [NETS.default(scale) for scale in SCALES]
    assert all(NETS.default(scale) in NETS.trained(scale) for scale in SCALES)


def test_a_checkpoint_that_comes_or_goes_is_seen_without_a_restart(tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path))
    NETS.refresh()
    assert NETS.trained(2) == []
    assert "espcn" not in [offer.net for offer in NETS.offers(2, "en")]
    ours = Path(sr_models.__file__).parents[1] / "weights"
    shutil.copy(ours / "espcn_x2.safetensors", tmp_path)
    NETS.refresh()
    assert NETS.trained(2) == ["espcn"]
    first = NETS.runner("espcn", 2)
    NETS.refresh()
    assert NETS.runner("espcn", 2) is first  # nothing changed: it stays loaded
    shutil.copy(ours / "espcn_x2.safetensors", tmp_path / "new")
    (tmp_path / "new").replace(tmp_path / "espcn_x2.safetensors")
    NETS.refresh()
    assert NETS.runner("espcn", 2) is not first
    (tmp_path / "espcn_x2.safetensors").unlink()
    NETS.refresh()
    assert NETS.trained(2) == []
