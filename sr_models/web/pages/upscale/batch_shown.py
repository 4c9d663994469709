"""What the page shows of several pictures: small ones, a table of how far each is, what can be done with all."""

import html
from pathlib import Path
from typing import Any

import gradio as gr

from sr_models.errors import SRError
from sr_models.web.components.thumbnails import Thumbnail
from sr_models.web.i18n import error_text, text
from sr_models.web.pages.upscale.batch import Batch, Item, frames_left_out, most

COLUMNS = ("file", "size", "state")


def shown(batch: Batch | None, lang: str) -> dict[str, Any]:
    """Return what the page shows of a batch, by part."""
    if not batch:
        return {"several_box": gr.update(visible=False), "several_list": []}
    number, done = len(batch.items), batch.count("done")
    words = [text("batch_ready", lang, count=number)] if batch.count("waits") == number else []
    words += [text("batch_more", lang, limit=most())] if batch.left_out else []
    for item in batch.items:
        if batch.request and item.state != "failed" and (said := frames_left_out(item, batch.request, lang)):
            words.append(f"{Path(item.path).name}: {said}")
    ready = bool(done) and not (batch.began and batch.count("waits"))  # nothing is being added to it
    file = {"value": str(batch.zip) if ready else None, "interactive": ready, "visible": ready}
    return {
        "several_box": gr.update(visible=True),
        "several_list": [_listed(item, lang) for item in batch.items],
        "several_words": "".join(f"<p>{html.escape(line)}</p>" for line in words) + _table(batch, lang),
        "enlarge_all": gr.update(value=text("enlarge_all_of", lang, count=number - batch.count("failed"))),
        "several_zip": gr.update(label=text("several_zip_of", lang, done=done, count=number), **file),
        "compare_these": gr.update(visible=number == 2),
    }


def _listed(item: Item, lang: str) -> Thumbnail:
    mark = "" if item.state == "waits" else f" · {text(f'batch_is_{item.state}', lang)}"
    return Thumbnail(str(item.thumbnail) if item.thumbnail.is_file() else "", Path(item.path).name + mark)


def _table(batch: Batch, lang: str) -> str:
    """Return a row for each picture: its name, its size, and how far it is or why there is no result."""
    heads = "".join(f"<th scope='col' class='left'>{text(f'batch_{code}', lang)}</th>" for code in COLUMNS)
    rows = "".join(_row(item, lang) for item in batch.items)
    return f"<table class='lab-table states'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(item: Item, lang: str) -> str:
    size = "×".join(map(str, item.size)) if item.size[0] else "–"
    said = text(f"batch_is_{item.state}", lang)
    if item.error:
        code, facts = item.error
        said = error_text(SRError(code, **facts), lang)
    cells = (Path(item.path).name, size, said)
    return f"<tr data-state='{item.state}'>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
