"""Measure a net that knows many answers: do its samples fit, do they differ, and where the mean is wrong?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sr_models.archs import Contains, HasPosterior
from sr_models.checkpoints.card import Measurement
from sr_models.checkpoints.catalog import split_name
from sr_models.errors import SRError
from sr_models.evaluation.report import Diversity, Protocol
from sr_models.evaluation.test_sets import how_lr_is_made, lr_and_hr, originals, set_name
from sr_models.imaging.color import luma
from sr_models.imaging.picture import quantize
from sr_models.inference.upscaler import Upscaler
from sr_models.metrics import known
from sr_models.metrics.diversity import rank_correlation
from sr_models.metrics.fidelity import lr_consistency, psnr
from sr_models.metrics.perceptual import lpips

MANY, FEW = 32, 10
COOL = 0.7
POOL = 8  # pixels of a block's side
ACTIVE = 0.1  # nats per place, from which a latent channel counts as used
BINS = 10
Blocks = dict[str, np.ndarray]  # one number per 8x8 block: spread, error, gradient and true variance


def measure_diversity(
    upscaler: Upscaler,
    hr_folder: Path,
    lr_folder: Path | None = None,
    *,
    ablation: str = "",
    tick: Callable[[], object] = lambda: None,
) -> Diversity:
    """Draw samples for every original of a folder and return a report; means are over pictures.

    Rank correlations and calibration are over all blocks of 8x8 pixels of the set. `ablation` names a trial run. An
    original that cannot be measured is left out, and the report says why. Raise SRError where the net knows one answer
    only, or none can be measured.
    """
    if not upscaler.knows_many:
        raise SRError("one_answer", name=upscaler.name)
    held = upscaler.net.contained() if isinstance(upscaler.net, Contains) else None
    base = Upscaler(held, "base", device=str(upscaler.device)) if held else None
    rows, blocks, missing = [], [], {}
    for path in originals(hr_folder).pictures:
        try:
            lr, hr = lr_and_hr(path, lr_folder, upscaler.scale)
        except SRError as error:
            missing[path.name] = str(error)
            continue
        row, block = _one(upscaler, base, lr, hr)
        rows.append(row)
        blocks.append(block)
        tick()
    if not rows:
        name, reason = next(iter(missing.items()))
        raise SRError("nothing_measured", path=hr_folder, name=name, reason=reason)
    together = {key: np.concatenate([b[key] for b in blocks]) for key in blocks[0]}
    note = (
        f"seed 0; spread is the standard deviation of {MANY} samples' Y at T = 1 in grey levels; "
        f"rank correlations with |error| of Y over blocks of {POOL}x{POOL}"
    )
    return Diversity(
        net=split_name(upscaler.checkpoint)[0],
        scale=upscaler.scale,
        set=set_name(hr_folder),
        protocol=Protocol(upscaler.scale, how_lr_is_made(upscaler.scale, lr_folder), note=note),
        mean={key: _mean([row[key] for row in rows]) for key in rows[0]},
        rank_spread=rank_correlation(together["spread"], together["error"]),
        rank_gradient=rank_correlation(together["gradient"], together["error"]),
        calibration=_calibration(together),
        minutes=round(upscaler.card.seconds / 60, 1) if upscaler.card else None,
        steps=upscaler.card.steps if upscaler.card else None,
        ablation=ablation,
        missing=missing,
    )


def _one(upscaler: Upscaler, base: Upscaler | None, lr: Tensor, hr: Tensor) -> tuple[dict[str, Any], Blocks]:
    s = upscaler.scale

    def fits(x: Tensor) -> float | None:
        return known(psnr(quantize(x), hr, border=s))

    row: dict[str, Any] = {"base": fits(base(lr).cpu()) if base else None}
    mean = upscaler(lr).cpu()
    row |= {"mean": fits(mean), "lpips_mean": known(lpips(quantize(mean), hr, border=s))}
    many = whole_samples(upscaler, lr, MANY)
    row["mean_of_many"] = fits(torch.stack(many).mean(0))
    levels = torch.stack([luma(x) for x in many])
    inside = (..., slice(s, -s), slice(s, -s))
    wrong = (levels.mean(0) - luma(hr))[inside].square().mean(dtype=torch.float64)
    noise = levels.var(0)[inside].mean(dtype=torch.float64) / MANY  # what so few of them add to it
    row["mean_of_all"] = float(-10 * torch.log10((wrong - noise).clamp(min=1e-10)))
    settings = {"": (1.0, True), "_free": (1.0, False), "_cool": (COOL, True), "_cool_free": (COOL, False)}
    for ending, (temperature, consistent) in settings.items():
        few = (
            many[:FEW]
            if not ending
            else whole_samples(upscaler, lr, FEW, temperature=temperature, consistent=consistent)
        )
        scores = [score for x in few if (score := fits(x)) is not None]
        row |= {f"one{ending}": scores[0], f"best{ending}": max(scores)}
        row[f"consistency{ending}"] = known(lr_consistency(quantize(few[0]), lr))
        row[f"lpips{ending}"] = known(lpips(quantize(few[0]), hr, border=s))
    pairs = [known(lpips(quantize(a), quantize(b), border=s)) for a, b in zip(many[:FEW:2], many[1:FEW:2], strict=True)]
    row["diversity_lpips"] = _mean(pairs)
    deviation = 255 * levels.std(0)
    row["spread"] = float(deviation[..., s:-s, s:-s].mean())
    error = (luma(mean) - luma(hr)) * 255
    row |= explained(upscaler, lr, hr) if isinstance(upscaler.net, HasPosterior) else {}
    blocks = {"spread": deviation.square(), "error": error.abs(), "gradient": gradient(luma(mean)), "square": error**2}
    return row, {k: F.avg_pool2d(v[..., s:-s, s:-s], POOL).flatten().double().numpy() for k, v in blocks.items()}


def whole_samples(upscaler: Upscaler, lr: Tensor, count: int, **options: Any) -> list[Tensor]:
    """Return whole samples (1, 3, s*H, s*W), clamped, on the CPU."""
    s = upscaler.scale
    out = [torch.empty(1, lr.shape[1], lr.shape[2] * s, lr.shape[3] * s) for _ in range(count)]
    for part in upscaler.samples(lr, count, **options):
        part.put(out[part.sample], s)
    return out


def explained(upscaler: Upscaler, lr: Tensor, hr: Tensor) -> dict[str, Any]:
    """Return the PSNR of what the posterior's mean decodes to, and the nats per place of each latent and channel."""
    net, unit = upscaler.net, upscaler.net.multiple_of
    lr = lr.expand(1, 3, *lr.shape[-2:])
    height, width = (n // unit * unit for n in lr.shape[-2:])  # the posterior needs the original: cut, not padded
    s = upscaler.scale
    lr, hr = (
        x[..., : height * k, : width * k].to(upscaler.device)
        for x, k in ((lr, 1), (hr.expand(1, 3, *hr.shape[-2:]), s))
    )
    with torch.inference_mode():
        trunk = net.trunk(lr)
        found = net.explain(trunk, hr, lr.new_zeros(1, net.noise_channels, height, width))
        picture = net.project(trunk.base.float() + net.sigma * found.decoded, lr)
    row: dict[str, Any] = {"posterior": known(psnr(quantize(picture.clamp(0, 1)).cpu(), hr.cpu(), border=s))}
    return row | latent_numbers(net.LATENTS, found.latents)


def latent_numbers(names: tuple[str, ...], latents: Any, unknown: Tensor | None = None) -> dict[str, Any]:
    """Return the nats per place of each latent, pairs of posterior and prior, and how many of its channels are used.

    Places are those that `unknown` (1, 1, H, W) touches, or all of them.
    """
    row: dict[str, Any] = {}
    for name, (posterior, prior) in zip(names, latents, strict=True):
        nats = posterior.kl(prior)
        places = torch.ones_like(nats[:, :1]) if unknown is None else F.adaptive_max_pool2d(unknown, nats.shape[-2:])
        channels = (nats * places).sum((0, 2, 3)) / places.sum()
        row[f"kl_{name}"] = float(channels.sum())
        row[f"active_{name}"] = int((channels > ACTIVE).sum())
    return row


def gradient(y: Tensor) -> Tensor:
    """Return the gradient magnitude of (1, 1, H, W), by central differences with the border repeated."""
    x = F.pad(y, (1, 1, 1, 1), mode="replicate")
    return ((x[..., 1:-1, 2:] - x[..., 1:-1, :-2]).square() + (x[..., 2:, 1:-1] - x[..., :-2, 1:-1]).square()).sqrt()


def to_results(report: Diversity) -> list[Measurement]:
    """Turn a report into what a card holds: the rank correlation of the spread, beside the gradient's."""
    value, baseline = report.rank_spread, report.rank_gradient
    if value is None or baseline is None:
        return []
    return [Measurement(report.set, "rank_spread", value, baseline, report.protocol.line)]


def _calibration(blocks: Blocks) -> list[dict[str, float]]:
    """Return, for tenths of the blocks by their spread: the spread told and the error found, both root mean squares."""
    order = np.array_split(np.argsort(blocks["spread"], kind="stable"), BINS)
    return [
        {
            key: round(float(np.sqrt(blocks[of][part].mean())), 3)
            for key, of in (("told", "spread"), ("found", "square"))
        }
        for part in order
    ]


def _mean(values: list[Any]) -> float | None:
    kept = [v for v in values if v is not None]
    return round(float(np.mean(kept)), 4) if kept else None
