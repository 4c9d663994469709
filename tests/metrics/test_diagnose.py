"""What is wrong with a picture: validation tiles, clean and damaged; tables and pixels; what has no number."""

import io
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image

from sr_models.imaging.decode import decode
from sr_models.imaging.degradations import Blur, Jpeg, Noise
from sr_models.imaging.picture import Picture, to_array, to_tensor
from sr_models.metrics import Absent
from sr_models.metrics.diagnose import Finding, Repair, diagnose
from tests.conftest import scene

KEYS = ["jpeg", "noise", "blur", "faded", "dark", "bright", "cast"]


@pytest.fixture(scope="module")
def tiles(shared: Path) -> list[np.ndarray]:
    """Every third of the 36 validation tiles, (480, 480, 3)."""
    with tarfile.open(shared / "data" / "train" / "val.tar") as tar:
        members = sorted(tar.getmembers(), key=lambda member: member.name)[::3]
        return [np.asarray(Image.open(io.BytesIO(tar.extractfile(m).read())).convert("RGB")) for m in members]  # type: ignore


def by(*steps):
    """Return what damages an array by steps of the degradations."""

    def damage(array: np.ndarray) -> np.ndarray:
        picture, generator = to_tensor(array), torch.Generator().manual_seed(5)
        for step in steps:
            picture = step(picture, generator)
        return to_array(picture)

    return damage


def levels(low: float, high: float):
    """Return what squeezes tones into a part of the range, in grey levels."""
    return lambda array: (low + array / 255 * (high - low) + 0.5).astype(np.uint8)


def found(array: np.ndarray, **facts) -> dict[str, Finding]:
    return {finding.key: finding for finding in diagnose(Picture(array, **facts))}


def suggested(array: np.ndarray) -> set[str]:
    return {key for key, finding in found(array).items() if finding.is_suggested}


def test_clean_tiles_get_hardly_any_suggestion(tiles: list[np.ndarray]) -> None:
    assert sum(bool(suggested(tile)) for tile in tiles) <= 3


@pytest.mark.parametrize(
    ("damage", "keys", "least", "others"),
    [
        (by(Noise(9)), {"noise"}, 12, 4),
        (by(Noise(25)), {"noise"}, 12, 4),
        (by(Jpeg(30)), {"jpeg"}, 11, 5),
        (by(Blur(1.6)), {"blur"}, 12, 4),
        (levels(60, 200), {"faded"}, 12, 3),
        (by(Noise(9), Jpeg(42)), {"noise", "jpeg"}, 10, 4),
        (by(Blur(1.6), Jpeg(30)), {"blur", "jpeg"}, 11, 5),
        (lambda a: by(Noise(25))(levels(60, 200)(a)), {"noise", "faded"}, 11, 3),
    ],
    ids=["noise 9", "noise 25", "jpeg", "blur", "faded", "noise, jpeg", "blur, jpeg", "faded, noise"],
)
def test_damaged_tiles_get_the_right_one(tiles: list[np.ndarray], damage, keys: set[str], least: int, others: int):
    said = [suggested(damage(tile)) for tile in tiles]
    assert sum(keys <= one for one in said) >= least
    assert sum(bool(one - keys) for one in said) <= others


def test_findings_come_in_one_order_with_a_remedy_and_a_limit() -> None:
    findings = diagnose(Picture(scene(96, 80)))
    assert [finding.key for finding in findings] == KEYS
    assert {finding.suggests for finding in findings} == set(get_args(Repair))
    for finding in findings:
        value = finding.value or 0.0
        beyond = replace(finding, limit=value + 1 if finding.worse == "lower" else value - 1)
        assert replace(beyond, value=value).is_suggested
        assert not replace(beyond, value=value, limit=value).is_suggested
        assert not replace(beyond, value=Absent("no_edges")).is_suggested


def test_the_quality_is_the_tables_or_that_of_worse_marks_in_the_pixels(tiles: list[np.ndarray]) -> None:
    data = io.BytesIO()
    Image.fromarray(tiles[0]).save(data, "JPEG", quality=61)
    jpeg = {f.key: f for f in diagnose(decode(data.getvalue()))}["jpeg"]
    assert (jpeg.value, jpeg.read_in, jpeg.is_suggested) == (61, "tables", True)
    again = found(by(Jpeg(40), Jpeg(95))(tiles[0]), jpeg_quality=95)["jpeg"]
    assert (again.value, again.read_in, again.is_suggested) == (pytest.approx(40, abs=1), "pixels", True)
    assert found(by(Jpeg(40))(tiles[0]))["jpeg"].value == pytest.approx(40, abs=1)
    assert found(tiles[0], jpeg_quality=98)["jpeg"].value == 98
    assert found(tiles[0])["jpeg"].value == Absent("no_marks")


def test_numbers_and_facts_of_tones() -> None:
    ramp = np.tile(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], (128, 1, 3))
    faded = found(levels(67, 201)(ramp))
    assert faded["faded"].is_suggested
    assert faded["faded"].value == pytest.approx(255 - 201, abs=2)
    assert faded["faded"].facts == pytest.approx({"darkest": 67, "brightest": 201}, abs=2)
    assert faded["dark"].value == Absent("faded")
    dark = found(levels(0, 120)(ramp))
    assert dark["dark"].is_suggested
    assert dark["dark"].value == pytest.approx(120, abs=2)
    bright = found(np.minimum(ramp.astype(int) * 2, 255).astype(np.uint8))
    assert bright["bright"].is_suggested
    assert bright["bright"].value == pytest.approx(50, abs=2)
    assert not {"faded", "dark", "bright", "cast"} & suggested(ramp)


def test_a_cast_is_told_by_what_should_be_neutral() -> None:
    ramp = np.tile(np.linspace(0, 200, 256).astype(np.uint8)[None, :, None], (128, 1, 3))
    cast = found(ramp + np.array([30, 20, 0], np.uint8))["cast"]
    assert cast.is_suggested
    assert cast.value == pytest.approx(30, abs=1)
    assert cast.facts["red"] - cast.facts["blue"] == pytest.approx(30, abs=1)


def test_what_has_no_number_is_absent() -> None:
    grey = found(scene(96, 80, 1))
    assert grey["cast"].value == found(scene(96, 80, 1).repeat(3, 2))["cast"].value == Absent("grey")
    assert not isinstance(grey["faded"].value, Absent)
    tiny = found(np.full((3, 2, 3), 90, np.uint8))
    assert [tiny[key].value for key in KEYS[:3]] == [
        Absent("no_marks"),
        Absent("too_small_to_read"),
        Absent("no_edges"),
    ]
    drawing = np.full((200, 200, 3), 255, np.uint8)
    drawing[60:63] = drawing[:, 80:83] = 0
    assert found(drawing)["bright"].value == Absent("drawn")


def test_16_bits_and_alpha_are_read_as_they_are_seen() -> None:
    picture = scene(120, 100)
    plain = found(picture)
    deep = found(picture.astype(np.uint16) * 257)
    assert [deep[key].value for key in KEYS] == [plain[key].value for key in KEYS]
    clear = np.dstack([picture, np.zeros(picture.shape[:2], np.uint8)])
    assert found(clear)["bright"].value == pytest.approx(100)
