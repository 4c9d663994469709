"""Tables of quality: each scale, how results look, mixes, damaged pictures, the README's; and one for a terminal."""

import math

from sr_models import archs
from sr_models.checkpoints.card import Card
from sr_models.checkpoints.catalog import split_name
from sr_models.evaluation.evaluate import measured_keys
from sr_models.evaluation.layout import NOTHING, Rows, aligned, ratio
from sr_models.evaluation.report import PLAIN, Evaluation, Numbers, Speed
from sr_models.evaluation.tables.training import Papers, pair
from sr_models.metrics import METRICS

USED = "†"  # a loss used the very features that the distance is made of
README_SETS = ("Set5", "Set14")
SCORES = ("psnr_y", "ssim_y", "psnr_rgb", "lr_consistency")
DISTANCES = ("lpips_alex", "lpips_vgg", "features")  # the other columns of how results look come after them


def tables(
    evaluations: list[Evaluation], cards: list[Card], papers: Papers, bench: Speed | None
) -> dict[str, tuple[str, Rows]]:
    """Return the tables of clean pictures by their keys, with their headings."""
    clean = _clean(evaluations)
    looked = [r for r in clean if r.variant == PLAIN and "lpips_alex" in r.mean.result]
    mixed = [r for r in evaluations if r.variant.alpha is not None and not (r.variant.damaged or r.variant.ensemble)]
    used = {card.name for card in cards if card.perceptual_features == "lite0"}
    found: dict[str, tuple[str, Rows]] = {}
    for scale in sorted({r.scale for r in clean}, reverse=True):
        found[f"x{scale}"] = f"x{scale}", _of_scale([r for r in clean if r.scale == scale], scale, papers, bench)
    for scale in sorted({r.scale for r in looked}, reverse=True):
        rows = _looks([r for r in looked if r.scale == scale], used)
        found[f"looks x{scale}"] = f"How they look, x{scale}", rows
    return found | {"mixes": ("Between measured and sharp", _mixes(looked, mixed, cards))}


def _clean(evaluations: list[Evaluation]) -> list[Evaluation]:
    """Return what was measured of kept nets, plain or as ensembles, on clean pictures."""
    return [r for r in _unmixed(evaluations) if not r.variant.damaged]


def _unmixed(evaluations: list[Evaluation]) -> list[Evaluation]:
    return [r for r in evaluations if not (r.trial or r.repaired_by) and r.variant.alpha is None]


def sets_of(evaluations: list[Evaluation]) -> list[str]:
    """Return the sets of the reports, the shortest name first."""
    return sorted({r.set for r in evaluations}, key=lambda s: (len(s), s))


def head(key: str) -> str:
    """Return a column's word; what names no measure is PSNR."""
    return METRICS[key].label.removeprefix("PSNR-")


def value(report: Evaluation | None, key: str) -> str:
    """Write a number of a report, "-" where it was not measured."""
    return METRICS[key].write(report.mean.result.get(key)) if report else NOTHING


def _plain_value(report: Evaluation | None, key: str) -> str:
    """Write bicubic's number beside it."""
    return METRICS[key].write(report.mean.bicubic.get(key)) if report else NOTHING


def _by_name(evaluations: list[Evaluation], ensemble: bool = False) -> dict[tuple[str, str], Evaluation]:
    """Return the reports of plain nets, or of ensembles, by checkpoint and set, the weakest net first."""
    mine = [r for r in evaluations if r.variant.ensemble == ensemble]
    first = {r.checkpoint: r.mean.result["psnr_y"] for r in reversed(mine)}
    mine.sort(key=lambda r: (first[r.checkpoint] or 0, r.checkpoint))
    return {(r.checkpoint, r.set): r for r in mine}


