"""The size that somebody asks for: words to pixels, and the scale that reaches it."""

import math
import re
import unicodedata

from sr_models.errors import SRError

MAX_FACTOR = 8
_SMALL = 10  # a bare number up to here is a factor: nobody wants a picture so few pixels wide
_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})"
_WIDE, _HIGH = "(?:w|wide|width|宽)", "(?:h|high|height|tall|高)"
_FORMS = (  # what the words say, and how
    ("both", rf"{_NUMBER}x{_NUMBER}"),
    ("percent", rf"{_NUMBER}%"),
    ("factor", rf"{_NUMBER}(?:times|倍)"),
    ("width", rf"{_NUMBER}{_WIDE}|{_WIDE}{_NUMBER}"),
    ("height", rf"{_NUMBER}{_HIGH}|{_HIGH}{_NUMBER}"),
    ("factor or height", rf"x{_NUMBER}"),
    ("factor or width", rf"{_NUMBER}x?"),
)


def target_size(words: str, width: int, height: int, *, smaller: bool = False) -> tuple[int, int]:
    """Return the (width, height) that words mean for a picture of `width` x `height`, its aspect kept.

    "1920", "1920 wide" and "1920x" are a width, "1080 high" and "x1080" a height, "1920x1080" a frame to fit into,
    "1.5x" and "150 %" a factor. Raise SRError unless the factor is above 1, or with
    `smaller` any but 1, and at most 8.
    """
    form, (wanted, *more) = parse(words)
    if form == "both":
        form, wanted = "factor", min(wanted / width, more[0] / height)
    elif form.startswith("factor or"):
        form = "factor" if wanted <= _SMALL or wanted % 1 else form.split()[-1]
    side = {"width": width, "height": height, "percent": 100}.get(form, 1)
    if not (side < wanted or (smaller and 0 < wanted != side)) or wanted > MAX_FACTOR * side:
        raise SRError("bad_size_here" if smaller else "bad_size", words=str(words)[:40])
    return tuple(max(math.floor(n * wanted / side + 0.5), 1) for n in (width, height))  # type: ignore[return-value]


def parse(words: str) -> tuple[str, list[float]]:
    """Return the form of the words and the numbers in them; raise SRError for nonsense."""
    plain = unicodedata.normalize("NFKC", str(words)[:80]).lower()
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain).replace(",", ".")
    plain = re.sub(r"\s+|pixels?|px|像素", "", plain.replace("×", "x").replace("*", "x"))
    for form, pattern in _FORMS:
        if found := re.fullmatch(pattern, plain):
            return form, [float(n) for n in found.groups() if n]
    raise SRError("bad_size", words=str(words)[:40])


def scale_for(size: tuple[int, int], width: int, height: int, scales: tuple[int, ...] = (2, 3, 4, MAX_FACTOR)) -> int:
    """Return the smallest of `scales` that makes `width` x `height` at least `size`; raise SRError where none does."""
    for scale in sorted(scales):
        if scale * width >= size[0] and scale * height >= size[1]:
            return scale
    raise SRError("size_not_reached", width=size[0], height=size[1], scale=max(scales))
