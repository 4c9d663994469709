"""MNIST is read from where it lies; what is no such folder is a sentence."""

import pytest
import torch

from sr_models.errors import SRError
from sr_models.imaging.digits import read_digits


def test_digits_and_what_they_are(shared):
    folder = [shared / "data" / "mnist"]
    for train, count, first in ((True, 60_000, [5, 0, 4]), (False, 10_000, [7, 2, 1])):
        pictures, labels = read_digits(folder, train=train)
        assert (pictures.shape, pictures.dtype) == ((count, 1, 28, 28), torch.uint8)
        assert labels[:3].tolist() == first
        assert int(pictures.max()) == 255


def test_a_folder_without_digits_is_a_sentence_and_nothing_is_written_there(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(SRError, match="no MNIST digits"):
        read_digits([tmp_path], train=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
