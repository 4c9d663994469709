"""Nets that were trained elsewhere: found out, run in tiles, offered from a folder, refused with a sentence."""

import os
import pickle
import re
import struct
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import sr_models
from sr_models.archs import Samples
from sr_models.checkpoints import community
from sr_models.checkpoints.catalog import has_ability, list_checkpoints, scales_of, with_cascades
from sr_models.checkpoints.convert import convert
from sr_models.errors import SRError
from sr_models.inference.load import load, load_restorer
from tests.conftest import call

pytest.importorskip("spandrel", reason="nets from elsewhere need the extra `community`")


def built(kind: str) -> torch.nn.Module:
    """Build a small net of a kind, of random weights that do something."""
    torch.manual_seed(0)
    if kind == "ESRGAN":
        from spandrel.architectures.ESRGAN import ESRGAN

        net = ESRGAN(num_filters=16, num_blocks=1, scale=4)
    elif kind == "SPAN":
        from spandrel.architectures.SPAN import SPAN

        net = SPAN(num_in_ch=3, num_out_ch=3, feature_channels=16, upscale=2, norm=False)
    elif kind == "SwinIR":
        from spandrel.architectures.SwinIR import SwinIR

        size = {"img_size": 16, "embed_dim": 12, "depths": [2], "num_heads": [2], "window_size": 4, "mlp_ratio": 2}
        net = SwinIR(**size, upscale=2, upsampler="pixelshuffledirect")
    elif kind == "Compact":
        from spandrel.architectures.Compact import Compact

        net = Compact(num_in_ch=3, num_out_ch=3, num_feat=16, num_conv=2, upscale=3)
    else:
        from spandrel.architectures.DnCNN import DnCNN

        net = DnCNN(in_nc=1, out_nc=1, nc=8, nb=4)
    with torch.no_grad():  # a grey picture, and not a black one
        [p for name, p in net.named_parameters() if name.endswith("bias")][-1].fill_(0.3)
    return net.eval()


