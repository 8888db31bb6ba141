"""How long a time step, a sample and an update take."""

import math
from dataclasses import dataclass

from neurosim.energy.readout import conversion_seconds, sums_in_turn


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds of one time step by stage, of one update, and of one sample.

    drive, settle, convert : of the array that takes longest, both directions, all windows
    neuron : of the layer that takes longest; barrier : until all tiles go on
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

    @property
    def step(self):
        """Seconds of one time step: the sum of its stages."""
        return self.drive + self.settle + self.convert + self.neuron + self.barrier


def latency(workload, prices, architecture="digital"):
    """Critical path of one time step and of one sample, a Latency.

        T_step = max over arrays( sum over directions( windows (t_drive + t_r + mux t_conv) ) )
                 + max over layers( updates in turn x t_update ) + t_barrier

    Windows of a convolution follow one another on their tiles, silent ones too (an upper bound for event-driven
    hardware); both directions of an array follow one another; tiles, arrays and layers run side by side. A sampled
    current is held while its converter is busy with others, so that an array is read once per window. A layer has one
    neuron circuit for each converter of the arrays below it. Times are not scaled between nodes.
    An update that is digital programs row by row, all tiles side by side: rows (t_set + t_reset) times the pulses of a
    device in one update, at least one, and the verify reads. An in-situ update takes t_set + t_reset for each sample
    and window.
    raises : ValueError where a price is missing
    """
    chip = workload.chip
    drive = prices.value("drive_seconds", "the time of a read")
    paths = {array.name: _path(array, chip, prices, workload, drive) for array in chip.arrays}
    slowest = max(paths, key=lambda name: sum(paths[name]))
    stages = dict(zip(("drive", "settle", "convert"), paths[slowest]))
    stages["neuron"] = max((_updates_in_turn(layer, units, chip) for layer, units in chip.layers.items()), default=0) \
        * prices.value("neuron_seconds", "the time of the neuron updates")
    stages["barrier"] = prices.value("barrier_seconds", "the time of a step")
    update = _update(workload, prices, architecture) if workload.learns else 0.0
    sample = (workload.steps * sum(stages.values()) + workload.updates * update) / workload.samples
    return Latency(**stages, update=update, sample=sample, slowest=slowest)


def _path(array, chip, prices, workload, drive):
    reads = array.windows * len(array.directions)
    convert = sum(array.windows * sums_in_turn(chip, array.sums_per_tile(direction))[0]
                  * conversion_seconds(chip, prices, _charges(f"{array.name} {direction}", workload))
                  for direction in array.directions)
    return reads * drive, reads * chip.read_seconds, convert


def _charges(read, workload):
    """Charges that an integrate-and-fire readout gave off in one conversion, on average."""
    events = [counts.reads.get(read, {}) for counts in workload.phases.values()]
    conversions = sum(event.get("conversions", 0) for event in events)
    return sum(event.get("firings", 0) for event in events) / conversions if conversions else 0.0


def _updates_in_turn(layer, units, chip):
    circuits = sum(array.column_tiles * sums_in_turn(chip, array.sums_per_tile("forward"))[1]
                   for array in chip.arrays if array.upper == layer)
    return math.ceil(units / (circuits or chip.tile))


def _update(workload, prices, architecture):
    chip = workload.chip
    pulse = chip.set_seconds + chip.reset_seconds
    if architecture == "in-situ":
        return max(array.windows for array in chip.arrays) * pulse * workload.samples / workload.updates
    return max(_program(array, workload, prices, pulse) for array in chip.arrays)


def _program(array, workload, prices, pulse):
    done = workload.programming.get(array.name)
    if done is None or not done.pulses + done.verify:
        return 0.0
    chip, rows = workload.chip, math.ceil(array.rows / array.row_tiles)
    cycles = math.ceil(done.pulses / workload.updates / array.cells)
    in_turn, converters = sums_in_turn(chip, array.sums_per_tile("forward"))
    reads = done.verify / workload.updates / (converters * array.tiles)
    return rows * cycles * pulse + reads * (chip.read_seconds + conversion_seconds(chip, prices))
