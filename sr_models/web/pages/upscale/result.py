"""What a run leaves, its files and numbers, and how all of that is shown in a language."""

import html
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from sr_models.imaging import degradations
from sr_models.imaging.encode import format_choice
from sr_models.imaging.heatmap import ERROR_TOP
from sr_models.imaging.options import DPI, FORMAT, OUTPUT
from sr_models.inference.options import ENSEMBLE, MIX
from sr_models.parameters import Values
from sr_models.pipelines.readouts import Readouts
from sr_models.pipelines.upscale import write_output, write_png
from sr_models.web.components import readouts
from sr_models.web.components.compare_list import Comparison, Row
from sr_models.web.components.viewer import MAX_PICTURES, Show
from sr_models.web.i18n import text
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale.request import MODE, Request

REGION = 96  # LR px, the side of what all nets are compared on


@dataclass(frozen=True)
class Compared:
    """Hold what stands in the list, all of one size, and which rows stand in the viewer.

    `request` is what it was made of, None for samples; `title` and `about` are its words.
    """

    id: str
    width: int
    height: int
    rows: tuple[Row, ...] = ()
    chosen: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sort: str = ""  # the column to sort by at first
    request: Request | None = None
    title: str = ""
    about: str = ""
    note: str = ""
    running: bool = False
    ways: tuple[tuple[tuple[float, float], ...], ...] = ()  # of mixes: (PSNR, distance)
    no_plane: str = ""  # why there is none
    subject: str = ""  # the picture that all of it is; "": a region

    @property
    def there(self) -> dict[str, Row]:
        """Return the rows that were run, by key."""
        return {row.key: row for row in self.rows if row.path}

    def choose(self, keys: Iterable[Any]) -> "Compared":
        """Return the same with those of `keys` in the viewer that are there, each once, as many as it takes."""
        kept = dict.fromkeys(key for key in keys if isinstance(key, str) and key in self.there)
        return replace(self, chosen=tuple(kept)[:MAX_PICTURES])

    def show(self, lang: str) -> Show:
        """Return what the viewer shows of it."""
        rows = [self.there[key] for key in self.chosen if key in self.there]
        pictures = tuple((row.path, row.label(lang), *([row.legend] if row.legend else [])) for row in rows)
        subject = self.subject or self.id
        return Show(self.width, self.height, pictures, mode="side", lang=lang, subject=subject, id=self.id)

    def listed(self, lang: str) -> Comparison:
        """Return what the list shows of it."""
        same = {f.name: getattr(self, f.name) for f in fields(Comparison) if f.name != "lang"}
        return Comparison(**same, lang=lang)


