"""The page's nets at a scale that nothing was trained for: what is said of them follows from the card of the cascade."""

import pytest

from sr_models import cli
from sr_models.checkpoints.catalog import SCALES
from sr_models.web import nets


@pytest.fixture(autouse=True)
def ours(monkeypatch):
    monkeypatch.delenv("SR_LAB_WEIGHTS", raising=False)
    nets.cards.cache_clear()


def test_a_cascade_says_that_it_was_not_measured():
    for net in nets.trained(8):
        summary = nets.summary(net, 4, "en")
        said = f"×8 is two passes, ×4 and then ×2: not measured on test sets. {summary}"
        assert nets.note(net, 8, "en").startswith(said), net
        assert nets.note(net, 8, "zh").startswith("×8 分两次进行，先 ×4 再 ×2：未在测试集上测量。"), net
        assert "not measured" not in nets.note(net, 4, "en")
        assert nets.title(net, 8, "en") == nets.title(net, 4, "en")


def test_what_a_cascade_can_do():
    assert nets.knows_many("vae", 4)
    assert not nets.knows_many("vae", 8)  # its passes could, it cannot
    assert nets.judged(8) is None
    assert (nets.invents("srgan", 8), nets.partner_of("srgan", 8)) == (True, "sesr_48x6")
    assert nets.runner("srgan", 8, mix=0.5).name == "srgan_x4_x2_mix0.5"
    assert not nets.invents("espcn", 8)
    assert [label for label, net in nets.choices(8, "en") if net == "srgan"] == ["Inventive · SRGAN"]
    assert not any("Best" in label for label, _ in nets.choices(8, "en"))  # nothing was measured


def test_the_command_line_begins_with_the_page_s_net():
    assert [cli._default(scale) for scale in SCALES] == [nets.default(scale) for scale in SCALES]
    assert all(nets.default(scale) in nets.trained(scale) for scale in SCALES)
