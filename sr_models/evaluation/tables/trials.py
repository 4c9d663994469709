"""Tables of runs that were made to learn something: terms of a GAN's loss, teachers and optimizers, learning rates."""

from sr_models.evaluation.layout import NOTHING, Rows
from sr_models.evaluation.report import Evaluation, Sweep, Trial
from sr_models.evaluation.tables.quality import head, sets_of, value
from sr_models.metrics import METRICS


def _trials(evaluations: list[Evaluation], invents: bool) -> list[tuple[Trial, str, dict[str, Evaluation]]]:
    """Return trial runs with their checkpoints, and of each run the reports by set."""
    found: dict[tuple[Trial, str], dict[str, Evaluation]] = {}
    for report in evaluations:
        if report.trial and report.trial.invents == invents:
            found.setdefault((report.trial, report.checkpoint), {})[report.set] = report
    return [(trial, checkpoint, mine) for (trial, checkpoint), mine in found.items()]


def _sets(trials: list[tuple[Trial, str, dict[str, Evaluation]]]) -> list[str]:
    return sets_of([report for _, _, mine in trials for report in mine.values()])


def gans(evaluations: list[Evaluation]) -> Rows:
    """Draw what a GAN's loss needs: a row per run, the same steps each."""
    keys = ("psnr_y", "lr_consistency", "lpips_alex", "lpips_vgg", "features", "grid", "flat_noise")
    trials = _trials(evaluations, invents=True)
    sets = _sets(trials)
    rows = [["run", "minutes", "steps", *(f"{s} {head(key)}" for s in sets for key in keys)]]
    for trial, _, mine in trials:
        cells = (value(mine.get(s), key) for s in sets for key in keys)
        rows.append([trial.name, f"{trial.minutes:g}", f"{trial.steps:,}", *cells])
    return rows


def runs(evaluations: list[Evaluation]) -> Rows:
    """Draw nets trained in more than one way: a row per run, with what it learned from and how long."""
    trials = _trials(evaluations, invents=False)
    sets = _sets(trials)
    columns = ["run", "checkpoint", "started from", "teacher", "kernels by", "minutes", "steps", "validation Y"]
    rows = [[*columns, *(f"{s} Y" for s in sets)]]
    for trial, checkpoint, mine in sorted(trials, key=lambda run: (run[1], run[0].name)):
        row = [trial.name, checkpoint, trial.base or "scratch", trial.teacher or NOTHING]
        row += ["Muon" if trial.muon else "Adam", f"{trial.minutes:g}", f"{trial.steps:,}"]
        row.append(f"{trial.validation:.3f}" if trial.validation else NOTHING)
        rows.append([*row, *(value(mine.get(s), "psnr_y") for s in sets)])
    return rows


def sweeps(found: list[Sweep]) -> Rows:
    """Draw validation Y-PSNR by learning rate, a row per net."""
    rates = sorted({row["learning_rate"] for sweep in found for row in sweep.rows})
    table = [["checkpoint", *(f"{rate:g}" for rate in rates), "bicubic", "steps"]]
    for sweep in found:
        scores = {r["learning_rate"]: f"{r['psnr_y']:.3f}" if r["psnr_y"] else "failed" for r in sweep.rows}
        row = next((row for row in sweep.rows if row["psnr_y"]), {"bicubic": None})
        steps = sorted({row["steps"] for row in sweep.rows if row["psnr_y"]}) or [0]
        cells = [scores.get(rate, NOTHING) for rate in rates]
        cells.append(METRICS["psnr_y"].write(row["bicubic"]))
        cells.append(" to ".join(f"{n:,}" for n in dict.fromkeys((steps[0], steps[-1]))))
        table.append([sweep.name, *cells])
    return table