@dataclass(frozen=True)
class UpscaleResult:
    """Hold the files of a run that came to its end and, once they are measured, their numbers; paths are "" at first.

    `result` is what the viewer shows, `download` what is taken away: the same file where browsers can show it.
    """

    id: str
    net: str
    scale: int
    width: int
    height: int
    bicubic: str
    result: str
    download: str
    sha256: str
    seconds: float
    request: Request | None = None  # None: a stored example
    original: str = ""
    resized: bool = False
    see_through: bool = False
    readouts: Readouts | None = None
    receipt: str = ""
    invents: bool = False
    error: str = ""
    thumbnail: str = ""
    sheet: str = ""  # bicubic, result and original side by side
    example: str = ""
    samples: Compared | None = None  # of a net that draws several possible pictures
    samples_zip: str = ""
    spread: dict[str, Any] = field(default_factory=dict)  # how far they lie apart: levels and, with an original, rank
    view: str = ""  # of the viewer, which stays where it is while this does; "": of its own
    mark: str = ""  # of the visitor when the run began
    device: str = ""  # where it was made, where that is not the net's own
    part: dict[str, int] | None = None  # of a picture that is too large: where what was run lies in it
    shrunk_from: tuple[int, int] | None = None  # no net ran: the (width, height) before a plain shrink
    frames: int = 0  # of an animation, which is the download; the rest is of its first frame
    pair: tuple[str, str] | None = None  # no net ran: the names of two given pictures, `result` and `original`

    @property
    def subject(self) -> str:
        """Return which picture it is of."""
        return self.request.subject if self.request else self.example

    @property
    def viewed(self) -> str:
        """Return the id of what stands in the viewer."""
        return self.view or self.id

    def name(self, lang: str) -> str:
        """Return the net's name, with a plus for the self-ensemble, as the papers write it, and how far a mix goes."""
        name = text("shrunk", lang) if self.shrunk_from else NETS.title(self.net, lang)
        if not self.request or self.shrunk_from:
            return name
        name = text("mix_name", lang, net=name, alpha=self.request[MIX]) if self.request[MIX] != MIX.default else name
        return name + "+" * self.request[ENSEMBLE]

    @property
    def size(self) -> str:
        """Return the scale, or the size that was asked for."""
        return f"→ {self.width}×{self.height}" if self.resized else f"×{self.scale}"

    def label(self, lang: str) -> str:
        """Return what is written on the result in the viewer."""
        label = text("right", lang, net=self.name(lang), size=self.size)
        mean = self.samples is not None  # its samples are invented, the result beside them is not
        return text("partly_invented", lang, label=label) if self.invents and not mean else label

    def show(self, lang: str) -> Show:
        """Return what the viewer shows."""
        if self.pair:
            pair = tuple(zip((self.result, self.original), self.pair, strict=True))
            seen: dict[str, Any] = {"see_through": self.see_through, "subject": self.subject, "id": self.viewed}
            return Show(self.width, self.height, pair, lang=lang, **seen)
        left, right = text("left", lang, size=self.size), self.label(lang)
        pictures: list[tuple[str, ...]] = [(self.bicubic, left)] if self.bicubic else []
        pictures.append((self.result, right))
        if self.original:
            pictures.append((self.original, text("original", lang)))
        if self.error:
            net = self.name(lang)
            pictures.append((self.error, text("error_map", lang, net=net), text("legend", lang, top=ERROR_TOP)))
        frame = 0 if self.resized else REGION * self.scale
        how: dict[str, Any] = {"frame": frame, "see_through": self.see_through, "lang": lang}
        return Show(self.width, self.height, tuple(pictures), **how, subject=self.subject, id=self.viewed)

    def title(self, lang: str) -> str:
        """Return net and scale, and which part of a picture it is; of a pair, both names."""
        if self.pair:
            return text("pair_title", lang, first=self.pair[0], second=self.pair[1])
        return f"{self.name(lang)} {self.size}" + (text("part", lang, **self.part) if self.part else "")

    def caption(self, lang: str) -> str:
        """Return what tells it from other runs, for the history: its title, how it was tested, and its PSNR."""
        words = [self.title(lang)]
        damage = self.request.degradation if self.request else None
        if damage and damage != Values(degradations.parameters()):
            words.append(readouts.degradation(dict(damage), lang))
        elif self.request and self.request[MODE] != MODE.default:
            words.append(text(f"setting_mode_{self.request[MODE]}", lang))
        if self.readouts and (value := self.readouts.result["psnr_y"]) is not None:
            words.append(f"{readouts.number('psnr_y', value, lang)} dB")
        return " · ".join(words)


def write_result(
    request: Request, array: np.ndarray, download: Path, started: float, dpi: int = 0, **facts: Any
) -> UpscaleResult:
    """Write a result (H, W, C) as `download`, and beside it as PNG where browsers do not show that; return it.

    `dpi` is set where it is not 0; `facts` are the fields of UpscaleResult that do not follow from the files.
    """
    options = request.values.of((*OUTPUT, DPI))
    options[DPI.name] = options[DPI.name] or dpi
    digest = write_output(array, download, Path(request.picture).read_bytes(), **options)
    result = download
    if format_choice(request[FORMAT])[0] == "tiff":
        result = download.with_suffix(".png")
        write_png(array, result)
    height, width, channels = array.shape
    facts |= {"width": width, "height": height, "see_through": channels in (2, 4), "request": request}
    facts |= {"sha256": digest, "seconds": time.perf_counter() - started}
    return UpscaleResult(id=uuid.uuid4().hex, result=str(result), download=str(download), **facts)


