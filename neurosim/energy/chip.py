"""What is priced: the chip as numbers, and what was counted on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from neurosim.tables import nearest

READOUTS = ("ideal", "adc", "integrate-and-fire")
CONVERTERS = ("sar", "ramp")
DIRECTIONS = ("forward", "backward")
NEGATIVE = ("none", "two-sided", "two-cycles")


@dataclass(frozen=True, kw_only=True)
class Array:
    """The devices of one connection, cut into tiles.

    name, lower, upper : of the connection, "conv1-conv2", and of its layers
    rows, columns : inputs (C_in k k of a convolution) and weights in a row (C_out)
    positions : positions of the kernel before pooling, without those that pooling drops; 1 for a dense connection
    backward_positions : most positions that send in one backward read, pooled ones where a mean was pooled; 0: as many
        as `positions`
    dropped_positions : positions of the kernel that pooling drops; no chip computes them, conventions count them
    devices_per_weight : 2 for a differential pair, whose devices stand in neighbouring columns, else 1
    reference_columns : columns of shared reference devices, in all tiles together
    row_tiles, column_tiles : tiles along the rows and along the columns
    backward : the array is read backwards too, and has drivers and converters on both sides
    forward_bits, backward_bits : of what drives a line; 1 = spikes, more = a number through a DAC
    forward_negative, backward_negative : how what is below 0 drives a line: "none", if nothing is; "two-sided", with
        the opposite voltage, for which a spike has a second driver and a DAC has its sign; "two-cycles", in a second
        read
    """

    name: str
    lower: str
    upper: str
    rows: int
    columns: int
    positions: int = 1
    backward_positions: int = 0
    dropped_positions: int = 0
    devices_per_weight: int = 2
    reference_columns: int = 0
    row_tiles: int = 1
    column_tiles: int = 1
    backward: bool = True
    forward_bits: int = 1
    backward_bits: int = 1
    forward_negative: str = "none"
    backward_negative: str = "none"

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "positions", "devices_per_weight", "row_tiles", "column_tiles"):
            _at_least(f"array {self.name}: {name}", getattr(self, name), 1)
        for name in ("forward_bits", "backward_bits"):
            _within(f"array {self.name}: {name}", getattr(self, name), 1, 16)
        for name in ("forward_negative", "backward_negative"):
            _choice(f"array {self.name}: {name}", getattr(self, name), NEGATIVE)
        for name in ("backward_positions", "dropped_positions", "reference_columns"):
            _at_least(f"array {self.name}: {name}", getattr(self, name), 0)

    @property
    def weights(self) -> int:
        return self.rows * self.columns

    @property
    def synapses(self) -> int:
        """Synapses of the network that the weights stand for: every weight once at each position that is read."""
        return self.weights * self.positions

    @property
    def declared_synapses(self) -> int:
        """The same with the positions that pooling drops, as NeuroBench counts, and with the taps in a padding."""
        return self.weights * (self.positions + self.dropped_positions)

    @property
    def physical_columns(self) -> int:
        return self.columns * self.devices_per_weight + self.reference_columns

    @property
    def cells(self) -> int:
        return self.rows * self.physical_columns

    @property
    def tiles(self) -> int:
        return self.row_tiles * self.column_tiles

    @property
    def directions(self) -> tuple[str, ...]:
        return DIRECTIONS if self.backward else DIRECTIONS[:1]

    def positions_of(self, direction: str) -> int:
        """Return the most positions of the kernel that one read meets in one direction."""
        return self.positions if direction == "forward" else self.backward_positions or self.positions

    def bits(self, direction: str) -> int:
        """Return the bits of what drives a line in one direction."""
        return self.forward_bits if direction == "forward" else self.backward_bits

    def drivers(self, direction: str) -> int:
        """Return the drivers of a line: one for each polarity of a spike; a number has a DAC that knows its sign."""
        return 2 if self._negative(direction) == "two-sided" and self.bits(direction) == 1 else 1

    def cycles(self, direction: str) -> int:
        """Return the reads of a position that follow one another, one for each sign."""
        return 2 if self._negative(direction) == "two-cycles" else 1

    def _negative(self, direction: str) -> str:
        return self.forward_negative if direction == "forward" else self.backward_negative

    def line_cells(self, direction: str) -> tuple[float, float]:
        """Return cells on a driven line and on the lines behind one conversion, on average over the tiles; two floats.
        """
        along_row, along_column = self.physical_columns / self.column_tiles, self.rows / self.row_tiles
        if direction == "forward":
            return along_row, along_column * self.devices_per_weight
        return along_column, along_row

    def sums_per_tile(self, direction: str) -> int:
        """Return sums that one read of a tile gives: weight columns forwards, rows backwards; the largest tile counts.
        """
        if direction == "forward":
            return math.ceil(self.columns / self.column_tiles)
        return math.ceil(self.rows / self.row_tiles)


def ohmic(voltage: float) -> float:
    """Gain of a cell whose current is proportional to the voltage, 1 [1]."""
    return 1.0


@dataclass(frozen=True, kw_only=True)
class Chip:
    """Arrays, layers and voltages.

    arrays : tuple of Array; layers : dict from layer to its units, those that are updated in every time step
    sweeps : names of the layers that are updated side by side, one tuple for each part of a time step; none = all
    mux : sums that share one converter; an integrate-and-fire readout has a circuit for every sum
    read_voltage [V], read_seconds [s] : of one read; set_ and reset_ : of programming pulses
    half_select : part of the pulse's voltage that half-selected cells see (1/2 or 1/3 in a crossbar, 0 behind selectors
        or transistors); None = as the cell of the price card has it
    neuron_circuits : circuits that update the neurons of one layer in turn; None = one for each converter of the arrays
        below it, which gives them one sum at a time, and one for each line of a tile where nothing is below
    readout : "ideal" is priced as an ADC; adc_bits, architecture : of the ADC, "sar" or "ramp"
    mean_conductance : of half-selected and verified cells [S], and of cells that were read where none was recorded
    gain : function from a voltage of programming [V] to the current of a cell over that of an ohmic one of the
        conductance that a read finds [1]

    Defaults: 0.2 V reads as ISAAC and PRIME, 10 ns as NeuroSim V2.1, pulses of 2 V and 50 ns as the generic device of
    CiMLoop, 20 uS as the middle of NeuRRAM's range.
    """

    arrays: tuple
    layers: dict
    sweeps: tuple = ()
    tile: int = 128
    mux: int = 8
    read_voltage: float = 0.2
    read_seconds: float = 10e-9
    set_voltage: float = 2.0
    set_seconds: float = 50e-9
    reset_voltage: float = -2.0
    reset_seconds: float = 50e-9
    half_select: float | None = None
    neuron_circuits: int | None = None
    readout: str = "adc"
    adc_bits: int = 8
    architecture: str = "sar"
    mean_conductance: float = 20e-6
    gain: Callable[[float], float] = ohmic

    def __post_init__(self) -> None:
        _choice("chip: readout", self.readout, READOUTS)
        _choice("chip: architecture", self.architecture, CONVERTERS)
        _within("chip: adc_bits", self.adc_bits, 1, 16)
        _at_least("chip: mux", self.mux, 1)
        if self.half_select is not None:
            _within("chip: half_select", self.half_select, 0, 1)
        if self.neuron_circuits is not None:
            _at_least("chip: neuron_circuits", self.neuron_circuits, 1)
        for name in ("read_seconds", "set_seconds", "reset_seconds", "mean_conductance"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"chip: {name}: {getattr(self, name):g} is not positive; give it in SI units")
        for layer, units in self.layers.items():
            _at_least(f"chip: units of layer {layer}", units, 1)

    def array(self, name: str) -> Array:
        """Return the Array of a connection; raises ValueError."""
        found = next((array for array in self.arrays if array.name == name), None)
        if found is None:
            raise ValueError(f"chip: no array {name!r} for the reads counted"
                             f"{nearest(name, [array.name for array in self.arrays])}")
        return found


@dataclass(frozen=True, kw_only=True)
class Programming:
    """What programming one connection took.

    set, reset : pulses; set_siemens, reset_siemens : sum over the pulses of the mean of the conductance before and
        after [S]
    verify : reads of single devices; exposures : half-selected devices, one for each pulse and device
    refreshes : pairs refreshed; their pulses and reads are in the other counts, so that they have no price of their own
    """

    set: int = 0
    reset: int = 0
    verify: int = 0
    exposures: int = 0
    refreshes: int = 0
    set_siemens: float = 0.0
    reset_siemens: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            _at_least(f"programming: {name}", value, 0)

    @property
    def pulses(self) -> int:
        return self.set + self.reset


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What was counted on a chip.

    chip : Chip
    phases : dict from the name of a phase ("free", others of the estimator, or "inference") to Counts
    programming : dict from connection to Programming, in training
    initial : dict from connection to Programming, before the first sample; paid once, whatever the samples
    samples : training samples, or inferences; updates : weight updates
    taught : training samples that were nudged, and of which a gradient was formed; None = all
    products : Hebbian products of a gradient, one of each phase that has a weight in it
    simulated : architecture of the update that sent the pulses counted: "digital" or "in-situ"
    uncounted : sentences on what took place and was not counted
    """

    chip: Chip
    phases: dict
    samples: int
    programming: dict = field(default_factory=dict)
    initial: dict = field(default_factory=dict)
    updates: int = 0
    taught: int | None = None
    products: int = 2
    simulated: str = "digital"
    uncounted: tuple = ()

    def __post_init__(self) -> None:
        _at_least("workload: samples", self.samples, 1)
        _at_least("workload: updates", self.updates, 0)
        _at_least("workload: taught", self.gradients, 0)
        _at_least("workload: products", self.products, 2)
        _choice("workload: simulated", self.simulated, ("digital", "in-situ"))
        for phase, counts in self.phases.items():
            _at_least(f"workload: {phase}: steps", counts.steps, 0)
            for kind in ("signals", "operations", "dense", "siemens"):
                for key, number in getattr(counts, kind).items():
                    _at_least(f"workload: {phase}: {kind} of {key}", number, 0)
            for read, events in counts.reads.items():
                for event, number in events.items():
                    _at_least(f"workload: {phase}: {event} of {read}", number, 0)

    @property
    def gradients(self) -> int:
        """Training samples of which a gradient was formed."""
        return self.samples if self.taught is None else self.taught

    @property
    def steps(self) -> Any:
        """Time steps of all phases."""
        return sum(counts.steps for counts in self.phases.values())

    @property
    def learns(self) -> Any:
        """Whether weights are updated."""
        return self.updates > 0


def _at_least(name: str, value: Any, least: Any) -> None:
    if not least <= value < math.inf:
        raise ValueError(f"{name}: {value:g} is {'negative' if least == 0 > value else f'not {least} or more'}; "
                         f"give a finite number of {least} or more")


def _within(name: str, value: Any, low: Any, high: Any) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name}: {value:g} is outside {low} to {high}; give {low} to {high}")


def _choice(name: str, value: Any, choices: Any) -> None:
    if value not in choices:
        raise ValueError(f"{name}: {value!r} is unknown{nearest(value, choices)}")
