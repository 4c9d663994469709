"""The pictures that nets learned from which are nearest to those of the first sight, as stored sheets.

`python -m sr_models.web.pages.generate.nearest --data MNIST` makes those of all nets that learned digits;
`--kind textures --data PICTURES` those that learned parts of pictures. Nearest is by the mean squared difference of all
pixels; parts of pictures are taken side by side, without those that overlap.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sr_models.imaging.digits import read_digits
from sr_models.imaging.encode import encode_png
from sr_models.inference.sampler import Sampler
from sr_models.pipelines.generate import sheet
from sr_models.train.data import load_tiles
from sr_models.web.nets import NETS
from sr_models.web.pages.generate.request import Request, count_of
from sr_models.web.storage import ASSETS

STORED = ASSETS / "generate"
AT_ONCE = 4096  # pictures compared at a time


def nearest_to(request: Request, sample: int) -> tuple[np.ndarray, int] | None:
    """Return the nearest picture (H, W, C) uint8 to a sample of a sheet, and of how many; None where none is stored.

    What is stored counts only for the checkpoint, seed and temperature that it was made of.
    """
    sampler = NETS.sampler(request.generator)
    found = _stored(STORED / f"{sampler.name}_nearest.json")
    if found is None or found[1] != _made_of(sampler, request):
        return None
    array, facts, learned = found
    height, width = array.shape[0] // facts["rows"], array.shape[1] // facts["columns"]
    at = sample - request.first
    top, left = at // facts["columns"] * height, at % facts["columns"] * width
    return array[top : top + height, left : left + width], learned


@lru_cache(32)
def _stored(path: Path) -> tuple[np.ndarray, dict[str, int], int] | None:
    if not path.is_file():
        return None
    facts = json.loads(path.read_text())
    array = np.asarray(Image.open(path.with_suffix(".png")))
    return array if array.ndim == 3 else array[..., None], facts["made_of"], facts["learned_from"]


def _made_of(sampler: Sampler, request: Request) -> dict[str, object]:
    side = round(count_of(sampler) ** 0.5)
    facts = {"seed": request.seed, "temperature": request.temperature, "first": request.first}
    return {"checkpoint_sha256": sampler.sha256, **facts, "rows": side, "columns": side}


def parts_of(folders: Sequence[Path], side: int) -> Iterator[Tensor]:
    """Yield the pictures of folders in square parts, (N, 3, side, side) uint8."""
    for tiles in load_tiles(folders, side).pixels.split(64):
        whole = tiles.shape[-1] // side * side
        cut = tiles[..., :whole, :whole].unfold(2, side, side).unfold(3, side, side)
        yield cut.permute(0, 2, 3, 1, 4, 5).reshape(-1, 3, side, side)


def search(drawn: Tensor, learned: Iterator[Tensor]) -> tuple[Tensor, int]:
    """Return for each of (N, C, H, W) uint8 the nearest of the learned ones (N, C, H, W), and how many there are."""
    flat = drawn.flatten(1).float()
    best, found, count = torch.full((len(drawn),), torch.inf), drawn.clone(), 0
    for batch in (part for pictures in learned for part in pictures.split(AT_ONCE)):
        distance, at = torch.cdist(flat, batch.flatten(1).float()).min(1)
        closer = distance < best
        best, found[closer] = torch.where(closer, distance, best), batch[at[closer]]
        count += len(batch)
    return found, count


def store(sampler: Sampler, learned: Iterator[Tensor]) -> Path:
    """Write the sheet of one net beside what it was made of; return its path."""
    request = Request.of({"generator": sampler.name})
    how = {"seed": request.seed, "temperature": request.temperature}
    pictures = list(sampler.samples(count_of(sampler), **how, first=request.first))
    drawn = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    found, count = search(drawn, learned)
    path = STORED / f"{sampler.name}_nearest.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(sheet(list(found.permute(0, 2, 3, 1).numpy()))))
    facts = {"made_of": _made_of(sampler, request), "learned_from": count}
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")
    return path


def main() -> None:
    """Store the sheets of all nets that learned pictures of a kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="what they learned from")
    parser.add_argument("--kind", default="digits", help="of the pictures, as their cards say: digits, textures")
    asked = parser.parse_args()
    for card in NETS.generators():
        if card.trained_for != asked.kind:
            continue
        sampler = NETS.sampler(card.name)
        is_digits = asked.kind == "digits"
        learned = iter([read_digits(asked.data, train=True)[0]]) if is_digits else parts_of(asked.data, sampler.side)
        print(store(sampler, learned))


if __name__ == "__main__":
    NETS.refresh()
    main()
