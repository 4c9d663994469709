"""What a repair leaves, its files and numbers, and how all of that is shown in a language."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from sr_models.imaging import damage as damages
from sr_models.imaging.heatmap import SPREAD_TOP
from sr_models.metrics import METRICS
from sr_models.web.components import readouts
from sr_models.web.components.viewer import Show
from sr_models.web.i18n import text
from sr_models.web.nets import architecture_title
from sr_models.web.pages.restore.findings import DIGITS
from sr_models.web.pages.restore.request import MAX_BESIDE, Request

KEYS = ("psnr_y", "ssim_y", "psnr_rgb", "lpips_alex")  # measured against the original
Numbers = dict[str, float | None]
Steps = tuple[tuple[str, str], ...]  # (task, architecture)
TAKEN = {
    "download",
    "receipt",
    "sheet",
    "enlarge_this",
    "copy_picture",
    "other_answers",
}  # parts by which a result is taken away


@dataclass(frozen=True)
class RepairResult:
    """Hold the files of a repair that came to its end, and their numbers by KEYS; empty where there is no original.

    `before` is what was repaired, `other` what `other_steps` make of it, "" where nothing stands beside the result.
    `read` holds what was read as wrong before and after: (key, before, after) as text codes and numbers.
    """

    id: str
    request: Request
    width: int
    height: int
    before: str
    result: str
    download: str
    steps: Steps
    other: str = ""
    other_steps: Steps = ()
    original: str = ""
    seconds: float = 0.0
    receipt: str = ""
    see_through: bool = False
    numbers: dict[str, Numbers] = field(default_factory=dict)  # of before, result, other
    read: tuple[tuple[str, float, float | None], ...] = ()
    is_large: bool = False  # too much so for another method beside it
    filled: float = 0.0  # share of the picture that was a hole
    draws: bool = False  # whether there are other answers
    thumbnail: str = ""
    sheet: str = ""  # all of it side by side
    answers: tuple[tuple[str, float | None], ...] = ()  # those drawn last: file, PSNR-Y against the original
    spread: str = ""  # the map of where they differ
    levels: float = 0.0  # how far they lie apart in the holes, standard deviation in grey levels
    seed: int = 0  # of the answers that are drawn next
    answers_zip: str = ""
    example: bool = False
    mark: str = ""  # of the visitor when the run began

    def show(self, lang: str) -> Show:
        """Return what the viewer shows: what came in, the result, what stands beside it, the original."""
        there = ("before", self.before), ("result", self.result), ("other", self.other)
        pictures = [(path, self.label(which, lang)) for which, path in there if path]
        if self.original:
            pictures.append((self.original, text("original", lang)))
        return self._show(pictures, self.id, lang)

    def show_answers(self, lang: str) -> Show:
        """Return what the viewer shows of the answers: the mean, each of them, where they differ."""
        pictures: list[tuple[str, ...]] = [(self.result, text("samples_mean", lang))]
        for k, (path, value) in enumerate(self.answers, start=1):
            pictures.append((path, _with_psnr(text("sample", lang, number=k), value, lang)))
        pictures.append((self.spread, text("samples_spread", lang), text("legend", lang, top=SPREAD_TOP)))
        return self._show(pictures, f"{self.id}-{self.seed}", lang, mode="side")

    def _show(self, pictures: Sequence[tuple[str, ...]], id: str, lang: str, mode: str = "") -> Show:
        how: dict[str, Any] = {"see_through": self.see_through, "lang": lang, "id": id, "mode": mode}
        return Show(self.width, self.height, tuple(pictures), subject=self.request.subject, **how)

    def label(self, which: str, lang: str) -> str:
        """Return what is said of a picture, before, result or other, with its PSNR where that is known."""
        if which == "before":
            words = text("damaged" if self.original else "as_it_came", lang)
        elif which == "result":
            words = text("repaired_by", lang, names=names(self.steps, lang))
        else:
            words = names(self.other_steps, lang)
        return _with_psnr(words, self.numbers.get(which, {}).get("psnr_y"), lang)

    def caption(self, lang: str) -> str:
        """Tell a past run from others in few words."""
        tasks = text("list_separator", lang).join(text(f"setting_{task}", lang) for task in self.request.tasks)
        return _with_psnr(f"{tasks} · {names(self.steps, lang)}", self.numbers.get("result", {}).get("psnr_y"), lang)


def _with_psnr(words: str, value: float | None, lang: str) -> str:
    return words if value is None else f"{words} · {readouts.number('psnr_y', value, lang)} dB"


def names(steps: Steps, lang: str) -> str:
    """Return the methods of some steps as people read them."""
    return " + ".join(dict.fromkeys(architecture_title(architecture, lang) for _, architecture in steps))


def shown(outcome: RepairResult | None, lang: str) -> dict[str, Any]:
    """Return the changes that put an outcome on the page."""
    there = outcome is not None
    size = {"width": outcome.width, "height": outcome.height} if outcome else {}
    kind = Path(outcome.download).suffix.lstrip(".").upper() if outcome else ""
    label = text("download", lang, kind=kind, **size) if outcome else text("download_none", lang)
    packed, sheet = (outcome.answers_zip, outcome.sheet) if outcome else ("", "")
    return {
        "viewer": outcome.show(lang) if outcome else None,
        "sentence": sentence(outcome, lang) if outcome else "",
        "table": table(outcome, lang) if outcome else "",
        "download": gr.update(value=outcome.download if outcome else None, interactive=there, label=label),
        "receipt": gr.update(value=outcome.receipt if outcome else None, interactive=there),
        "sheet": gr.update(value=sheet or None, visible=bool(sheet), interactive=there),
        "zip": gr.update(value=packed or None, visible=bool(packed)),
        "other_answers": gr.update(visible=outcome is not None and outcome.draws, interactive=there),
        "before_after": gr.update(visible=False),
        "enlarge_this": gr.update(interactive=there),
        "copy_picture": gr.update(interactive=there),
        "result_file": outcome.result if outcome else "",
        "stale": "",
    }


def staleness(outcome: RepairResult | None, stands: bool, lang: str) -> dict[str, Any]:
    """Return what marks a result that is not of the settings, and keeps its files from being taken for one that is."""
    files: dict[str, Any] = {name: gr.update(interactive=bool(outcome) and stands) for name in TAKEN}
    said = text("stale", lang, result=names(outcome.steps, lang)) if outcome and not stands else ""
    return {**files, "stale": f"<p>{html.escape(said)}</p>" if said else ""}


def sentence(outcome: RepairResult, lang: str) -> str:
    """Return the result in one sentence, and what else is known of it, as HTML."""
    apart = text("list_separator", lang)
    tasks = apart.join(text(f"setting_{task}", lang) for task in outcome.request.tasks)
    whose = text("repaired_what", lang, tasks=tasks, names=names(outcome.steps, lang))
    numbers, rest = outcome.numbers, ""
    if numbers and numbers["result"]["psnr_y"] is not None:
        main = text("sentence_repaired", lang, **_facts("", numbers["result"], lang), **_against(numbers, lang))
        if outcome.other:
            facts = _facts("", numbers["other"], lang)
            rest = text("sentence_other", lang, names=names(outcome.other_steps, lang), **facts)
    else:
        reason = "too_small" if outcome.original else "no_original"
        main = text("sentence_none", lang, reason=text(f"reason_{reason}", lang))
        if told := [_read(*found, lang) for found in outcome.read]:
            main, rest = text("read_again", lang, names=apart.join(told)), main
    rest += " " + text("other_not", lang, limit=MAX_BESIDE) if outcome.is_large else ""
    rest += " " + text("filled", lang, share=percent(outcome.filled)) if outcome.filled else ""
    rest += " " + text("mean_is_plain", lang) if outcome.draws else ""
    return f"<p class='whose'>{html.escape(whose)}</p><p class='sentence'>{main}</p><p>{html.escape(rest)}</p>"


def _facts(prefix: str, numbers: Numbers, lang: str) -> dict[str, str]:
    return {f"{prefix}{key}": readouts.number(f"{key}_y", numbers[f"{key}_y"], lang) for key in ("psnr", "ssim")}


def _against(numbers: dict[str, Numbers], lang: str) -> dict[str, str]:
    """Return what the damaged picture's numbers are, and how much better, or worse, the result's."""
    gain = readouts.gain(numbers["result"]["psnr_y"], numbers["before"]["psnr_y"])
    told = f"<span class='{'gain' if gain > 0 else 'loss'}'>{gain:+.2f}</span>"
    return {**_facts("before_", numbers["before"], lang), "gain": text("list_separator", lang) + told if gain else ""}


def _read(key: str, before: float, after: float | None, lang: str) -> str:
    values = (text("unread_no_marks", lang) if n is None else f"{n:.{DIGITS[key]}f}" for n in (before, after))
    return f"{text(f'find_{key}', lang)} {' → '.join(values)}"


def table(outcome: RepairResult, lang: str) -> str:
    """Return all numbers, of what came in, of the result and of what stands beside it, with their protocol."""
    if not outcome.numbers:
        return ""
    columns = {"before": text("damaged", lang), "result": names(outcome.steps, lang)}
    columns |= {"other": names(outcome.other_steps, lang)} if outcome.other else {}
    head = "".join(f"<th scope='col'>{html.escape(c)}</th>" for c in (text("column_metric", lang), *columns.values()))
    lines = "".join(
        f"<tr data-metric='{key}'><th scope='row'>{text(key, lang)} {readouts.help_on(key, lang)}</th>"
        + "".join(f"<td>{readouts.number(key, outcome.numbers[which][key], lang)}</td>" for which in columns)
        + "</tr>"
        for key in KEYS
        if key in METRICS and outcome.numbers["result"][key] is not None
    )
    return f"<table class='readouts'><tr>{head}</tr>{lines}</table><p class='protocol'>{protocol(outcome, lang)}</p>"


def protocol(outcome: RepairResult, lang: str) -> str:
    """Tell how the numbers came to be."""
    return text("protocol_restore", lang, damage=said_damage(outcome, lang))


def percent(share: float) -> str:
    """Write a share in percent; what is there is never 0."""
    return "< 0.1" if share < 0.001 else f"{100 * share:.1f}"


def said_damage(outcome: RepairResult, lang: str) -> str:
    """Describe what a test did to its picture."""
    values = outcome.request.damage or {}
    done = [
        text(f"damage_{p.name}", lang, value=values[p.name], seed=values[damages.SEED.name])
        for p in damages.DAMAGE
        if p is not damages.SEED and values.get(p.name)
    ]
    if outcome.filled:
        done.append(text("damage_holes", lang, share=percent(outcome.filled)))
    return text("list_separator", lang).join(done) or text("damage_none", lang)
