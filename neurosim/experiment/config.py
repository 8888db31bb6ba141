"""The configuration of a run: TOML sections as frozen dataclasses, each owned by the package that it configures."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from neurosim.cards import Entry, check_numbers
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.placement import PROGRAMMING
from neurosim.datasets.event_files import NAME as EVENTS
from neurosim.datasets.options import LASTING, OWN, DataOptions
from neurosim.engines import EngineOptions, faster_kind
from neurosim.energy.options import EnergyOptions
from neurosim.energy.prices import check_changes
from neurosim.experiment.deviations import config_summary
from neurosim.experiment.overrides import apply_overrides
from neurosim.experiment.shipped import PRESETS
from neurosim.summaries import Summarised, Summary
from neurosim.tables import check_kinds, from_table
from neurosim.toml import parse_toml, read_toml
from neurosim.learning.optimiser import OptimiserOptions
from neurosim.learning.phases import Phases
from neurosim.losses import LOSSES
from neurosim.memristor.device import IDEAL
from neurosim.network.graph import NetworkSpec, Neurons, dense
from neurosim.network.spec import layer_neurons, one_pass, with_drawn_bounds
from neurosim.whole import whole

#: Bounds of the numbers of the sections below.
_TRAINING = {
    "epochs": Entry("1", 0, 1e6), "batch": Entry("1", 1, 1e6, most="more images than any data set here has"),
    "checkpoint_seconds": Entry("s", 1e-9, 1e6, most="eleven days, which a power cut would cost"),
    "prefetch": Entry("1", 0, 100, most="more batches than any training is ahead of its data"),
    "average": Entry("1", 0, 1e5, most="of which a weight of single precision does not feel one any more"),
}
_SYNAPSES = {
    "slots": Entry("1", 1, 31), "transfer_every": Entry("1", 1, 1e6),
    "transfer_rate": Entry("1", 1e-6, 1, least="so that nothing would reach the array that is read",
                           most="all that the fast array has gathered"),
    "ranges": Entry("1", 1, 1000, least="where initial weights do not fit the devices",
                    most="where weights use a thousandth of the devices"),
    **{key: PROGRAMMING[key] for key in ("tolerance", "rounds")}, "step_seconds": Entry("s", 0, 1),
    "shelf_seconds": Entry("s", 0, 1e10, most="three hundred years"),
}
_RECORD = {"samples": Entry("1", 1, 1e6, least="and to record nothing record.layers is left empty")}


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The section [training].

    epochs : passes over the training images; 0 = evaluate the weights that are there, and learn nothing
    batch : samples per weight change
    checkpoint_seconds : longest time between two checkpoints [s]; results do not depend on it
    prefetch : batches that a thread prepares ahead of the one that is learnt; 0 = none; results do not depend on it
    average : the network is evaluated, and in the end left, with the means of its weights and biases over about so many
        updates, see `neurosim.learning.averaging`; 0 = as it is; of ideal synapses
    """

    epochs: int = 5
    batch: int = 20
    checkpoint_seconds: float = 60.0
    prefetch: int = 2
    average: int = 0

    def __post_init__(self) -> None:
        check_numbers(self, "training", _TRAINING)


