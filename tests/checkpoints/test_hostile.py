"""Checkpoints that somebody made to hurt: each is refused by a sentence, soon, and nothing is built for it."""

import json
import os
import struct
import subprocess
import sys
import time
import typing
from dataclasses import replace

import numpy as np
import pytest
import torch

from sr_models import archs
from sr_models.archs._registry import LIMITS, settings_of
from sr_models.checkpoints.card import KEY, read_card
from sr_models.checkpoints.catalog import list_checkpoints, locate, weights_folder
from sr_models.checkpoints.format import read_checkpoint, save_checkpoint
from sr_models.errors import CheckpointError, SRError
from sr_models.inference.load import load, load_restorer
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines.upscale import enlarged

WILD = (None, True, "x", "", [], {}, [[1]], -1, 10**7, 1e308, float("nan"), float("inf"), [10**6], [1] * 50)
BAD_NAMES = ("../../x", "a/b", "a\0b", "<b>x</b>", "x" * 5000, "", "A", "a b", "a\n", "é", 5, None)


def rewritten(path, to, change) -> typing.Any:
    """Write a checkpoint with another card: `change` is given its facts."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    facts = json.loads(header["__metadata__"][KEY])
    change(facts)
    header["__metadata__"][KEY] = json.dumps(facts)
    words = json.dumps(header).encode()
    to.write_bytes(struct.pack("<Q", len(words)) + words + data[8 + length :])
    return to


def sentence(error: BaseException) -> str:
    """Return what an error says, checked for what no sentence of ours has."""
    words = str(error)
    assert words.endswith(".")
    assert ".;" not in words
    assert not any(word in words for word in ("Traceback", "torch.", "size_average", "Error", "object", "NoneType"))
    return words


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("field", ["name", "architecture", "trained_for"])
def test_a_cards_names_are_names(small_checkpoint, tmp_path, field, name):
    bad = rewritten(small_checkpoint, tmp_path / "bad.safetensors", lambda facts: facts.update({field: name}))
    with pytest.raises(CheckpointError, match="its card is damaged") as error:
        read_checkpoint(bad)
    sentence(error.value)


@pytest.mark.parametrize("words", ["a\0b", "a\x1b[31m", "x" * 5000, 5, ["a"]])
@pytest.mark.parametrize("field", ["license", "dataset", "device", "commit"])
def test_a_cards_texts_are_short_and_printable(small_checkpoint, tmp_path, field, words):
    bad = rewritten(small_checkpoint, tmp_path / "bad.safetensors", lambda facts: facts.update({field: words}))
    with pytest.raises(CheckpointError, match="its card is damaged"):
        read_card(bad)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("scale", value) for value in (0, -1, 10**9, True, 2.5, "4")),
        *(("steps", value) for value in ("x", None, True, float("nan"))),
        *(("seconds", value) for value in ("x", None, float("inf"))),
        *(("invents", value) for value in ("yes", 1, None)),
        *(("config", value) for value in ([], "x", None)),
    ],
)
def test_a_cards_numbers_are_numbers(small_checkpoint, tmp_path, field, value):
    bad = rewritten(small_checkpoint, tmp_path / "bad.safetensors", lambda facts: facts.update({field: value}))
    with pytest.raises(CheckpointError):
        read_checkpoint(bad)


@pytest.mark.parametrize("name", sorted(archs.discover()))
def test_every_setting_of_every_net_is_bounded_and_typed(name):
    make = archs.get(name).build
    hints = typing.get_type_hints(make.__init__ if isinstance(make, type) else make)
    for key in settings_of(name):
        for value in WILD:
            right = {bool: [True], str: ["x"], dict[str, typing.Any] | None: [None, {}]}.get(hints[key], [])
            if value in right:
                continue
            begun = time.perf_counter()
            with pytest.raises(SRError) as error:
                archs.build(name, **{key: value})
            assert error.value.code == "bad_setting"
            sentence(error.value)
            assert time.perf_counter() - begun < 5


def test_the_largest_net_that_settings_allow_is_compared_soon(small_checkpoint, tmp_path):
    """What is declared bounds the time: the shapes are made without memory before any weight is read."""
    most = {"blocks": int(LIMITS["blocks"][1]), "width": int(LIMITS["width"][1])}

    def change(facts):
        facts.update(architecture="edsr", config={"scale": 2, **most})

    bad = rewritten(small_checkpoint, tmp_path / "bad.safetensors", change)
    begun = time.perf_counter()
    with pytest.raises(CheckpointError, match=r"is missing|does not have"):
        read_checkpoint(bad)
    assert time.perf_counter() - begun < 30


def test_a_wrong_setting_is_said_in_our_words(small_checkpoint, tmp_path):
    for config, words in (
        ({"scale": 2, "width": "x"}, "its setting width is x, not a whole number from 1 to 512"),
        ({"scale": 2, "widht": 3}, "its net espcn has no setting widht"),
        ({"scale": 2, "width": 10**7}, "its setting width is 10000000, not"),
    ):
        bad = rewritten(
            small_checkpoint, tmp_path / "bad.safetensors", lambda facts, config=config: facts.update(config=config)
        )
        with pytest.raises(CheckpointError) as error:
            read_checkpoint(bad)
        assert words in sentence(error.value)


def broken_files(good: bytes) -> dict[str, bytes]:
    length = struct.unpack("<Q", good[:8])[0]
    header, body = json.loads(good[8 : 8 + length]), good[8 + length :]

    def made(changed: typing.Any) -> bytes:
        words = json.dumps(changed).encode()
        return struct.pack("<Q", len(words)) + words + body

    first = next(key for key in header if key != "__metadata__")
    twisted = {**header, first: {**header[first], "data_offsets": [0, 10**12]}}
    other = {**header, first: {**header[first], "dtype": "I64"}}
    shorter = {key: value for key, value in header.items() if key != first}
    more = {**header, "extra": {"dtype": "F16", "shape": [0], "data_offsets": [len(body), len(body)]}}
    return {
        "empty": b"",
        "short": good[:5],
        "cut": good[:-100],
        "longer": good + b"x",
        "header too long": struct.pack("<Q", 2**60) + good[8:],
        "no JSON": struct.pack("<Q", 10) + b"{" * 10 + body,
        "deep JSON": struct.pack("<Q", 200_000) + b"[" * 200_000 + body,
        "a list": made([]),
        "far offsets": made(twisted),
        "another type": made(other),
        "one missing": made(shorter),
        "one more": made(more),
        "not a dict": made({**header, first: 5}),
        "no offsets": made({**header, first: {"dtype": "F16", "shape": [1]}}),
        "zip": b"PK\3\4" + bytes(1000),
    }


@pytest.mark.parametrize("kind", sorted(broken_files((weights_folder() / "espcn_x2.safetensors").read_bytes())))
def test_a_broken_file_is_a_sentence(tmp_path, kind):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(broken_files((weights_folder() / "espcn_x2.safetensors").read_bytes())[kind])
    with pytest.raises(SRError) as error:
        load(str(path))
    sentence(error.value)


def test_what_is_no_file_is_a_sentence_and_does_not_hang(tmp_path):
    folder, pipe, loop = (tmp_path / f"{name}.safetensors" for name in ("folder", "pipe", "loop"))
    folder.mkdir()
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    zero = tmp_path / "zero.safetensors"
    zero.symlink_to("/dev/zero")
    for path in (folder, pipe, loop, zero):
        with pytest.raises(SRError) as error:
            read_checkpoint(path)
        sentence(error.value)


@pytest.mark.parametrize("name", ["net.pth", "folder/net.pt", "./net.ckpt", "owner/net.bin"])
def test_a_pickle_is_not_opened_and_the_way_is_told(name):
    with pytest.raises(SRError, match="sr-models convert"):
        locate(name)


def blown_up(source, to, value: float = 6e4):
    """Write a checkpoint with finite weights so large that its pictures are not."""
    net, card = read_checkpoint(source)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(value)
    save_checkpoint(net, replace(card, name=to.stem), to)
    return to


def test_a_result_that_is_not_finite_is_a_sentence(tmp_path):
    for net, run in (
        ("edsr_x4", lambda path: enlarged(load(path, device="cpu"), np.full((12, 12, 3), 200, np.uint8))),
        ("restoration_x1", lambda path: load_restorer(path, "cpu")(torch.full((1, 3, 16, 16), 0.8))),
    ):
        path = blown_up(weights_folder() / f"{net}.safetensors", tmp_path / f"wild_{net}.safetensors")
        with pytest.raises(SRError) as error:
            run(str(path))
        assert error.value.code == "result_not_finite"
        sentence(error.value)


def test_an_ensemble_of_what_is_not_finite_is_a_sentence_too(tmp_path):
    path = blown_up(weights_folder() / "edsr_x4.safetensors", tmp_path / "wild_x4.safetensors")
    upscaler: Upscaler = load(str(path), device="cpu").ensembled()
    with pytest.raises(SRError, match="no numbers"):
        upscaler(torch.full((1, 3, 12, 12), 0.8))


def test_a_cut_default_net_is_left_out_and_the_pages_still_start(tmp_path):
    for name in ("espcn_x4", "sesr_48x6_x4"):
        (tmp_path / f"{name}.safetensors").write_bytes((weights_folder() / f"{name}.safetensors").read_bytes())
    cut = tmp_path / "sesr_48x6_x4.safetensors"
    cut.write_bytes(cut.read_bytes()[:-1000])
    call = "from sr_models.web.nets import NETS; NETS.refresh(); print(NETS.default(4), NETS.device()[2])"
    environment = {**os.environ, "SR_LAB_WEIGHTS": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split()[0] == "espcn"
    assert "sesr_48x6_x4.safetensors is not a usable checkpoint: it is cut off" in done.stderr
    assert [card.name for card in list_checkpoints() if card.name == "sesr_48x6_x4"]  # of this process's own folder
    # Damaged behind its header, the page starts without it all the same.
    hurt = bytearray((weights_folder() / "espcn_x4.safetensors").read_bytes())
    hurt[-2:] = b"\xff\x7f"  # not a number
    (tmp_path / "espcn_x4.safetensors").write_bytes(hurt)
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, env=environment, check=True)
    assert "not finite numbers" in done.stderr
