"""Keep measured numbers as JSON beside RESULTS.md; draw its tables, and the README's, from them. Prose stays."""

import csv
import json
import math
from pathlib import Path
from typing import Any

from sr_models import archs
from sr_models.checkpoints.card import BEFORE_LAST, Card
from sr_models.checkpoints.catalog import list_checkpoints, split_name
from sr_models.evaluation import diversity
from sr_models.evaluation.evaluate import label, measured_keys
from sr_models.evaluation.layout import NOTHING, barred, put
from sr_models.files import to_json, write_atomically
from sr_models.metrics import METRICS

Report = dict[str, Any]
Rows = list[list[str]]
ENSEMBLE = "_ensemble"
BENCH = "bench.json"  # in results/
TRAINED = (2, 3, 4)  # scales that nets are trained for
GPU = "gpu.json"  # there too, by `python -m sr_models.bench.gpu`
SWEEP = "sweep_"  # of learning rates, a file each, there too
ABLATION = "ablation_"  # of those, made to learn what an option does
ANSWERS = "answers_"  # of nets that know many, a file for each set
GAN = "gan_"  # of GANs trained to learn what a term of their loss does
RUN = "run_"  # of other nets, trained to learn what a teacher or an optimizer does
MIX = "_mix"  # in the name of what lies between two nets
USED = "†"  # a loss used the very features that the distance is made of
PAPERS = "papers.csv"  # beside RESULTS.md: published numbers, and beside which nets of ours they stand
README_SETS = ("Set5", "Set14")


def keep(report: Report, markdown: Path) -> None:
    """Keep one report of `evaluate` in `results/` beside RESULTS.md."""
    _write(markdown, f"{report['checkpoint']}_{label(report)}.json", report)


def keep_bench(facts: dict[str, Any], markdown: Path) -> None:
    """Keep what `bench` measured there too."""
    _write(markdown, BENCH, facts)


def keep_answers(report: dict[str, Any], markdown: Path, ablation: str = "") -> None:
    """Keep one report of `answers` there too, or that of an ablation by its name."""
    kind = f"{ABLATION}{ablation}_" if ablation else ANSWERS
    _write(markdown, f"{kind}{report['checkpoint']}_{report['set']}.json", {**report, "ablation": ablation})


def keep_ablation(report: Report, markdown: Path, ablation: str, card: Card) -> None:
    """Keep one report of `evaluate` as that of an ablation, with what its training took."""
    facts = {"ablation": ablation, "minutes": round(card.seconds / 60, 1), "steps": card.steps}
    validation = card.result("validation")
    facts |= {
        "base": (card.base or {}).get("name"),
        "teacher": card.choices.get("teacher"),
        "muon": bool(card.choices.get("options", {}).get("muon")),
        "validation": validation.value if validation else None,
    }
    _write(markdown, f"{GAN if card.invents else RUN}{ablation}_{card.name}_{report['set']}.json", report | facts)


def _write(markdown: Path, name: str, facts: dict[str, Any]) -> None:
    write_atomically(markdown.parent / "results" / name, to_json(facts))


