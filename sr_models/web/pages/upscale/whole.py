"""A picture that is too large for the page, whole and in the background: offered, begun, watched and taken away."""

import html
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.encode import describe_file, png_extras
from sr_models.imaging.options import DPI, METADATA
from sr_models.inference.options import TILE
from sr_models.pipelines.inputs import Inputs, check_output
from sr_models.pipelines.receipt import make_receipt
from sr_models.pipelines.whole import enlarge_into
from sr_models.web import jobs
from sr_models.web.components.status import Progress
from sr_models.web.i18n import text, time_span
from sr_models.web.jobs import JOBS, MOST_MINUTES, MOST_WAITING, Job
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import commands
from sr_models.web.pages.upscale.describe import kind_of_run, seconds_of
from sr_models.web.pages.upscale.request import (
    MODE,
    OTHER,
    SCALE,
    Request,
    Resolved,
    asked,
    effective,
    in_parts,
    resolve,
)
from sr_models.web.pages.upscale.upscaling import file_stem
from sr_models.web.requests import explain
from sr_models.web.shell import Values

MOST_PIXELS = 2**28  # of a result
MOST_BYTES = 2**30  # of a result before it is packed: no more than half of what all visitors' files may take
PANEL = ("job", "job_box", "job_name", "job_words", "job_stop", "job_download", "job_receipt")


def limits(lang: str) -> str:
    """Return what may be done in the background, in the words of the errors that refuse more; "" where nothing may."""
    return text("limits_whole", lang, pixels=MOST_PIXELS, minutes=MOST_MINUTES) if jobs.allowed() else ""


def has_way(request: Request) -> bool:
    """Say whether a request is for something that the background could do and the page cannot."""
    return bool(request.picture) and request[MODE] == "enlarge" and request[SCALE] != OTHER and in_parts(request)


def all_of(request: Request) -> Resolved:
    """Resolve a request to all of its picture, where the page runs a part; samples are not drawn of it."""
    resolved = resolve(request.with_(samples=0))
    return replace(resolved, request=replace(resolved.request, part=""), picture=resolved.whole, region=None)


