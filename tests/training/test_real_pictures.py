"""Pictures that came damaged: what they are, who repairs them, and the sheets that are kept of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sr_models.errors import SRError
from sr_models.evaluation.sheets import write_sheet
from sr_models.imaging.decode import decode
from sr_models.metrics.diagnose import diagnose
from training import real_pictures
from training.real_pictures import CASES, SIDE, Case, load_classical, read_off, repaired, saved_three_times

RESULTS = Path(__file__).parents[2] / "training" / "results"
MOST_BYTES = 300_000


def test_the_jpeg_was_cut_and_saved_twice_more():
    first, last = decode((real_pictures.ROOT / "assets" / "dogs.jpg").read_bytes()), decode(saved_three_times())
    cut = sum(pixels for pixels, _ in real_pictures.RESAVED)
    assert (last.width, last.height) == (first.width - cut, first.height - cut)
    assert last.jpeg_quality == real_pictures.RESAVED[-1][1]
    difference = np.abs(last.array.astype(float) - first.array[cut:, cut:]).mean()
    assert 0.5 < difference < 8


def across_blocks(array: np.ndarray) -> float:
    """Return how much larger the steps of luma across the edges of 8x8 blocks are than those between: 1 is none."""
    steps = np.abs(np.diff(array.astype(float) @ (0.299, 0.587, 0.114), axis=1)).mean(0)
    return steps[7::8].mean() / np.delete(steps, np.s_[7::8]).mean()


def test_nets_and_classical_methods_do_the_same_tasks():
    found = repaired(Case("jpeg", saved_three_times, ("dejpeg",)), decode(saved_three_times()))
    assert list(found) == ["before", "restoration_x1", "total_variation"]
    assert len({array.shape for array in found.values()}) == 1
    rows = {row[0]: row[1:] for row in read_off(found)}
    keys = [finding.key for finding in diagnose(decode(saved_three_times()))]
    assert rows[""] == keys
    steps = {label: across_blocks(array) for label, array in found.items()}
    assert steps["restoration_x1"] - 1 < 0.4 * (steps["before"] - 1)
    assert steps["total_variation"] < steps["before"]
    told = repaired(Case("jpeg", saved_three_times, ("dejpeg",), told=30), decode(saved_three_times()))
    assert list(told) == ["before", "restoration_x1", "restoration_x1, told 30", "total_variation"]
    assert np.array_equal(told["restoration_x1"], found["restoration_x1"])
    assert not np.array_equal(told["restoration_x1, told 30"], found["restoration_x1"])
    with pytest.raises(SRError):
        load_classical("restoration")


def test_a_sheet_holds_its_pictures_untouched(tmp_path):
    panels = {label: np.full((40, 250, 3), level, np.uint8) for label, level in (("one", 30), ("other", 200))}
    write_sheet(tmp_path / "a.png", panels)
    sheet = np.asarray(Image.open(tmp_path / "a.png"))
    assert sheet.shape == (64, 2 * 258, 3)
    assert (sheet[24:, :250] == 30).all()
    assert (sheet[24:, 258:508] == 200).all()
    assert (sheet[:24] < 100).any()  # the labels


def test_the_kept_sheets_begin_with_the_pictures_as_they_came():
    for case in CASES:
        path = RESULTS / f"real_{case.name}.png"
        assert path.stat().st_size < MOST_BYTES
        sheet = np.asarray(Image.open(path))
        assert sheet.shape == (24 + 2 * SIDE, (3 + bool(case.told)) * (2 * SIDE + 8), 3)
        before = decode(case.make()).array[case.top : case.top + SIDE, case.left : case.left + SIDE]
        shown = sheet[24 : 24 + 2 * SIDE : 2, : 2 * SIDE : 2]
        assert np.abs(shown.astype(float) - before).mean() < 1
