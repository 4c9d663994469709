"""What was drawn, its files and times, and how all of that is shown in a language."""

import base64
import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from sr_models.imaging.encode import encode_png
from sr_models.pipelines.generate import Reading
from sr_models.web.components.samples import Sheet, address_of
from sr_models.web.components.walk import Way
from sr_models.web.i18n import duration, has, text
from sr_models.web.nets import NETS, variant_title
from sr_models.web.pages.generate.nearest import nearest_to
from sr_models.web.pages.generate.request import Request, card_of

CAREFUL, BOLD = 0.6, 1.0  # temperatures below and above which something is said of it
TAKEN = {"download", "download_one", "receipt"}  # parts by which what was drawn is taken away


@dataclass(frozen=True)
class One:
    """Hold the chosen sample: drawn alone and enlarged, the files, and the seconds of both."""

    sample: int
    drawn: Path
    enlarged: Path
    both: Path
    scale: int
    by: str  # the net that enlarged it
    passes: int
    seconds: tuple[float, float]


@dataclass(frozen=True)
class Steps:
    """Hold a walk between two places, (seed, sample) each, as files of all frames side by side."""

    start: tuple[int, int]
    end: tuple[int, int]
    strip: Path
    large: Path
    frames: int


@dataclass(frozen=True)
class Drawing:
    """Hold a sheet of samples with what belongs to it: files alone, so that it is small.

    `readings` has one for each sample, none where nothing reads such pictures.
    """

    id: str
    request: Request
    kind: str
    side: int
    count: int
    columns: int
    seconds: float
    readings: tuple[Reading, ...]
    sheet: Path
    receipt: Path
    one: One | None = None
    steps: Steps | None = None

    @property
    def is_there(self) -> bool:
        """Say whether its files are still kept."""
        return self.sheet.is_file() and self.receipt.is_file()

    def reading(self, sample: int) -> Reading | None:
        """Return what is read in one of its samples."""
        at = sample - self.request.first
        return self.readings[at] if 0 <= at < len(self.readings) else None

    def show(self, chosen: int, lang: str) -> Sheet:
        """Return what the sheet's component shows."""
        named = tuple(
            f"{_place(self.request.place(k), lang)}{_said(self.reading(k), lang)}"
            for k in range(self.request.first, self.request.first + self.count)
        )
        label = text("samples_label", lang, count=self.count, name=title(self.request.generator, lang))
        at = chosen - self.request.first
        return Sheet(self.id, self.sheet, self.columns, named, at, label, smooth=self.side > 32)

    def show_way(self, lang: str) -> Way | None:
        """Return what the walk's component shows."""
        if self.steps is None:
            return None
        ends = (_place(self.steps.start, lang), _place(self.steps.end, lang))
        id = f"{self.id} {self.steps.start} {self.steps.end}"
        return Way(id, self.steps.strip, self.steps.large, self.steps.frames, *ends, smooth=self.side > 32)


def title(name: str, lang: str) -> str:
    """Return the name of a net that draws, as people read it."""
    card = card_of(name)
    return variant_title(name.rpartition("_x")[0] or name, card.architecture, lang)


def described(name: str, lang: str) -> str:
    """Return in few words what a net draws of."""
    sampler = NETS.sampler(name)
    shape = sampler.latent_shape()
    if len(shape) == 1:
        return text("of_numbers", lang, count=shape[0])
    return text("and_larger", lang, width=sampler.side, height=sampler.side)


def _place(place: tuple[int, int], lang: str) -> str:
    return text("sample_place", lang, seed=place[0], sample=place[1])


def _said(reading: Reading | None, lang: str) -> str:
    if reading is None:
        return ""
    return text("read_as", lang, name=reading.name, share=f"{100 * reading.probability:.0f}")


