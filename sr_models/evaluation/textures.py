"""Measure the nets that draw textures: how far what they draw is from photographed textures, and that it is no copy."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from sr_models.checkpoints.catalog import list_checkpoints
from sr_models.errors import SRError
from sr_models.evaluation.report import Protocol, TextureNets
from sr_models.evaluation.sheets import write_sheet
from sr_models.imaging.color import luma
from sr_models.imaging.picture import quantize, to_array
from sr_models.imaging.sources import rgb_pictures
from sr_models.inference.device import choose_device
from sr_models.inference.load import load_plain
from sr_models.inference.noise import latents
from sr_models.metrics.frechet import frechet_distance, mean_distance
from sr_models.metrics.perceptual import features_folder, load_features

SIDE, AT_ONCE = 64, 64
LEAST = 200  # pictures: there must be more of them than features
SHIFT = 16  # px between the places of training pictures among which the nearest is looked for
SHOWN = 12
HELD_OUT, TRAINING = "photographed, held out", "photographed, for training"


def measure_textures(
    train: Sequence[Path],
    held_out: Sequence[Path],
    device: str | None = None,
    *,
    sheets: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> TextureNets:
    """Measure all checkpoints that were trained on textures: pictures of 64x64, as many as are held out.

    `sheets`: a folder for twelve drawn pictures of each net, each over the nearest training picture. Raise SRError
    where features or pictures are missing.
    """
    where = choose_device(device)
    features = load_features("lite0")
    if features is None:
        raise SRError("features_missing", path=features_folder() / "lite0.safetensors")
    features = features.to(where)
    known, unseen = read(train), read(held_out)
    if (count := min(len(known), len(unseen))) < LEAST:
        raise SRError("few_textures", count=count, limit=LEAST)
    true, other = (_middle(pixels[_mixed(len(pixels))][:count]) for pixels in (known, unseen))
    of_true, of_other = look(features, true, where), look(features, other, where)
    crops = crops_of(known)
    of_known = torch.cat([look(features, crop, where) for crop in crops])  # by place, then by picture
    tick()
    rows = {}
    for name, pictures in _ways(true, other, where):
        seen = {TRAINING: of_true, HELD_OUT: of_other}.get(name)
        seen = look(features, pictures, where) if seen is None else seen
        drawn = name not in (TRAINING, HELD_OUT)
        distances, places = nearest(seen, of_known)
        if drawn and sheets:
            _show(sheets / f"{name}.png", pictures, crops, places)
        rows[name] = {
            "training": round(frechet_distance(seen, of_true), 4) if name != TRAINING else None,
            "held_out": round(frechet_distance(seen, of_other), 4) if name != HELD_OUT else None,
            "diversity": round(float(mean_distance(seen) / mean_distance(of_other)), 3),
            "detail": round(detail(pictures) / detail(true), 3),
            "nearest": float(distances.median()) if name != TRAINING else None,
        }
        tick()
    unit = rows[HELD_OUT]["nearest"]
    for row in rows.values():
        row["nearest"] = None if row["nearest"] is None else round(row["nearest"] / unit, 3)
    note = f"features of EfficientNet-Lite0, means over places, {of_true.shape[1]} numbers; drawn: seed 0, T = 1"
    return TextureNets(Protocol(0, "no LR", "RGB", note), count, rows)


def read(paths: Sequence[Path]) -> Tensor:
    """Return the middle squares of pictures, (N, 3, side, side) uint8, as large as the smallest of them allows.

    What is no picture or has a side below 64 is left out.
    """
    found = [p for p in rgb_pictures(paths) if p is not None and min(p.shape[:2]) >= SIDE]
    side = min((min(p.shape[:2]) for p in found), default=SIDE)
    corners = [((p.shape[0] - side) // 2, (p.shape[1] - side) // 2) for p in found]
    pixels = torch.empty(len(found), 3, side, side, dtype=torch.uint8)
    for n, (picture, (y, x)) in enumerate(zip(found, corners, strict=True)):
        pixels[n] = torch.from_numpy(picture[y : y + side, x : x + side].transpose(2, 0, 1).copy())
    return pixels


def look(features: object, pictures: Tensor, where: torch.device) -> Tensor:
    """Return the means over places of all features of pictures (N, 3, H, W), uint8 or in [0, 1]: (N, D)."""
    found = []
    for part in pictures.split(AT_ONCE):
        part = part.to(where)
        part = part.float() / 255 if part.dtype == torch.uint8 else part
        with torch.inference_mode():
            maps = features.features(part)  # type: ignore[attr-defined]
        found.append(torch.cat([each.mean((2, 3)) for each in maps], 1).cpu())
    return torch.cat(found)


def nearest(seen: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Return the distance of each of (N, D) to the nearest of (M, D), and which that is, both (N,)."""
    parts = [torch.cdist(part, known).min(1) for part in seen.split(AT_ONCE)]
    return torch.cat([part.values for part in parts]), torch.cat([part.indices for part in parts])


def detail(pictures: Tensor) -> float:
    """Return the mean absolute slope of Y from pixel to pixel of (N, 3, H, W) in [0, 1]."""
    lightness = luma(pictures.float())
    return float(lightness.diff(dim=2).abs().mean() + lightness.diff(dim=3).abs().mean())


def _ways(true: Tensor, other: Tensor, where: torch.device) -> Iterator[tuple[str, Tensor]]:
    """Yield each row's name and its pictures (N, 3, 64, 64) in [0, 1]."""
    yield HELD_OUT, other
    yield TRAINING, true
    for card in (card for card in list_checkpoints("generate") if card.trained_for == "textures"):
        net = load_plain(card.name, "generate", str(where))[0]
        z = latents(net.latent_shape(SIDE, SIDE), len(true), seed=0)
        with torch.inference_mode():
            yield card.name, torch.cat([quantize(net(part.to(where))).cpu() for part in z.split(AT_ONCE)])


def _mixed(count: int) -> Tensor:
    """Return an order in which neighbours, which come of one source, lie apart."""
    return torch.randperm(count, generator=Generator().manual_seed(0))


def _middle(pixels: Tensor) -> Tensor:
    top, left = ((side - SIDE) // 2 for side in pixels.shape[-2:])
    return pixels[:, :, top : top + SIDE, left : left + SIDE].float() / 255


def crops_of(pixels: Tensor) -> list[Tensor]:
    """Return the parts of 64x64 of square pictures, (N, 3, 64, 64) for each of the places SHIFT px apart."""
    places = range(0, pixels.shape[-1] - SIDE + 1, SHIFT)
    return [pixels[:, :, y : y + SIDE, x : x + SIDE] for y in places for x in places]


def _show(path: Path, pictures: Tensor, crops: list[Tensor], places: Tensor) -> None:
    """Write the first pictures, each over the nearest training picture."""
    many, first = len(crops[0]), range(min(SHOWN, len(pictures)))
    known = [crops[place // many][place % many].permute(1, 2, 0).numpy() for place in places[: len(first)].tolist()]
    rows = [np.concatenate([to_array(pictures[i : i + 1]) for i in first], 1), np.concatenate(known, 1)]
    write_sheet(path, {f"{path.stem}: drawn, over the nearest training picture": np.concatenate(rows)})
