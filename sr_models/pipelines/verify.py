"""Make a result again from its receipt, and compare."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sr_models.errors import SRError
from sr_models.files import sha256
from sr_models.imaging.decode import decode, read
from sr_models.imaging.degradations import parameters
from sr_models.imaging.encode import KINDS, encode
from sr_models.imaging.picture import Picture, fit
from sr_models.inference.load import load
from sr_models.inference.upscaler import Upscaler
from sr_models.parameters import Values
from sr_models.pipelines.inputs import prepare
from sr_models.pipelines.upscale import enlarge

NEAR = 2  # levels of 255 that another processor or precision may make
LARGEST = 2**20  # bytes of a receipt


@dataclass(frozen=True)
class Verdict:
    """Say how far a result is from the one made again: `levels` of 255 at most, in a `share` of its numbers.

    `because` lists what was not as it was then, in sentences.
    """

    levels: float
    share: float
    because: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return the verdict as a sentence."""
        if not self.levels:
            return "Identical: every pixel is the one made again from the receipt."
        kind = "Nearly the same" if self.levels <= NEAR else "Different"
        return f"{kind}: up to {self.levels:.3g} of 255 levels, in {self.share:.2%} of the numbers."

    @property
    def holds(self) -> bool:
        """Say whether the result is what its receipt says, rounding apart."""
        return self.levels <= NEAR


def read_receipt(path: Path) -> dict[str, Any]:
    """Return a receipt's facts; raise SRError where the file is none of a result that was enlarged."""
    if not path.is_file():
        raise SRError("file_missing", path=path)
    try:
        facts = json.loads(path.read_bytes()[:LARGEST])
        needed = facts["output"]["sha256"], facts["checkpoint"], int(facts["scale"]), facts["format"]["kind"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SRError("bad_receipt", path=path) from error
    if facts.get("mode") not in ("enlarge", "test", "both") or not all(isinstance(n, str | int) for n in needed):
        raise SRError("bad_receipt", path=path)
    if facts["format"]["kind"] not in KINDS:
        raise SRError("receipt_of_frames", path=path)
    return facts


def verify(receipt: Path, source: Path, result: Path, device: str | None = None) -> Verdict:
    """Enlarge `source` as `receipt` says and compare with `result`.

    `source` is what was uploaded: the small picture, or in a test the original. Raise SRError where the receipt cannot
    be followed here: another checkpoint of that name, a picture of another size, a format that is not kept.
    """
    facts = read_receipt(receipt)
    upscaler = _net(facts, device)
    made = _made(facts, upscaler, read(source))
    if facts["format"].get("quality") is not None or made.dtype.itemsize * 8 != facts["format"].get("bits"):
        made = decode(encode(made, facts["format"]["kind"], quality=facts["format"].get("quality") or 90)).array
    given = read(result).array
    if given.shape != made.shape:
        raise SRError("result_size", path=result, found=_size(given), expected=_size(made))
    peak = np.iinfo(made.dtype).max
    gap = np.abs(given.astype(np.int64) * (peak // np.iinfo(given.dtype).max) - made.astype(np.int64))
    because = tuple(_changes(facts, upscaler, result)) if gap.any() else ()
    return Verdict(float(gap.max()) * 255 / peak, float((gap > 0).mean()), because)


def _net(facts: dict[str, Any], device: str | None) -> Upscaler:
    """Return the net of a receipt, the same weights by their digest."""
    mix = facts.get("mix")
    alpha = mix.get("alpha") if isinstance(mix, dict) else None
    upscaler = load(facts["checkpoint"], int(facts["scale"]), device, dtype=facts.get("precision"), mix=alpha)
    if upscaler.sha256 != facts.get("checkpoint_sha256"):
        raise SRError("other_checkpoint", name=facts["checkpoint"])
    return upscaler.ensembled() if facts.get("ensemble") else upscaler


def _made(facts: dict[str, Any], upscaler: Upscaler, picture: Picture) -> np.ndarray:
    """Return the result made again, before it is encoded."""
    array, part = picture.array, facts.get("part")
    if isinstance(part, dict):
        if (part["of_width"], part["of_height"]) != (picture.width, picture.height):
            expected = f"{part['of_width']}×{part['of_height']}"
            raise SRError("source_size", found=_size(array), expected=expected)
        array = array[part["top"] : part["top"] + part["height"], part["left"] : part["left"] + part["width"]]
        picture = replace(picture, array=array)
    told = facts.get("degradation")
    degradation = Values(parameters(), told) if isinstance(told, dict) else None
    inputs = prepare(picture, upscaler.scale, degradation, alpha=facts.get("alpha", "keep"))
    told = facts.get("input", {})
    if inputs.lr.shape[:2] != (told.get("height"), told.get("width")):
        raise SRError("source_size", found=_size(inputs.lr), expected=f"{told.get('width')}×{told.get('height')}")
    depth = 8 if facts["format"].get("bits") == 8 else None
    *_, last = enlarge(upscaler, inputs.lr, tile=facts.get("tile"), depth=depth)
    target = facts.get("target")
    return fit(last.array, (int(target[0]), int(target[1]))) if target else last.array


def _changes(facts: dict[str, Any], upscaler: Upscaler, result: Path) -> list[str]:
    """Return what differs from when the receipt was written."""
    found = []
    if sha256(result) != facts["output"]["sha256"]:
        found.append("The file is not the one that the receipt names: it was changed, or stored again.")
    here = {"device": upscaler.device.type, "precision": str(upscaler.dtype).removeprefix("torch.")}
    here["torch"] = torch.__version__
    for key, value in here.items():
        if facts.get(key) != value:
            found.append(f"The receipt's {key} is {facts.get(key)}; here it is {value}.")
    return found or ["Another processor rounds otherwise."]


def _size(array: np.ndarray) -> str:
    return f"{array.shape[1]}×{array.shape[0]}"
