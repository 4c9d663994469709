"""What is said of an upload before a run: its facts, a hint towards a better net, and how long it will take."""

import functools
import time

import numpy as np

from sr_models.checkpoints.recommend import recommend
from sr_models.errors import SRError
from sr_models.imaging.drawn import is_drawn
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import Picture
from sr_models.inference.options import ENSEMBLE, SAMPLES
from sr_models.pipelines.upscale import enlarged
from sr_models.web.i18n import duration, text
from sr_models.web.nets import NETS
from sr_models.web.pace import PACE
from sr_models.web.pages.upscale import moving
from sr_models.web.pages.upscale.request import MODE, NET, OTHER, SCALE, SIZE, Request, Resolved, resolve, two_pictures
from sr_models.web.requests import explain, open_upload

UNASKED_SECONDS = 5  # a run that is estimated at no more begins by itself
X4_PIXELS = 2**20  # a picture with more is enlarged by 2 at first
FULL_QUALITY = 90  # a JPEG below it gets the hint


def _as_given(picture: Picture, lang: str) -> str:
    size = {"width": picture.width, "height": picture.height}
    line = text("facts", lang, **size, mode=picture.mode, depth=picture.depth, format=picture.format)
    if picture.jpeg_quality:
        line += text("facts_quality", lang, quality=picture.jpeg_quality)
    if picture.dpi:
        line += text("facts_dpi", lang, dpi=" × ".join(dict.fromkeys(f"{round(n, 1):g}" for n in picture.dpi)))
    return line


def _facts_of_pair(request: Request, lang: str) -> str:
    """Describe two pictures, a line each, or say of one why it cannot be used."""
    lines = []
    for number, path in ((1, request.picture), (2, request.original)):
        try:
            picture = open_upload(path) if path else None
        except SRError as error:
            lines.append(f"{number}: {explain(error, lang)}")
            continue
        if picture:
            notes = [text(f"note_{note}", lang) for note in picture.notes]
            lines.append(f"{number}: " + "; ".join([_as_given(picture, lang), *notes]))
    return "\n\n".join(lines)


