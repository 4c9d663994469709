"""The commands that measure: arguments to calls, nothing else."""

import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from sr_models.cli_options import Device, Scale, with_options
from sr_models.errors import SRError
from sr_models.inference.options import ENSEMBLE, LOADING, MIX, STRENGTH
from sr_models.parameters import Values


@with_options(*LOADING, STRENGTH)
def evaluate(
    given: Values,
    names: Annotated[list[str] | None, typer.Argument(help="Nets, checkpoints or classical methods.")] = None,
    hr: Annotated[Path | None, typer.Option(help="Folder of originals.")] = None,
    lr: Annotated[Path | None, typer.Option(help="Folder of LR files of the same names; default: made here.")] = None,
    bench_sets: Annotated[
        Path | None, typer.Option(help="Folder of sets instead, each with HR and LR_bicubic/X2, X3, X4.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every checkpoint at its scale: plain, as an ensemble, and damaged.")
    ] = False,
    scale: Scale = None,
    damage: Annotated[bool, typer.Option("--damage", help="Blur, noise and JPEG on the way to LR.")] = False,
    repair: Annotated[str | None, typer.Option(help="Repair LR first by this net or filter.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the reports there.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Folder for labelled pictures of the results.")] = None,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    stamp: Annotated[bool, typer.Option(help="Put the numbers into the checkpoints' cards.")] = False,
    ablation: Annotated[str, typer.Option(help="Keep the numbers as those of a trial run of this name.")] = "",
    device: Device = None,
) -> None:
    """Measure checkpoints on originals: PSNR and SSIM on Y and RGB, LR-consistency, perceptual distances.

    With --write alone, the tables are drawn again from the numbers that are there.
    """
    from sr_models.checkpoints.catalog import list_checkpoints
    from sr_models.distributed import my_device, rank_and_count
    from sr_models.evaluation.many import Work, measure_many
    from sr_models.evaluation.tables import draw
    from sr_models.files import to_json, write_atomically
    from sr_models.inference.load import load_restorer
    from sr_models.pipelines.chosen import load_net

    ensemble, mixed = given[ENSEMBLE], given[MIX] != MIX.default
    if stamp and (ensemble or mixed):
        raise SRError("ensemble_stamp")
    strength = None if given[STRENGTH] == STRENGTH.default else given[STRENGTH]
    if strength is not None and not repair:
        raise typer.BadParameter("--strength is for --repair")
    if repair and (stamp or everything or ablation):
        raise typer.BadParameter("--repair measures two nets in a row; leave out --stamp, --all and --ablation")
    if ablation and (ensemble or damage or everything or mixed):
        raise typer.BadParameter("--ablation measures the plain net on clean pictures; leave out the other options")
    if ablation and not write:
        raise typer.BadParameter("--ablation keeps numbers beside RESULTS.md; add --write")
    names = [card.name for card in list_checkpoints()] if everything else names or []
    if bool(names) != bool(hr or bench_sets) or (hr and bench_sets) or not (names or write):
        raise typer.BadParameter("evaluate needs names or --all, and either --hr or --bench-sets")
    kinds = [(False, False), (True, False), (False, True)] if everything else [(ensemble, damage)]

    def nets() -> Iterator[tuple[str, Any]]:
        for name in names:
            at = load_net(name, scale, my_device(device), mix=given[MIX])
            if ablation and not (at.card and not at.card.passes):
                raise typer.BadParameter(f"--ablation is for trained nets; {at.name} is none")
            yield name, at

    first = load_restorer(repair, my_device(device)) if repair else None
    measured = measure_many(nets(), Work(hr, lr, bench_sets, kinds, ablation, sheet, stamp, write, first, strength))
    if rank_and_count()[0]:
        return
    measured.tell()
    if json_file:
        write_atomically(json_file, to_json([report.to_json() for report in measured.reports]))
    if write:
        draw(write)
    measured.tell_left_out()
    raise typer.Exit(int(not measured.is_whole))


