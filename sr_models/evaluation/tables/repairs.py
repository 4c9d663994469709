"""Tables of what repairs: a row for each damage and way, and what samples reach."""

from sr_models.evaluation.diversity import ACTIVE, COOL
from sr_models.evaluation.layout import Rows, number
from sr_models.evaluation.repair_samples import FEW, SAMPLES
from sr_models.evaluation.repairs import DAMAGES
from sr_models.evaluation.report import Repairs, RepairSamples

ORDER = {damage.key: ("input", *damage.ways) for damage in DAMAGES}

WORDS = {
    "plain": "plain net",
    "mean": "mean (the file)",
    "mean_of_many": f"mean of {SAMPLES} samples",
    "one": f"one sample, mean of {SAMPLES}",
    "best": f"best of {SAMPLES}",
    "cool": f"one sample, T = {COOL}, mean of {FEW}",
    "posterior": "decoded from the original (posterior mean)",
    "error": "error of the mean, grey levels",
    "spread": "spread of the samples, grey levels",
    "lpips_plain": "LPIPS-Alex of the plain net",
    "lpips_mean": "LPIPS-Alex of the mean",
    "lpips_one": f"LPIPS-Alex of a sample, mean of {SAMPLES}",
    "lpips_cool": f"LPIPS-Alex of a sample, T = {COOL}, mean of {FEW}",
    "diversity_lpips": "LPIPS-Alex between two samples",
    "rank_spread": "rank correlation of the mean's error with the spread",
    "rank_gradient": "rank correlation of the mean's error with the gradient of the mean",
    "kl_coarse": "KL of the coarse latent, nats per place",
    "kl_fine": "KL of the fine latent, nats per place",
    "active_coarse": f"channels above {ACTIVE} nats, coarse",
    "active_fine": f"channels above {ACTIVE} nats, fine",
    "times": f"time of {SAMPLES} samples, of the plain net's",
}


def tables(reports: list[Repairs], drawn: list[RepairSamples]) -> dict[str, tuple[str, Rows]]:
    """Return the tables by their keys, with their headings."""
    found = {"repairs": ("What repairs reach", repairs(reports))}
    for r in drawn:
        found[f"repair samples {r.set}"] = f"Samples of what repairs, {r.set}", samples(r)
    return found


def repairs(reports: list[Repairs]) -> Rows:
    """Draw PSNR-Y of the damaged pictures and of every way of repair, a column per set, LPIPS beside it."""
    rows: Rows = [["damage", "repaired by", *(f"{r.set} {word}" for r in reports for word in ("Y", "LPIPS-Alex"))]]
    for damage, known in ORDER.items():
        there = {way for r in reports for way in r.rows.get(damage, {})}
        for i, way in enumerate(way for way in known if way in there):
            found = [r.rows.get(damage, {}).get(way, {}) for r in reports]
            cells = [number(d, x.get(key)) for x in found for key, d in (("psnr_y", 2), ("lpips", 3))]
            rows.append(["" if i else damage, "-" if way == "input" else way, *cells])
    return rows


def samples(report: RepairSamples) -> Rows:
    """Draw what samples reach on a set: a row per number, PSNR-Y in dB first, and a column per damage."""
    columns = sorted(report.rows, key=list(ORDER).index)
    rows: Rows = [[report.net, *columns]]
    for key, words in WORDS.items():
        digits = 4 if key.startswith("rank") else 3 if "lpips" in key else 2
        rows.append([words, *(number(digits, report.rows[column].get(key)) for column in columns)])
        if key == "spread":
            rows.append(["spread / error", *(number(2, _share(report.rows[column])) for column in columns)])
    return rows


def _share(found: dict[str, float]) -> float | None:
    return found["spread"] / found["error"] if found.get("error") else None
