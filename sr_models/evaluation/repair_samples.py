"""Measure what a net that repairs and knows many answers draws: is it possible, does it differ, is it wrong there?"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sr_models.archs import HasPosterior
from sr_models.errors import SRError
from sr_models.evaluation.diversity import COOL, POOL, gradient, latent_numbers
from sr_models.evaluation.repairs import DAMAGES, SEEDS, Damage, Load, centre_of, mean_of, show, suffer
from sr_models.evaluation.report import Protocol, RepairSamples
from sr_models.imaging.color import luma
from sr_models.imaging.picture import quantize
from sr_models.inference.restorer import Restorer
from sr_models.metrics import known
from sr_models.metrics.diversity import rank_correlation
from sr_models.metrics.fidelity import psnr
from sr_models.metrics.perceptual import lpips

SAMPLES, FEW = 8, 2
SIDE = 256  # pixels of the middle of each picture: samples take their time
SAMPLED = tuple(d for d in DAMAGES if d.key in ("noise 25", "JPEG 30", "strokes 10 %", "text 10 %", "boxes 10 %"))
PLAIN = "net"  # the way of a damage that stands beside
LEAST = 1 / 8  # of a block, that is unknown where the block counts
Row = dict[str, float | None]
T = TypeVar("T")


def measure_samples(
    drawing: Restorer,
    pictures: Sequence[tuple[str, Tensor]],
    label: str,
    load: Load,
    *,
    damages: Sequence[Damage] = SAMPLED,
    note: str = "",
    sheets: Path | None = None,
    tick: Callable[[], object] = lambda: None,
) -> RepairSamples:
    """Damage the middle of every original (name, (1, 3, H, W)), draw samples of each and return means over pictures.

    Beside stands the plain net that the table of repairs has for the damage, by `load`, where it is there. Error and
    spread are over the unknown part; ranks over all blocks of it in the set. Raise SRError where `drawing` knows one
    answer only.
    """
    if not drawing.knows_many:
        raise SRError("one_answer", name=drawing.name)
    found = {}
    for damage in damages:
        ((name, level),) = damage.ways[PLAIN]
        plain = load(name)
        rows, blocks = [], []
        for title, whole in pictures:
            hr = centre_of(whole, SIDE)
            empty, mask = suffer(damage, title, hr)
            row, block, shown = _one(drawing, empty, mask, hr)
            seconds = row.pop("seconds") or 0
            if plain:
                picture, alone = timed(plain.repair, empty, mask, level)
                row |= _scores("plain", quantize(picture), hr) | {"times": seconds / alone}
                shown = {plain.name: picture, **shown}
            if sheets:
                show(sheets / f"samples_{damage.key}_{title}.png", {"damaged": empty, **shown}, hr)
            rows.append(row)
            blocks.append(block)
            tick()
        together = {key: np.concatenate([b[key] for b in blocks]) for key in blocks[0]}
        ranks = {f"rank_{key}": rank_correlation(together[key], together["error"]) for key in ("spread", "gradient")}
        found[damage.key] = mean_of(rows) | {key: rank for key, rank in ranks.items() if rank is not None}
    how = (
        f"at most the middle {SIDE}x{SIDE}, {SAMPLES} samples, seed 0, T = 1; error and spread: root mean square "
        f"of RGB over the unknown part; ranks with |error| of Y over its blocks of {POOL}x{POOL}"
    )
    protocol = Protocol(0, SEEDS, note=f"{note}; {how}" if note else how)
    return RepairSamples(drawing.name, label, protocol, len(pictures), found)


def timed(work: Callable[..., T], *given: Any) -> tuple[T, float]:
    """Return what `work` returns, and the seconds of the processor that it took, whatever else ran meanwhile."""
    start = time.process_time()
    return work(*given), time.process_time() - start


def _scores(key: str, picture: Tensor, hr: Tensor) -> Row:
    return {key: known(psnr(picture, hr, border=0)), f"lpips_{key}": known(lpips(picture, hr, border=0))}


def _one(
    drawing: Restorer, empty: Tensor, mask: Tensor | None, hr: Tensor
) -> tuple[Row, dict[str, np.ndarray], dict[str, Tensor]]:
    """Return numbers of a picture and of each block of its unknown part (spread, error, gradient), and what to show."""
    unknown = torch.ones_like(hr[:, :1]) if mask is None else mask
    mean = drawing.repair(empty, mask)
    drawn, seconds = timed(drawing.answers, empty, SAMPLES, mask)
    many = torch.cat(drawn)
    each = [_scores("one", quantize(x[None]), hr) for x in many]
    fits = [score["one"] for score in each if score["one"] is not None]
    cool = drawing.answers(empty, FEW, mask, temperature=COOL)
    row = {"seconds": seconds} | _scores("mean", quantize(mean), hr) | mean_of(each)
    row |= mean_of([_scores("cool", quantize(x), hr) for x in cool])
    row |= {"best": max(fits), "mean_of_many": known(psnr(quantize(many.mean(0, keepdim=True)), hr, border=0))}
    pairs = zip(many[::2].split(1), many[1::2].split(1), strict=True)
    row |= mean_of([{"diversity_lpips": known(lpips(quantize(a), quantize(b), border=0))} for a, b in pairs])
    size = 3 * float(unknown.sum())
    row["error"] = 255 * float(((mean - hr) * unknown).square().sum() / size) ** 0.5
    row["spread"] = 255 * float((many.var(0, keepdim=True) * unknown).sum() / size) ** 0.5
    row |= _explained(drawing, empty, mask, hr) if isinstance(drawing.net, HasPosterior) else {}
    y, variance = luma(mean), luma(many).var(0, keepdim=True)
    share = F.avg_pool2d(unknown, POOL)
    maps = {"spread": variance, "error": (y - luma(hr)).abs(), "gradient": gradient(y)}
    blocks = {k: (F.avg_pool2d(v * unknown, POOL) / share)[share >= LEAST].numpy() for k, v in maps.items()}
    shown = {
        f"{k + 1} at T = {warmth}": x for warmth, found in ((COOL, cool), (1, drawn)) for k, x in enumerate(found[:FEW])
    }
    return row, blocks, {"mean": mean, **shown}


def _explained(drawing: Restorer, empty: Tensor, mask: Tensor | None, hr: Tensor) -> dict[str, Any]:
    """Return the PSNR of what the posterior's mean decodes to, and what each latent carries of the unknown part."""
    net = drawing.net
    height, width = (n // net.multiple_of * net.multiple_of for n in hr.shape[-2:])  # cut, because hr is not padded
    degraded, holes = drawing.prepared(empty, mask)
    degraded, hr = (x[..., :height, :width].to(drawing.device) for x in (degraded, hr))
    holes = None if holes is None else holes[..., :height, :width].to(drawing.device)
    with torch.inference_mode():
        trunk = net.trunk(degraded, holes)
        found = net.explain(trunk, hr, hr.new_zeros(1, net.noise_channels, height, width))
        picture = net.picture(trunk, found.decoded)
    row: dict[str, Any] = {"posterior": known(psnr(quantize(picture.clamp(0, 1)).cpu(), hr.cpu(), border=0))}
    return row | latent_numbers(net.LATENTS, found.latents, holes)
