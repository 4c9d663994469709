"""What the critic that trained a generator says of a result on the page."""

import uuid
from pathlib import Path

from sr_models import job
from sr_models.image import as_8_bit, shrink, to_array
from sr_models.web import limits, runs
from sr_models.web.maps import fake_map
from sr_models.web.nets import critic
from sr_models.web.outcome import Outcome


def judge(outcome: Outcome, visitor: str) -> tuple[Path, float, float | None]:
    """Return the critic's map of a result as a file, and how sure it is on average that the result, and the original, is fake.

    The original's number is None where there is none. Raise SRError where there is no critic, or too much to look at.
    """
    net = critic(outcome.scale)
    result = runs.read_result(outcome.result)
    if outcome.settings:
        lr = runs.prepare(outcome.settings).inputs.lr
    else:  # a stored example, made of the original
        lr = to_array(shrink(as_8_bit(runs.read_result(outcome.original)), outcome.scale))
    shares = job.critic_map(net, result, lr)
    path = limits.visitor_folder(visitor) / uuid.uuid4().hex / "critic.png"
    job.write_png(fake_map(shares), path)
    true = None
    if outcome.original:
        original = runs.read_result(outcome.original)
        true = float(job.critic_map(net, original, lr).mean())
    return path, float(shares.mean()), true