def draw(markdown: Path) -> None:
    """Draw all tables of RESULTS.md again, and the README's in the folder above where it has marks for one."""
    folder = markdown.parent / "results"
    kept = {p.name: json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))}
    bench, graphics = kept.pop(BENCH, None), kept.pop(GPU, None)
    drawn = [facts for name, facts in kept.items() if name.startswith(ANSWERS)]
    ablations = [facts for name, facts in kept.items() if name.startswith(ABLATION)]
    gans, runs = ([facts for name, facts in kept.items() if name.startswith(kind)] for kind in (GAN, RUN))
    measured = [facts for name, facts in kept.items() if not name.startswith((SWEEP, ANSWERS, ABLATION, GAN, RUN))]
    reports = [facts for facts in measured if MIX not in facts["checkpoint"]]
    papers = _papers(markdown.with_name(PAPERS))
    cards = list_checkpoints()
    clean = [r for r in reports if not r.get("damaged")]
    tables: dict[str, tuple[str, Rows]] = {}
    for scale in sorted({r["scale"] for r in clean}, reverse=True):
        tables[f"x{scale}"] = f"x{scale}", _of_scale([r for r in clean if r["scale"] == scale], scale, papers, bench)
    plain = [r for r in clean if not r["checkpoint"].endswith(ENSEMBLE) and "lpips_alex" in r["mean"]["result"]]
    mixed = [r for r in measured if MIX in r["checkpoint"] and not r["damaged"] and ENSEMBLE not in r["checkpoint"]]
    used = {card.name for card in cards if card.trained_on == "lite0"}
    for scale in sorted({r["scale"] for r in plain}, reverse=True):
        tables[f"looks x{scale}"] = f"How they look, x{scale}", _looks([r for r in plain if r["scale"] == scale], used)
    tables["mixes"] = (
        "Between measured and sharp",
        _mixes(plain, mixed, cards),
    )
    tables["gans"] = "What the terms of the GAN's loss do", _gans(gans)
    tables["runs"] = "Trial runs", _runs(runs)
    tables["damaged"] = "Damaged pictures", _damaged(reports)
    for name in dict.fromkeys(r["checkpoint"] for r in drawn):
        mine = sorted((r for r in drawn if r["checkpoint"] == name), key=lambda r: (len(r["set"]), r["set"]))
        tables[f"answers {name}"] = f"Many answers: {name}", diversity.table(mine)
        tables[f"calibration {name}"] = f"Spread and error: {name}", diversity.calibration(mine)
    tables["ablations"] = "What the options of the VAE do", diversity.ablations(ablations)
    tables["speed"] = "Speed", speed(bench) if bench else []
    tables["gpu"] = "On a GPU", gpu(graphics)
    tables["training"] = "How they were trained", _training(cards)
    recipes = sorted(p.stem for p in markdown.parent.glob("recipes/*.py"))
    tables["untrained"] = "Not trained yet", untrained(recipes, cards)
    tables["sweeps"] = "Learning rates", _sweeps({name: rows for name, rows in kept.items() if name.startswith(SWEEP)})
    tables["papers"] = "Published numbers", _published(papers)
    above = {"speed": f"{bench['size']} enlarged four times by {bench['machine']}.\n\n"} if bench else {}
    if graphics:
        above["gpu"] = f"{graphics['machine']}, {graphics['peak_tflops']:.0f} TFLOP/s in a large matrix product.\n\n"
    text = markdown.read_text() if markdown.is_file() else "# Results\n"
    for key, (heading, rows) in tables.items():
        if len(rows) > 1:
            table = above.get(key, "") + barred(rows)
            text = put(text, f"<!-- table {key} -->", f"<!-- end {key} -->", table, heading)
    write_atomically(markdown, text.encode())
    readme = markdown.parent.parent / "README.md"
    if readme.is_file() and "<!-- checkpoints -->" in (text := readme.read_text()):
        table = barred(_readme(clean, cards))
        write_atomically(readme, put(text, "<!-- checkpoints -->", "<!-- end -->", table, "Checkpoints").encode())


def _sets(reports: list[Report]) -> list[str]:
    return sorted({r["set"] for r in reports}, key=lambda s: (len(s), s))


def _by_name(reports: list[Report], ending: str = "") -> dict[tuple[str, str], Report]:
    """Return the reports of plain nets, or of ensembles, by checkpoint and set, the weakest net first."""
    mine = [r for r in reports if r["checkpoint"].endswith(ENSEMBLE) == (ending == ENSEMBLE)]
    first = {r["checkpoint"]: r["mean"]["result"]["psnr_y"] for r in reversed(mine)}
    mine.sort(key=lambda r: (float(first[r["checkpoint"]] or 0), r["checkpoint"]))
    return {(r["checkpoint"].removesuffix(ending), r["set"]): r for r in mine}


def _value(report: Report | None, key: str, runner: str = "result") -> str:
    return METRICS[key].write(report["mean"][runner].get(key)) if report else NOTHING


