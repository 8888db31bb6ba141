"""Relaxation: a network follows its dynamics from a state, and what happened comes out as a record."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal

import numpy as np

from neurosim._jit import side_by_side, thread_count
from neurosim._memory import aligned_zeros, whole_lines
from neurosim.counts import Counts
from neurosim.crossbar.calibration import BINS
from neurosim.crossbar.readout import Readout
from neurosim.crossbar.synapses import EffectiveWeights
from neurosim.crossbar.tiling import Tiling
from neurosim.engines.census import Census
from neurosim.engines.events._kernels import add_image_currents, time_loop
from neurosim.engines.events.currents import currents
from neurosim.engines.events.layout import Sums, lay_out
from neurosim.engines.events.loading import readout_fields
from neurosim.engines.events.plan import Batch, Drive, Outcome, Scratch, Span, Tally, Units
from neurosim.engines.events.products import correlate, outer_products
from neurosim.engines.events.rows import Rows, WeightKind
from neurosim.engines.protocol import Nudge, Products, Record, State, phase_number, refuse_infinite, refuse_span
from neurosim.engines.shown import ShownEngine
from neurosim.losses import LOSSES
from neurosim.network.graph import Layer, Network
from neurosim.network.inputs import Signals
from neurosim.network.inputs.images import image_signals

#: Samples that a thread relaxes together where the weights take more memory than a processor keeps near [bytes], so
#: that what is read from far serves them all. Smaller networks relax one by one, which keeps their states near.
TOGETHER, CACHED = 5, 1 << 22

#: Lines that are converted in one go; their sums and variances fit into a first-level cache.
LINES = 2048

#: Units times samples times steps of one call of a kernel, within a second or so: signals are heard between calls.
WORK = 1 << 25


class EventsEngine(ShownEngine):
    """A network with its weights loaded, ready to relax batches of samples.

    network : Network
    threads : how many samples run side by side; the results do not depend on it
    tiling, sums : see `lay_out`; a Readout needs sums = "tiles"
    dtype : float32 for training, float64 for references
    weights : what reads add up, see `neurosim.engines.events.rows.Rows`
    dense_above : density of signals above which reads are dense products [1], with the same results; None = the fastest
    """

    def __init__(self, network: Network, threads: int | None = None, tiling: Tiling | None = None, sums: Sums = "whole",
                 dtype: np.dtype | type = np.float32, weights: WeightKind = "float32",
                 dense_above: float | None = None) -> None:
        self.network, self.dtype, self.sums = network, np.dtype(dtype), sums
        self.threads = thread_count(threads)
        self.layout = lay_out(network, tiling, sums, dtype)
        self.units, plan, self._loop = self.layout.units, self.layout.plan, time_loop(network.laws)
        if dense_above is not None:
            plan.read_dense[:] = dense_above
        self._rows = Rows(network, self.layout, weights, self.dtype)
        self.together = TOGETHER if self._rows.bytes > CACHED else 1
        self._bias = np.zeros(self.layout.units, dtype)
        self._ideal = self._readout = readout_fields(network, self.layout, Readout(), self.dtype)
        self._clock: tuple[np.ndarray, np.ndarray] = (np.zeros(0, dtype), np.zeros(0, dtype))
        self._spare: list[Scratch] = []
        self.slices = {layer.name: slice(*plan.first_unit[i:i + 2]) for i, layer in enumerate(network.layers)}

    def load(self, effective: EffectiveWeights, biases: dict[str, np.ndarray], readout: Readout | None = None) -> None:
        """Take over effective weights (dicts of arrays by connection), biases (dict by layer) and a Readout.

        Raises ValueError when a weight or bias is NaN or infinite, or when whole sums are to be converted.
        """
        for parameters in (effective.forward, effective.backward, biases):
            refuse_infinite(parameters)
        self._rows.load(effective.forward, effective.backward)
        for layer in self.network.layers[1:]:
            self._bias[self.slices[layer.name]].reshape(-1, layer.biases)[:] = biases[layer.name]
        if readout is not None:
            if self.sums == "whole" and (readout.conversions or readout.key):
                raise ValueError('readout: tiles convert their sums before pooling; make the EventsEngine with '
                                 'sums = "tiles"')
            self._readout = readout_fields(self.network, self.layout, readout, self.dtype)

    @property
    def draws(self) -> bool:
        """Whether reads draw fresh noise, under the names of the samples."""
        return bool(self._readout["noise"] and self._readout["fresh"])

    def rest(self, samples: int, names: np.ndarray | None = None) -> State:
        """Return the state of `samples` networks at rest: all zero, nothing sent yet.

        names : uint64 (samples,), under which read noise is drawn; nobody asks for them where none is redrawn
        raises : ValueError without names where noise is redrawn, since two batches would share their draws
        """
        if names is None and self.draws:
            raise ValueError("read noise is redrawn for every sample under its name; give `names`, one number for "
                             "each sample that no other one has, for example neurosim.streams.counter_key(seed, "
                             '"my samples") + numpy.arange(samples, dtype=numpy.uint64)')
        names = np.zeros(samples, np.uint64) if names is None else np.ascontiguousarray(names, np.uint64)
        x, d, v, s = (np.zeros((samples, int(self.layout.plan.first_unit[-1])), self.dtype) for _ in range(4))
        return State(x, d, v, s, np.zeros(samples, np.int64), names)

    def relax(self, state: State, images: np.ndarray, steps: int, *, window: int = 1, nudge: Nudge | None = None,
              phase: int | None = None, tolerance: float = 0.0, average: Literal["state", "spikes"] = "state",
              observe: bool = False) -> Record:
        """Follow the dynamics for `steps` time steps; the state is MUTATED.

        images : float (samples, H, W, C) or (samples, units), pixels; or events, whole numbers (samples, T, H, W, C) or
            (samples, T, units), of which the time steps since rest are sent, see `neurosim.network.inputs`
        window : the record averages over this many last steps
        nudge : Nudge that acts on the outputs; None leaves them free
        phase : number under which fresh noise is drawn, see `neurosim.engines.protocol.phase_number`
        tolerance : > 0 stops a sample once the mean of a window differs from the one before by less, in every layer [1]
        average : "state" or "spikes", what the record averages
        observe : count the sums in front of converters by their size
        returns : Record
        raises : ValueError where images or targets do not fit the state and the network, or the window the steps
        """
        refuse_span(steps, window, tolerance)
        part = max(1, WORK // max(1, len(state.time) * self.layout.units))
        if tolerance > 0:
            part = max(window, part - part % window)
        span = Span(0, 0, int(steps), int(window), float(tolerance), int(average == "spikes"))
        batch = self._batch(state, self._signals(state, images, span.steps), nudge, phase)
        *_, record = self._relaxed(state, batch, span, int(part), observe)
        return record

    def follow(self, state: State, images: np.ndarray, steps: int, *, nudge: Nudge | None = None,
               phase: int | None = None) -> Iterator[int]:
        """Make the time steps of one relaxation one by one, with its bits; arguments as in `relax`.

        yields : the number of steps made, after each; the state, which is MUTATED, then stands behind that step
        """
        batch = self._batch(state, self._signals(state, images, steps), nudge, phase)
        for made, _ in enumerate(self._relaxed(state, batch, Span(0, 0, steps, 1, 0.0, 0), 1), 1):
            yield made

    def _signals(self, state: State, images: np.ndarray, steps: int) -> Signals:
        """Return the Signals of a batch, up to so many time steps from here."""
        samples, end = len(state.time), int(state.time.max(initial=0)) + steps
        return self.network.source.signals(images, samples, self.network.layers[0], end, self.dtype)

    def _batch(self, state: State, signals: Signals, nudge: Nudge | None, phase: int | None) -> Batch:
        """Return the Batch of a relaxation, whose constants are still to be filled in."""
        samples, outputs = len(state.time), self.network.layers[-1]
        targets = np.zeros((samples, outputs.units)) if nudge is None else nudge.targets
        loss, beta = (0, 0.0) if nudge is None else (list(LOSSES).index(nudge.loss.name), nudge.beta)
        return Batch(**signals._asdict(), base=np.zeros((1, 0), self.dtype), start=state.time.copy(), names=state.names,
                     phase=phase_number(beta) if phase is None else phase, loss=loss, beta=self.dtype.type(beta),
                     targets=self._targets(targets, samples, outputs))

    def _relaxed(self, state: State, batch: Batch, span: Span, part: int, observe: bool = False) -> Iterator[Record]:
        """Make one relaxation in parts of so many steps, and yield after each the Record of all that was made so far.

        What a steady input drives is read once, before the first.
        """
        samples, plan = len(state.time), self.layout.plan
        drive = self.drive(int(state.time.max()) + span.steps)._replace(observe=int(observe))
        tally, units = self.tally(samples, observe), Units(state.x, state.d, state.v, state.s)
        batch = batch._replace(base=self.constants(drive, batch, state, tally))
        outcome = Outcome(np.zeros((samples, self.layout.units), self.dtype), np.zeros(samples, np.int64),
                          np.zeros(samples, np.uint8))
        for begin in range(0, span.steps, part):
            now = span._replace(begin=begin, end=min(begin + part, span.steps))
            self._side_by_side(lambda scratch, first, last: self._loop(
                plan, drive, now, batch, units, outcome, tally, scratch, first, last), samples)
            state.time[:] = batch.start + outcome.steps
            yield Record(outcome.mean, outcome.steps, *tally)

    def correlate(self, plus: np.ndarray, minus: np.ndarray) -> Products:
        """Contrast the Hebbian products of two sets of states, see `neurosim.engines.events.products`."""
        return correlate(self, plus, minus)

    def outer_products(self, name: str, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Write the Hebbian product of one connection as outer products, see `neurosim.engines.events.products`."""
        return outer_products(self, self.network.connection(name), states)

    def currents(self, signals: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """Return total currents that signals send, see `neurosim.engines.events.currents`."""
        return currents(self, signals, at)

    def unit_biases(self) -> np.ndarray:
        """Return the bias of every unit, those of maps repeated over their positions; float (units,)."""
        return self._bias.copy()

    def count(self, record: Record, siemens: dict[str, Any] | None = None) -> Counts:
        """Return Counts of one Record, see `neurosim.engines.census`."""
        return self._census.count(record, siemens)

    @cached_property
    def _census(self) -> Census:
        layout = self.layout
        return Census(self.network, self.slices, layout.floorplans, layout.reads, layout.plan.read_slices)

    def observed(self, record: Record) -> dict[tuple[str, bool], np.ndarray]:
        """Return sums in front of the converters of a Record, dict from (connection, forward) to int64 (slices, BINS).
        """
        total, layout = record.sums.sum(axis=0, dtype=np.int64), self.layout
        found: dict[tuple[str, bool], np.ndarray] = {}
        for read, first, last in zip(layout.reads, layout.plan.read_slices, layout.plan.read_slices[1:]):
            name = self.network.connections[read.connection].name, read.forward
            found[name] = found.get(name, 0) + total[first:last]
        return found

    def constants(self, drive: Drive, batch: Batch, state: State, tally: Tally) -> np.ndarray:
        """Return currents that stay during a relaxation: the biases and, for a steady input, what the images drive.

        state : State, whose input becomes the image where it is steady, MUTATED
        tally : Tally, increased by what the images drive
        returns : float (samples, at least all units), or one row for all samples where the input changes
        """
        plan, samples = self.layout.plan, len(batch.images)
        width = whole_lines(int(plan.first_unit[-1]), self.dtype)
        base = aligned_zeros((samples if plan.steady_input else 1, width), self.dtype)
        base[:, :self.layout.units] = drive.bias
        if plan.steady_input:
            batch = batch._replace(base=base)
            self._side_by_side(lambda scratch, first, last: add_image_currents(
                plan, drive, batch, state.s, tally, scratch, first, last), samples)
            state.x[:, :batch.images.shape[1]] = batch.images
        return base

    def routing(self, states: np.ndarray) -> tuple[Drive, np.ndarray, State, Tally]:
        """Return what `route_samples` takes for exact sums of states (samples, units): drive, base, State, Tally."""
        samples, drive = len(states), self.drive(1, exact=True)
        state, tally = self.rest(samples, np.arange(samples)), self.tally(samples)
        inputs = image_signals(states[:, :self.layout.plan.first_unit[1]], samples, self.network.layers[0], self.dtype)
        batch = self._batch(state, inputs, None, 0)
        return drive, self.constants(drive, batch, state, tally), state, tally

    def _side_by_side(self, task: Callable[[Scratch, int, int], Any], samples: int) -> None:
        """Call task(scratch, first, last) on all threads for parts that together are all samples."""
        def run(part: tuple[int, int]) -> None:
            with self._borrowed_scratch() as scratch:
                task(scratch, *part)

        chunks = min(samples, max(self.threads, min(4 * self.threads, samples // self.together)))
        bounds = [samples * i // chunks for i in range(chunks + 1)]
        side_by_side(run, list(zip(bounds[:-1], bounds[1:])), self.threads)

    def _targets(self, values: np.ndarray, samples: int, layer: Layer) -> np.ndarray:
        rows = np.ascontiguousarray(values, self.dtype).reshape(len(values), -1)
        if rows.shape != (samples, layer.units):
            raise ValueError(f"relax: targets are {len(rows)} rows of {rows.shape[1]} numbers; "
                             f"the state has {samples} samples and layer {layer.name} {layer.units} units, "
                             "give one row per sample and one number per unit")
        return rows

    def drive(self, steps: int, exact: bool = False) -> Drive:
        """Return what acts on the network during its first `steps` time steps, as the kernels take it.

        exact : leave out read noise, converters with all their errors, and the drivers of states
        """
        if len(self._clock[0]) < steps:
            self._clock = self.network.neurons.schedules(2 * steps, self.dtype)
        fields = self._rows.fields(exact) | (self._ideal if exact else self._readout)
        return Drive(self._rows.values, self._bias, *self._clock, **fields)

    def tally(self, samples: int, observe: bool = False) -> Tally:
        """Return the empty counters of that many samples; observe : with room for the sums in front of converters."""
        plan = self.layout.plan
        return Tally(np.zeros((samples, self.layout.units), np.uint16),
                     np.zeros((samples, len(plan.slices)), np.int64),
                     np.zeros((samples, len(plan.read_source)), np.int64),
                     np.zeros((samples, len(plan.slices), BINS) if observe else (samples, 0, 0), np.uint32))

    @contextmanager
    def _borrowed_scratch(self) -> Iterator[Scratch]:
        """Working memory of a thread that has ended its part, or fresh one; at most one for each thread is kept."""
        try:
            scratch = self._spare.pop()
        except IndexError:
            scratch = self.scratch(self.together)
        yield scratch
        self._spare.append(scratch)

    def scratch(self, samples: int = 1) -> Scratch:
        """Fresh working memory for one thread that relaxes that many samples together."""
        plan, dtype, units = self.layout.plan, self.dtype, self.layout.units
        lines, everything = max(LINES, int(plan.sums["length"].max(initial=1))), int(plan.first_unit[-1])

        def rows(length: int, kind: Any = dtype) -> np.ndarray:
            return np.zeros((samples, length), kind)

        def lines_of(length: int) -> np.ndarray:
            return aligned_zeros((samples, whole_lines(length, dtype)), dtype)

        return Scratch(
            phi=lines_of(everything), line=aligned_zeros(lines, dtype), variance=aligned_zeros(lines, dtype),
            bins=np.zeros(lines, np.uint32), parts=np.zeros(lines, np.float32), quantiles=np.zeros(lines, np.uint64),
            listed=np.zeros(lines, np.int64), offsets=np.zeros(lines, np.int64), power=rows(everything),
            direct=lines_of(units), before=rows(units), largest=rows(units, np.int64),
            events=rows(everything + 8 * len(plan.channels) + 8, np.int32), starts=rows(plan.first_start[-1], np.int64),
            lam=np.zeros(samples, dtype), occupied=rows(plan.first_start[-1], np.uint8), noise=rows(2, np.uint64),
            marked=np.zeros(plan.most_positions, np.uint8), running=np.zeros(samples, np.int64))
