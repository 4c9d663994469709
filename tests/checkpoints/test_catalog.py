"""What there is: files may come, change and go while the program runs, and cascades follow from them."""

import dataclasses
import logging

import pytest

from sr_models.archs import Samples
from sr_models.checkpoints import catalog
from sr_models.checkpoints.card import Measurement, cascade_card, read_card
from sr_models.checkpoints.catalog import has_ability, list_checkpoints, passes_of, scales_of, with_cascades
from sr_models.checkpoints.format import stamp
from sr_models.checkpoints.recommend import default_net, recommend
from tests.inference.test_compose import save


@pytest.fixture
def folder(small_checkpoint, monkeypatch):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    return small_checkpoint.parent


def test_files_that_come_change_and_go_are_seen(folder, small_checkpoint):
    def names():
        return [card.name for card in list_checkpoints()]

    assert names() == ["espcn_x2"]
    assert passes_of("espcn", 8) == (8,)
    x4 = save(small_checkpoint, 4)
    assert names() == ["espcn_x2", "espcn_x4"]
    assert (passes_of("espcn", 8), scales_of("espcn")) == ((4, 2), (2, 4, 8))
    for value in (30.0, 31.0):
        stamp(x4, [Measurement("Set5", "psnr_y", value, 28.0, "")])
        result = list_checkpoints()[1].result("Set5")
        assert result is not None
        assert result.value == value
    x4.unlink()
    assert names() == ["espcn_x2"]


def test_only_what_is_new_is_read_and_what_is_broken_is_said_once(folder, small_checkpoint, monkeypatch, caplog):
    read = []
    monkeypatch.setattr(catalog, "read_card", lambda path: read.append(path.name) or read_card(path))
    (folder / "broken_x2.safetensors").write_bytes(b"nonsense")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert [card.name for card in list_checkpoints()] == ["espcn_x2"]
    assert sorted(read) == ["broken_x2.safetensors", "espcn_x2.safetensors"]
    assert caplog.text.count("broken_x2.safetensors") == 1
    (folder / "broken_x2.safetensors").write_bytes(small_checkpoint.read_bytes())
    assert len(list_checkpoints()) == 2
    assert len(read) == 3


def test_picks_of_a_cascade_follow_its_first_pass_and_none_is_the_best(small_checkpoint):
    plain = read_card(small_checkpoint)

    def both(net, number, **facts):
        found = (Measurement("validation", "psnr_y", number, 28.0, ""),)
        looks = (Measurement("validation", "lpips_alex", number / 100, 0.4, ""),) if facts.get("invents") else ()
        return [dataclasses.replace(plain, name=f"{net}_x{s}", scale=s, results=found + looks, **facts) for s in (2, 4)]

    cards = with_cascades(
        [
            *both("espcn", 29.0),
            *both("sesr_48x6", 29.5),
            *both("sesr_32x4", 29.6),
            *both("photo", 27.0, trained_for="photo"),
            *both("gan", 28.0, invents=True),
            *both("finer_gan", 27.5, invents=True),
        ]
    )
    picks = {"fast": "espcn", "balanced": "sesr_32x4", "photo": "photo", "inventive": "finer_gan"}
    assert recommend(8, cards) == picks
    assert recommend(4, cards) == picks | {"best": "sesr_32x4"}
    assert default_net(8, cards) == "sesr_32x4"
    assert default_net(8, cards[:-6]) == "bicubic"  # without cascades there is nothing at x8


def test_a_cascade_has_no_ability_but_to_enlarge(small_checkpoint):
    card = read_card(small_checkpoint)
    assert not has_ability(card, Samples)
    vae = dataclasses.replace(card, name="vae_x2", architecture="vae")
    assert has_ability(vae, Samples)
    assert not has_ability(cascade_card("vae", [vae, vae]), Samples)