def answers(
    name: Annotated[str, typer.Argument(help="A net that knows many answers, such as vae.")],
    bench_sets: Annotated[Path, typer.Option(help="Folder of sets, each with HR and LR_bicubic/X2, X3, X4.")],
    scale: Scale = None,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    stamp: Annotated[bool, typer.Option(help="Put the rank correlation into the checkpoint's card.")] = False,
    ablation: Annotated[str, typer.Option(help="Keep the numbers as those of an ablation of this name.")] = "",
    device: Device = None,
) -> None:
    """Measure samples: their PSNR, how they differ, and whether they differ where the mean is wrong."""
    from tqdm import tqdm

    from sr_models.checkpoints.catalog import locate
    from sr_models.checkpoints.format import stamp as stamp_card
    from sr_models.evaluation import diversity
    from sr_models.evaluation.kept import keep
    from sr_models.evaluation.layout import aligned
    from sr_models.evaluation.tables import draw, samples
    from sr_models.evaluation.test_sets import test_sets
    from sr_models.pipelines.chosen import load_net

    upscaler = load_net(name, scale, device)
    reports = []
    for originals, small in test_sets(bench_sets, upscaler.scale):
        with tqdm(desc=originals.parent.name, unit="picture", leave=False, disable=None) as bar:
            how = {"ablation": ablation, "tick": bar.update}
            reports.append(diversity.measure_diversity(upscaler, originals, small, **how))
    print(aligned(samples.table(reports)))
    print(aligned(samples.calibration(reports)))
    print(reports[0].protocol.line)
    whole = [report for report in reports if not report.missing]
    for report in whole if stamp and upscaler.card else []:
        stamp_card(locate(name, upscaler.scale), diversity.to_results(report))
    if write:
        for report in whole:
            keep(report, write)
        draw(write)
    for report in reports:
        for picture, reason in report.missing.items():
            print(f"{report.set}, {picture}: {reason}", file=sys.stderr)
        if report.missing and (stamp or write):
            print(SRError("incomplete", name=report.checkpoint, label=report.set), file=sys.stderr)
    if len(whole) < len(reports):
        raise typer.Exit(1)


