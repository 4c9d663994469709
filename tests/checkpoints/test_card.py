"""Cards are read for ever: one of each form that a file of `weights/` has had, results cut short."""

import dataclasses
import json
from pathlib import Path

import pytest

from sr_models.checkpoints.card import KEY, Base, Card, Measurement, cascade_card, read_bases, read_card
from sr_models.checkpoints.catalog import weights_folder

OLD = {card["name"]: card for card in json.loads(Path(__file__).with_name("old_cards.json").read_text())}
BASES = {
    "autoencoder_gan_x4": [("autoencoder_x4", "0a1a", "continues")],
    "autoencoder_noskip_x4": [("autoencoder_noskip_x4", "a1d5", "warm_start")],
    "autoencoder_x4": [],
    "edsr_x4": [("edsr_x4", "96fc", "warm_start")],
    "espcn_x2": [],
    "espcn_x3": [("espcn_x3", "6d17", "warm_start")],
    "espcn_x4": [("espcn_x2", "1b07", "warm_start")],
    "fsrcnn_x4": [("fsrcnn_x2", "1c3e", "warm_start")],
    "recurrent_x3": [("recurrent_x4", "e97f", "warm_start")],
    "recurrent_x4": [],
    "sesr_48x6_x2": [("sesr_48x6_x4", "99ba", "warm_start")],
    "sesr_48x6_x4": [],
    "srgan_x4": [("srgan_x4", "17ad", "warm_start"), ("sesr_48x6_x4", "99ba", "continues")],
    "vae_x2": [("vae_x4", "06d2", "warm_start"), ("sesr_48x6_x2", "2689", "contains")],
}


def form(card: dict) -> tuple:
    """Return what makes two old cards differ in form: their keys, those of the base and of the recipe."""
    base = card["base"]
    same = base and base["name"] in (base.get("continues"), base.get("contains"))
    return sorted(card), sorted(base or ()), same, sorted(json.loads(card["recipe"]))


@pytest.mark.parametrize("name", OLD)
def test_every_old_form_is_read(name):
    old = OLD[name]
    card = Card.from_json(json.dumps(old))
    assert [(base.name, (base.sha256 or "")[:4], base.relation) for base in card.bases] == BASES[name]
    assert card.recipe == json.loads(old["recipe"])
    assert card.started_from == (old["base"] or {}).get("name")
    assert card.measured_partner == (old["base"] or {}).get("continues")
    assert card.device == old.get("device")
    for key in ("name", "architecture", "config", "scale", "dataset", "license", "steps", "seconds", "commit"):
        assert getattr(card, key) == old[key], key
    assert card.results == tuple(Measurement(**r) for r in old["results"])
    assert Card.from_json(card.to_json()) == card  # and is written in the new form without a loss
    assert "base" not in json.loads(card.to_json())


def test_no_file_of_ours_has_a_form_of_which_there_is_no_sample(monkeypatch):
    monkeypatch.delenv("SR_LAB_WEIGHTS", raising=False)
    paths = sorted(weights_folder().glob("*.safetensors"))
    assert len(paths) > 30
    for path in paths:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        card = json.loads(header["__metadata__"][KEY])
        assert "bases" in card or form(card) in [form(old) for old in OLD.values()], path.name
        assert read_card(path).name == path.stem


def test_a_cascade_of_a_net_that_a_distance_flatters_is_flattered_too():
    gan, plain = (Card.from_json(json.dumps(OLD[name])) for name in ("srgan_x4", "espcn_x2"))
    assert (
        cascade_card("any", [gan, plain]).perceptual_features
        == cascade_card("any", [plain, gan]).perceptual_features
        == "lite0"
    )
    assert cascade_card("any", [plain, plain]).perceptual_features is None
    assert cascade_card("any", [gan, plain]).measured_partner is None  # one of the two continues nothing


def test_what_a_loss_used_is_known_of_old_cards_too():
    read = {name: Card.from_json(json.dumps(old)) for name, old in OLD.items()}
    assert {name for name, card in read.items() if card.perceptual_features} == {"autoencoder_gan_x4", "srgan_x4"}
    assert read["srgan_x4"].perceptual_features == "lite0"
    assert read["edsr_x4"].recipe["teacher"] == "sesr_64x10"


@pytest.mark.parametrize("text", ["none", "{broken", "[" * 10**5, "3", '["a"]', '{"options": []}'])
def test_an_old_recipe_of_any_text_is_kept_as_text(text):
    card = Card.from_json(json.dumps({**OLD["espcn_x2"], "recipe": text}))
    assert card.recipe == {"text": text}
    assert card.perceptual_features is None
    assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    "change",
    [
        {"recipe": ["a"]},
        {"recipe": {"options": []}},
        {"recipe": None},
        {"bases": [{"name": "espcn_x2", "sha256": None, "relation": "cousin"}]},
        {"bases": [{"name": 3, "sha256": None, "relation": "teacher"}]},
        {"bases": [{"name": "espcn_x2"}]},
        {"bases": 3},
        {"bases": [{"name": "espcn_x4", "sha256": None, "relation": "pass"}]},  # only a derived card has it
    ],
    ids=str,
)
def test_what_is_no_card_is_refused(change):
    new = json.loads(Card.from_json(json.dumps(OLD["espcn_x3"])).to_json())
    assert Card.from_json(json.dumps(new))
    with pytest.raises((ValueError, TypeError, KeyError)):
        Card.from_json(json.dumps(new | change))


def test_the_state_of_an_old_run_names_its_bases():
    assert read_bases({"base": None}) == ()
    old = {"name": "a_x2", "sha256": "1", "contains": "a_x2", "contains_sha256": "1"}
    assert read_bases({"base": old}) == (Base("a_x2", "1", "contains"),)
    facts = {"bases": [dataclasses.asdict(Base("a_x2", None, "teacher"))], "step": 3}
    assert read_bases(facts) == (Base("a_x2", None, "teacher"),)
    assert facts == {"step": 3}
