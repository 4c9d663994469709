"""What a visitor of the page `/generate` asks for: typed and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sr_models.checkpoints.card import Card
from sr_models.errors import SRError
from sr_models.inference.options import DRAW_SEED, DRAW_TEMPERATURE, GENERATING
from sr_models.inference.sampler import Place, Sampler
from sr_models.parameters import Parameter, Values
from sr_models.web.nets import NETS

SMALL = 32  # px: of pictures no larger than that more are drawn
MANY, FEW = 64, 16  # on a sheet
GENERATOR = Parameter("generator", "", address="arch")  # "": the first there is
SAMPLE = Parameter("sample", 5, low=0, high=9999)  # the one that is chosen; it says which sheet of the seed stands
PARAMETERS: tuple[Parameter[Any], ...] = (GENERATOR, DRAW_SEED, DRAW_TEMPERATURE, SAMPLE)


@dataclass(frozen=True)
class Request:
    """Ask for a sheet: the samples from `first` on of a seed."""

    generator: str
    seed: int
    temperature: float
    first: int

    @staticmethod
    def of(asked: Mapping[str, Any]) -> "Request":
        """Make one of the page's values by name; raise SRError for what may not be, or where nothing draws."""
        values = Values(PARAMETERS, asked)
        name = card_of(values[GENERATOR]).name
        count = count_of(NETS.sampler(name))
        first = values[SAMPLE] // count * count
        return Request(name, values[DRAW_SEED], values[DRAW_TEMPERATURE], first)

    @property
    def settings(self) -> Values:
        """Return what the pipeline's receipt tells."""
        return Values(GENERATING, {DRAW_SEED.name: self.seed, DRAW_TEMPERATURE.name: self.temperature})

    def place(self, sample: int) -> Place:
        """Return a sample of the same seed."""
        return self.seed, sample


def card_of(name: str) -> Card:
    """Return the card of a net that draws, the first one's for ""; raise SRError where it is not there."""
    cards = NETS.generators()
    found = next((card for card in cards if not name or name in (card.name, card.name.rpartition("_x")[0])), None)
    if found is None:
        raise SRError("unknown_generator", name=name or "-", known=", ".join(card.name for card in cards) or "-")
    return found


def count_of(sampler: Sampler) -> int:
    """Return how many pictures a sheet of a net holds: a square number."""
    return MANY if sampler.side <= SMALL else FEW