def facts(resolved: Resolved, lang: str) -> str:
    """Describe a picture in one line: size, mode, depth, and what was done to it."""
    picture, scale, mode = resolved.whole, resolved.scale, resolved.request[MODE]
    size = {"width": picture.width, "height": picture.height}
    cut = {key: value // scale * scale for key, value in size.items()}
    line = _as_given(picture, lang) + moving.told(resolved, lang)
    if part := resolved.part:
        line += text("facts_part", lang, width=part["width"], height=part["height"])
        scale_of_part = scale if mode == "enlarge" else 1
        size = {"width": part["width"] * scale_of_part, "height": part["height"] * scale_of_part}
        line += text("facts_result", lang, **size)
    elif mode != "test":
        width, height = resolved.target or (picture.width * scale, picture.height * scale)
        line += text("facts_result", lang, width=width, height=height)
        if resolved.target:
            line += text("facts_shrunk" if resolved.shrinks else "facts_resized", lang, scale=scale)
    elif cut != size:
        line += text("facts_cut", lang, **cut)
    kept = mode == "enlarge" and resolved.request.ground == "keep" and picture.mode in ("LA", "RGBA")
    notes = [*moving.notes(resolved), *["alpha"] * kept]
    return "; ".join([line, *(text(f"note_{note}", lang) for note in notes)])


def _marks(picture: Picture) -> str | None:
    """Return the code of what a net for clean pictures would enlarge: marks of compression, or grain."""
    if picture.jpeg_quality and picture.jpeg_quality < FULL_QUALITY:
        return "hint_jpeg"
    return "hint_scan" if "scan" in picture.notes else None


def hint(picture: Picture, net: str, scale: int, lang: str) -> str:
    """Warn where the net would enlarge the marks of compression or grain, and name a better one; "" elsewhere."""
    marks, card = _marks(picture), NETS.card_of(net, scale)
    if not marks or (card and card.trained_for == "photo"):
        return ""
    better = recommend(scale, list(NETS.cards())).get("photo")
    words = [text(marks, lang)] + ([text("hint_photo", lang, net=NETS.title(better, lang))] if better else [])
    return " ".join(words)


def hint_drawn(picture: Picture, net: str, scale: int, lang: str) -> str:
    """Warn where letters and lines would be drawn by a net that invents or smooths, and name a better one; else ""."""
    card = NETS.card_of(net, scale)
    if not card or not (card.invents or card.trained_for == "photo") or not is_drawn(picture.array):
        return ""
    better = recommend(scale, list(NETS.cards())).get("best")
    words = [text("hint_drawn", lang)] + ([text("hint_measured", lang, net=NETS.title(better, lang))] if better else [])
    return " ".join(words)


def suggested(path: str, net: str, scale: int) -> str:
    """Return the net to begin with: for photos and scans where there is one, unless the visitor chose another net."""
    photo = recommend(scale, list(NETS.cards())).get("photo")
    if not photo or net not in (NETS.default(scale), photo):
        return net
    try:
        return photo if _marks(open_upload(path)) else NETS.default(scale)
    except SRError:
        return net


def describe(request: Request, lang: str, *, seconds: float | None = None) -> str:
    """Describe the upload; "" where there is none, or `trouble` with it."""
    if request[MODE] == "pair":
        return _facts_of_pair(request, lang)
    if request.picture and lacks_size(request):
        return text("setting_size_help", lang)
    if trouble(request):
        return ""
    resolved = resolve(request)
    line = facts(resolved, lang)
    hints = []
    if request[MODE] == "enlarge" and not resolved.shrinks:
        hints = [about(resolved.picture, request[NET], resolved.scale, lang) for about in (hint, hint_drawn)]
    hints.append(moving.limit(resolved, lang))
    if seconds is not None:
        line += text("facts_seconds", lang, seconds=duration(seconds))
    return "\n\n".join(part for part in (line, *hints) if part)


def lacks_size(request: Request) -> bool:
    """Say whether a size is to be asked for and nothing was typed yet."""
    return request[SCALE] == OTHER and not request[SIZE]


def trouble(request: Request) -> SRError | None:
    """Return why what was asked for cannot be run; None where it can, or where a size is still to be typed."""
    if request.picture and lacks_size(request):
        return None
    if request[MODE] == "pair" and not (request.picture and request.original):
        return None  # one is still to come
    try:
        if request[MODE] == "pair":
            two_pictures(request)
        else:
            resolve(request).check_size()
    except SRError as error:
        return error
    return None


def is_large(path: str) -> bool:
    """Say whether a picture is enlarged by 2 at first, and not by 4."""
    try:
        picture = open_upload(path)
    except SRError:
        return False
    return picture.width * picture.height > X4_PIXELS


def estimate(request: Request) -> float:
    """Return about how many seconds a run takes, as runs before it did; raise SRError where it is not possible."""
    if request[MODE] == "pair":
        two_pictures(request)
        return 0.0  # no net runs
    resolved = resolve(request)
    resolved.check()
    return seconds_of(resolved)


def seconds_of(resolved: Resolved) -> float:
    """Return about how many seconds a run takes, as runs before it did; the first time, its net runs on one tile."""
    return PACE.seconds(kind_of_run(resolved), told(resolved, resolved.request[SAMPLES]))


def kind_of_run(resolved: Resolved) -> tuple[str, int, bool]:
    """Return what runs have in common that take about as long for each pixel."""
    return resolved.request[NET], resolved.scale, resolved.request[ENSEMBLE]


def told(resolved: Resolved, samples: int = 0) -> float:
    """Return how many seconds a run with so many samples takes by the time of one tile, and of files."""
    scale, request, picture = resolved.scale, resolved.request, resolved.picture
    if resolved.shrinks:
        return _pace_of_files() * (resolved.size[0] * resolved.size[1] + picture.width * picture.height / 8)
    shrunk = scale if request[MODE] == "test" else 1
    width, height = picture.width // shrunk, picture.height // shrunk
    if min(width, height) < 1:
        _ = resolved.inputs  # it says why not
    net = NETS.seconds(*kind_of_run(resolved), width, height, samples)
    passes = 2 if picture.mode in ("LA", "RGBA") and shrunk == 1 and request.ground == "keep" else 1
    movie = moving.all_frames(resolved)
    return (movie.frames if movie else 1) * (passes * net + _pace_of_files() * height * width * scale**2)


def learn(resolved: Resolved, seconds: float) -> None:
    """Learn from a run how long the next ones take; from none whose net was never timed."""
    kind = kind_of_run(resolved)
    if NETS.is_paced(*kind):
        PACE.learn(kind, told(resolved), seconds)


@functools.cache
def _pace_of_files() -> float:
    """Return the seconds that bicubic and the files of a run take for each pixel of the result, measured once."""
    lr = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8).repeat(2, 0).repeat(2, 1)
    times = []
    for _ in range(3):  # the least: the first pays for what is set up once, others for what else the machine does
        begun = time.perf_counter()
        plain = enlarged(NETS.runner("bicubic", 2), lr)
        encode_png(plain)
        encode_png(plain)  # bicubic's file and the net's
        times.append(time.perf_counter() - begun)
    return min(times) / (4 * lr.shape[0] * lr.shape[1])
