"""Which files a command works on, and what their results are called."""

from pathlib import Path

from sr_models.errors import SRError
from sr_models.imaging.decode import EXTENSIONS


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


def _holds(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