def _of_scale(reports: list[Evaluation], scale: int, papers: Papers, bench: Speed | None) -> Rows:
    """Draw one scale: a row per checkpoint, bicubic first; what a net costs, five numbers per set, the papers'."""
    sets, found, ensembles = sets_of(reports), _by_name(reports), _by_name(reports, ensemble=True)
    times = {row["net"]: row["ratio"] for row in bench.rows} if bench else {}
    columns = ["checkpoint", "parameters", "MACs", "time"]
    for s in sets:
        columns += [*(f"{s} {head(key)}" for key in SCORES), f"{s} Y, ensemble"]
    bicubic = ["bicubic", *[NOTHING] * 2, ratio(times.get(f"bicubic_x{scale}"))]
    for s in sets:
        report = next(r for r in reports if r.set == s)
        bicubic += [*(_plain_value(report, key) for key in SCORES), NOTHING]
    rows = [[*columns, "published"], [*bicubic, NOTHING]]
    for name in dict.fromkeys(name for name, _ in found):
        facts = next(r for (n, _), r in found.items() if n == name)
        row = [name, f"{facts.parameters:,}", _giga(facts.macs), ratio(times.get(name))]
        for s in sets:
            row += [value(found.get((name, s)), key) for key in SCORES]
            row.append(value(ensembles.get((name, s)), "psnr_y"))
        beside = [p for p in papers if facts.net in p["beside"].split() and p["scale"] == str(scale)]
        rows.append([*row, "; ".join(f"{p['paper']} {pair(p)}" for p in beside) or NOTHING])
    return rows


def _looks(reports: list[Evaluation], used: set[str]) -> Rows:
    """Draw how results look: bicubic and a row per checkpoint, the most alike on the first set first."""
    sets = sets_of(reports)
    keys = tuple(dict.fromkeys(("psnr_y", "ssim_y", "lr_consistency", *DISTANCES, *measured_keys(("looks",)))))
    rows = [["checkpoint", *(f"{s} {head(key)}" for s in sets for key in keys)]]
    firsts = [next(r for r in reports if r.set == s) for s in sets]
    rows.append(["bicubic", *(_plain_value(r, key) for r in firsts for key in keys)])
    found = {(r.checkpoint, r.set): r for r in reports}

    def distance(name: str) -> float:
        first = found.get((name, sets[0]))
        return (first.mean.result["lpips_alex"] if first else None) or math.inf

    for name in sorted({r.checkpoint for r in reports}, key=lambda name: (distance(name), name)):
        cells = [(key, value(found.get((name, s)), key)) for s in sets for key in keys]
        rows.append([name, *(cell + USED * (key == "features" and name in used) for key, cell in cells)])
    return rows


def _mixes(looked: list[Evaluation], mixed: list[Evaluation], cards: list[Card]) -> Rows:
    """Draw the way from each measured net to the one that continues it, a row per alpha."""
    keys = ("psnr_y", "ssim_y", "lpips_alex", "lpips_vgg")
    sets = sets_of(mixed)
    rows = [["net", "alpha", *(f"{s} {head(key)}" for s in sets for key in keys)]]
    found = {(r.checkpoint, r.variant.alpha, r.set): r for r in looked + mixed}
    for card in cards:
        between = sorted({r.variant.alpha or 0 for r in mixed if r.checkpoint == card.name})
        ways = [(card.measured_partner, 0, None), *((card.name, a, a) for a in between), (card.name, 1, None)]
        for checkpoint, place, alpha in ways if between else ():
            cells = (value(found.get((checkpoint or "", alpha, s)), key) for s in sets for key in keys)
            rows.append([card.name, f"{place:g}", *cells])
    return rows


def damaged(evaluations: list[Evaluation]) -> Rows:
    """Draw damaged pictures: a row per checkpoint; per set Y and SSIM, bicubic's Y, and Y of the clean picture."""
    reports = [r for r in _unmixed(evaluations) if r.variant.damaged]
    sets, found, before = sets_of(reports), _by_name(reports), _by_name(_clean(evaluations))
    rows = [["checkpoint", *(f"{s} {w}" for s in sets for w in ("Y", "SSIM-Y", "bicubic Y", "clean Y"))]]
    for name in sorted(dict.fromkeys(name for name, _ in found), key=lambda n: -(split_name(n)[1] or 0)):
        row = [name]
        for s in sets:
            report = found.get((name, s))
            row += [value(report, "psnr_y"), value(report, "ssim_y"), _plain_value(report, "psnr_y")]
            row.append(value(before.get((name, s)), "psnr_y"))
        rows.append(row)
    return rows


