"""Which net a command runs, at which scale for each picture, and what its results are called."""

import contextlib
import functools
import re
from pathlib import Path
from typing import Any

from sr_models.errors import SRError
from sr_models.imaging.options import FORMAT, NAME, SIZE
from sr_models.inference.options import MIX, SAMPLE_SEED
from sr_models.parameters import Values


def result_name(given: Values, net: str, model: str, upscaler_for: Any, source: Path, stem: str) -> Path:
    """Return a result's path below its folder, by the template of NAME."""
    from sr_models.imaging.animation import KINDS
    from sr_models.imaging.decode import size_of
    from sr_models.imaging.encode import output_suffix
    from sr_models.pipelines.animate import file_written_as
    from sr_models.pipelines.naming import USUAL, fields_of, fill_in

    template = given[NAME] or USUAL
    facts = {"stem": stem, "ext": source.suffix.lstrip("."), "net": net, "model": model, "scale": 0}
    facts |= {"format": given[FORMAT], "size": re.sub(r"[^\w.%]", "", given[SIZE]), "seed": given[SAMPLE_SEED]}
    if "scale" in fields_of(template):
        with contextlib.suppress(SRError):  # it is said when the picture's turn comes
            facts["scale"] = upscaler_for(*size_of(source))[0].scale
    path = fill_in(template, facts)
    moving = file_written_as(source, given)
    return Path(path.with_name(path.name + (KINDS[moving] if moving else output_suffix(given[FORMAT]))))


def restored_name(given: Values, model: str, source: Path, stem: str) -> Path:
    """Return a repaired picture's path below its folder, by the template of NAME; its scale is 1."""
    from sr_models.imaging.encode import output_suffix
    from sr_models.pipelines.naming import USUAL, fill_in

    facts = {"stem": stem, "ext": source.suffix.lstrip("."), "net": model, "model": model, "scale": 1}
    facts |= {"format": given[FORMAT], "size": "", "seed": given[SAMPLE_SEED]}
    path = fill_in(given[NAME] or USUAL, facts)
    return Path(path.with_name(path.name + output_suffix(given[FORMAT])))


def runners(
    model: str | None, scale: int | None, size: str, device: str | None, ensemble: bool, mix: float
) -> tuple[Any, str, str]:
    """Return what gives a picture's upscaler and target size (`batch.Chooser`), the net's name and the results'.

    With `size` and no scale, each picture takes the smallest scale of the net that reaches the size.
    """
    from sr_models.checkpoints.catalog import scales_of, split_name
    from sr_models.imaging.sizes import parse, scale_for, target_size

    model = model or default_name(scale)
    at = functools.cache(lambda scale: load_net(model, scale, device, ensemble, mix=mix))
    if not size:
        only = at(scale)
        return lambda width, height: (only, None), split_name(only.checkpoint)[0], only.name
    parse(size)  # nonsense is said before any work
    net, named = split_name(model)
    scales = () if scale or named else scales_of(net)
    if scales:
        name = net + (f"_mix{mix:g}" if mix != MIX.default else "") + "_ensemble" * ensemble
    else:
        only = at(scale)
        net, name, scales = split_name(only.checkpoint)[0], only.name, (only.scale,)

    def choose(width: int, height: int) -> tuple[Any, tuple[int, int]]:
        target = target_size(size, width, height)
        return at(scale_for(target, width, height, scales)), target

    return choose, net, name + "_" + re.sub(r"[^\w.%]", "", size)


def default_name(scale: int | None) -> str:
    """Return the page's net."""
    from sr_models.checkpoints.catalog import DEFAULT_SCALE, with_cascades
    from sr_models.checkpoints.recommend import default_net

    return default_net(scale or DEFAULT_SCALE, with_cascades())


def load_net(
    model: str,
    scale: int | None,
    device: str | None,
    ensemble: bool = False,
    dtype: str | None = None,
    mix: float = MIX.default,
) -> Any:
    """Return the upscaler of a reference, by default at the scale in its name, else x4; raise SRError."""
    from sr_models.checkpoints.catalog import DEFAULT_SCALE, split_name
    from sr_models.inference.load import load

    if not model.endswith(".safetensors") and "/" not in model:
        scale = scale or split_name(model)[1] or DEFAULT_SCALE
    upscaler = load(model, scale, device, dtype=dtype, mix=None if mix == MIX.default else mix)
    return upscaler.ensembled() if ensemble else upscaler