def repairs(
    bench_sets: Annotated[Path | None, typer.Option(help="Folder of sets, each with a folder HR of originals.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Folder or tar file of originals instead.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Take one picture of so many, the first of all.")] = 1,
    centre: Annotated[int | None, typer.Option(min=64, help="Side in pixels of their middle; default: whole.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="A damage by its name; again for more. Default: all.")] = None,
    vae: Annotated[str | None, typer.Option(help="Net that draws the samples; default: the one in weights.")] = None,
    samples: Annotated[bool, typer.Option("--samples", help="Measure samples alone.")] = False,
    sheet: Annotated[Path | None, typer.Option(help="Folder for labelled pictures of the results.")] = None,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    device: Device = None,
) -> None:
    """Measure what repairs: damaged originals, mended by the nets and by classical methods, side by side.

    Where a net that knows many answers is there, its samples are measured as well.
    """
    from tqdm import tqdm

    from sr_models.evaluation.kept import keep
    from sr_models.evaluation.layout import aligned
    from sr_models.evaluation.repair_samples import SAMPLED, measure_samples
    from sr_models.evaluation.repairs import DAMAGES, DRAWS, load_what_is_there, measure_repairs, originals_of
    from sr_models.evaluation.report import Repairs
    from sr_models.evaluation.tables import draw
    from sr_models.evaluation.tables import repairs as table
    from sr_models.inference.load import load_restorer

    if bool(bench_sets) == bool(pictures):
        raise typer.BadParameter("repairs needs either --bench-sets or --pictures")
    if unknown := set(only or ()) - {damage.key for damage in DAMAGES}:
        known = ", ".join(damage.key for damage in DAMAGES)
        raise SRError("unknown_choice", name="only", value=sorted(unknown)[0], known=known)
    load = load_what_is_there(device)
    drawing = load_restorer(vae or DRAWS, device) if vae or samples else load(DRAWS)
    ways: list[tuple[Any, Any]] = [] if samples else [(measure_repairs, DAMAGES)]
    ways += [(functools.partial(measure_samples, drawing), SAMPLED)] if drawing else []
    for label, originals, note in originals_of(bench_sets, pictures, every=every, centre=centre):
        for measure, damages in ways:
            chosen = [damage for damage in damages if not only or damage.key in only]
            with tqdm(total=len(chosen) * len(originals), desc=label, leave=False, disable=None) as bar:
                how = {"damages": chosen, "note": note, "sheets": sheet, "tick": bar.update}
                report = measure(originals, label, load, **how)
            if report.rows:
                print(aligned(table.repairs([report]) if isinstance(report, Repairs) else table.samples(report)))
                print(f"{label}: mean over {report.pictures} pictures; {report.protocol.line}")
            if write and not only:
                keep(report, write)
    if write:
        draw(write)


def recognise(
    names: Annotated[list[str] | None, typer.Argument(help="Nets or checkpoints; default: all of the scale.")] = None,
    bench_sets: Annotated[Path | None, typer.Option(help="Folder of sets, each with a folder HR of originals.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Folder or tar file of originals instead.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Take one picture of so many, the first of all.")] = 1,
    centre: Annotated[int | None, typer.Option(min=64, help="Side in pixels of their middle; default: whole.")] = None,
    scale: Annotated[int, typer.Option("-s", "--scale", min=2, help="How much they are enlarged.")] = 4,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    device: Device = None,
) -> None:
    """Measure whether a classifier trained on ImageNet names enlarged pictures as it names their originals."""
    from tqdm import tqdm

    from sr_models.checkpoints.catalog import list_checkpoints
    from sr_models.evaluation.kept import keep
    from sr_models.evaluation.layout import aligned
    from sr_models.evaluation.recognition import measure_recognition
    from sr_models.evaluation.repairs import originals_of
    from sr_models.evaluation.tables import draw
    from sr_models.evaluation.tables.recognition import table
    from sr_models.pipelines.chosen import load_net

    if bool(bench_sets) == bool(pictures):
        raise typer.BadParameter("recognise needs either --bench-sets or --pictures")
    names = names or [card.name for card in list_checkpoints() if card.scale == scale]
    loaded = [load_net(name, scale, device) for name in ["bicubic", *names]]
    named = {at.name if at.card else at.name.removesuffix(f"_x{scale}"): at for at in loaded}
    for label, originals, note in originals_of(bench_sets, pictures, every=every, centre=centre):
        with tqdm(total=len(originals), desc=label, unit="picture", leave=False, disable=None) as bar:
            found = measure_recognition(originals, label, named, scale, note=note, tick=bar.update)
        print(aligned(table([found])))
        print(f"{label}: {found.pictures} pictures; {found.protocol.line}")
        if write:
            keep(found, write)
    if write:
        draw(write)


def textures(
    data: Annotated[Path, typer.Option(help="Folder or tar file of the textures that the nets learned from.")],
    held_out: Annotated[Path, typer.Option(help="Folder or tar file of textures of other sources.")],
    sheet: Annotated[Path | None, typer.Option(help="Folder for drawn pictures over the nearest known ones.")] = None,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    device: Device = None,
) -> None:
    """Measure the nets that draw textures: how far what they draw is from photographed textures."""
    from tqdm import tqdm

    from sr_models.evaluation.kept import keep
    from sr_models.evaluation.layout import aligned
    from sr_models.evaluation.tables import draw
    from sr_models.evaluation.tables.textures import table
    from sr_models.evaluation.textures import measure_textures

    with tqdm(desc="textures", unit="way", leave=False, disable=None) as bar:
        found = measure_textures([data], [held_out], device, sheets=sheet, tick=bar.update)
    print(aligned(table([found])))
    print(f"{found.pictures} pictures; {found.protocol.line}")
    if write:
        keep(found, write)
        draw(write)


def bench(
    page: Annotated[bool, typer.Option("--page", help="Also measure the page in a real Chromium.")] = False,
    memory: Annotated[bool, typer.Option("--memory", help="Also measure 4096x4096 at x2.")] = False,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    device: Device = None,
) -> None:
    """Measure speed as ratios in one run; pause other work first."""
    from sr_models import bench as measuring
    from sr_models.evaluation.kept import keep
    from sr_models.evaluation.layout import aligned
    from sr_models.evaluation.report import Speed
    from sr_models.evaluation.tables import draw, times

    facts = measuring.measure(device, lambda name: print(name, file=sys.stderr))
    print(f"{facts['size']} at x4, {facts['machine']}, matrix peak {facts['peak_gflops']:.0f} GFLOP/s")
    found = Speed.from_json(facts)
    print(aligned(times.speed(found)))
    if write:
        keep(found, write)
        draw(write)
    measuring.rest(page=page, memory=memory, device=device)