@dataclass(frozen=True, kw_only=True)
class SynapseOptions:
    """The section [synapses]: what stores a weight, and how learning changes it.

    device : "ideal", a real number; or a device card, by its name or as a path that ends in .toml
    pulses : how a weight change becomes pulses, see `neurosim.learning.pulses`
    update : pulses once per "batch", or for every "sample" of a batch, whose phases all met the same weights
    slots : longest train of pulses of one rank-1 update, at most 31
    transfer_every, transfer_rate : updates between two transfers of the rule "tiki-taka", and the part transferred [1]
    mapping : "pair" of devices, one device and a "reference" device per row, or one device and a constant "offset"
    programming : "bidirectional" or "one-sided", set pulses only, with refresh; the latter needs pairs
    ranges : largest weight over the largest initial weight, one number or one per connection from input to output [1]
    tolerance : write-verify ends this close to its target [steps of the device]
    rounds : write-verify gives up after so many reads of a device
    tables : folder that holds the tables of measured steps that cards of the law "table" name
    step_seconds : duration of one time step on the chip, for drift [s]
    shelf_seconds : time between the last pulse and the evaluation at the end, for drift [s]
    """

    device: str = "ideal"
    pulses: Literal["accumulate", "stochastic", "nearest", "sign", "trains", "tiki-taka", "write-verify",
                    "two-phase"] = "accumulate"
    update: Literal["batch", "sample"] = "batch"
    slots: int = 31
    transfer_every: int = 10
    transfer_rate: float = 0.1
    mapping: Literal["pair", "reference", "offset"] = "pair"
    programming: Literal["bidirectional", "one-sided"] = "bidirectional"
    ranges: float | tuple[float, ...] = 4.0
    tolerance: float = 0.5
    rounds: int = 200
    tables: str = ""
    step_seconds: float = 1e-6
    shelf_seconds: float = 0.0

    def __post_init__(self) -> None:
        check_numbers(self, "synapses", _SYNAPSES)
        if self.programming == "one-sided" and self.mapping != "pair":
            raise ValueError(f'synapses.programming: "one-sided" needs two devices per weight; '
                             f'write mapping = "pair" instead of "{self.mapping}"')

    @property
    def ideal(self) -> bool:
        """Whether weights are real numbers, on no device."""
        return self.device == IDEAL


@dataclass(frozen=True, kw_only=True)
class RecordOptions:
    """The section [record]: what is kept of single time steps, after training, of the first `samples` test images.

    layers : names of layers; empty = none
    samples : how many test images
    phases : "free", or "all" with those of the estimator, with either sign where it draws one
    traces : keep the states x beside the spikes
    """

    layers: tuple[str, ...] = ()
    samples: int = 10
    phases: Literal["free", "all"] = "free"
    traces: bool = False

    def __post_init__(self) -> None:
        check_numbers(self, "record", _RECORD)


@dataclass(frozen=True, kw_only=True, repr=False)
class Config(Summarised):
    """Everything that decides the result of a run.

    device : numbers that replace those of the device card, for example c2c = 0.0
    price : numbers that replace those of the price card, at the node of the chip, for example adc_rate = 1e8
    """

    seed: int = 0
    data: DataOptions = field(default_factory=DataOptions)
    network: NetworkSpec = field(default_factory=NetworkSpec)
    neurons: Neurons = field(default_factory=Neurons)
    learning: Phases = field(default_factory=Phases)
    optimiser: OptimiserOptions = field(default_factory=OptimiserOptions)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    synapses: SynapseOptions = field(default_factory=SynapseOptions)
    device: dict[str, float] = field(default_factory=dict)
    array: ArrayOptions = field(default_factory=ArrayOptions)
    readout: ReadoutOptions = field(default_factory=ReadoutOptions)
    engine: EngineOptions = field(default_factory=EngineOptions)
    energy: EnergyOptions = field(default_factory=EnergyOptions)
    price: dict[str, float] = field(default_factory=dict)
    record: RecordOptions = field(default_factory=RecordOptions)

    def summary(self) -> Summary:
        """Return the table that `print` and notebooks show: what differs from the nearest preset or the defaults."""
        return config_summary(self)

    def __post_init__(self) -> None:
        check_kinds(self)
        whole(self.seed, "seed")
        object.__setattr__(self, "network", with_drawn_bounds(self.network, self.neurons, self.seed))
        object.__setattr__(self, "engine", _with_kind(self))
        check_changes(self.price, "price")
        _refuse_unfit_outputs(self)
        _refuse_other_axes(self)
        _refuse_more_than_a_pass(self)
        if self.device and self.synapses.ideal:
            raise ValueError(f"device.{next(iter(self.device))}: ideal synapses have no such value; "
                             "name a device card with synapses.device")
        if self.synapses.ideal and (self.array.wired or self.readout.noise != "off"):
            owner, what, without = (("array", "wires", "resistances of 0") if self.array.wired else
                                    ("readout.noise", "noise", '"off"'))
            raise ValueError(f"{owner}: ideal synapses have no {what}; write {without}, or name a device card with "
                             "synapses.device, for example ideal-device")
        if self.network.input != "analog" and self.data.normalise != "unit":
            raise ValueError('data.normalise: "standard" leaves [0, 1], which spikes cannot stand for; '
                             'write "unit", or network.input = "analog"')


