"""A result made again from its receipt: identical, changed, and what cannot be followed."""

import json

import numpy as np
import pytest
from PIL import Image

from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
from sr_models.errors import SRError
from sr_models.imaging.decode import read
from sr_models.imaging.degradations import parameters
from sr_models.imaging.encode import describe_file, encode
from sr_models.inference.load import load
from sr_models.parameters import Values
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.upscale import enlarged, write_bytes
from sr_models.pipelines.verify import verify
from tests.conftest import call, scene


@pytest.fixture
def made(small_checkpoint, tmp_path, monkeypatch):
    """Return what enlarges a picture by its settings and writes input, result and receipt."""
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))

    def make(name="espcn", kind="png", degradation=None, ensemble=False, array=None, **facts):
        source = tmp_path / "in.png"
        Image.fromarray(scene(40, 30) if array is None else array).save(source)
        upscaler = load(name, 2, "cpu")
        upscaler = upscaler.ensembled() if ensemble else upscaler
        inputs = prepare(read(source), 2, degradation)
        result = enlarged(upscaler, inputs.lr)
        digest = write_bytes(encode(result, kind, quality=80), tmp_path / f"out.{kind}")
        told = make_receipt(
            upscaler, inputs, None, seconds=1.0, result_sha256=digest, format=describe_file(kind, result, 80), **facts
        )
        (tmp_path / "receipt.json").write_text(json.dumps(told))
        return tmp_path / "receipt.json", source, tmp_path / f"out.{kind}"

    return make


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("name", ["espcn", "bicubic"])
def test_a_result_is_made_again_and_is_identical(made, name, kind):
    found = verify(*made(name, kind))
    assert (found.levels, found.because, found.holds) == (0, (), True)


def test_a_test_an_ensemble_and_transparency_are_followed(made):
    degradation = Values(parameters())
    assert verify(*made(degradation=degradation)).levels == 0
    assert verify(*made(ensemble=True)).levels == 0
    clear = np.dstack([scene(40, 30), np.linspace(0, 255, 1200).reshape(30, 40).astype(np.uint8)])
    assert verify(*made(array=clear)).levels == 0


def test_a_changed_result_is_different_and_is_said_to_be_another_file(made, monkeypatch, capsys):
    receipt, source, result = made()
    array = np.asarray(Image.open(result)).copy()
    array[3, 4, 0] ^= 64
    Image.fromarray(array).save(result)
    found = verify(receipt, source, result)
    assert (round(found.levels), found.holds) == (64, False)
    assert "not the one that the receipt names" in found.because[0]
    code, said, _ = call(monkeypatch, capsys, "verify", receipt, source, result)
    assert (code, "Different: up to 64 of 255 levels" in said) == (1, True)


def test_one_level_is_nearly_the_same(made):
    receipt, source, result = made()
    array = np.asarray(Image.open(result)).copy()
    array[3, 4, 0] += 1 if array[3, 4, 0] < 255 else -1
    Image.fromarray(array).save(result)
    found = verify(receipt, source, result)
    assert (found.levels, found.holds, found.words[:15]) == (1, True, "Nearly the same")


def test_what_cannot_be_followed_is_a_sentence(made, small_checkpoint, tmp_path):
    receipt, source, result = made()
    facts = json.loads(receipt.read_text())

    def refused(words, **changes):
        receipt.write_text(json.dumps(facts | changes))
        with pytest.raises(SRError, match=words):
            verify(receipt, source, result)

    refused("no receipt of an enlarged picture", output={})
    refused("no receipt of an enlarged picture", mode="repair")
    refused("no receipt of an enlarged picture", scale="two")
    refused("receipt of a moving picture", format={"kind": "gif"})
    refused("has 80×60 pixels, and the receipt makes 40×30", target=[40, 30])
    refused("has 40×30 pixels where the receipt had 41×30", input={"width": 41, "height": 30})
    receipt.write_text("[1")
    with pytest.raises(SRError, match="no receipt"):
        verify(receipt, source, result)
    receipt.write_text(json.dumps(facts))
    net, card = read_checkpoint(small_checkpoint)
    net.tail.bias.data += 1
    save_checkpoint(net, card, small_checkpoint)
    with pytest.raises(SRError, match="its SHA-256 differs"):
        verify(receipt, source, result)
