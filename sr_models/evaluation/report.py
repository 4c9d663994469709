"""What was measured, as typed data, one class for each kind of result."""

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, TypeVar

from sr_models.checkpoints.card import Card

Numbers = dict[str, float | None]  # by key of METRICS
T = TypeVar("T", bound="Stored")


@dataclass(frozen=True)
class Protocol:
    """Say how the numbers of a report were measured, on files of 8 bits; `lr` says how LR came about."""

    border: int
    lr: str
    pixels: str = "Y of BT.601"
    note: str = ""

    @property
    def line(self) -> str:
        """Return it as the line that belongs to every number."""
        line = f"border {self.border}, 8 bit, {self.pixels}, {self.lr}"
        return f"{line}; {self.note}" if self.note else line


@dataclass(frozen=True)
class Variant:
    """Say how a net ran: plain, as a self-ensemble, mixed with the one that it continues, or on damaged pictures."""

    ensemble: bool = False
    damaged: bool = False
    alpha: float | None = None  # of a mix: 0 is the measured net, 1 the one that invents

    @property
    def ending(self) -> str:
        """Return what a name has behind the checkpoint's for it; damage belongs to the set."""
        return ("" if self.alpha is None else f"_mix{self.alpha:g}") + "_ensemble" * self.ensemble


PLAIN = Variant()


@dataclass(frozen=True)
class Partner:
    """Name the measured net of a mix."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Trial:
    """Say what a net is that was trained to learn what an option does, and is not kept."""

    name: str
    invents: bool
    minutes: float
    steps: int
    base: str | None
    teacher: str | None
    muon: bool
    validation: float | None  # Y-PSNR in dB

    @staticmethod
    def of(card: Card, name: str) -> "Trial":
        """Return what a trial's checkpoint says of its training."""
        base, validation = card.started_from, card.result("validation")
        muon = bool(card.recipe.get("options", {}).get("muon"))
        learned = (base, card.recipe.get("teacher"), muon, validation.value if validation else None)
        return Trial(name, card.invents, round(card.seconds / 60, 1), card.steps, *learned)


@dataclass(frozen=True)
class Columns:
    """Hold the numbers of a result beside bicubic's."""

    result: Numbers
    bicubic: Numbers


UNSAID = ("missing", "left_out", "repaired_by")


class Stored:
    """A result that is kept as a file; `kind` stands in it, and says how it is read."""

    kind: ClassVar[str]

    @property
    def file_name(self) -> str:
        """Return a name that no other result has; it is never parsed."""
        raise NotImplementedError

    @classmethod
    def from_json(cls: type[T], facts: dict[str, Any]) -> T:
        """Read what `to_json` wrote, less its kind; raise TypeError for facts that are missing or unknown."""
        return cls(**{k: Protocol(**v) if k == "protocol" else v for k, v in facts.items()})

    def to_json(self) -> dict[str, Any]:
        """Return it as data, with its kind; what was not done, and that nothing is missing, needs no words."""
        facts = asdict(self)  # type: ignore[call-overload]  # each kind is a dataclass
        return {"kind": self.kind, **{k: v for k, v in facts.items() if v or k not in UNSAID}}


@dataclass(frozen=True)
class OfNet(Stored):
    """What a net reached on a test set."""

    net: str
    scale: int
    set: str
    protocol: Protocol

    @property
    def checkpoint(self) -> str:
        """Return the checkpoint's name."""
        return f"{self.net}_x{self.scale}"


@dataclass(frozen=True)
class Evaluation(OfNet):
    """Hold the means over the pictures of a set, and the numbers of each."""

    kind = "evaluation"
    variant: Variant
    mean: Columns
    pictures: dict[str, Columns]
    parameters: int
    macs: int | None
    precision: str | None = None  # None: not written down
    partner: Partner | None = None
    trial: Trial | None = None
    repaired_by: str | None = None  # what LR went through before the net
    missing: dict[str, str] = field(default_factory=dict)  # by the names of originals: why they were not measured
    left_out: tuple[str, ...] = ()  # the folder's files that are no pictures

    @property
    def name(self) -> str:
        """Return the checkpoint's name with a word for how it ran."""
        after = f"_after_{self.repaired_by}" if self.repaired_by else ""
        return self.checkpoint + self.variant.ending + after

    @property
    def label(self) -> str:
        """Return the set's name, with a word for damaged pictures."""
        return self.set + "_damaged" * self.variant.damaged

    @property
    def file_name(self) -> str:
        """Return a name of what was measured."""
        trial = f"{'gan' if self.trial.invents else 'run'}_{self.trial.name}_" if self.trial else ""
        return f"{trial}{self.name}_{self.label}.json"

    @property
    def over(self) -> str:
        """Return over which pictures the means are, as a line."""
        many, missing = len(self.pictures), ", ".join(self.missing)
        over = f"{many} of {many + len(self.missing)} pictures; missing: {missing}" if missing else f"{many} pictures"
        return f"{self.name} on {self.label}: mean over {over}"

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Evaluation":
        """Read the parts by their types."""
        made = {"variant": Variant(**facts["variant"]), "mean": Columns(**facts["mean"])}
        made["pictures"] = {name: Columns(**found) for name, found in facts["pictures"].items()}
        for key, kind in (("partner", Partner), ("trial", Trial)):
            made[key] = kind(**facts[key]) if facts.get(key) else None
        made["left_out"] = tuple(facts.get("left_out", ()))
        return super().from_json({**facts, **made})


