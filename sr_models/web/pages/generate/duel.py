"""Two nets that learn against each other, a step at a time: for the host's own machine, where SR_LAB_TRAIN=1 says so.

SR_LAB_MNIST is the folder of the digits that they learn from.
"""

import base64
import functools
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sr_models import archs
from sr_models.imaging.digits import SIDE, read_digits
from sr_models.imaging.encode import encode_png
from sr_models.imaging.picture import to_array
from sr_models.inference.noise import latents
from sr_models.pipelines.generate import sheet
from sr_models.train.objectives._contract import Setup
from sr_models.train.objectives.gan import Gan, GanOptions, critic_loss, generator_loss
from sr_models.web.i18n import text

SHOWN, BATCH, RATE = 16, 64, 1e-3
BOTH = 50  # steps of each at a press
MOST = 4  # visitors whose pairs are kept
_LOCK = threading.Lock()
_PAIRS: OrderedDict[str, "Duel"] = OrderedDict()


def is_offered() -> bool:
    """Say whether the host lets nets be trained here, and has digits to learn from."""
    return os.environ.get("SR_LAB_TRAIN") == "1" and bool(os.environ.get("SR_LAB_MNIST"))


@functools.cache
def _digits(folder: str) -> Tensor:
    return read_digits([Path(folder)], train=True)[0]


class Duel:
    """A small dense generator, which draws, and its critic, which learns to tell that from written digits."""

    def __init__(self, digits: Tensor, seed: int = 0) -> None:
        self.digits, self.random = digits, torch.Generator().manual_seed(seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.net: Any = archs.build("digit_gan", form="dense", latent_dim=16, width=32).train()
            self.gan = Gan(Setup(self.net, RATE), GanOptions(generator_loss="non_saturating"))
        self.fixed = latents((16,), SHOWN, seed=seed)
        self.steps = {"generator": 0, "critic": 0}

    def _real(self) -> Tensor:
        at = torch.randint(len(self.digits), (BATCH,), generator=self.random)
        return self.digits[at].float() / 255

    def _noise(self) -> Tensor:
        return torch.randn(BATCH, *self.net.latent_shape(SIDE, SIDE), generator=self.random)

    def step(self, which: str) -> None:
        """Take one step of the *generator* or of the *critic*."""
        if which == "critic":
            self.gan.step_critic(self._real(), self._noise())
        else:
            self.gan.step_generator(self._noise())
        self.steps[which] += 1

    def measure(self) -> dict[str, float]:
        """Return both losses on digits that no step was taken on for it, and how often the critic is right there."""
        with torch.no_grad():
            real, fake = self.gan.critic(self._real()), self.gan.critic(self.net(self._noise()))
            right = ((real > 0).float().mean() + (fake <= 0).float().mean()) / 2
            losses = {"critic": critic_loss(real, fake), "generator": generator_loss(fake, "non_saturating")}
        return {**{name: float(loss) for name, loss in losses.items()}, "right": float(right)}

    def drawn(self) -> np.ndarray:
        """Return what the generator draws of the same sixteen z, on one sheet."""
        with torch.no_grad():
            return sheet([to_array(picture[None]) for picture in self.net(self.fixed)])


def of(visitor: str, anew: bool = False) -> Duel:
    """Return a visitor's pair, a new one where there is none, or one is asked for; raise SRError without digits."""
    digits = _digits(os.environ.get("SR_LAB_MNIST", ""))
    with _LOCK:
        if anew or visitor not in _PAIRS:
            _PAIRS[visitor] = Duel(digits)
        _PAIRS.move_to_end(visitor)
        while len(_PAIRS) > MOST:
            _PAIRS.popitem(last=False)
        return _PAIRS[visitor]


def shown(pair: Duel, lang: str) -> str:
    """Return what the pair draws, and how it stands, as HTML."""
    found = pair.measure()
    data = base64.b64encode(encode_png(pair.drawn())).decode()
    facts = {"generator": f"{found['generator']:.2f}", "critic": f"{found['critic']:.2f}"}
    right = f"{100 * found['right']:.0f}"
    steps = {"generator_steps": pair.steps["generator"], "critic_steps": pair.steps["critic"]}
    said = text("duel_stands", lang, **facts, **steps, right=right)
    picture = f"<img src='data:image/png;base64,{data}' alt='{text('duel_drawn', lang)}'>"
    return f"<div class='duel'>{picture}<p>{said}</p></div>"
