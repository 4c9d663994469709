"""What `/models` tells of each net is what its card, its file and the papers say; speeds belong to files."""

import hashlib
import json
import shutil

import pytest

from sr_models.checkpoints.catalog import list_checkpoints, weights_folder
from sr_models.checkpoints.format import read_checkpoint
from sr_models.errors import SRError
from sr_models.web.nets import NETS
from sr_models.web.pages.models import facts, speeds
from sr_models.web.pages.models.speeds import Speeds


def of(net: str, scale: int = 4):
    return next(there for there in facts.nets(scale, "en") if there.key == net)


def test_numbers_are_those_of_the_card_and_of_the_file():
    card = next(card for card in list_checkpoints() if card.name == "span_x4")
    path = weights_folder() / "span_x4.safetensors"
    cells = of("span").cells
    result, looks = card.result("Set5"), card.result("Set5", "lpips_alex")
    assert result
    assert looks
    assert cells["psnr_y"].value == result.value
    assert cells["lpips_alex"].value == looks.value
    tensors, _ = read_checkpoint(path)
    assert cells["parameters"].value == sum(p.numel() for p in tensors.parameters())
    assert cells["file"].value == path.stat().st_size
    assert cells["digest"].help == hashlib.sha256(path.read_bytes()).hexdigest()
    assert of("bicubic").cells["psnr_y"].value == result.baseline


def test_papers_stand_beside_the_nets_that_they_are_about():
    assert of("recurrent").cells["paper"].text == "31.53–31.68"
    assert "DRCN" in of("recurrent").cells["paper"].help
    assert "paper" not in of("vae").cells


def test_every_net_with_a_file_stands_there_once_at_each_scale():
    for scale in facts.offered_scales():
        named = [net.key for net in facts.nets(scale, "en")]
        files = {path.stem.removesuffix(f"_x{scale}") for path in weights_folder().glob(f"*_x{scale}.safetensors")}
        ours = {card.name.removesuffix(f"_x{scale}") for card in list_checkpoints() if card.scale == scale}
        assert named == ["bicubic", *dict.fromkeys(named[1:])]
        assert set(named[1:]) == files & ours


@pytest.mark.parametrize(("size", "words"), [(300_600, "301 kB"), (3_048_918, "3.0 MB"), (999_400, "999 kB")])
def test_sizes_are_written_in_thousands_and_millions_of_bytes(size, words):
    assert facts.size_words(size, "en") == words


def test_speeds_are_kept_and_go_with_their_file(tmp_path, monkeypatch):
    weights = tmp_path / "weights"
    weights.mkdir()
    shutil.copy(weights_folder() / "espcn_x4.safetensors", weights)
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(weights))
    monkeypatch.setenv("SR_LAB_KEPT", str(tmp_path / "kept"))
    monkeypatch.setattr(speeds, "take", lambda upscaler: 0.25)
    NETS.refresh()
    assert list(Speeds().measure(["bicubic", "espcn"], 4)) == ["bicubic", "espcn"]
    again = Speeds()
    found = again.of("espcn", 4)
    assert found
    assert found.seconds == 0.25
    assert again.of("espcn", 2) is None
    data = bytearray((weights / "espcn_x4.safetensors").read_bytes())
    data[-1] ^= 1  # another file of the same name is another net
    (weights / "espcn_x4.safetensors").write_bytes(data)
    NETS.refresh()
    assert Speeds().of("espcn", 4) is None
    assert Speeds().of("bicubic", 4) is not None


@pytest.mark.parametrize("broken", ["", "[]", "{", json.dumps({"a": 1}), json.dumps({"a": {"seconds": "x"}})])
def test_a_broken_file_of_speeds_is_none(tmp_path, monkeypatch, broken):
    monkeypatch.setenv("SR_LAB_KEPT", str(tmp_path))
    (tmp_path / speeds.FILE).write_text(broken)
    assert Speeds().of("bicubic", 4) is None


def test_only_one_measures_at_a_time_and_what_fails_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SR_LAB_KEPT", "off")

    def take(upscaler):
        if upscaler.checkpoint.startswith("espcn"):
            raise SRError("gone")
        return 1.0

    monkeypatch.setattr(speeds, "take", take)
    known = Speeds()
    first = known.measure(["bicubic", "espcn", "sesr_32x4"], 4)
    assert next(first) == "bicubic"
    assert known.goes_on
    assert list(known.measure(["bicubic"], 4)) == []
    assert list(first) == ["espcn", "sesr_32x4"]
    assert not known.goes_on
    assert known.of("espcn", 4) is None
    assert known.of("sesr_32x4", 4) is not None
    stopped = known.measure(["bicubic", "espcn"], 4)
    next(stopped)
    stopped.close()  # as Stop does
    assert not known.goes_on
