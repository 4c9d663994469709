"""Many files: which ones a command works on, what their results are called, and each from file to file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sr_models.errors import SRError
from sr_models.imaging.decode import EXTENSIONS, decode, read_bytes
from sr_models.imaging.encode import format_choice
from sr_models.imaging.options import ALPHA, FORMAT, OUTPUT
from sr_models.imaging.picture import fit
from sr_models.inference.options import DRAWING, SAMPLE_SEED, SAMPLES, TEMPERATURE, TILE
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Values
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.upscale import Drawn, Step, draw_samples, enlarge, write_output

# What gives a picture's upscaler, and the (width, height) that its result is brought to, by its width and height.
Chooser = Callable[[int, int], tuple[Upscaler, tuple[int, int] | None]]


def plan(inputs: list[Path], out: Path, checkpoint: str, extension: str) -> list[tuple[Path, Path]]:
    """Pair every input file with its output; the extension joins the name where two inputs would meet."""
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
    sources: dict[Path, Path] = {}
    for path, folder in pairs:
        name = path.name if stems.count((folder, path.stem)) > 1 else path.stem
        target = folder / f"{name}_{checkpoint}{extension}"
        if target in sources and sources[target].resolve() != path.resolve():
            raise SRError("same_target", first=sources[target], second=path, target=target)
        sources[target] = path
    return [(path, target) for target, path in sources.items()]


def sample_paths(path: Path, samples: int) -> list[Path]:
    """Return where the samples of a result go: beside it."""
    return [path.with_stem(f"{path.stem}_s{k + 1}") for k in range(samples)]


def enlarge_file(source: Path, path: Path, upscaler_for: Chooser, given: Values) -> Iterator[Step | Drawn]:
    """Enlarge a file into another, and draw samples beside it, by the values of OUTPUT, ALPHA, TILE and SAMPLING.

    Yields after each tile. The samples are written first, so that a result that is there has its samples. Raise
    SRError.
    """
    data = read_bytes(source)
    picture = decode(data)
    upscaler, target = upscaler_for(picture.width, picture.height)
    samples: int = given[SAMPLES.name]
    if samples:
        upscaler.check_sampling(samples, given[SAMPLE_SEED], given[TEMPERATURE])
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
        write_output(fit(array, target) if target else array, file, data, **given.of(OUTPUT))


def _holds(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