SCALES = {"ESRGAN": 4, "SPAN": 2, "SwinIR": 2, "Compact": 3, "DnCNN": 1}
UPSCALERS = [kind for kind, scale in SCALES.items() if scale > 1]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of weights alone of each kind."""
    folder = tmp_path_factory.mktemp("models")
    for kind in SCALES:
        state = {key: value.contiguous() for key, value in built(kind).state_dict().items()}
        save_file(state, folder / f"4x {kind}.safetensors")
    return folder


def test_there_are_enough_kinds():
    assert len(UPSCALERS) >= 4


@pytest.mark.parametrize("kind", UPSCALERS)
def test_a_foreign_net_runs_as_spandrel_runs_it_and_in_tiles_as_whole(kind, files):
    upscaler = load(str(files / f"4x {kind}.safetensors"), device="cpu", dtype="float32")
    assert (upscaler.scale, upscaler.name) == (SCALES[kind], f"4x_{kind}_x{SCALES[kind]}")
    lr = torch.nn.functional.interpolate(
        torch.rand(1, 3, 9, 11, generator=torch.Generator().manual_seed(1)), size=(72, 84), mode="bicubic"
    ).clamp(0, 1)
    from spandrel import ModelLoader

    theirs: Any = ModelLoader("cpu").load_from_state_dict(built(kind).state_dict()).eval()
    alone = theirs(lr)
    whole = upscaler(lr, tile=200)
    assert whole.shape == (1, 3, 72 * upscaler.scale, 84 * upscaler.scale)
    torch.testing.assert_close(whole, alone, atol=2e-5, rtol=0)
    assert float(whole.std()) > 0
    assert float((upscaler(lr, tile=32) - whole).abs().max()) < 2 / 255  # windows of attention begin elsewhere in tiles


def test_nothing_is_claimed_of_it(files):
    upscaler = load(str(files / "4x SPAN.safetensors"), device="cpu")
    card = upscaler.card
    assert card is not None
    assert (card.license, card.dataset, card.results) == ("unknown", "unknown", ())
    assert card.foreign
    assert card.invents
    assert not has_ability(card, Samples)


def test_the_licence_in_the_file_is_told(files, tmp_path):
    save_file(built("SPAN").state_dict(), tmp_path / "a.safetensors", {"license": "CC0-1.0"})
    assert load(str(tmp_path / "a.safetensors"), device="cpu").license == "CC0-1.0"


def test_a_net_of_scale_1_repairs_and_does_not_enlarge(files):
    path = str(files / "4x DnCNN.safetensors")
    with pytest.raises(SRError, match="it is a restore net, not one that enlarges"):
        load(path)
    grey = torch.rand(1, 1, 30, 40)
    assert load_restorer(path, "cpu").repair(grey).shape == grey.shape


def test_a_folder_of_them_is_offered_by_name(files, small_checkpoint, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    assert [card.name for card in list_checkpoints()] == ["espcn_x2"]
    monkeypatch.setenv("SR_LAB_MODELS", str(files))
    names = {f"4x_{kind}_x{SCALES[kind]}" for kind in UPSCALERS}
    assert {card.name for card in list_checkpoints()} == {"espcn_x2", *names}
    assert {card.name for card in list_checkpoints("restore")} == {"4x_DnCNN_x1"}
    assert not [card for card in with_cascades() if card.passes]
    assert scales_of("4x_SPAN") == (2,)
    assert load("4x_SPAN", 2, "cpu").checkpoint == "4x_SPAN_x2"
    code, said, _ = call(monkeypatch, capsys, "list")
    assert code == 0
    assert "4x_ESRGAN_x4" in said


def test_the_page_names_it_and_says_that_it_was_not_measured(files, small_checkpoint, monkeypatch):
    from sr_models.web.nets import Nets

    monkeypatch.setenv("SR_LAB_WEIGHTS", str(small_checkpoint.parent))
    monkeypatch.setenv("SR_LAB_MODELS", str(files))
    nets = Nets()
    nets.refresh()
    offer = next(offer for offer in nets.offers(2, "en") if offer.net == "4x_SPAN")
    assert (offer.title, offer.score, offer.pick) == ("4x_SPAN", None, "")
    assert "SPAN, licence unknown. Not measured here" in nets.note("4x_SPAN", 2, "en")
    assert nets.partner_of("4x_SPAN", 2) is None


class Blur(torch.nn.Module):
    """See five pixels around."""

    scale, channels, minimum, multiple_of, net = 1, 3, 1, 1, None

    def forward(self, x):
        return torch.nn.functional.avg_pool2d(x, 11, 1, 5)


class Windows(Blur):
    """See windows of 6 px."""

    def forward(self, x):
        wide = torch.nn.functional.pad(x, (0, -x.shape[3] % 6, 0, -x.shape[2] % 6))
        mean = torch.nn.functional.avg_pool2d(wide, 6).repeat_interleave(6, 2).repeat_interleave(6, 3)
        return (x + mean[..., : x.shape[2], : x.shape[3]]) / 2


class Global(Blur):
    """See all."""

    def forward(self, x):
        return (x + x.mean()) / 2


class Dead(Blur):
    """See nothing."""

    def forward(self, x):
        return 0 * x


def test_how_far_a_net_sees_is_measured():
    assert community.look(Blur()) == (5, 1, False)
    halo, step, far = community.look(Windows())
    assert (step, far) == (6, False)
    assert 1 <= halo <= 6
    for net in (Global(), Dead()):
        found = community.look(net)
        assert (found.halo, found.far) == (community.FAR, True)


def test_what_is_no_net_is_a_sentence_at_once(tmp_path):
    cases = {
        "other": ({"a.weight": torch.zeros(3, 3)}, "spandrel knows no net with such weights"),
        "huge": ({f"model.{10**5}.weight": torch.zeros(1)}, "describe a net that is too large"),
        "infinite": ({"model.0.weight": torch.full((4, 3, 3, 3), torch.inf)}, "not finite numbers"),
    }
    broken = built("SPAN").state_dict()
    broken["block_3.c1_r.eval_conv.weight"] = torch.zeros(5, 5)
    cases["broken"] = (broken, "its net cannot be built")
    for name, (state, words) in cases.items():
        path = tmp_path / f"{name}.safetensors"
        save_file(state, path)
        began = time.monotonic()
        with pytest.raises(SRError, match=words):
            load(str(path))
        assert time.monotonic() - began < 3
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes((tmp_path / "other.safetensors").read_bytes()[:-5])
    with pytest.raises(SRError, match="cut off or damaged"):
        load(str(cut))
    large = tmp_path / "large.safetensors"
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    with large.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(3 * 2**30)
    with pytest.raises(SRError, match="larger than 1024 MiB"):
        load(str(large))


def test_weights_of_a_pth_are_taken_out_and_nothing_else(tmp_path, monkeypatch, capsys):
    state = built("ESRGAN").state_dict()
    torch.save({"params_ema": state, "step": 3, "words": "hello"}, tmp_path / "net.pth")
    code, said, _ = call(monkeypatch, capsys, "convert", tmp_path / "net.pth", "-o", tmp_path / "net.safetensors")
    assert code == 0
    assert re.search(r"ESRGAN at x4, 3 channels, sees \d+ pixels around; not measured here", said)
    assert load(str(tmp_path / "net.safetensors"), device="cpu").scale == 4
    torch.save({"a": torch.zeros(3)}, tmp_path / "other.pth")
    code, _, err = call(monkeypatch, capsys, "convert", tmp_path / "other.pth", "-o", tmp_path / "o.safetensors")
    assert (code, "spandrel knows no net" in err) == (2, True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.pth", "net.safetensors", "other.pth"]


class Program:
    """What a hostile file holds: a call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pth_that_would_run_a_program_runs_none(tmp_path):
    torch.save({"state_dict": Program(tmp_path / "ran")}, tmp_path / "hostile.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Program(tmp_path / "ran")))
    (tmp_path / "damaged.pth").write_bytes(b"PK\x03\x04 nonsense")
    for name in ("hostile", "plain", "damaged"):
        with pytest.raises(SRError, match="is damaged, or holds more than weights"):
            convert(tmp_path / f"{name}.pth", tmp_path / "out.safetensors")
    torch.save({"step": 3}, tmp_path / "empty.pth")
    with pytest.raises(SRError, match="holds no weights"):
        convert(tmp_path / "empty.pth", tmp_path / "out.safetensors")
    with pytest.raises(SRError, match="took more than 0 s"):
        convert(tmp_path / "empty.pth", tmp_path / "out.safetensors", seconds=0.01)
    assert not (tmp_path / "ran").exists()
    assert not list(tmp_path.glob("out*"))


def test_a_pth_is_never_read_by_load(tmp_path):
    torch.save(built("ESRGAN").state_dict(), tmp_path / "net.pth")
    with pytest.raises(SRError):
        sr_models.load(str(tmp_path / "net.pth"))
