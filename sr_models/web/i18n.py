"""The words of the pages, by code, in every language of `locales/`: one flat JSON file for each.

English has every code. What another language lacks of the nets' own words is told in English, as their files tell it;
the English of an error is in `errors.SENTENCES`, since the package tells it without a page too.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sr_models.archs import discover
from sr_models.errors import SENTENCES, SRError

LOCALES = Path(__file__).with_name("locales")
LANGUAGES = tuple(sorted(path.stem for path in LOCALES.glob("*.json")))
DEFAULT = "en"
MARKS = "marks"  # instead of a language: what stands in a page until the middleware puts the visitor's words there
PAGE_TITLE = "~title~"  # in the same way
_MARK = re.compile(r"~t:(\d+)~")
_marked: list[tuple[str, dict[str, object]]] = []


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Return all words of a language, by code."""
    words = json.loads((LOCALES / f"{lang}.json").read_text(encoding="utf-8"))
    if lang != DEFAULT:
        return _of_the_nets() | words
    return _of_the_nets() | {f"error_{code}": sentence for code, sentence in SENTENCES.items()} | words


@cache
def _of_the_nets() -> dict[str, str]:
    parts = ("title", "summary")
    return {f"net_{name}_{part}": getattr(net, part) for name, net in discover().items() for part in parts}


def has(code: str) -> bool:
    """Say whether there is a text of this code."""
    return code in catalogue(DEFAULT)


def text(code: str, lang: str, **facts: object) -> str:
    """Return the string of a code in a language, with its facts filled in."""
    if lang == MARKS:
        _marked.append((code, facts))
        return f"~t:{len(_marked) - 1}~"
    return catalogue(lang)[code].format(**facts)


def fill(page: str, lang: str, escape: Callable[[str], str] = str) -> str:
    """Put words in the place of all marks; the words may hold marks of their own."""

    def words(found: re.Match[str]) -> str:
        number = int(found[1])
        if number >= len(_marked):
            return found[0]
        code, facts = _marked[number]
        return escape(fill(text(code, lang, **facts), lang))

    return _MARK.sub(words, page)


def duration(seconds: float) -> str:
    """Write seconds with as many digits as matter: 0.04, 0.5, 3.2, 41."""
    return f"{seconds:.2f}" if seconds < 0.1 else f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"


def time_span(seconds: float, lang: str) -> str:
    """Write a longer time with its unit: 41 s, 7 min."""
    if seconds < 100:
        return text("span_seconds", lang, count=max(round(seconds), 1))
    return text("span_minutes", lang, count=round(seconds / 60))


def error_text(error: SRError, lang: str) -> str:
    """Return an error's sentence in a language."""
    return text(f"error_{error.code}", lang, **error.facts)


def choose_language(query: str | None, accept: str | None) -> str:
    """Return `?lang=` where it is known, else the first known language of the browser, else English."""
    wanted = [query or "", *(part.split(";")[0].strip() for part in (accept or "").split(","))]
    for tag in wanted:
        if (short := tag.lower().split("-")[0]) in LANGUAGES:
            return short
    return DEFAULT


if __name__ == "__main__":  # what a new language has to say
    print(json.dumps(catalogue(DEFAULT), ensure_ascii=False, indent=2))
