"""What the critic that trained a generator says of a result on the page."""

import uuid
from pathlib import Path

import numpy as np

from sr_models.imaging.heatmap import fake_map
from sr_models.imaging.picture import as_8_bit, shrink, to_array
from sr_models.pipelines.critic import critic_map
from sr_models.pipelines.upscale import write_png
from sr_models.web import storage
from sr_models.web.nets import NETS
from sr_models.web.pages.upscale import upscaling
from sr_models.web.pages.upscale.request import resolve
from sr_models.web.pages.upscale.result import UpscaleResult


def judge(outcome: UpscaleResult, visitor: str) -> tuple[Path, float, float | None]:
    """Return the critic's map of a result as a file, and its mean certainty that the result, and the original, is fake.

    The original's number is None where there is none. Raise SRError where there is no critic, or too much to look at.
    """
    net = NETS.critic(outcome.scale)
    result = upscaling.read_result(outcome.result)
    lr = resolve(outcome.request).inputs.lr if outcome.request else _lr_of_example(outcome)
    probabilities = critic_map(net, result, lr)
    path = storage.visitor_folder(visitor) / uuid.uuid4().hex / "critic.png"
    write_png(fake_map(probabilities), path)
    true = None
    if outcome.original:
        original = upscaling.read_result(outcome.original)
        true = float(critic_map(net, original, lr).mean())
    return path, float(probabilities.mean()), true


def _lr_of_example(outcome: UpscaleResult) -> np.ndarray:
    """Return what a stored example was enlarged from: its original, shrunk."""
    return to_array(shrink(as_8_bit(upscaling.read_result(outcome.original)), outcome.scale))