def _with_kind(config: Config) -> EngineOptions:
    """Return the options of the engine, with the kind that "auto" stands for: one that can do what else is asked for.
    """
    if config.engine.kind != "auto":
        return config.engine
    if config.learning.goes_back:
        return replace(config.engine, kind="dense")
    if not config.readout.exact:
        return replace(config.engine, kind="events")
    engine = config.engine
    return replace(engine, kind=faster_kind(config.network, config.neurons, engine.device, engine.weights))


def _refuse_other_axes(config: Config) -> None:
    """Raise ValueError where the data have a time axis and the input has none, or the other way round."""
    if config.data.events and config.network.input != "events":
        raise ValueError(f'network.input: "{config.network.input}" takes images, and data.name = "events" names frames '
                         'of time steps; write network.input = "events"')
    if config.network.input == "events" and not config.data.events:
        raise ValueError(f'network.input: "events" takes frames of time steps, which {config.data.name} has none of; '
                         'write data.name = "events" and name their .npz file in data.path, or input = "spikes"')


def _refuse_more_than_a_pass(config: Config) -> None:
    """Raise ValueError where a feedforward network is asked for phases, or for steps that it does not need."""
    learning = config.learning
    if config.network.feedforward and not learning.goes_back:
        raise ValueError('network.feedforward: no nudge flows back, by which learning.rule = "ep" learns; write '
                         'learning.rule = "bptt"')
    if one_pass(config.network, config.neurons) and (learning.free_steps, learning.span) != (1, 1):
        raise ValueError("network.feedforward: one pass is all that there is to go back through; write "
                         'learning = {rule = "bptt", free_steps = 1, window = 1}')


def _refuse_unfit_outputs(config: Config) -> None:
    """Raise ValueError where the outputs cannot minimise the loss."""
    spec = config.network.layers[-1] if config.network.layers else dense(1)
    output = layer_neurons(spec, config.neurons, last=True)
    owner = "neurons.output_range" if spec.bound is None else "the outputs' bound"
    loss: Any = LOSSES[config.learning.loss]
    loss.refuse_outputs(config.learning.targets, (output.low, output.high), output.law.range_of(output.parameters),
                        owner)


def load_config(name_or_path: Path | str, assignments: Sequence[str] = ()) -> Config:
    """Read a preset or a TOML file and apply `key.path=value` overrides; returns Config, raises ValueError.

    Where one of them names data of the user's own, the section [data] begins again but for `normalise`: its numbers of
    images and its shifts are about others.
    """
    table = _for_other_data(read_toml(PRESETS.resolve(name_or_path)), assignments)
    return from_table(Config, apply_overrides(table, list(assignments)))


def _for_other_data(table: dict[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """Return a table whose section [data] begins again where assignments put data of the user's own in its place."""
    names = [text.strip(" \"'") for key, _, text in (words.partition("=") for words in assignments)
             if key.strip() == "data.name"]
    section = table.get("data", {})
    if not names or names[-1] not in (OWN, EVENTS) or section.get("name") == names[-1]:
        return table
    return {**table, "data": {key: value for key, value in section.items() if key in LASTING}}


def parse_config(text: str, owner: str, assignments: Sequence[str] = ()) -> Config:
    """Return the same from the text of a TOML file, for example the one that a run file holds."""
    return from_table(Config, apply_overrides(parse_toml(text, owner), list(assignments)))
