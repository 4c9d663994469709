"""The pictures that nets learned from which are nearest to those of the first sight, as stored sheets.

`python -m sr_models.web.pages.generate.nearest --data MNIST` makes those of all nets that learned digits, nearest by
the mean squared difference of pixels; `--kind textures --data train.tar` those that learned textures, nearest by the
features of a pretrained net, as `evaluation.textures` measures them.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sr_models.errors import SRError
from sr_models.evaluation.textures import crops_of, look, nearest, read
from sr_models.imaging.digits import read_digits
from sr_models.imaging.encode import encode_png
from sr_models.inference.sampler import Sampler
from sr_models.metrics.perceptual import features_folder, load_features
from sr_models.pipelines.generate import sheet
from sr_models.web.nets import NETS
from sr_models.web.pages.generate.request import Request, count_of
from sr_models.web.storage import ASSETS

STORED = ASSETS / "generate"
Look = Callable[[Tensor], Tensor]  # pictures (N, C, H, W) uint8 -> what they are compared by, (N, D)


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


def learned(kind: str, data: Sequence[Path]) -> tuple[Tensor, Look]:
    """Return what the nets of a kind learned from, (N, C, H, W) uint8, and by what it is compared; raise SRError."""
    if kind == "digits":
        return read_digits(data, train=True)[0], lambda pictures: pictures.flatten(1).float()
    features = load_features("lite0")
    if features is None:
        raise SRError("features_missing", path=features_folder() / "lite0.safetensors")
    return torch.cat(crops_of(read(data))), lambda pictures: look(features, pictures, torch.device("cpu"))


def store(sampler: Sampler, known: Tensor, seen: Tensor, compared: Look) -> Path:
    """Write the sheet of one net beside what it was made of; return its path. `seen` is what is seen in the known."""
    request = Request.of({"generator": sampler.name})
    how = {"seed": request.seed, "temperature": request.temperature}
    pictures = list(sampler.samples(count_of(sampler), **how, first=request.first))
    places = nearest(compared(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)), seen)[1]
    path = STORED / f"{sampler.name}_nearest.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(sheet(list(known[places].permute(0, 2, 3, 1).numpy()))))
    facts = {"made_of": _made_of(sampler, request), "learned_from": len(known)}
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")
    return path


def main() -> None:
    """Store the sheets of all nets that learned pictures of a kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="what they learned from")
    parser.add_argument("--kind", default="digits", choices=("digits", "textures"), help="what they draw")
    asked = parser.parse_args()
    known, compared = learned(asked.kind, asked.data)
    seen = compared(known)
    for card in NETS.generators():
        if card.trained_for == asked.kind:
            print(store(NETS.sampler(card.name), known, seen, compared))


if __name__ == "__main__":
    NETS.refresh()
    main()
