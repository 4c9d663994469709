"""The size that somebody asks for: what words mean, what is refused, which scale reaches it."""

import pytest

from sr_models.errors import SRError
from sr_models.imaging.sizes import scale_for, target_size


@pytest.mark.parametrize(
    ("words", "size"),
    [
        *(
            (words, (1920, 1440))
            for words in ("1920", " 1920 wide", "1920x", "1920 px", "W 1920", "1,920 pixels", "宽1920像素")
        ),
        *(
            (words, (1440, 1080))
            for words in ("x1080", "1080 high", "1080H", "height 1080", "×1080", "高1080", "1440 × 1080")
        ),
        *(
            (words, (960, 720))
            for words in ("1.5x", "×1.5", "x 1,5", "150 %", "150%", "１.５×", "1.5 times", "1.5倍", "1.5")
        ),
        *((words, (1280, 960)) for words in ("2", "x2", "2x", "200％", "1280*2000", "5000 x 960")),
        *((words, (5120, 3840)) for words in ("8x", "800 %", "5120")),
        ("100.1 %", (641, 480)),
        ("641", (641, 481)),
    ],
)
def test_words_are_understood(words, size):
    assert target_size(words, 640, 480) == size


@pytest.mark.parametrize(
    "words",
    [
        *(
            "",
            " ",
            "large",
            "inf",
            "nan",
            "1e3",
            "-2x",
            "0",
            "0x",
            "0.5x",
            "1x",
            "100 %",
            "640",
            "x480",
            "8.01x",
            "801 %",
        ),
        *("5121", "9x", "x9", "999999999", "9" * 40, "1920 wide high", "1.5.2", "2x2x2", "64000 wide", "10x10", None),
    ],
)
def test_what_cannot_be_is_one_sentence_with_examples(words):
    with pytest.raises(SRError, match="write for example 1920, 1080 high") as caught:
        target_size(words, 640, 480)
    assert caught.value.code == "bad_size"
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 500), (3, 2), (701, 333), (4096, 4096)])
def test_the_aspect_is_kept_and_the_scale_reaches(width, height):
    for factor in (1.01, 1.5, 2, 2.0001, 3, 3.7, 4, 4.3, 7.999, 8):
        size = target_size(f"{factor}x", width, height)
        assert all(abs(n - factor * m) <= 0.5 and n >= 1 for n, m in zip(size, (width, height), strict=True))
        scale = scale_for(size, width, height)
        assert scale == next(s for s in (2, 3, 4, 8) if size[0] <= s * width and size[1] <= s * height)
        assert scale <= next(s for s in (2, 3, 4, 8) if s >= factor)


def test_the_scales_of_the_net_count():
    assert scale_for((100, 100), 50, 50, (4, 8)) == 4
    assert scale_for((100, 100), 50, 50) == 2
    assert scale_for((101, 100), 50, 50) == 3
    with pytest.raises(SRError, match="more than 4 times the picture"):
        scale_for((201, 10), 50, 50, (2, 4))