def _of_scale(reports: list[Report], scale: int, papers: list[dict[str, str]], bench: dict[str, Any] | None) -> Rows:
    """Draw one scale: a row per checkpoint, bicubic first; what a net costs, five numbers per set, the papers'."""
    sets, found, ensembles = _sets(reports), _by_name(reports), _by_name(reports, ENSEMBLE)
    times = {row["net"]: row["ratio"] for row in bench["rows"]} if bench else {}
    head = ["checkpoint", "parameters", "MACs", "time"]
    for s in sets:
        head += [*(f"{s} {_head(key)}" for key in SCORES), f"{s} Y, ensemble"]
    head.append("published")
    bicubic = ["bicubic", *[NOTHING] * 2, _ratio(times.get(f"bicubic_x{scale}"))]
    for s in sets:
        report = next(r for r in reports if r["set"] == s)
        bicubic += [*(_value(report, k, "bicubic") for k in SCORES), NOTHING]
    rows = [head, [*bicubic, NOTHING]]
    for name in dict.fromkeys(name for name, _ in found):
        facts = next(r for (n, _), r in found.items() if n == name)
        row = [name, f"{facts['parameters']:,}", _giga(facts.get("macs")), _ratio(times.get(name))]
        for s in sets:
            row += [_value(found.get((name, s)), k) for k in SCORES]
            row.append(_value(ensembles.get((name, s)), "psnr_y"))
        net = split_name(name)[0]
        beside = [p for p in papers if net in p["beside"].split() and p["scale"] == str(scale)]
        rows.append([*row, "; ".join(f"{p['paper']} {_pair(p)}" for p in beside) or NOTHING])
    return rows


SCORES = ("psnr_y", "ssim_y", "psnr_rgb", "lr_consistency")
DISTANCES = ("lpips_alex", "lpips_vgg", "features")  # the other columns of how results look come after them
LOOKS = dict.fromkeys(["psnr_y", "ssim_y", "lr_consistency", *DISTANCES, *measured_keys(("looks",))])


def _head(key: str) -> str:
    """Return a column's word; what names no measure is PSNR."""
    return METRICS[key].label.removeprefix("PSNR-")


def _looks(reports: list[Report], used: set[str]) -> Rows:
    """Draw how results look: bicubic and a row per checkpoint, the most alike on the first set first."""
    sets = _sets(reports)
    rows = [["checkpoint", *(f"{s} {_head(key)}" for s in sets for key in LOOKS)]]
    firsts = [next(r for r in reports if r["set"] == s) for s in sets]
    rows.append(["bicubic", *(_value(r, key, "bicubic") for r in firsts for key in LOOKS)])
    found = {(r["checkpoint"], r["set"]): r for r in reports}

    def distance(name: str) -> float:
        first = found.get((name, sets[0]))
        return (first["mean"]["result"]["lpips_alex"] if first else None) or math.inf

    names = sorted({r["checkpoint"] for r in reports}, key=lambda name: (distance(name), name))
    for name in names:
        cells = [(key, _value(found.get((name, s)), key)) for s in sets for key in LOOKS]
        rows.append([name, *(cell + USED * (key == "features" and name in used) for key, cell in cells)])
    return rows


def _mixes(plain: list[Report], mixed: list[Report], cards: list[Card]) -> Rows:
    """Draw the way from each measured net to the one that continues it, a row per share."""
    keys = ("psnr_y", "ssim_y", "lpips_alex", "lpips_vgg")
    sets = _sets(mixed)
    rows = [["net", "share", *(f"{s} {_head(key)}" for s in sets for key in keys)]]
    found = {(r["checkpoint"], r["set"]): r for r in plain + mixed}
    for card in cards:
        shares = sorted({r["mix"]["share"] for r in mixed if r["checkpoint"].startswith(card.name + MIX)})
        ends = {0.0: card.measured_partner or "", 1.0: card.name}
        for share in (0.0, *shares, 1.0) if shares else ():
            name = ends.get(share) or f"{card.name}{MIX}{share:g}"
            rows.append([card.name, f"{share:g}", *(_value(found.get((name, s)), key) for s in sets for key in keys)])
    return rows


def _gans(reports: list[Report]) -> Rows:
    """Draw what a GAN's loss needs: a row per run, the same steps each."""
    keys = ("psnr_y", "lr_consistency", "lpips_alex", "lpips_vgg", "features", "grid", "unrest")
    sets = _sets(reports)
    rows = [["run", "minutes", "steps", *(f"{s} {_head(key)}" for s in sets for key in keys)]]
    for name, mine in _by_run(reports).items():
        facts = next(iter(mine.values()))
        cells = (_value(mine.get(s), key) for s in sets for key in keys)
        rows.append([name[0], f"{facts['minutes']:g}", f"{facts['steps']:,}", *cells])
    return rows


def _by_run(reports: list[Report]) -> dict[tuple[str, str], dict[str, Report]]:
    """Return the reports of trial runs by name and checkpoint, of each run by set."""
    found: dict[tuple[str, str], dict[str, Report]] = {}
    for report in reports:
        found.setdefault((report["ablation"], report["checkpoint"]), {})[report["set"]] = report
    return found


