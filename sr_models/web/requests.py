"""What a visitor asked: typed, checked, and resolved to pictures and nets."""

from dataclasses import dataclass, field, replace
from typing import Any

from sr_models.checkpoints.catalog import DEFAULT_SCALE, scales_of
from sr_models.errors import SRError
from sr_models.imaging.decode import MAX_PIXELS
from sr_models.imaging.picture import Picture
from sr_models.imaging.sizes import scale_for, target_size
from sr_models.inference.upscaler import Upscaler
from sr_models.pipelines import inputs as pipeline_inputs
from sr_models.pipelines.inputs import Damage, Inputs, pair
from sr_models.pipelines.upscale import TEMPERATURE
from sr_models.web.components.upload import open_upload
from sr_models.web.nets import cards, default, knows_many, nets, partner_of, runner

OTHER = 0  # instead of a scale: the size is given in words


# The names of the page's values that a run depends on.
ASKED = ("picture", "mode", "net", "scale", "size", "kernel", "blur", "noise", "jpeg", "seed", "tile", "ensemble")


ASKED += (
    "alpha",
    "format",
    "quality",
    "metadata",
    "original",
    "samples",
    "temperature",
    "answer_seed",
    "consistent",
    "mix",
)


@dataclass(frozen=True)
class Settings:
    """Hold what the visitor chose; `damage` counts in a test only, `original` where the visitor has both."""

    visitor: str
    path: str | None
    mode: str  # "enlarge" | "test" | "both"
    net: str
    scale: int  # OTHER: as `size` says
    damage: Damage = field(default_factory=Damage)
    original: str | None = None
    size: str = ""
    ensemble: bool = False
    tile: int = 0  # 0: as the device likes it
    alpha: str = "keep"
    format: str = "png"
    quality: int = 90
    metadata: bool = False
    mix: float = 1.0  # of a net that invents: 0 is the measured net that it continues
    samples: int = 0  # possible answers of a net that knows many
    temperature: float = TEMPERATURE
    answer_seed: int = 0
    consistent: bool = True

    @property
    def ground(self) -> str:
        """Return what becomes of transparent parts: a JPEG has none, they are laid on white."""
        return "white" if (self.format, self.alpha) == ("jpeg", "keep") else self.alpha

    @staticmethod
    def of(v: dict[str, Any]) -> "Settings":
        """Make them of the page's values by name, the visitor and those of ASKED.

        A net that is not there at a scale just chosen gives way to the default, as it is about to on the page.
        """
        damage = Damage(v["kernel"], v["blur"] or 0, v["noise"] or 0, int(v["jpeg"] or 0), int(v["seed"] or 0))
        plain = ("visitor", "mode", "net", "scale", "original", "size", "ensemble", "alpha", "format", "metadata")
        numbers = {key: int(v[key] or 0) for key in ("tile", "quality")}
        settings = Settings(path=v["picture"], damage=damage, **numbers, **{key: v[key] for key in plain})
        there = settings.scale == OTHER or settings.net in nets(settings.scale)
        settings = settings if there else replace(settings, net=default(settings.scale))
        if partner_of(settings.net, net_scale(settings)):
            share = 1.0 if v["mix"] is None else float(v["mix"])
            return replace(settings, mix=round(share, 3))
        if settings.ensemble or not knows_many(settings.net, net_scale(settings)):
            return settings
        drawn = {"temperature": float(v["temperature"] or 0), "answer_seed": int(v["answer_seed"] or 0)}
        return replace(settings, samples=int(v["samples"] or 0), consistent=v["consistent"], **drawn)


@dataclass(frozen=True)
class Prepared:
    """Hold a decoded picture, the inputs of its run, the net, and the size asked for, None for the net's own."""

    picture: Picture
    inputs: Inputs
    upscaler: Upscaler
    target: tuple[int, int] | None

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of the result."""
        height, width = (n * self.inputs.scale for n in self.inputs.lr.shape[:2])
        return self.target or (width, height)


def resolve(settings: Settings, picture: Picture) -> tuple[int, tuple[int, int] | None]:
    """Return the scale of the net and, where a size was asked for, the result's (width, height)."""
    if settings.scale != OTHER:
        return settings.scale, None
    if settings.mode != "enlarge":
        raise SRError("size_in_test")
    target = target_size(settings.size, picture.width, picture.height)
    scales = scales_of(settings.net, cards()) or (DEFAULT_SCALE,)  # a net that is not there is told of later
    return scale_for(target, picture.width, picture.height, scales), target


def prepare(settings: Settings) -> Prepared:
    """Decode the picture, load the net and make the inputs of the run; raise SRError with a sentence."""
    alpha = settings.ground
    picture = open_upload(settings.path)
    scale, target = resolve(settings, picture)
    if settings.net not in nets(scale):
        raise SRError("net_not_there", net=settings.net, scale=scale)
    if settings.mode == "both":
        if not settings.original:
            raise SRError("no_original")
        inputs = pair(picture, open_upload(settings.original), scale, limit=MAX_PIXELS, alpha=alpha)
    else:
        damage = settings.damage if settings.mode == "test" else None
        inputs = pipeline_inputs.prepare(picture, scale, damage, limit=MAX_PIXELS, alpha=alpha, target=target)
    return Prepared(picture, inputs, runner(settings.net, scale, settings.ensemble, settings.mix), target)


def net_scale(settings: Settings) -> int:
    """Return the scale whose nets are offered: that of the size asked for, 4 where there is none yet."""
    try:
        return resolve(settings, open_upload(settings.path))[0]
    except SRError:
        return settings.scale or 4
