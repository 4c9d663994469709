"""`sr-models list|upscale|generate|evaluate|train|pull|export|bench`: arguments to calls, nothing else."""

import functools
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads must not spin; read when torch is imported

import typer

from sr_models import cli_measuring
from sr_models.cli_options import Device, Scale, with_options
from sr_models.errors import SRError
from sr_models.files import speak_any_language
from sr_models.imaging.options import ALPHA, FILES, IF_EXISTS, NAME, OUTPUT, SIZE
from sr_models.inference.memory import keep_memory
from sr_models.inference.options import DRAWING, ENSEMBLE, GENERATING, LOADING, MIX, NO_SAMPLES, RESTORING, TILE
from sr_models.parameters import Parameter, Values

_UsageError: Any = typer.BadParameter.__base__  # typer does not export it by name

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Super-resolution, measured: enlarge pictures, measure nets, train them.",
)

Model = Annotated[str | None, typer.Option("-m", "--model", help="Net or checkpoint; default: the page's.")]
UPSCALING: tuple[Parameter[Any], ...] = (SIZE, *LOADING, *OUTPUT, *FILES, ALPHA, NO_SAMPLES, *DRAWING, TILE)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print the cards as JSON.")] = False) -> None:
    """List the checkpoints and the classical methods that run here."""
    import dataclasses

    from sr_models.checkpoints.catalog import classical, list_checkpoints, split_name, with_cascades

    cards = list_checkpoints()
    if as_json:
        found = {"checkpoints": [dataclasses.asdict(c) for c in cards], "classical": classical()}
        print(json.dumps(found, indent=1))
        return
    for card in cards:
        result = card.result("Set5")
        number = f"Set5 {result.value:.2f} dB (bicubic {result.baseline:.2f})" if result else "not measured"
        print(f"{card.name:20} x{card.scale}  {number}  for {card.trained_for} pictures  {card.license}")
    made: dict[str, list[str]] = {}
    for card in with_cascades(cards)[len(cards) :]:
        how = " and ".join(f"x{split_name(name)[1]}" for name in card.passes)
        made.setdefault(f"at x{card.scale} by passes of {how}, not measured", []).append(split_name(card.name)[0])
    for how, nets in made.items():
        print(f"{how}: {', '.join(nets)}")
    print("without a checkpoint, at x1 to x8: " + ", ".join(classical()))


def _mine(planned: Any) -> list[tuple[Path, Path]]:
    """Return this process's part of a Plan; the first one tells what is left out."""
    from sr_models.distributed import my_part, rank_and_count
    from sr_models.imaging.kinds import name_some

    if planned.left_out and rank_and_count()[0] == 0:
        print(name_some(planned.left_out), file=sys.stderr)
    return my_part(planned.pairs)


