"""The configuration of a run: TOML sections as frozen dataclasses, each owned by the floor that it configures."""

from dataclasses import dataclass, field
from typing import Literal

from neurosim.datasets.options import DataOptions
from neurosim.experiment.overrides import apply_overrides
from neurosim.experiment.presets import resolve
from neurosim.experiment.tables import from_table
from neurosim.experiment.toml import parse_toml, read_toml
from neurosim.learning.optimiser import OptimiserOptions
from neurosim.learning.phases import Phases
from neurosim.network.graph import NetworkSpec, Neurons


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The section [training].

    epochs : passes over the training images
    batch : samples per weight change
    checkpoint_seconds : longest time between two checkpoints [s]; results do not depend on it
    """

    epochs: int = 5
    batch: int = 20
    checkpoint_seconds: float = 60.0

    def __post_init__(self):
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"training.{name}: {getattr(self, name)} is below 1")
        if not self.checkpoint_seconds > 0:
            raise ValueError(f"training.checkpoint_seconds: {self.checkpoint_seconds:g} is not positive")


@dataclass(frozen=True, kw_only=True)
class SynapseOptions:
    """The section [synapses]: what stores a weight.

    device : "ideal", a real number
    """

    device: Literal["ideal"] = "ideal"


@dataclass(frozen=True, kw_only=True)
class RecordOptions:
    """The section [record]: what is kept of single time steps, after training, of the first `samples` test images.

    layers : names of layers; empty = none
    samples : how many test images
    phases : "free", or "all" with both nudged phases
    traces : keep the states x beside the spikes
    """

    layers: tuple[str, ...] = ()
    samples: int = 10
    phases: Literal["free", "all"] = "free"
    traces: bool = False

    def __post_init__(self):
        if self.samples < 1:
            raise ValueError(f"record.samples: {self.samples} is below 1; to record nothing leave record.layers empty")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that decides the result of a run."""

    seed: int = 0
    data: DataOptions = field(default_factory=DataOptions)
    network: NetworkSpec = field(default_factory=NetworkSpec)
    neurons: Neurons = field(default_factory=Neurons)
    learning: Phases = field(default_factory=Phases)
    optimiser: OptimiserOptions = field(default_factory=OptimiserOptions)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    synapses: SynapseOptions = field(default_factory=SynapseOptions)
    record: RecordOptions = field(default_factory=RecordOptions)

    def __post_init__(self):
        if self.network.input == "spikes" and self.data.normalise != "unit":
            raise ValueError('data.normalise: "standard" leaves [0, 1], which spikes cannot stand for; '
                             'write "unit", or network.input = "analog"')


def load_config(name_or_path, assignments=()):
    """Read a preset or a TOML file and apply `key.path=value` overrides; returns Config, raises ValueError."""
    return from_table(Config, apply_overrides(read_toml(resolve(name_or_path)), list(assignments)))


def parse_config(text, owner, assignments=()):
    """The same from the text of a TOML file, for example the one that a run file holds."""
    return from_table(Config, apply_overrides(parse_toml(text, owner), list(assignments)))
