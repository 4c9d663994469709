"""Many files: which ones a command works on, what their results are called, and each from file to file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from sr_models.errors import SRError
from sr_models.imaging.archives import is_zip, unpack
from sr_models.imaging.decode import decode, read_bytes
from sr_models.imaging.encode import extras_of, format_choice
from sr_models.imaging.keep import Extras
from sr_models.imaging.kinds import head_of, is_sidecar, sort_out
from sr_models.imaging.options import ALPHA, FORMAT, IF_EXISTS, METADATA, OUTPUT, PLACE, WRITTEN
from sr_models.imaging.picture import NOTES, Picture, fit
from sr_models.inference.options import DRAWING, SAMPLE_SEED, SAMPLES, TEMPERATURE, TILE
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Values
from sr_models.pipelines import made_of
from sr_models.pipelines.animate import FrameDone, enlarge_animation, written_as
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.naming import sample_paths
from sr_models.pipelines.upscale import Drawn, Step, draw_samples, enlarge, write_output

# What gives a picture's upscaler, and the (width, height) that its result is brought to, by its width and height.
Chooser = Callable[[int, int], tuple[Upscaler, tuple[int, int] | None]]
# What gives a result's path below its folder, by its picture and the stem that stands for it.
Namer = Callable[[Path, str], PurePath]


@dataclass(frozen=True)
class Plan:
    """Hold every input file with its output, and the files of folders that are no pictures.

    What came out of a ZIP lies in `unpacked` and goes with the plan.
    """

    pairs: list[tuple[Path, Path]]
    left_out: list[Path]
    unpacked: tuple[TemporaryDirectory[str], ...] = ()


@dataclass(frozen=True)
class Written:
    """Report where a result stands; `path` is None where the same one was there, `planned` is where it was to go."""

    path: Path | None
    planned: Path
    said: tuple[str, ...] = ()  # sentences on what was ignored or not kept

    @property
    def is_beside(self) -> bool:
        """Say whether another result keeps the planned name."""
        return self.path not in (None, self.planned)


def plan(inputs: list[Path], out: Path, name: Namer) -> Plan:
    """Pair every picture of files, folders and ZIPs with its output.

    The extension joins the name where two inputs would meet. Raise SRError where there is none.
    """
    found: list[tuple[Path, Path]] = []
    left_out: list[Path] = []
    unpacked = []
    for path in inputs:
        if is_zip(path):
            unpacked.append(TemporaryDirectory(prefix="sr-models-"))
            folder = Path(unpacked[-1].name) / path.name
            files = unpack(path, folder)
            found += [(p, out / p.relative_to(folder).parent) for p in files.pictures]
            left_out += [path / name for name in files.left_out]
        elif path.is_dir():
            files = sort_out(path, path.rglob("*"))
            ours = not _holds(out, path)  # results are not enlarged again
            found += [(p, out / p.relative_to(path).parent) for p in files.pictures if not (ours and _holds(out, p))]
            left_out += [p for p in files.left_out if not (ours and _holds(out, p))]
        elif not path.is_file():
            raise SRError("file_missing", path=path)
        elif is_sidecar(PurePath(path.name), head_of(path)):
            left_out.append(path)
        else:
            found.append((path, out))
    if not found:
        raise SRError("no_pictures", path=", ".join(map(str, inputs)))
    stems = [(folder, p.stem) for p, folder in found]
    sources: dict[Path, Path] = {}
    for path, folder in found:
        target = folder / name(path, path.name if stems.count((folder, path.stem)) > 1 else path.stem)
        if target in sources and sources[target].resolve() != path.resolve():
            raise SRError("same_target", first=sources[target], second=path, target=target)
        sources[target] = path
    return Plan([(path, target) for target, path in sources.items()], left_out, tuple(unpacked))


def enlarge_file(
    source: Path, planned: Path, upscaler_for: Chooser, given: Values
) -> Iterator[Step | Drawn | FrameDone | Written]:
    """Enlarge a file into another, samples beside it, by the values of OUTPUT, FILES, ALPHA, TILE and SAMPLING.

    Yields after each tile, and at the end where the result stands. The samples are written first, so that a result that
    is there has its samples. Raise SRError.
    """
    data = read_bytes(source)
    picture = decode(data)
    upscaler, target = upscaler_for(picture.width, picture.height)
    samples: int = given[SAMPLES.name]
    if samples:
        upscaler.check_sampling(samples, given[SAMPLE_SEED], given[TEMPERATURE])
    digest = made_of.work(data, upscaler, given, target)
    path = made_of.place(planned, digest, samples, given[IF_EXISTS])
    if path is None:
        yield Written(None, planned)
        return
    if path.resolve() == source.resolve():
        raise SRError("result_is_input", path=path)
    moves = written_as(data, given)
    if moves:
        yield from enlarge_animation(data, moves, path, upscaler, target, given, digest)
    else:
        yield from _enlarge_picture(data, picture, path, upscaler, target, given, digest)
    said = [f"{NOTES[note]}." for note in picture.notes if note in NOTES and not (moves and note == "first_frame")]
    kind = moves or format_choice(given[FORMAT])[0]
    extras = extras_of(data, given[METADATA], given[PLACE])
    lost = ["metadata"] if moves and extras != Extras() else [] if moves else extras.lost_in(kind)
    said += [str(SRError("not_kept", what=", ".join(lost), kind=kind))] * bool(lost)
    yield Written(path, planned, tuple(said))


def _enlarge_picture(
    data: bytes,
    picture: Picture,
    path: Path,
    upscaler: Upscaler,
    target: tuple[int, int] | None,
    given: Values,
    work: str,
) -> Iterator[Step | Drawn]:
    samples: int = given[SAMPLES.name]
    lr = prepare(picture, upscaler.scale, alpha=given[ALPHA]).lr
    how: dict[str, Any] = {"tile": given[TILE] or None, "depth": format_choice(given[FORMAT])[1]}
    step: Step | Drawn | None = None
    for step in enlarge(upscaler, lr, **how):
        yield step
    assert isinstance(step, Step)
    results = {path: step.array}
    if samples:
        for drawn in draw_samples(upscaler, lr, samples, **given.of(DRAWING), **how):
            yield drawn
        paths = sample_paths(path, samples)
        results = {**{paths[k]: array for k, array in drawn.arrays.items()}, **results}
    for file, array in results.items():
        array = fit(array, target) if target else array
        write_output(array, file, data, work=work, **given.of((*OUTPUT, *WRITTEN)))


def _holds(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
