"""Measure the nets of digits: whether a classifier still recognises what they enlarge, draw again, or draw."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from sr_models.archs import Encodes, Generates
from sr_models.checkpoints.catalog import list_checkpoints
from sr_models.evaluation.report import DigitNets, Protocol
from sr_models.imaging.color import luma
from sr_models.imaging.degradations import Downscale
from sr_models.imaging.digits import SIDE, read_digits
from sr_models.imaging.picture import quantize
from sr_models.imaging.resample import resize
from sr_models.inference.device import choose_device
from sr_models.inference.load import load_plain
from sr_models.inference.noise import latents
from sr_models.metrics.frechet import frechet_distance, mean_distance

AT_ONCE = 500
SCALE = 2
SURE = 0.9  # probability of a class above which a picture counts as clear
ALIKE = 0.5  # drawn digits differ less than this share of how written ones do: a collapse
FORGOTTEN = 0.01  # a digit of which less than this share is drawn: a collapse too
Ways = Iterator[tuple[str, Callable[[], Tensor], bool]]


@dataclass(frozen=True)
class Seen:
    """Hold what a classifier sees in pictures: its features (N, D) and the probability of each class (N, K)."""

    features: Tensor
    classes: Tensor


def in_parts(run: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return what `run` makes of `x`, some at once."""
    with torch.inference_mode():
        return torch.cat([run(part) for part in x.split(AT_ONCE)])


def see(classifier: Any, pictures: Tensor) -> Seen:
    """Return what a net that recognises sees in pictures (N, 1, 28, 28)."""
    features = in_parts(classifier.features, pictures)
    return Seen(features, in_parts(classifier.judge, features).softmax(1))


def draw(net: Any, count: int, seed: int = 0) -> Tensor:
    """Return `count` digits (N, 1, 28, 28), rounded to 8 bits: the first samples of `seed`, at temperature 1."""
    z = latents(net.latent_shape(SIDE, SIDE), count, seed=seed)
    return quantize(in_parts(net, z.to(next(net.parameters()).device)))


def psnr(pictures: Tensor, wanted: Tensor) -> float:
    """Return the mean over pictures (N, 1, H, W) of PSNR in dB, of all grey levels; 8 bits bound it by 77 dB."""
    errors = (pictures - wanted).square().mean((1, 2, 3)).clamp(min=(1 / 255) ** 2 / SIDE**2)
    return float(-10 * errors.log10().mean())


def collapse_of(diversity: float, rarest: float) -> str | None:
    """Say what is missing among drawn digits: `diversity` beside that of written ones, the share of the rarest class.

    None where nothing is.
    """
    if diversity < ALIKE:
        return f"they differ by {diversity:.0%} of what written ones do"
    if rarest < FORGOTTEN:
        return f"one digit is {rarest:.1%} of them"
    return None


def measure_digits(
    data: Sequence[Path], classifier: str, device: str | None = None, *, tick: Callable[[], object] = lambda: None
) -> DigitNets:
    """Measure all checkpoints that were trained on digits, and bicubic, on the 10,000 digits for tests.

    `classifier` is the checkpoint that judges. Raise SRError where it or the digits are missing.
    """
    where = choose_device(device)
    judge = load_plain(classifier, "classify", device)[0]
    hr, labels = (part.to(where) for part in read_digits(data, train=False))
    hr = hr.float() / 255
    lr = Downscale(SCALE)(hr, Generator())
    true = see(judge, hr)
    rows: dict[str, dict[str, float | str | None]] = {}
    for name, make, is_drawn in _ways(data, hr, lr, where):
        pictures = make()
        seen = see(judge, pictures)
        found = seen.classes.argmax(1)
        diversity = float(mean_distance(seen.features) / mean_distance(true.features))
        rarest = float(found.bincount(minlength=seen.classes.shape[1]).min() / len(found))
        of_test = not (is_drawn or name == TRAINING)
        rows[name] = {
            "recognised": _percent((found == labels).float().mean()) if of_test else None,
            "clear": _percent((seen.classes.amax(1) > SURE).float().mean()),
            "psnr": round(psnr(pictures, hr), 2) if of_test and name != TEST else None,
            "frechet": round(frechet_distance(seen.features, true.features), 3) if name != TEST else None,
            "diversity": round(diversity, 3),
            "rarest": _percent(torch.tensor(rarest)),
            "collapse": collapse_of(diversity, rarest) if is_drawn else None,
        }
        tick()
    note = f"recognised by {classifier}; drawn: seed 0"
    return DigitNets(Protocol(0, f"LR by {Downscale(SCALE)}", "grey levels", note), len(hr), rows)