@app.command()
@with_options(*UPSCALING)
def upscale(
    inputs: Annotated[list[Path], typer.Argument(help="Pictures, folders or ZIPs.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    given: Values,
    model: Model = None,
    scale: Scale = None,
    device: Device = None,
) -> None:
    """Enlarge pictures; a result that is there is not made again."""
    from tqdm import tqdm

    from sr_models.distributed import my_device
    from sr_models.pipelines.animate import FrameDone
    from sr_models.pipelines.batch import Written, enlarge_file, plan
    from sr_models.pipelines.chosen import result_name, runners
    from sr_models.pipelines.naming import fields_of
    from sr_models.pipelines.upscale import Drawn

    fields_of(given[NAME])
    upscaler_for, net, name = runners(model, scale, given[SIZE], my_device(device), given[ENSEMBLE], given[MIX])
    planned = plan(inputs, out, functools.partial(result_name, given, net, name, upscaler_for))
    mine = _mine(planned)
    failed = skipped = 0
    bar = tqdm(mine, unit="picture", disable=None)
    for source, path in bar:
        try:
            for step in enlarge_file(source, path, upscaler_for, given):
                if isinstance(step, Written):
                    skipped += step.path is None
                    for words in step.said:
                        print(f"{source}: {words}", file=sys.stderr)
                    if step.is_beside:
                        print(f"{step.path}: beside {path.name}, which another picture or other settings made")
                    continue
                part = "frame" if isinstance(step, FrameDone) else "tile"
                bar.set_postfix_str(f"{source.name}, {part} {step.done} of {step.total}")
                if isinstance(step, Drawn) and step.done == step.total:
                    for k in step.dropped:
                        print(SRError("sample_dropped", sample=k + 1), file=sys.stderr)
        except SRError as error:
            failed += 1
            print(f"{source}: {error}", file=sys.stderr)
    done = len(mine) - skipped - failed
    print(f"{done} enlarged by {name} into {out}, {skipped} already there, {failed} not possible")
    if failed:
        raise typer.Exit(1)


@app.command()
@with_options(*RESTORING, *OUTPUT, *FILES, ALPHA, NO_SAMPLES, *DRAWING, TILE)
def restore(
    inputs: Annotated[list[Path], typer.Argument(help="Pictures, folders or ZIPs.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")],
    given: Values,
    mask: Annotated[Path | None, typer.Option(help="Picture of the same size, white where to fill.")] = None,
    model: Annotated[str | None, typer.Option("-m", "--model", help="Net or filter; default: the best.")] = None,
    device: Device = None,
) -> None:
    """Repair pictures: noise, JPEG marks, blur, tones, holes; a result that is there is not made again."""
    from tqdm import tqdm

    from sr_models.distributed import my_device
    from sr_models.inference.load import load_restorer
    from sr_models.pipelines.batch import Written, plan
    from sr_models.pipelines.chosen import restored_name
    from sr_models.pipelines.restore import repair_file

    load = functools.cache(lambda name: load_restorer(name, my_device(device)))
    planned = plan(inputs, out, functools.partial(restored_name, given, model or "restored"))
    mine = _mine(planned)
    failed = skipped = 0
    bar = tqdm(mine, unit="picture", disable=None)
    for source, path in bar:
        try:
            for step in repair_file(source, path, load, given, mask=mask, model=model):
                if isinstance(step, Written):
                    skipped += step.path is None
                    if step.path:
                        print(f"{step.path}: {', '.join(step.said)}")
                    continue
                bar.set_postfix_str(f"{source.name}, tile {step.done} of {step.total}")
        except SRError as error:
            failed += 1
            print(f"{source}: {error}", file=sys.stderr)
    print(f"{len(mine) - skipped - failed} repaired into {out}, {skipped} already there, {failed} not possible")
    if failed:
        raise typer.Exit(1)


@app.command()
@with_options(*GENERATING, IF_EXISTS)
def generate(
    name: Annotated[str, typer.Argument(help="Net or checkpoint that draws.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="A .png for one sheet of all, else a folder for a PNG each.")
    ],
    given: Values,
    device: Device = None,
) -> None:
    """Draw pictures of nothing but numbers; what is there is not drawn again."""
    from tqdm import tqdm

    from sr_models.inference.load import load_sampler
    from sr_models.pipelines.generate import Made, draw_files

    sampler = load_sampler(name, device)
    bar = tqdm(total=given["count"], unit="picture", disable=None)
    for step in draw_files(sampler, out, given, device):
        if isinstance(step, Made):
            bar.close()
            told = f"{given['count']} pictures" if out.suffix.lower() == ".png" else f"{len(step.paths)} files"
            done = f"{told} into {', '.join(map(str, step.paths)) if len(step.paths) == 1 else out}"
            print(f"{done if step.paths else 'Nothing new'}, {step.skipped} already there")
            times = f"drawn in {step.drawing:.2f} s" + f", enlarged in {step.enlarging:.2f} s" * (step.enlarging > 0)
            print(f"by {sampler.name}, seed {given['seed']}, temperature {given['temperature']:g}; {times}")
            continue
        bar.update()


for measuring in (
    cli_measuring.evaluate,
    cli_measuring.answers,
    cli_measuring.repairs,
    cli_measuring.recognise,
    cli_measuring.textures,
):
    app.command()(measuring)


@app.command()
def digits(
    data: Annotated[Path, typer.Option(help="Folder of MNIST; into a new one it is downloaded.")],
    curves: Annotated[
        Path | None, typer.Option(help="Recipe of a VAE to train in many ways, for a while each.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of each of these runs.")] = 3000,
    choice: Annotated[str | None, typer.Option(help="What these runs differ in; default: all in turn.")] = None,
    snapshots: Annotated[Path | None, typer.Option(help="Folder for the stages of each of these runs.")] = None,
    classifier: Annotated[str | None, typer.Option(help="What recognises; default: our own.")] = None,
    write: Annotated[Path | None, typer.Option(help="RESULTS.md whose tables are drawn again.")] = None,
    device: Device = None,
) -> None:
    """Measure the nets of digits: what a classifier recognises of what they enlarge, draw again, or draw."""
    from tqdm import tqdm

    from sr_models.checkpoints.recommend import CLASSIFIER
    from sr_models.evaluation.digits import measure_digits
    from sr_models.evaluation.kept import keep
    from sr_models.evaluation.layout import aligned
    from sr_models.evaluation.tables import digits as table
    from sr_models.evaluation.tables import draw

    judge = classifier or CLASSIFIER
    if curves:
        from sr_models.train.digit_curves import CHOICES, measure_curves
        from sr_models.train.recipe import load_recipe

        if choice and choice not in CHOICES:
            raise SRError("unknown_choice", name="choice", value=choice, known=", ".join(CHOICES))
        chosen = {choice: CHOICES[choice]} if choice else CHOICES
        how: dict[str, Any] = {"choices": chosen, "snapshots": snapshots}
        for curve in measure_curves(load_recipe(curves), [data], steps, judge, device, **how):
            print(aligned(table.curve(curve)))
            if write:
                keep(curve, write)
                draw(write)
        return
    with tqdm(desc="digits", unit="way", leave=False, disable=None) as bar:
        found = measure_digits([data], judge, device, tick=bar.update)
    print(aligned(table.recognition([found])))
    print(f"{found.pictures} digits; {found.protocol.line}")
    if write:
        keep(found, write)
        draw(write)


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
def train(context: typer.Context) -> int:
    """Train a net by a recipe; the same as `python -m sr_models.train`."""
    from sr_models.train.__main__ import main as run

    return run(context.args, "sr-models train")


@app.command()
def pull(ref: Annotated[str, typer.Argument(help="owner/repo or owner/repo@revision.")]) -> None:
    """Fetch a checkpoint from the Hub and check it."""
    from sr_models.checkpoints.format import read_checkpoint
    from sr_models.checkpoints.hub import pull as fetch

    path = fetch(ref)
    _, card = read_checkpoint(path)
    print(f"{card.name}: {path}")


@app.command()
def verify(
    receipt: Annotated[Path, typer.Argument(help="The receipt.json of a result.")],
    source: Annotated[Path, typer.Argument(help="The picture that was enlarged; of a test, the original.")],
    result: Annotated[Path, typer.Argument(help="The result.")],
    device: Device = None,
) -> None:
    """Make a result again from its receipt, and say whether it is the same; exit code 1 where it is not."""
    from sr_models.pipelines.verify import verify as run

    found = run(receipt, source, result, device)
    print(" ".join((found.words, *found.because)))
    if not found.holds:
        raise typer.Exit(1)


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="A .pth or .pt file of a net that was trained elsewhere.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .safetensors file.")],
) -> None:
    """Turn a .pth file, which may hide a program, into a .safetensors file, which cannot; and say which net it is."""
    from sr_models.checkpoints.card import FOREIGN
    from sr_models.checkpoints.community import read
    from sr_models.checkpoints.convert import convert as run

    if out.suffix != ".safetensors":
        raise typer.BadParameter("the file must end with .safetensors")
    run(source, out)
    try:
        net, card = read(out)
    except SRError:
        out.unlink()
        raise
    reach = "the whole picture, perhaps" if net.sees_far else f"{net.halo} pixels around"
    kind = card.architecture.removeprefix(FOREIGN)
    print(f"{out}: {kind} at x{card.scale}, {net.channels} channels, sees {reach}; not measured here")


@app.command()
def push(
    name: Annotated[str, typer.Argument(help="A checkpoint: its name or its file.")],
    repo: Annotated[str, typer.Argument(help="owner/repo; it is made where it is not there.")],
    private: Annotated[bool, typer.Option("--private", help="Only you may see it, where it is made.")] = False,
) -> None:
    """Put a checkpoint on the Hub, with a card that says what was measured."""
    from sr_models.checkpoints.catalog import locate, split_name
    from sr_models.checkpoints.hub import push as run

    print(run(locate(name, split_name(name)[1]), repo, private=private))


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="Net or checkpoint.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The file.")],
    scale: Scale = None,
    file_format: Annotated[str, typer.Option("--format", help="onnx.")] = "onnx",
) -> None:
    """Write a net as a file that runs without this program: float32, any batch, height and width."""
    from sr_models.inference.onnx import export as write
    from sr_models.pipelines.chosen import load_net

    facts = write(load_net(name, scale, "cpu", dtype="float32"), out, file_format)
    print(f"{out}: " + ", ".join(f"{key} {value}" for key, value in facts.items()))


app.command()(cli_measuring.bench)


def main() -> None:
    """Run the command line; bad use ends with exit code 2 and one sentence."""
    keep_memory()
    speak_any_language()
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
