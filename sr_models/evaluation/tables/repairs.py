"""Tables of what repairs: a row for each damage and way, and what samples reach."""

from sr_models.evaluation.layout import Rows, number
from sr_models.evaluation.repairs import DAMAGES
from sr_models.evaluation.report import Repairs

ORDER = {damage.key: ("input", *damage.ways) for damage in DAMAGES}

SAMPLES = {
    "mean": "mean",
    "mean_of_many": "mean of the samples",
    "one": "one sample",
    "best": "best sample",
    "error": "error",
    "spread": "spread",
    "lpips_mean": "LPIPS of the mean",
    "lpips": "LPIPS of a sample",
}


def tables(reports: list[Repairs]) -> dict[str, tuple[str, Rows]]:
    """Return the tables by their keys, with their headings."""
    return {
        "repairs": ("What repairs reach", repairs(reports)),
        "repair samples": ("Samples of the restoration VAE", samples(reports)),
    }


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


def samples(reports: list[Repairs]) -> Rows:
    """Draw what samples reach: PSNR-Y in dB, error and spread in grey levels, and their ratio."""
    rows: Rows = [["damage", "set", *SAMPLES.values(), "spread / error"]]
    for r in reports:
        for damage, x in r.samples.items():
            cells = [number(3 if "lpips" in key else 2, x.get(key)) for key in SAMPLES]
            share = x["spread"] / x["error"] if x.get("error") else None
            rows.append([damage, r.set, *cells, number(2, share)])
    return rows