TEST, TRAINING = "written, for tests", "written, for training"


def _ways(data: Sequence[Path], hr: Tensor, lr: Tensor, where: torch.device) -> Ways:
    """Yield each row's name, what makes its pictures, and whether these are drawn from noise."""
    yield TEST, lambda: hr, False
    yield TRAINING, lambda: read_digits(data, train=True)[0][: len(hr)].to(where).float() / 255, False
    yield "bicubic, enlarged", lambda: quantize(resize(lr, SIDE, SIDE).clamp(0, 1)), False
    for card in (c for c in list_checkpoints("enlarge") if c.trained_for == "digits"):
        net = load_plain(card.name, "enlarge", str(where))[0]
        yield f"{card.name}, enlarged", lambda net=net: quantize(in_parts(lambda x: _of_luma(net(luma(x))), lr)), False
    cards = [card for card in list_checkpoints("generate") if card.trained_for == "digits"]
    nets = {card.name: load_plain(card.name, "generate", str(where))[0] for card in cards}
    for name, net in nets.items():
        if isinstance(net, Encodes):
            yield f"{name}, enlarged", lambda net=net: quantize(in_parts(net.enlarge, lr)), False
            yield f"{name}, drawn again", lambda net=net: quantize(again(net, hr)), False
    for name, net in nets.items():
        if isinstance(net, Generates):
            yield f"{name}, drawn from noise", lambda net=net: draw(net, len(hr)).to(where), True


def again(net: Any, pictures: Tensor) -> Tensor:
    """Return the pictures as a net draws them again of the mean z that it finds for them."""
    return in_parts(lambda x: net(net.encode(x).mean), pictures)


def _of_luma(y: Tensor) -> Tensor:
    """Return grey levels in [0, 1] of luma in [16, 235] / 255."""
    return ((255 * y - 16) / 219).clamp(0, 1)


def _percent(share: Tensor) -> float:
    return round(100 * float(share), 2)


def bound_of(net: Any, pictures: Tensor) -> dict[str, float]:
    """Return the means over pictures (N, 1, 28, 28) of -log p and KL, in nats, by one z of each, and PSNR in dB.

    `active` counts the numbers of z whose mean KL is above 0.01 nats.
    """
    noise = torch.randn(len(pictures), *net.latent_shape(SIDE, SIDE), generator=Generator().manual_seed(0))
    terms = [[], [], []]
    with torch.inference_mode():
        for part, drawn in zip(pictures.split(AT_ONCE), noise.to(pictures.device).split(AT_ONCE), strict=True):
            surprise, kl = net.bound(part, part, drawn)
            posterior = net.encode(part)
            zero = torch.zeros_like(posterior.mean)
            for kept, one in zip(terms, (surprise, kl, posterior.kl(type(posterior)(zero, zero))), strict=True):
                kept.append(one)
    surprise, kl, each = (torch.cat(term).mean(0) for term in terms)
    made = quantize(again(net, pictures))
    found = {"surprise": float(surprise), "kl": float(kl), "psnr": psnr(made, pictures)}
    return {**{key: round(value, 2) for key, value in found.items()}, "active": int((each > 0.01).sum())}
