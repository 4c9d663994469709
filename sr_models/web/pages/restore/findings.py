"""What is wrong with a picture, in words: each finding with its number, its limit, and where it was read."""

import html

from sr_models.metrics import Absent
from sr_models.metrics.diagnose import Finding
from sr_models.web.i18n import text

DIGITS = {"jpeg": 0, "noise": 1, "blur": 2, "faded": 0, "dark": 0, "bright": 1, "cast": 0}


def suggested(findings: tuple[Finding, ...]) -> set[str]:
    """Return the tasks that findings suggest."""
    return {finding.suggests for finding in findings if finding.is_suggested}


def number(finding: Finding, lang: str, value: float | None = None) -> str:
    """Write a finding's number, or another of its kind, with its unit."""
    value = finding.value if value is None else value  # type: ignore[assignment]
    if isinstance(value, Absent):
        return text("absent", lang)
    return text(f"find_{finding.key}_value", lang, value=f"{value:.{DIGITS[finding.key]}f}")


def listed(findings: tuple[Finding, ...], lang: str) -> str:
    """Return the list as HTML: what is suggested, each with why; then the rest, and what could not be read."""
    rows = "".join(_row(finding, lang) for finding in findings if finding.is_suggested)
    rows = rows or f"<p>{text('find_none', lang)}</p>"
    apart = text("list_separator", lang)
    within = [f for f in findings if not f.is_suggested and not isinstance(f.value, Absent)]
    fine = apart.join(f"{text(f'find_{f.key}', lang)} {number(f, lang)}" for f in within)
    unread = [f"{text(f'find_{f.key}', lang)} ({_why_not(f, lang)})" for f in findings if isinstance(f.value, Absent)]
    rest = [text("find_within", lang, names=fine)] if fine else []
    rest += [text("find_unread", lang, names=apart.join(unread))] if unread else []
    told = "".join(f"<p>{html.escape(words)}</p>" for words in rest)
    summary = text("find_rest", lang, count=len(within) + len(unread))
    return f"<div class='findings'>{rows}<details class='rest'><summary>{summary}</summary>{told}</details></div>"


def _row(finding: Finding, lang: str) -> str:
    facts = {name: f"{value:.{1 if name == 'kernel' else 0}f}" for name, value in finding.facts.items()}
    why = text(f"read_{finding.read_in}", lang, **facts)
    counts = "find_below" if finding.worse == "lower" else "find_above"
    limit = text(counts, lang, limit=f"{finding.limit:.{DIGITS[finding.key]}f}")
    head = f"<b>{text(f'find_{finding.key}', lang)}</b> · <span class='n'>{number(finding, lang)}</span>"
    head += f" <small>{limit}</small>"
    return f"<div class='find' data-key='{finding.key}'>{head}<p>{html.escape(why)}</p></div>"


def _why_not(finding: Finding, lang: str) -> str:
    assert isinstance(finding.value, Absent)
    return text(f"unread_{finding.value.code}", lang)
