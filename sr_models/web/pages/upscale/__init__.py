"""The page `/`: enlarge a picture, or test the nets on it, and compare with bicubic. From left to right:

examples, request < moving < keeping, result, describe, commands < side_by_side, offer, large < upscaling
< whole, compare, critic, pair, batch < api, batch_shown, samples < events < choices < comparing, given < several
< layout
"""

from collections.abc import Callable

from sr_models.web.jobs import JOBS
from sr_models.web.pages.upscale import keeping
from sr_models.web.pages.upscale.layout import build
from sr_models.web.shell import Page


def _besides(idle: Callable[[], bool]) -> None:
    """Let what goes on in the background know when nobody waits."""
    JOBS.idle = idle
    keeping.start(idle)


page = Page("/", "page_upscale", build, _besides)