def shown(drawing: Drawing | None, chosen: int, lang: str, stands: bool = True) -> dict[str, Any]:
    """Return the changes that put a drawing on the page; where it does not stand it is marked as of other settings."""
    there = drawing is not None
    one = drawing.one if drawing else None
    label = text("download_one", lang, sample=one.sample) if one else text("download_one_none", lang)
    open_for: Any = {"interactive": there and stands}
    return {
        "samples": drawing.show(chosen, lang) if drawing else None,
        "walk": drawing.show_way(lang) if drawing else None,
        "one": stages(drawing, lang) if drawing else "",
        "sentence": sentence(drawing, lang) if drawing else "",
        "download": gr.update(value=str(drawing.sheet) if drawing else None, **open_for),
        "receipt": gr.update(value=str(drawing.receipt) if drawing else None, **open_for),
        "download_one": gr.update(value=str(one.both) if one else None, label=label, **open_for),
        "stale": _stale(drawing, stands, lang),
    }


def staleness(drawing: Drawing | None, stands: bool, lang: str) -> dict[str, Any]:
    """Return what marks a drawing that is not of the settings, and keeps its files from being taken for one that is."""
    files: dict[str, Any] = {name: gr.update(interactive=drawing is not None and stands) for name in TAKEN}
    return {**files, "stale": _stale(drawing, stands, lang)}


def _stale(drawing: Drawing | None, stands: bool, lang: str) -> str:
    if drawing is None or stands:
        return ""
    said = text("stale_drawing", lang, name=title(drawing.request.generator, lang))
    return f"<p>{html.escape(said)}</p>"


def sentence(drawing: Drawing, lang: str) -> str:
    """Return the result in one sentence, and what it is, as HTML."""
    kind = f"drawn_{drawing.kind}"
    sure = sum(reading.is_sure for reading in drawing.readings)
    read = text("read_sure", lang, count=sure) if drawing.readings else ""
    facts = {"count": drawing.count, "seconds": duration(drawing.seconds), "read": read}
    said = text(kind if has(kind) else "drawn_pictures", lang, **facts)
    warmth = drawing.request.temperature
    hint = "hint_careful" if warmth < CAREFUL else "hint_bold" if warmth > BOLD else "hint_usual"
    return f"<p class='sentence'>{html.escape(said)}</p><p class='lab-mute'>{text(hint, lang)}</p>"


def stages(drawing: Drawing, lang: str) -> str:
    """Return the chosen sample in both stages, as HTML: drawn, with what is nearest to it, and enlarged."""
    one = drawing.one
    if one is None:
        return ""
    size, large = drawing.side, drawing.side * one.scale
    place = _place(drawing.request.place(one.sample), lang)
    said = f"{place}{_said(drawing.reading(one.sample), lang)}"
    near = ""
    caption = html.escape(said)
    if found := nearest_to(drawing.request, one.sample):
        array, count = found
        words = html.escape(text("nearest", lang, count=count))
        near = f"<img class='near' src='{_address(array)}' alt='{words}'>"
        caption += f"<br>{words}"
    passes = text("in_passes", lang, count=one.passes) if one.passes > 1 else ""
    by = text("enlarged_by", lang, name=NETS.title(one.by, lang), passes=passes)
    chip = f"<span class='lab-chip invents'>◇ {html.escape(text('drawn_not_photographed', lang))}</span>"
    smooth = " smooth" if size > 32 else ""
    first, second = _facts(size, one.seconds[0], lang), _facts(large, one.seconds[1], lang)
    return (
        f"<section class='stages{smooth}' data-sample='{one.sample}'><div>"
        f"<h2><b>{text('stage_drawn', lang)}</b><small>{first}</small></h2>"
        f"<div class='pair'><img class='drawn' src='{address_of(one.drawn)}' alt='{html.escape(said)}'>{near}</div>"
        f"<p class='cap'>{caption}</p>{chip}</div><div>"
        f"<h2><b>{text('stage_enlarged', lang, scale=one.scale)}</b><small>{second}</small></h2>"
        f"<img class='large' src='{address_of(one.enlarged)}' alt='{text('enlarged_of', lang, place=place)}'>"
        f"<p class='cap'>{html.escape(by)}</p></div></section>"
    )


def _facts(side: int, seconds: float, lang: str) -> str:
    return text("stage_facts", lang, width=side, height=side, milliseconds=f"{1000 * seconds:.0f}")


def _address(array: np.ndarray) -> str:
    """Return a small picture as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(encode_png(np.ascontiguousarray(array))).decode()}"