@dataclass(frozen=True)
class Diversity(OfNet):
    """Hold what the samples of a net that knows many answers reached; `ablation` names a trial run."""

    kind = "diversity"
    mean: Numbers  # by the keys of evaluation/diversity.py
    rank_spread: float | None
    rank_gradient: float | None
    calibration: list[dict[str, float]]  # by tenths of the blocks: told, found
    minutes: float | None
    steps: int | None
    ablation: str = ""
    missing: dict[str, str] = field(default_factory=dict)  # by the names of originals: why they were not measured

    @property
    def file_name(self) -> str:
        """Return a name of what was measured."""
        return f"{f'ablation_{self.ablation}' if self.ablation else 'answers'}_{self.checkpoint}_{self.set}.json"


@dataclass(frozen=True)
class Repairs(Stored):
    """Hold what repairs reach on a set: by the damage's name and the way's."""

    kind = "repairs"
    set: str
    protocol: Protocol
    pictures: int
    rows: dict[str, dict[str, dict[str, float]]]  # psnr_y in dB, lpips

    @property
    def file_name(self) -> str:
        """Return a name of what was measured."""
        return f"repairs_{self.set}.json"


@dataclass(frozen=True)
class RepairSamples(Stored):
    """Hold what the samples of a net that repairs reach on a set, by the damage's name."""

    kind = "repair_samples"
    net: str
    set: str
    protocol: Protocol
    pictures: int
    rows: dict[str, dict[str, float]]  # by the keys of evaluation/repair_samples.py

    @property
    def file_name(self) -> str:
        """Return a name of what was measured."""
        return f"repair_samples_{self.set}.json"


@dataclass(frozen=True)
class Recognition(Stored):
    """Hold how often a classifier names enlarged pictures of a set as it names their originals.

    `rows` are by the name of what enlarged, with the keys of evaluation/recognition.py; `seen` holds by picture the
    most probable name, with its probability, in the original and in each result.
    """

    kind = "recognition"
    scale: int
    set: str
    protocol: Protocol
    pictures: int
    sure: int  # originals whose name has at least SURE
    rows: dict[str, dict[str, float]]
    seen: dict[str, dict[str, list[Any]]]

    @property
    def file_name(self) -> str:
        """Return a name of what was measured."""
        return f"recognition_x{self.scale}_{self.set}.json"


@dataclass(frozen=True)
class DigitNets(Stored):
    """Hold what a classifier sees in digits, by the words for where they come from; keys as in tables/digits.py."""

    kind = "digits"
    protocol: Protocol
    pictures: int
    rows: dict[str, dict[str, Any]]

    @property
    def file_name(self) -> str:
        """Return the name of the one file."""
        return "digits.json"


@dataclass(frozen=True)
class DigitCurves(Stored):
    """Hold short runs of a VAE of digits that differ in one choice, all of so many steps."""

    kind = "digit_curves"
    net: str
    choice: str
    steps: int
    rows: list[dict[str, Any]]

    @property
    def file_name(self) -> str:
        """Return a name of what was measured."""
        return f"digit_curves_{self.net}_{self.choice}.json"


@dataclass(frozen=True)
class TextureNets(Stored):
    """Hold how far drawn textures are from photographed ones, by the words for where they come from."""

    kind = "textures"
    protocol: Protocol
    pictures: int
    rows: dict[str, dict[str, Any]]

    @property
    def file_name(self) -> str:
        """Return the name of the one file."""
        return "textures.json"


@dataclass(frozen=True)
class Speed(Stored):
    """Hold times of nets, as `bench` measures them."""

    kind = "speed"
    machine: str
    size: str
    rows: list[dict[str, Any]]
    peak_gflops: float | None = None

    @property
    def file_name(self) -> str:
        """Return the name of the one file."""
        return "bench.json"


@dataclass(frozen=True)
class GpuSpeed(Stored):
    """Hold times of training and enlarging on a GPU, as `bench.gpu` measures them."""

    kind = "gpu"
    machine: str
    peak_tflops: float
    batch: int
    patch: int
    inputs: dict[str, str]
    rows: list[dict[str, Any]]

    @property
    def file_name(self) -> str:
        """Return the name of the one file."""
        return "gpu.json"


@dataclass(frozen=True)
class Sweep(Stored):
    """Hold short runs at several learning rates; `variant` names the options that differ from the recipe's."""

    kind = "sweep"
    net: str
    scale: int
    rows: list[dict[str, Any]]
    variant: str = ""

    @property
    def name(self) -> str:
        """Return what stands in front of the row."""
        return "_".join(filter(None, (self.net, self.variant, f"x{self.scale}")))

    @property
    def file_name(self) -> str:
        """Return a name of what was measured."""
        return f"sweep_{self.name}.json"
