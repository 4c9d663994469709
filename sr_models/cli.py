"""`sr-models list|upscale|evaluate|train|pull|bench`: arguments to calls, nothing else."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads must not spin; read when torch is imported

import typer

from sr_models.errors import SRError

_UsageError: Any = typer.BadParameter.__base__  # typer does not export it by name

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Super-resolution, measured: enlarge pictures, measure nets, train them.",
)

Model = Annotated[str | None, typer.Option("-m", "--model", help="Net or checkpoint; default: the page's.")]
Scale = Annotated[int | None, typer.Option("-s", "--scale", min=1, help="Default: the scale in the name, else 4.")]
Device = Annotated[str | None, typer.Option(help="cuda, mps or cpu; default: the first there is.")]


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print the cards as JSON.")] = False) -> None:
    """List the checkpoints and the classical methods that run here."""
    import dataclasses

    from sr_models.loader import classical, list_checkpoints

    cards = list_checkpoints()
    if as_json:
        found = {"checkpoints": [dataclasses.asdict(c) for c in cards], "classical": classical()}
        print(json.dumps(found, indent=1))
        return
    for card in cards:
        result = card.result("Set5")
        number = f"Set5 {result.value:.2f} dB (bicubic {result.baseline:.2f})" if result else "not measured"
        print(f"{card.name:20} x{card.scale}  {number}  for {card.trained_for} pictures  {card.license}")
    print("without a checkpoint, at x1 to x8: " + ", ".join(classical()))


@app.command()
def upscale(
    inputs: Annotated[list[Path], typer.Argument(help="Pictures or folders.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    model: Model = None,
    scale: Scale = None,
    tile: Annotated[int | None, typer.Option(min=16, help="Tile side in input pixels.")] = None,
    device: Device = None,
) -> None:
    """Enlarge pictures; what is already there is skipped."""
    from tqdm import tqdm

    from sr_models import job
    from sr_models.image import read

    upscaler = _load(model, scale, device)
    plan = _plan(inputs, out, upscaler.name)
    failed = skipped = 0
    bar = tqdm(plan, unit="picture", disable=None)
    for source, target in bar:
        if target.exists():
            skipped += 1
            continue
        try:
            inputs_ = job.prepare(read(source), upscaler.scale)
            array = None
            for step in job.enlarge(upscaler, inputs_.lr, tile=tile):
                bar.set_postfix_str(f"{source.name}, tile {step.done} of {step.total}")
                array = step.array
            assert array is not None
            job.write_png(array, target)
        except SRError as error:
            failed += 1
            print(f"{source}: {error}", file=sys.stderr)
    done = len(plan) - skipped - failed
    print(f"{done} enlarged by {upscaler.name} into {out}, {skipped} already there, {failed} not possible")
    if failed:
        raise typer.Exit(1)


def _load(model: str | None, scale: int | None, device: str | None) -> Any:
    from sr_models.loader import DEFAULT_SCALE, list_checkpoints, load, split_name
    from sr_models.picks import default_net

    if model is None:
        scale = scale or DEFAULT_SCALE
        model = default_net(scale, list_checkpoints())
    if not model.endswith(".safetensors") and "/" not in model:
        scale = scale or split_name(model)[1] or DEFAULT_SCALE
    return load(model, scale, device)


def _plan(inputs: list[Path], out: Path, checkpoint: str) -> list[tuple[Path, Path]]:
    """Pair every input file with its output; the extension joins the name where two inputs would meet."""
    from sr_models.image import EXTENSIONS

    pairs: list[tuple[Path, Path]] = []
    for path in inputs:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in EXTENSIONS)
            files = [p for p in files if not _holds(out, p) or _holds(out, path)]  # results are not enlarged again
            pairs += [(p, out / p.relative_to(path).parent) for p in files]
        elif path.is_file():
            pairs.append((path, out))
        else:
            raise SRError("file_missing", path=path)
    if not pairs:
        raise SRError("no_pictures", path=", ".join(map(str, inputs)))
    stems = [(folder, p.stem) for p, folder in pairs]
    plan: dict[Path, Path] = {}
    for path, folder in pairs:
        name = path.name if stems.count((folder, path.stem)) > 1 else path.stem
        target = folder / f"{name}_{checkpoint}.png"
        if target in plan and plan[target].resolve() != path.resolve():
            raise SRError("same_target", first=plan[target], second=path, target=target)
        plan[target] = path
    return [(path, target) for target, path in plan.items()]


def _holds(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


@app.command()
def evaluate(
    names: Annotated[list[str], typer.Argument(help="Nets, checkpoints or classical methods.")],
    hr: Annotated[Path, typer.Option(help="Folder of originals.")],
    lr: Annotated[Path | None, typer.Option(help="Folder of LR files of the same names; default: made here.")] = None,
    scale: Scale = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the reports there.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Folder for labelled pictures of the results.")] = None,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    stamp: Annotated[bool, typer.Option(help="Put the numbers into the checkpoints' cards.")] = False,
    device: Device = None,
) -> None:
    """Measure checkpoints on originals: PSNR and SSIM on Y and RGB, and LR-consistency."""
    from tqdm import tqdm

    from sr_models import checkpoint
    from sr_models import evaluate as measuring
    from sr_models.loader import locate

    reports = []
    for name in names:
        upscaler = _load(name, scale, device)
        with tqdm(desc=upscaler.name, unit="picture", leave=False, disable=None) as bar:
            reports.append(measuring.evaluate(upscaler, hr, lr, sheets=sheet, tick=bar.update))
        if stamp and upscaler.card:
            checkpoint.stamp(locate(name, upscaler.scale), measuring.to_results(reports[-1]))
    print(measuring.as_table(reports))
    print("mean over pictures, bicubic in brackets; " + reports[0]["protocol"])
    if json_file:
        checkpoint.write_atomically(json_file, measuring.as_json(reports))
    if write:
        measuring.write_results(reports, write)


@app.command()
def train(
    recipe: Annotated[Path, typer.Argument(help="A file of training/recipes.")],
    data: Annotated[list[Path], typer.Option(help="Tar shards, folders or pictures; may be given again.")],
    val: Annotated[list[Path] | None, typer.Option(help="The same, for choosing the checkpoint.")] = None,
    scale: Annotated[int, typer.Option("-s", "--scale")] = 4,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Budget of training time; default: the recipe's.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Budget in steps instead.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; default runs/<name>.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the state in --out.")] = False,
    warm_start: Annotated[Path | None, typer.Option(help="Checkpoint to start from.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Instead of the recipe's.")] = None,
    device: Device = None,
) -> None:
    """Train a net by a recipe."""
    import dataclasses

    from sr_models.train.loop import train as run
    from sr_models.train.recipe import load_recipe

    found = load_recipe(recipe)
    if learning_rate:
        found = dataclasses.replace(found, learning_rate=learning_rate)
    run(
        found,
        scale=scale,
        data=data,
        val=val,
        minutes=minutes,
        steps=steps,
        out=out,
        resume=resume,
        warm_start=warm_start,
        device=device,
        say=lambda line: print(line, flush=True),
    )


@app.command()
def pull(ref: Annotated[str, typer.Argument(help="owner/repo or owner/repo@revision.")]) -> None:
    """Fetch a checkpoint from the Hub and check it."""
    from sr_models.checkpoint import read
    from sr_models.hub import pull as fetch

    path = fetch(ref)
    _, card = read(path)
    print(f"{card.name}: {path}")


@app.command()
def bench(
    page: Annotated[bool, typer.Option("--page", help="Also measure the page in a real Chromium.")] = False,
    memory: Annotated[bool, typer.Option("--memory", help="Also measure 4096x4096 at x2.")] = False,
    device: Device = None,
) -> None:
    """Measure speed as ratios in one run; pause other work first."""
    from sr_models.bench import run

    run(page=page, memory=memory, device=device)


def main() -> None:
    """Run the command line; bad use ends with exit code 2 and one sentence."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except SRError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(SRError("cannot_write", path=error.filename, reason=error.strerror), file=sys.stderr)
        sys.exit(2)
    except _UsageError as error:
        print(f"{error.format_message().rstrip('.')}; see --help.", file=sys.stderr)
        sys.exit(2)
    except (typer.Abort, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
