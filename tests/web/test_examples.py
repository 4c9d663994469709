"""The stored example is what the code and the weights make today."""

import json

import numpy as np
import pytest

from sr_models.image import read
from sr_models.loader import weights_folder
from sr_models.web import examples
from sr_models.web.nets import default
from sr_models.web.readouts import number, sentence, table


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.delenv("SR_LAB_WEIGHTS", raising=False)
    examples.make(tmp_path)
    return tmp_path


def test_the_stored_example_is_made_by_the_committed_weights(fresh):
    assert list(weights_folder().glob("*.safetensors"))
    stored = examples.stored()
    assert stored is not None
    assert stored.net == default(examples.SCALE)
    made = json.loads((fresh / stored.receipt_file.name).read_text())
    assert made["checkpoint_sha256"] == stored.receipt["checkpoint_sha256"]
    for column in ("result", "bicubic"):
        for key, value in stored.receipt["readouts"][column].items():
            assert made["readouts"][column][key] == pytest.approx(value, abs=0.02, rel=0.01), key
    for path in (stored.bicubic, stored.result):
        new, old = (read(p).array.astype(int) for p in (fresh / path.name, path))
        assert np.abs(new - old).max() <= 3, path.name  # float32 here and bf16 there differ by a level or two


def test_the_stored_file_is_the_one_that_was_measured():
    import hashlib

    stored = examples.stored()
    assert stored is not None
    assert hashlib.sha256(stored.result.read_bytes()).hexdigest() == stored.receipt["output"]["sha256"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_readouts_show_every_number_with_its_protocol(lang):
    stored = examples.stored()
    assert stored is not None
    shown = table(stored.readouts, "SESR", lang) + sentence(stored.readouts, lang)
    for key, value in stored.readouts.result.items():
        assert value is not None
        assert number(key, value, lang) in shown
    assert "BT.601" in shown


def test_without_the_weights_there_is_no_example_and_the_page_still_stands(tmp_path, monkeypatch):
    from sr_models.web import nets
    from sr_models.web.pages import enlarge

    monkeypatch.setenv("SR_LAB_WEIGHTS", str(tmp_path))
    nets.cards.cache_clear()
    try:
        assert examples.stored() is None
        assert default(4) == "bicubic"
        assert enlarge.build() is not None
    finally:
        nets.cards.cache_clear()