def repaired(evaluations: list[Evaluation], cards: list[Card]) -> Rows:
    """Draw LR that was repaired first: a row per checkpoint and way, beside those that saw it as it was.

    Beside are the same nets, and those that are for photographs; the best on the first set comes last.
    """
    after = [r for r in evaluations if r.repaired_by]
    scales = {r.scale for r in after}
    known = {r.checkpoint for r in after} | {card.name for card in cards if card.trained_for == "photo"}
    shown = [*after, *(r for r in _unmixed(evaluations) if r.scale in scales and r.checkpoint in known)]
    shown = [r for r in shown if not r.variant.ensemble]
    sets = sets_of(shown)
    found = {(r.checkpoint, r.repaired_by, r.set, r.variant.damaged): r for r in shown}
    rows = [["checkpoint", "repaired first by", *(f"{s} {w}" for s in sets for w in ("Y", "SSIM-Y", "clean Y"))]]

    def place(way: tuple[str, str | None]) -> tuple[float, float]:
        report = found.get((*way, sets[0], True))
        return -(split_name(way[0])[1] or 0), (report.mean.result["psnr_y"] if report else None) or 0

    for name, way in sorted(dict.fromkeys((name, way) for name, way, _, damaged in found if damaged), key=place):
        row = [name, way or NOTHING]
        for s in sets:
            report = found.get((name, way, s, True))
            row += [value(report, "psnr_y"), value(report, "ssim_y"), value(found.get((name, way, s, False)), "psnr_y")]
        rows.append(row)
    return rows


def readme(evaluations: list[Evaluation], cards: list[Card]) -> Rows:
    """Draw the README's table: a row per net with a checkpoint, Y / SSIM on two sets at each scale."""
    reports = _clean(evaluations)
    found = _by_name(reports)
    scales = sorted({r.scale for r in found.values()})
    rows = [["net", "parameters at the largest scale", *(f"x{scale}: {' · '.join(README_SETS)}" for scale in scales)]]
    bicubic = {(r.scale, r.set): r.mean.bicubic for r in reports}
    cells = (_two([bicubic.get((scale, s)) for s in README_SETS]) for scale in scales)
    rows.append(["bicubic", NOTHING, *cells])
    architectures = {split_name(card.name)[0]: card.architecture for card in cards}
    nets = {r.net: None for r in sorted(found.values(), key=lambda r: -r.scale)}
    for net in (net for net in nets if net in architectures):
        mine = {scale: [found.get((f"{net}_x{scale}", s)) for s in README_SETS] for scale in scales}
        sizes = [r.parameters for scale in scales for r in mine[scale] if r]
        size = archs.get(architectures[net]).title + net.removeprefix(architectures[net]).replace("_", " ")
        cells = (_two([r.mean.result if r else None for r in mine[scale]]) for scale in scales)
        rows.append([size, f"{sizes[-1]:,}", *cells])
    return rows


def _two(means: list[Numbers | None]) -> str:
    """Write Y / SSIM of two sets."""
    if not all(means):
        return NOTHING
    return " · ".join(f"{METRICS['psnr_y'].write(m['psnr_y'])} / {m['ssim_y'] or 0:.3f}" for m in means if m)


def _giga(count: int | None) -> str:
    return f"{count / 1e9:.2f} G" if count else NOTHING


def as_text(evaluations: list[Evaluation]) -> str:
    """Draw reports as a text table, a row each, bicubic's numbers in brackets."""
    columns = [key for key in measured_keys() if any(key in r.mean.result for r in evaluations)]
    rows = [["checkpoint", "set", *(METRICS[key].label for key in columns)]]
    for r in evaluations:
        rows.append([r.name, r.label, *(f"{value(r, key)} ({_plain_value(r, key)})" for key in columns)])
    return aligned(rows)
