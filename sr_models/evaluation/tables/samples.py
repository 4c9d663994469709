"""Tables of nets that know many answers: what their samples reach, spread against error, ablations."""

from sr_models.evaluation.diversity import ACTIVE, BINS, COOL, FEW, MANY
from sr_models.evaluation.layout import Rows, number
from sr_models.evaluation.report import Diversity

ROWS = {
    "base": "base net",
    "mean": "mean (the file)",
    "mean_of_many": f"mean of {MANY} samples, T = 1",
    "mean_of_all": f"mean of endlessly many, from the {MANY}",
    "one": "one sample, T = 1",
    "best": f"best of {FEW}, T = 1",
    "one_free": "one sample, T = 1, not projected",
    "best_free": f"best of {FEW}, T = 1, not projected",
    "one_cool": f"one sample, T = {COOL}",
    "best_cool": f"best of {FEW}, T = {COOL}",
    "one_cool_free": f"one sample, T = {COOL}, not projected",
    "best_cool_free": f"best of {FEW}, T = {COOL}, not projected",
    "posterior": "decoded from the original (posterior mean, sides cut to multiples of 4)",
}
WORDS = {
    "consistency": "LR-consistency of a sample, dB",
    "consistency_free": "the same, not projected",
    "spread": "spread, grey levels",
    "diversity_lpips": "LPIPS-Alex between two samples",
    "lpips_mean": "LPIPS-Alex of the mean",
    "lpips_cool": f"LPIPS-Alex of a sample, T = {COOL}",
    "lpips": "LPIPS-Alex of a sample, T = 1",
    "kl_coarse": "KL of the coarse latent, nats per place",
    "kl_fine": "KL of the fine latent, nats per place",
    "active_coarse": f"channels above {ACTIVE} nats, coarse",
    "active_fine": f"channels above {ACTIVE} nats, fine",
}


def tables(reports: list[Diversity]) -> dict[str, tuple[str, Rows]]:
    """Return the tables by their keys, with their headings."""
    found: dict[str, tuple[str, Rows]] = {}
    kept = [r for r in reports if not r.ablation]
    for name in dict.fromkeys(r.checkpoint for r in kept):
        mine = sorted((r for r in kept if r.checkpoint == name), key=lambda r: (len(r.set), r.set))
        found[f"answers {name}"] = f"Many answers: {name}", table(mine)
        found[f"calibration {name}"] = f"Spread and error: {name}", calibration(mine)
    return found | {"ablations": ("What the options of the VAE do", ablations([r for r in reports if r.ablation]))}


def table(reports: list[Diversity]) -> Rows:
    """Draw reports of one net: a row per number, a column per set."""
    head = [reports[0].checkpoint, *(r.set for r in reports)]
    rows = [[title, *(number(2, r.mean.get(key)) for r in reports)] for key, title in ROWS.items()]
    for key, title in WORDS.items():
        digits = 3 if "lpips" in key else 2
        rows.append([title, *(number(digits, r.mean.get(key)) for r in reports)])
    for key, title in (("rank_spread", "spread"), ("rank_gradient", "gradient of the mean")):
        rows.append(
            [f"rank correlation of the mean's error with the {title}", *(number(4, getattr(r, key)) for r in reports)]
        )
    return [head, *rows]


def calibration(reports: list[Diversity]) -> Rows:
    """Draw what the spread told and the error that was found, by tenths of the blocks."""
    head = ["blocks by spread", *(f"{r.set} {word}" for r in reports for word in ("told", "found"))]
    rows = [
        [f"tenth {i + 1}", *(f"{r.calibration[i][k]:.2f}" for r in reports for k in ("told", "found"))]
        for i in range(BINS)
    ]
    return [head, *rows]


def ablations(reports: list[Diversity]) -> Rows:
    """Draw short runs with other options: a row per run and set."""
    keys = {"mean": "mean", "one": "sample", "posterior": "posterior", "spread": "spread", "kl_coarse": "KL coarse"}
    keys |= {"kl_fine": "KL fine", "active_coarse": "active coarse", "active_fine": "active fine"}
    head = [
        "run",
        "minutes",
        "steps",
        "set",
        *keys.values(),
        "LPIPS-Alex of a sample",
        "rank correlation",
        "of the gradient",
    ]
    rows = [head]
    for r in sorted(reports, key=lambda r: (r.set, r.ablation)):
        cells = [r.ablation, number(1, r.minutes), f"{r.steps:,}", r.set]
        cells += [number(2, r.mean.get(key)) for key in keys]
        cells += [number(4, r.mean["lpips"])]
        rows.append([*cells, number(4, r.rank_spread), number(4, r.rank_gradient)])
    return rows