def check(resolved: Resolved, seconds: float = 0.0) -> None:
    """Raise SRError where the whole is too much for the background."""
    picture = resolved.picture
    depth = resolved.depth or picture.depth
    check_output(picture, resolved.scale, min(MOST_PIXELS, MOST_BYTES * 8 // (picture.array.shape[2] * depth)))
    if seconds > 60 * MOST_MINUTES:
        raise SRError("whole_too_slow", minutes=math.ceil(seconds / 60), limit=MOST_MINUTES)


def offer(request: Request, lang: str, timed: bool = False) -> Values:
    """Offer the whole, or say why not and how else; how long it takes is told where the net was timed before.

    `timed` says that it may be timed now, which takes a moment.
    """
    if not has_way(request):
        return {"large_whole": gr.update(visible=False), "whole_words": ""}
    resolved = all_of(request)
    try:
        if not jobs.allowed():
            raise SRError("whole_off")
        known = timed or NETS.is_paced(*kind_of_run(resolved))
        seconds = seconds_of(resolved) if known else 0.0
        check(resolved, seconds)
    except SRError as error:
        command = html.escape(commands.shell(effective(request), request[SCALE]))
        told = html.escape(text("whole_elsewhere", lang, reason=explain(error, lang)))
        return {"large_whole": gr.update(visible=False), "whole_words": f"<p>{told} <code>{command}</code></p>"}
    height, width = (n * resolved.scale for n in resolved.picture.array.shape[:2])
    facts = {"width": width, "height": height, "scale": resolved.scale, "waiting": MOST_WAITING}
    time = text("whole_time", lang, time=time_span(seconds, lang)) if known else ""
    told = f"<p>{html.escape(text('whole_words', lang, **facts, time=time))}</p>"
    return {"large_whole": gr.update(visible=True), "whole_words": told}


def begin(v: Values) -> Values:
    """Put the whole picture into the queue of the background, and show where it stands and how to come back."""
    request = asked(v)
    if not jobs.allowed():
        raise SRError("whole_off")
    if not has_way(request):
        return {}
    resolved = all_of(request)
    seconds = seconds_of(resolved)
    check(resolved, seconds)
    if (own := JOBS.get(v["job"])) and not own.is_over:
        raise SRError("job_there")
    height, width = (n * resolved.scale for n in resolved.picture.array.shape[:2])
    about = f"{file_stem(resolved)}.png, {width}×{height}", resolved.upscaler.invents
    picture = Path(request.picture)
    job = JOBS.start(v["visitor"], seconds, lambda job: work(job, request), picture, about=about)
    return {**panel(job, v["lang"]), "status": text("job_begun", v["lang"])}


def work(job: Job, request: Request) -> Iterator[tuple[int, int]]:
    """Do a job: the file of the whole, and its receipt. The picture is a copy in the job's folder."""
    resolved = all_of(replace(request, picture=str(job.folder / Path(request.picture).name)))
    upscaler, picture = resolved.upscaler, resolved.picture
    depth = resolved.depth or picture.depth
    path = job.folder / f"{file_stem(resolved)}.png"
    made: dict[str, Any] = {"tile": resolved.request[TILE] or None, "alpha": resolved.request.ground}
    kept: dict[str, Any] = resolved.request.values.of((METADATA, DPI))
    extras = png_extras(Path(resolved.request.picture).read_bytes(), picture.width * upscaler.scale, **kept)
    yield from enlarge_into(path, upscaler, picture.array, depth=depth, extras=extras, **made)
    made |= {"notes": picture.notes, "format": describe_file("png", np.empty(0, f"uint{depth}"))}
    inputs = Inputs(picture.array, None, upscaler.scale)
    facts = make_receipt(upscaler, inputs, None, seconds=job.seconds, result_sha256=sha256(path), **made)
    receipt = path.with_suffix(".json")
    receipt.write_text(json.dumps(facts, indent=1) + "\n")
    job.files = {"job_download": path, "job_receipt": receipt}


# --- watching ---------------------------------------------------------------------------------------------------------


def panel(job: Job, lang: str) -> Values:
    """Return the changes that show a job: how far it is, Stop, the way back, and what it left."""
    if job.state == "done":
        said: str | Progress = text("job_done", lang, time=time_span(job.seconds, lang))
    elif job.state == "waits":
        said = text("job_waits", lang, before=JOBS.before(job), time=time_span(job.told, lang))
    elif job.done:
        facts = {"done": job.done, "total": job.total, "time": time_span(job.left, lang)}
        said = Progress(text("job_runs", lang, **facts), job.done, job.total)
    else:
        said = text("job_starts", lang)
    name, invents = job.about
    link = f"<a href='?job={job.token}&amp;lang={lang}'>{html.escape(text('job_link', lang))}</a>"
    warning = f"<p class='warning'>{text('inventive', lang)}</p>" if invents else ""
    changes: Values = {
        "job": job.token,
        "job_box": gr.update(visible=True),
        "job_name": f"<p>{html.escape(name)} · {link}</p>{warning}",
        "job_words": said,
        "job_stop": gr.update(visible=not job.is_over),
    }
    for name in ("job_download", "job_receipt"):
        path = job.files.get(name)
        changes[name] = gr.update(value=str(path) if path else None, visible=path is not None)
    return changes


def no_panel(said: str = "") -> Values:
    """Return the changes that show no job, or what is said in its place."""
    hidden = {name: gr.update(value=None, visible=False) for name in ("job_download", "job_receipt")}
    hidden["job_stop"] = gr.update(visible=False)
    return {"job": "", "job_box": gr.update(visible=bool(said)), "job_name": "", "job_words": said, **hidden}


def look(v: Values) -> Values:
    """Show how far the visitor's job is; of one that left nothing, one sentence tells."""
    if not v["job"]:
        return {}
    job, lang = JOBS.get(v["job"]), v["lang"]
    if not job or not all(path.is_file() for path in job.files.values()):  # swept away where others needed the room
        return no_panel(explain(SRError("job_gone"), lang))
    if job.state == "stopped":
        return no_panel(text("job_stopped", lang))
    if job.state == "failed":
        return no_panel(explain(job.error or SRError("unexpected"), lang))
    return panel(job, lang)


def stop(v: Values) -> Values:
    """End the visitor's job."""
    if job := JOBS.get(v["job"]):
        JOBS.stop(job)
    return look(v)


def delete(v: Values) -> Values:
    """Delete the visitor's job with all else."""
    JOBS.delete(v["job"])
    return no_panel()
