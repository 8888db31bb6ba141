"""How long a time step, a sample and an update take."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurosim.energy.readout import conversion_seconds, sums_in_turn

if TYPE_CHECKING:
    from neurosim.energy.chip import Array, Chip, Programming, Workload
    from neurosim.energy.prices import PriceCard


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds of one time step by stage, of one update, and of one sample.

    drive, settle, convert : of the array that takes longest, all directions that are read, all positions of the kernel
    neuron : of the layer that takes longest, `neurons_of`, on so many `circuits`; barrier : until all tiles continue
    Where layers move one sweep after the other, stages are those of all sweeps, and names those of the longest.
    update : one weight update, without its share in `sample`
    sample : all steps of a sample and its share of an update
    slowest : name of the array
    """

    drive: float
    settle: float
    convert: float
    neuron: float
    barrier: float
    update: float
    sample: float
    slowest: str
    neurons_of: str = ""
    circuits: int = 0

    @property
    def step(self) -> float:
        """Seconds of one time step: the sum of its stages."""
        return self.drive + self.settle + self.convert + self.neuron + self.barrier


def latency(workload: Workload, prices: PriceCard, architecture: str = "digital") -> Latency:
    """Return the critical path of one time step and of one sample, a Latency.

        T_step = max over arrays( sum over directions( positions (t_drive + t_r + mux t_conv) ) )
                 + max over layers( updates in turn x t_update ) + t_barrier

    Layers that move in sweeps: the sum over sweeps, in each of which arrays are read in the directions that end there.
    Positions of a kernel follow one another on their tiles, silent ones too (an upper bound for event-driven
    hardware): forwards all that are read, backwards the positions that send. Both directions of an array follow one
    another; tiles, arrays and layers run side by side. A sampled current is held while its converter is busy with
    others, so that an array is read once per position. The circuits of a layer: see Chip. Times are not scaled between
    nodes.
    An update that is digital programs row by row, all tiles side by side: rows (t_set + t_reset) times the pulses of a
    device in one update, at least one, and the verify reads. An in-situ update takes t_set + t_reset for each position
    and each sample that was nudged.
    raises : ValueError where a price is missing
    """
    chip = workload.chip
    drive = prices.value("drive_seconds", "the time of a read")
    neuron = prices.value("neuron_seconds", "the time of the neuron updates")
    barrier = prices.value("barrier_seconds", "the time of a step")
    stages, longest, names = dict.fromkeys(("drive", "settle", "convert", "neuron", "barrier"), 0.0), -1.0, ("", "", 0)
    everything = {*chip.layers, *(end for array in chip.arrays for end in (array.lower, array.upper))}
    for moving in chip.sweeps or [everything]:
        paths = {array.name: _path(array, moving, chip, prices, workload, drive) for array in chip.arrays}
        slowest = max(paths, key=lambda name: sum(paths[name]))
        turns, layer, circuits = max((_turns(layer, units, chip) for layer, units in chip.layers.items()
                                      if layer in moving), default=(0, "", 0))
        own = dict(zip(stages, (*paths[slowest], turns * neuron, barrier)))
        stages = {stage: seconds + own[stage] for stage, seconds in stages.items()}
        if sum(own.values()) > longest:
            longest, names = sum(own.values()), (slowest, layer, circuits)
    update = _update(workload, prices, architecture) if workload.learns else 0.0
    sample = (workload.steps * sum(stages.values()) + workload.updates * update) / workload.samples
    return Latency(**stages, update=update, sample=sample, slowest=names[0], neurons_of=names[1], circuits=names[2])


def _path(array: Array, moving: Collection[str], chip: Chip, prices: PriceCard, workload: Workload,
          drive: float) -> tuple[float, float, float]:
    """Return seconds of drive, settle and convert of the reads of an array that end in one of the layers `moving`."""
    positions = {direction: array.positions_of(direction) * array.cycles(direction) for direction in array.directions
                 if (array.upper if direction == "forward" else array.lower) in moving}
    reads = sum(positions.values())
    convert = sum(count * sums_in_turn(chip, array.sums_per_tile(direction))[0]
                  * conversion_seconds(chip, prices, _charges(f"{array.name} {direction}", workload))
                  for direction, count in positions.items())
    return reads * drive, reads * chip.read_seconds, convert


def _charges(read: str, workload: Workload) -> float:
    """Return charges that an integrate-and-fire readout gave off in one conversion, on average."""
    events = [counts.reads.get(read, {}) for counts in workload.phases.values()]
    conversions = sum(event.get("conversions", 0) for event in events)
    return sum(event.get("firings", 0) for event in events) / conversions if conversions else 0.0


def _turns(layer: str, units: int, chip: Chip) -> tuple[int, str, int]:
    """Return updates that follow one another in a layer, its name, and its circuits."""
    converters = sum(array.column_tiles * sums_in_turn(chip, array.sums_per_tile("forward"))[1]
                     for array in chip.arrays if array.upper == layer)
    circuits = chip.neuron_circuits or converters or chip.tile
    return math.ceil(units / circuits), layer, circuits


def _update(workload: Workload, prices: PriceCard, architecture: str) -> float:
    chip = workload.chip
    if architecture == "in-situ":
        pulse = chip.set_seconds + chip.reset_seconds
        return max(array.positions for array in chip.arrays) * pulse * workload.gradients / workload.updates
    return programming_seconds(chip, workload.programming, workload.updates, prices)


def programming_seconds(chip: Chip, programming: dict[str, Programming], times: int, prices: PriceCard) -> float:
    """Return the time of one of `times` equal goes of programming, arrays side by side [s].

    programming : dict from connection to Programming, of all goes together
    """
    return max((_program(array, programming.get(array.name), times, chip, prices) for array in chip.arrays),
               default=0.0)


def _program(array: Array, done: Programming | None, times: int, chip: Chip, prices: PriceCard) -> float:
    if done is None or not done.pulses + done.verify:
        return 0.0
    rows, pulse = math.ceil(array.rows / array.row_tiles), chip.set_seconds + chip.reset_seconds
    cycles = math.ceil(done.pulses / times / array.cells)
    converters = sums_in_turn(chip, array.sums_per_tile("forward"))[1]
    reads = done.verify / times / (converters * array.tiles)
    return rows * cycles * pulse + reads * (chip.read_seconds + conversion_seconds(chip, prices))
