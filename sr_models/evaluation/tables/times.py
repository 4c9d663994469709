"""Tables of times: nets on this machine, training and enlarging on a GPU."""

from sr_models.evaluation.layout import NOTHING, Rows, ratio
from sr_models.evaluation.report import GpuSpeed, Speed


def where(bench: Speed | None) -> str:
    """Return what stands above the table of times."""
    return f"{bench.size} enlarged four times by {bench.machine}.\n\n" if bench else ""


def where_gpu(facts: GpuSpeed | None) -> str:
    """Return what stands above the table of a GPU."""
    return f"{facts.machine}, {facts.peak_tflops:.0f} TFLOP/s in a large matrix product.\n\n" if facts else ""


def speed(bench: Speed | None) -> Rows:
    """Draw ratios of times taken in one run, each net beside what else could run it; no row where nothing was."""
    if not bench:
        return []
    head = ["net", "precision", "ms", "time / fp32 ESPCN", "time / Pillow bicubic"]
    others = {"eager": "eager fp32", "onnx": "ONNX Runtime", "openvino": "OpenVINO"}
    rows = [[*head, *(f"{word} / ours" for word in others.values()), "share of peak", "memory, MiB"]]
    for row in bench.rows:
        cells = [row["net"], row["precision"], f"{row['ms']:.1f}", ratio(row["ratio"]), ratio(row["pillow"])]
        cells += [ratio(row[key]) for key in others]
        cells.append(f"{row['share']:.0%}" if row["share"] is not None else NOTHING)
        rows.append([*cells, f"{row['memory']:.0f}" if row["memory"] is not None else NOTHING])
    return rows


def gpu(facts: GpuSpeed | None) -> Rows:
    """Draw times, as ratios to the first net too; a row that says so where nothing was measured."""
    if not facts:
        return [["training and enlarging in bf16"], ["not measured"]]
    rows = [["net", "training, steps/s", "as a graph", "share of peak"]]
    rows[0] += [
        f"{kind}, {what}" for kind in facts.inputs for what in ("whole, ms", "ratio", "tiles, ms", "share of peak")
    ]
    for row in facts.rows:
        cells = [
            row["net"],
            f"{row['plain']:.1f}",
            f"{row['graph']:.1f}" if "graph" in row else NOTHING,
            f"{row['share']:.0%}",
        ]
        for kind in facts.inputs:
            mine, first = row[kind], facts.rows[0][kind]
            whole = mine.get("whole")
            cells += [f"{whole:.1f}", ratio(whole / first["whole"])] if whole else [NOTHING, NOTHING]
            cells += [f"{mine['tiles']:.1f}", f"{mine['share']:.0%}" if whole else NOTHING]
        rows.append(cells)
    return rows