FILES = ("download", "receipt", "sheet", "zip")


def warning(outcome: UpscaleResult, lang: str) -> str:
    """Return the warning that belongs to a result which may hold invented detail, as HTML; "" to others."""
    return f"<p class='warning'>{text('inventive', lang)}</p>" if outcome.invents else ""


def staleness(outcome: UpscaleResult | None, stands: bool, lang: str) -> dict[str, Any]:
    """Return what marks a result that is not of the settings, and keeps its files from being taken for one that is."""
    stale = outcome is not None and not stands
    taken = (*FILES, "copy_picture")
    files: dict[str, Any] = {name: gr.update(interactive=bool(outcome) and stands) for name in taken}
    said = text("stale", lang, result=outcome.title(lang)) if outcome and stale else ""
    return {**files, "stale": f"<p>{html.escape(said)}</p>" if said else ""}


def _told(outcome: UpscaleResult, lang: str) -> str:
    """Return what is said of an outcome, as HTML: whose it is, its sentence, and what belongs to it."""
    whose = f"<p class='whose'>{html.escape(outcome.title(lang))}</p>"
    if outcome.shrunk_from:
        before, after = outcome.shrunk_from, (outcome.width, outcome.height)
        sizes = {"before": f"{before[0]}×{before[1]}", "after": f"{after[0]}×{after[1]}"}
        return f"{whose}<p class='sentence'>{text('shrunk_sentence', lang, **sizes)}</p>"
    if not outcome.readouts:
        return f"<p>{text('measuring', lang)}</p>{warning(outcome, lang)}"
    if outcome.pair:
        return whose + readouts.sentence_of_pair(outcome.readouts, outcome.pair, lang)
    card = NETS.card_of(outcome.net, outcome.scale)
    said = readouts.recognised(outcome.readouts, outcome.name(lang), lang)
    said += readouts.spread(outcome.spread, card, lang) if outcome.spread else ""
    said += f"<p>{text('part_alone', lang)}</p>" if outcome.part else ""
    said += f"<p>{text('frame_alone', lang, frames=outcome.frames)}</p>" if outcome.frames else ""
    return whose + readouts.sentence(outcome.readouts, lang) + said + warning(outcome, lang)


def present(outcome: UpscaleResult | None, lang: str) -> dict[str, Any]:
    """Return what every part of the page shows of an outcome, by the part's name: files as (path or None, label)."""
    if outcome is None:
        none = (None, text("download_none", lang))
        return {
            "viewer": None,
            "sentence": "",
            "table": "",
            "download": none,
            "receipt": (None, text("receipt", lang)),
            "sheet": (None, text("sheet", lang)),
            "zip": (None, text("samples_zip", lang)),
        }
    measured = outcome.readouts
    kind = Path(outcome.download).suffix.lstrip(".").upper()
    card = NETS.card_of(outcome.net, outcome.scale)
    size = {"width": outcome.width, "height": outcome.height}
    return {
        "viewer": outcome.show(lang),
        "sentence": _told(outcome, lang),
        "table": readouts.table(
            measured,
            outcome.pair[0] if outcome.pair else outcome.name(lang),
            lang,
            other=outcome.pair[1] if outcome.pair else "",
            perceptual_features=card.perceptual_features if card and outcome.invents else None,
        )
        if measured
        else "",
        "download": (None if outcome.pair else outcome.download, text("download", lang, kind=kind, **size)),
        "receipt": (outcome.receipt or None, text("receipt", lang)),
        "sheet": (outcome.sheet or None, text("sheet", lang)),
        "zip": (outcome.samples_zip or None, text("samples_zip", lang)),
    }