def _runs(reports: list[Report]) -> Rows:
    """Draw nets trained in more than one way: a row per run, with what it learned from and how long."""
    sets = _sets(reports)
    head = ["run", "checkpoint", "started from", "teacher", "kernels by", "minutes", "steps", "validation Y"]
    rows = [[*head, *(f"{s} Y" for s in sets)]]
    for (name, checkpoint), mine in sorted(_by_run(reports).items(), key=lambda run: run[0][::-1]):
        facts = next(iter(mine.values()))
        row = [name, checkpoint, facts["base"] or "scratch", facts["teacher"] or NOTHING]
        row += ["Muon" if facts["muon"] else "Adam", f"{facts['minutes']:g}", f"{facts['steps']:,}"]
        row.append(f"{facts['validation']:.3f}" if facts["validation"] else NOTHING)
        rows.append([*row, *(_value(mine.get(s), "psnr_y") for s in sets)])
    return rows


def _damaged(reports: list[Report]) -> Rows:
    """Draw damaged pictures: a row per checkpoint; per set Y and SSIM, bicubic's Y, and Y of the clean picture."""
    damaged, clean = ([r for r in reports if bool(r.get("damaged")) == want] for want in (True, False))
    sets, found, before = _sets(damaged), _by_name(damaged), _by_name(clean)
    rows = [["checkpoint", *(f"{s} {w}" for s in sets for w in ("Y", "SSIM-Y", "bicubic Y", "clean Y"))]]
    for name in sorted(dict.fromkeys(name for name, _ in found), key=lambda n: -(split_name(n)[1] or 0)):
        row = [name]
        for s in sets:
            report = found.get((name, s))
            row += [_value(report, "psnr_y"), _value(report, "ssim_y"), _value(report, "psnr_y", "bicubic")]
            row.append(_value(before.get((name, s)), "psnr_y"))
        rows.append(row)
    return rows


def speed(bench: dict[str, Any]) -> Rows:
    """Draw what `bench` measured: ratios of times taken in one run, each net beside what else could run it."""
    head = ["net", "precision", "ms", "time / fp32 ESPCN", "time / Pillow bicubic"]
    others = {"eager": "eager fp32", "onnx": "ONNX Runtime", "openvino": "OpenVINO"}
    rows = [[*head, *(f"{word} / ours" for word in others.values()), "share of peak", "memory, MiB"]]
    for row in bench["rows"]:
        cells = [row["net"], row["precision"], f"{row['ms']:.1f}", _ratio(row["ratio"]), _ratio(row["pillow"])]
        cells += [_ratio(row[key]) for key in others]
        cells.append(f"{row['share']:.0%}" if row["share"] is not None else NOTHING)
        rows.append([*cells, f"{row['memory']:.0f}" if row["memory"] is not None else NOTHING])
    return rows


def gpu(facts: dict[str, Any] | None) -> Rows:
    """Draw what `bench.gpu` measured, times as ratios to the first net too; a row that says so where nothing was."""
    if not facts:
        return [["training and enlarging in bf16"], ["not measured"]]
    rows = [["net", "training, steps/s", "as a graph", "share of peak"]]
    rows[0] += [
        f"{kind}, {what}" for kind in facts["inputs"] for what in ("whole, ms", "ratio", "tiles, ms", "share of peak")
    ]
    for row in facts["rows"]:
        cells = [
            row["net"],
            f"{row['plain']:.1f}",
            f"{row['graph']:.1f}" if "graph" in row else NOTHING,
            f"{row['share']:.0%}",
        ]
        for kind in facts["inputs"]:
            mine, first = row[kind], facts["rows"][0][kind]
            whole = mine.get("whole")
            cells += [f"{whole:.1f}", _ratio(whole / first["whole"])] if whole else [NOTHING, NOTHING]
            cells += [f"{mine['tiles']:.1f}", f"{mine['share']:.0%}" if whole else NOTHING]
        rows.append(cells)
    return rows


def _training(cards: list[Card]) -> Rows:
    """Draw how the checkpoints were made, from their cards."""
    rows = [["checkpoint", "device", "minutes", "steps", "learning rate", "last stage", "started from", "LR", "data"]]
    for card in sorted(cards, key=lambda c: (split_name(c.name)[0], c.scale or 0)):
        recipe = card.choices
        rows.append(
            [
                card.name,
                card.device or NOTHING,
                f"{card.seconds / 60:.0f}",
                f"{card.steps:,}",
                f"{recipe['learning_rate']:g}" if "learning_rate" in recipe else NOTHING,
                _last_stage(card),
                card.base["name"] if card.base else "scratch",
                card.trained_for,
                card.dataset,
            ]
        )
    return rows


