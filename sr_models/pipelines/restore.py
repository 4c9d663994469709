"""One damaged picture to a file: what is wrong with it, which steps repair it, and each of them tile by tile."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sr_models.checkpoints.recommend import RESTORERS
from sr_models.errors import SRError
from sr_models.imaging.decode import decode, read, read_bytes
from sr_models.imaging.encode import format_choice
from sr_models.imaging.holes import check_size, marked
from sr_models.imaging.options import ALPHA, FORMAT, IF_EXISTS, OUTPUT, WRITTEN
from sr_models.imaging.picture import as_8_bit, to_array, to_tensor
from sr_models.inference.options import NO_SAMPLES, SAMPLE_SEED, STRENGTH, TASK, TASKS, TEMPERATURE, TILE
from sr_models.inference.restorer import Restorer
from sr_models.metrics.diagnose import Finding, diagnose
from sr_models.parameters import Values
from sr_models.pipelines import made_of
from sr_models.pipelines.batch import Written
from sr_models.pipelines.inputs import laid
from sr_models.pipelines.naming import sample_paths
from sr_models.pipelines.upscale import Step, write_output

Load = Callable[[str], Restorer]


@dataclass(frozen=True)
class Work:
    """Hold one step of a repair: its task, what does it, and the strength that it is told, None for none."""

    task: str
    restorer: Restorer
    strength: float | None = None


def steps_for(
    task: str, findings: tuple[Finding, ...], has_mask: bool, load: Load, model: str | None, strength: float | None
) -> list[Work]:
    """Return the steps of a repair, in their order; none where nothing is asked for and nothing is found.

    *auto* does what the findings suggest. What repairs is `model` where it is for the task, else the first of
    RESTORERS that is there; one that does several of the tasks comes once. Holes come first, where there is a mask.
    Raise SRError for holes without a mask, and for a model that is not for the one task that is asked for.
    """
    if model and task != "auto" and task not in (known := load(model).net.repairs):
        raise SRError("not_for_task", name=model, task=task, known=", ".join(known))
    suggested = {finding.suggests for finding in findings if finding.is_suggested}
    wanted = suggested if task == "auto" else {task}
    if has_mask:
        wanted |= {"inpaint"}
    elif task == "inpaint":
        raise SRError("mask_empty")
    told = task if task != "auto" else next(iter(wanted)) if len(wanted) == 1 else ""
    return works_for(wanted, load, model, {told: strength})


def works_for(
    wanted: Collection[str], load: Load, model: str | None, strengths: Mapping[str, float | None] | None = None
) -> list[Work]:
    """Return the steps that do the tasks `wanted`, in their order; `model` and what stands in for it as in `steps_for`.

    `strengths` are told to the methods that begin with these tasks. Raise SRError where nothing does a task.
    """
    works: list[Work] = []
    for each in (t for t in TASKS if t in wanted):
        restorer = _restorer(each, load, model)
        if not any(w.restorer is restorer and w.task != "inpaint" for w in works):
            works.append(Work(each, restorer, (strengths or {}).get(each)))
    return works


def _restorer(task: str, load: Load, model: str | None) -> Restorer:
    if model:
        restorer = load(model)
        if task in restorer.net.repairs:
            return restorer
    missing: SRError | None = None
    for name in RESTORERS[task]:
        try:
            return load(name)
        except SRError as error:
            missing = missing or error
    raise missing or SRError("unexpected")


def read_mask(path: Path, width: int, height: int) -> np.ndarray:
    """Return a mask (H, W), True where its file is brighter than middle grey; raise SRError for another size."""
    picture = read(path)
    check_size(picture.width, picture.height, width, height)  # before it takes more memory
    array = as_8_bit(picture.array)
    return marked(array[:, : 3 if array.shape[1] > 2 else 1].mean(1, keepdim=True), height, width)[0, 0].numpy()


def repair(
    works: list[Work], picture: np.ndarray, mask: np.ndarray | None, *, tile: int | None = None, depth: int = 8
) -> Iterator[Step]:
    """Repair `picture` (H, W, C) of uint8 or uint16 step by step, tile by tile; alpha stays as it is.

    Between two steps nothing is rounded. The last Step's array is the result, of `depth` bits.
    """
    current = to_tensor(picture)
    holes = _tensor(mask)
    for work in works:
        whole = current.clone()
        given = holes if work.task == "inpaint" else None
        for part in work.restorer.repaired(current, given, work.strength, tile=tile):
            part.put(whole)
            if part.index + 1 < part.total:
                shown = to_array(part.pixels.cpu(), depth)
                yield Step(part.index + 1, part.total, np.empty(0), shown, part.columns.start, part.rows.start)
        current = whole
    array = to_array(current, depth)
    yield Step(1, 1, array, array, 0, 0)


def answers(
    works: list[Work],
    picture: np.ndarray,
    mask: np.ndarray | None,
    count: int,
    *,
    seed: int = 0,
    temperature: float = 1.0,
    tile: int | None = None,
    depth: int = 8,
) -> Iterator[np.ndarray]:
    """Yield `count` possible results of a repair as `repair` takes it, whose first step draws them.

    Raise SRError where that step knows one answer only.
    """
    first = works[0]
    holes = _tensor(mask) if first.task == "inpaint" else None
    how: dict[str, Any] = {"seed": seed, "temperature": temperature, "tile": tile}
    for one in first.restorer.answers(to_tensor(picture), count, holes, first.strength, **how):
        *_, last = repair(works[1:], to_array(one, 16), None, tile=tile, depth=depth)
        yield last.array


def repair_file(
    source: Path, planned: Path, load: Load, given: Values, *, mask: Path | None = None, model: str | None = None
) -> Iterator[Step | Written]:
    """Repair a file into another by the values of RESTORING, OUTPUT, FILES, ALPHA, TILE and DRAWING.

    Yields after each tile, and at the end where the result stands; its path is None where the same one was there, and
    with nothing to repair no file is made. Raise SRError.
    """
    data = read_bytes(source)
    picture = decode(data)
    holes = read_mask(mask, picture.width, picture.height) if mask else None
    strength = None if given[STRENGTH] == STRENGTH.default else given[STRENGTH]
    findings = diagnose(picture) if given[TASK] == "auto" else ()
    works = steps_for(given[TASK], findings, mask is not None, load, model, strength)
    if not works:
        raise SRError("nothing_to_repair", name=source.name)
    samples = _drawn(works, given)
    digest = _digest(data, mask, works, given)
    path = made_of.place(planned, digest, samples, given[IF_EXISTS])
    if path is None:
        yield Written(None, planned)
        return
    if path.resolve() == source.resolve():
        raise SRError("result_is_input", path=path)
    array = laid(picture.array, given[ALPHA])
    results: dict[Path, np.ndarray] = {}
    yield from _repaired(array, path, works, holes, given, samples, results)
    for place, result in results.items():
        write_output(result, place, data, work=digest, **given.of((*OUTPUT, *WRITTEN)))
    yield Written(path, planned, tuple(f"{work.task} by {work.restorer.name}" for work in works))


def _drawn(works: list[Work], given: Values) -> int:
    """Return how many samples are drawn; raise SRError where the first step knows one answer only."""
    samples: int = given[NO_SAMPLES.name]
    if samples:
        works[0].restorer.check_sampling(samples, given[SAMPLE_SEED], given[TEMPERATURE])
    return samples


def _digest(data: bytes, mask: Path | None, works: list[Work], given: Values) -> str:
    """Return what a result follows from."""
    marked = hashlib.sha256(mask.read_bytes()).hexdigest() if mask else None
    facts = [marked, *((made_of.work(data, work.restorer, given, None), work.task, work.strength) for work in works)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _repaired(
    array: np.ndarray,
    path: Path,
    works: list[Work],
    holes: np.ndarray | None,
    given: Values,
    samples: int,
    results: dict[Path, np.ndarray],
) -> Iterator[Step]:
    """Put the samples and then the result into `results`, by the paths of their files."""
    depth = format_choice(given[FORMAT])[1] or array.dtype.itemsize * 8
    tile = given[TILE] or None
    if samples:
        how: dict[str, Any] = {"seed": given[SAMPLE_SEED], "temperature": given[TEMPERATURE], "tile": tile}
        drawn = answers(works, array, holes, samples, depth=depth, **how)
        results |= zip(sample_paths(path, samples), drawn, strict=True)
    for step in repair(works, array, holes, tile=tile, depth=depth):
        results[path] = step.array
        yield step


def _tensor(mask: np.ndarray | None) -> torch.Tensor | None:
    return None if mask is None else torch.from_numpy(mask).float()[None, None]
