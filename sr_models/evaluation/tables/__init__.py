"""Draw the tables of RESULTS.md, and the README's, from the results kept beside them. Prose stays."""

from pathlib import Path

from sr_models.checkpoints.catalog import list_checkpoints
from sr_models.evaluation.kept import of_kind, read_results
from sr_models.evaluation.layout import Rows, barred, put
from sr_models.evaluation.report import (
    DigitCurves,
    DigitNets,
    Diversity,
    Evaluation,
    GpuSpeed,
    Recognition,
    Repairs,
    RepairSamples,
    Speed,
    Sweep,
    TextureNets,
)
from sr_models.evaluation.tables import (
    digits,
    quality,
    recognition,
    repairs,
    samples,
    textures,
    times,
    training,
    trials,
)
from sr_models.files import write_atomically


def draw(markdown: Path) -> None:
    """Draw all tables of RESULTS.md again, and the README's in the folder above where it has marks for one."""
    results, cards = read_results(markdown.parent / "results"), list_checkpoints()
    evaluations, diversity = of_kind(results, Evaluation), of_kind(results, Diversity)
    bench = next(iter(of_kind(results, Speed)), None)
    graphics = next(iter(of_kind(results, GpuSpeed)), None)
    papers = training.read_papers(markdown)
    kept = [*cards, *(card for task in ("restore", *digits.TASKS) for card in list_checkpoints(task))]
    recipes = {p.stem: training.scales_of(p) for p in sorted(markdown.parent.glob("recipes/*.py"))}
    tables: dict[str, tuple[str, Rows]] = {
        **quality.tables(evaluations, cards, papers, bench),
        "gans": ("What the terms of the GAN's loss do", trials.gans(evaluations)),
        "runs": ("Trial runs", trials.runs(evaluations)),
        "damaged": ("Damaged pictures", quality.damaged(evaluations)),
        "repaired": ("Repaired, then enlarged", quality.repaired(evaluations, cards)),
        **samples.tables(diversity),
        **repairs.tables(of_kind(results, Repairs), of_kind(results, RepairSamples)),
        **digits.tables(of_kind(results, DigitNets), of_kind(results, DigitCurves)),
        "textures": ("Textures", textures.table(of_kind(results, TextureNets))),
        **recognition.tables(of_kind(results, Recognition)),
        "speed": ("Speed", times.speed(bench)),
        "gpu": ("On a GPU", times.gpu(graphics)),
        "training": ("How they were trained", training.how(kept)),
        "untrained": ("Not trained yet", training.untrained(recipes, kept)),
        "sweeps": ("Learning rates", trials.sweeps(of_kind(results, Sweep))),
        "papers": ("Published numbers", training.published(papers)),
    }
    above = {"speed": times.where(bench), "gpu": times.where_gpu(graphics)}
    text = markdown.read_text(encoding="utf-8") if markdown.is_file() else "# Results\n"
    for key, (heading, rows) in tables.items():
        if len(rows) > 1:
            table = above.get(key, "") + barred(rows)
            text = put(text, f"<!-- table {key} -->", f"<!-- end {key} -->", table, heading)
    write_atomically(markdown, text.encode())
    readme = markdown.parent.parent / "README.md"
    if readme.is_file() and "<!-- checkpoints -->" in (text := readme.read_text(encoding="utf-8")):
        table = barred(quality.readme(evaluations, cards))
        write_atomically(readme, put(text, "<!-- checkpoints -->", "<!-- end -->", table, "Checkpoints").encode())