def _last_stage(card: Card) -> str:
    """Return what validation gained in the last stage, MSE on larger patches while the rate falls to 0."""
    before, after = card.result("validation", BEFORE_LAST), card.result("validation")
    return f"{after.value - before.value:+.3f} dB" if before and after else NOTHING


def untrained(recipes: list[str], cards: list[Card]) -> Rows:
    """Draw at which scales the nets of the recipes are not trained yet."""
    there = {card.name for card in cards}
    rows = [["net", "not trained yet"]]
    for net in recipes:
        missing = [f"x{scale}" for scale in TRAINED if f"{net}_x{scale}" not in there]
        if missing:
            rows.append([net, ", ".join(missing)])
    return rows


def _sweeps(sweeps: dict[str, list[dict[str, Any]]]) -> Rows:
    """Draw validation Y-PSNR by learning rate, a row per net."""
    rates = sorted({row["learning_rate"] for rows in sweeps.values() for row in rows})
    table = [["checkpoint", *(f"{rate:g}" for rate in rates), "bicubic", "steps"]]
    for name, rows in sweeps.items():
        scores = {r["learning_rate"]: f"{r['psnr_y']:.3f}" if r["psnr_y"] else "failed" for r in rows}
        row = next((row for row in rows if row["psnr_y"]), {"bicubic": None})
        steps = sorted({row["steps"] for row in rows if row["psnr_y"]}) or [0]
        cells = [scores.get(rate, NOTHING) for rate in rates]
        cells += [
            METRICS["psnr_y"].write(row["bicubic"]),
            " to ".join(f"{n:,}" for n in dict.fromkeys((steps[0], steps[-1]))),
        ]
        table.append([Path(name).stem.removeprefix(SWEEP), *cells])
    return table


def _papers(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _published(papers: list[dict[str, str]]) -> Rows:
    """Draw the papers' numbers: a row per net, Set5 / Set14 at each scale."""
    scales = sorted({p["scale"] for p in papers})
    rows = [["net", *(f"x{scale}" for scale in scales), "source"]]
    for name, source in dict.fromkeys((p["paper"], p["source"]) for p in papers):
        mine = {p["scale"]: _pair(p) for p in papers if p["paper"] == name}
        rows.append([name, *(mine.get(scale, NOTHING) for scale in scales), source])
    return rows


def _pair(paper: dict[str, str]) -> str:
    return " / ".join(filter(None, (paper["set5"], paper["set14"])))


def _readme(reports: list[Report], cards: list[Card]) -> Rows:
    """Draw the README's table: a row per net with a checkpoint, Y / SSIM on two sets at each scale."""
    found = _by_name(reports)
    scales = sorted({r["scale"] for r in found.values()})
    head = [f"x{scale}: {' · '.join(README_SETS)}" for scale in scales]
    rows = [["net", "parameters at the largest scale", *head]]
    bicubic = {(r["scale"], r["set"]): r for r in reports}
    cells = (_two([bicubic.get((scale, s)) for s in README_SETS], "bicubic") for scale in scales)
    rows.append(["bicubic", NOTHING, *cells])
    architectures = {split_name(card.name)[0]: card.architecture for card in cards}
    nets = {split_name(name)[0]: None for name, _ in sorted(found, key=lambda key: -(split_name(key[0])[1] or 0))}
    for net in (net for net in nets if net in architectures):
        mine = {scale: [found.get((f"{net}_x{scale}", s)) for s in README_SETS] for scale in scales}
        sizes = [r["parameters"] for scale in scales for r in mine[scale] if r]
        size = archs.get(architectures[net]).title["en"] + net.removeprefix(architectures[net]).replace("_", " ")
        rows.append([size, f"{sizes[-1]:,}", *(_two(mine[scale]) for scale in scales)])
    return rows


def _two(reports: list[Report | None], runner: str = "result") -> str:
    """Write Y / SSIM of two sets."""
    if not all(reports):
        return NOTHING
    means = [r["mean"][runner] for r in reports if r]
    return " · ".join(f"{METRICS['psnr_y'].write(m['psnr_y'])} / {float(m['ssim_y']):.3f}" for m in means)


def _ratio(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _giga(count: int | None) -> str:
    return f"{count / 1e9:.2f} G" if count else NOTHING
