"""The page's nets at a scale that nothing was trained for.

What is said of them follows from the card of the cascade.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import sr_models
from sr_models.checkpoints.card import Card, Measurement, read_card
from sr_models.checkpoints.catalog import SCALES
from sr_models.pipelines import chosen
from sr_models.web.nets import NETS

OURS = Path(sr_models.__file__).parents[1] / "weights"


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
    shutil.copy(OURS / "espcn_x2.safetensors", tmp_path)
    NETS.refresh()
    assert NETS.trained(2) == ["espcn"]
    first = NETS.runner("espcn", 2)
    NETS.refresh()
    assert NETS.runner("espcn", 2) is first  # nothing changed: it stays loaded
    shutil.copy(OURS / "espcn_x2.safetensors", tmp_path / "new")
    (tmp_path / "new").replace(tmp_path / "espcn_x2.safetensors")
    NETS.refresh()
    assert NETS.runner("espcn", 2) is not first
    (tmp_path / "espcn_x2.safetensors").unlink()
    NETS.refresh()
    assert NETS.trained(2) == []


def made(name: str, validation: float, set5: float, **facts) -> Card:
    """Make a card of SESR with two measured numbers."""
    found = [Measurement("validation", "psnr_y", validation, 27.8, ""), Measurement("Set5", "psnr_y", set5, 28.43, "")]
    return replace(read_card(OURS / "sesr_48x6_x4.safetensors"), name=name, results=tuple(found), **facts)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (made("sesr_32x4_x4", 29.5, 31.6), "Best by validation; SESR 32x4 is 0.10 dB ahead on Set5. "),
        (made("sesr_32x4_x4", 29.5, 31.4), ""),
        (made("sesr_32x4_x4", 29.5, 31.504), ""),  # the same number to those who read it
        (made("sesr_32x4_x4", 29.5, 31.6, invents=True), ""),
        (made("sesr_32x4_x4", 29.5, 31.6, trained_for="photo"), ""),
        (made("sesr_32x4_x2", 29.5, 36.0, scale=2), ""),
    ],
)
def test_the_best_by_validation_says_who_is_ahead_on_set5(monkeypatch, other, said):
    cards = (made("sesr_64x10_x4", 29.7, 31.5), other)
    monkeypatch.setattr(NETS, "_cards", lambda: cards)
    words = f"Set5 ×4, clean pictures: 31.50 dB (bicubic 28.43). {said}{NETS.summary('sesr_64x10', 'en')}"
    assert NETS.note("sesr_64x10", 4, "en").startswith(words)
    assert "validation" not in NETS.note("sesr_32x4", 4, "en")


@pytest.mark.parametrize(("set5", "said"), [(28.03, "0.40 dB below bicubic. "), (28.43, ""), (29.0, "")])
def test_a_net_below_bicubic_says_so(monkeypatch, set5, said):
    net = made("autoencoder_noskip_x4", 26.0, set5, architecture="autoencoder")
    cards = (net, made("sesr_64x10_x4", 29.7, 31.5))
    monkeypatch.setattr(NETS, "_cards", lambda: cards)
    summary = NETS.summary("autoencoder_noskip", "en")
    assert summary.endswith("the one without them shows why they matter.")
    assert f"(bicubic 28.43). {said}{summary}" in NETS.note("autoencoder_noskip", 4, "en")


@pytest.mark.parametrize(
    ("net", "english", "chinese"),
    [
        ("autoencoder", "Autoencoder", "自编码器"),
        ("autoencoder_gan", "Autoencoder GAN", "自编码器 GAN"),
        ("autoencoder_noskip", "Autoencoder without skips", "自编码器（无跳跃连接）"),
        ("sesr_48x6", "SESR 48x6", "SESR 48x6"),
        ("sesr_48x6_photo", "SESR 48x6 for photos", "SESR 48x6（照片）"),
    ],
)
def test_a_variant_has_words_in_every_language(net, english, chinese):
    assert (NETS.title(net, "en"), NETS.title(net, "zh")) == (english, chinese)
