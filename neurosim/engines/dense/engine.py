"""Relaxation in PyTorch: a batch follows its dynamics from a state, and what happened comes out as a record."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from neurosim._jit import side_by_side, thread_count
from neurosim.counts import Counts
from neurosim.crossbar.readout import Readout
from neurosim.crossbar.synapses import EffectiveWeights
from neurosim.crossbar.tiling import Tiling
from neurosim.engines.census import Census
from neurosim.engines.dense.graph import DenseGraph
from neurosim.engines.dense.hardware import hardware, out_of_memory
from neurosim.engines.dense.loop import FORCES, Entering, Relaxation
from neurosim.engines.dense.meter import GpuMeter, TensorMeter
from neurosim.engines.dense.outcome import Outcome, Span, follow
from neurosim.engines.dense.products import biases as bias_products
from neurosim.engines.dense.products import correlate, together
from neurosim.engines.dense.state import DenseState, flat
from neurosim.engines.dense.surrogate import Surrogate
from neurosim.engines.dense.tiles import TileCounts
from neurosim.engines.dense.unrolled import UnrolledGraph, gradients, products, unroll
from neurosim.engines.protocol import Descent, Meter, Nudge, Products, Record, refuse_infinite, refuse_span
from neurosim.engines.shown import ShownEngine
from neurosim.network.graph import Network

#: Samples that a thread of a processor relaxes together: enough to keep its products busy, few enough for its caches.
TOGETHER = 32

#: What a unit of a sample takes: states, currents, counts and averages, in numbers; and the share of a memory that may
#: be used for it.
PASSES, USED = 16, 0.8

#: Fewest parts of a batch, for as many threads.
FEWEST = 2

_REFUSED = ('engine.kind: "dense" adds up whole columns, and has neither converters nor read noise nor drivers of '
            'states; write readout.kind = "ideal", noise = "off", gain = 0 and dac_bits = 0, or engine.kind = "events"')


class DenseEngine(ShownEngine):
    """A network with its weights loaded, ready to relax batches of samples; see `neurosim.engines.protocol.Engine`.

    network : Network
    threads : of a processor, how many parts of a batch run side by side; the results do not depend on it
    tiling : see `neurosim.engines.events.engine.EventsEngine`; sums : "whole"
    dtype : float32 for training, float64 for references
    device, precision, deterministic : see `neurosim.engines.EngineOptions`
    together : samples that are computed together; None = so many that processors are busy, on a GPU all
    raises : ValueError for a device that is not there, a law of your own on a GPU, or tiles that convert
    """

    def __init__(self, network: Network, threads: int | None = None, tiling: Tiling | None = None,
                 sums: Literal["whole", "tiles"] = "whole", dtype: np.dtype | type = np.float32, device: str = "auto",
                 precision: str = "float32", deterministic: bool = False, together: int | None = None) -> None:
        if sums == "tiles":
            raise ValueError(_REFUSED)
        self.network, self.dtype, self.threads = network, np.dtype(dtype), thread_count(threads)
        self.hardware, self._together = hardware(device, precision, deterministic), together
        self.graph = DenseGraph(network, self.hardware, self.dtype)
        self.tiles = TileCounts(network, tiling, self.hardware.device)
        ends = np.cumsum([0, *(layer.units for layer in network.layers)]).tolist()
        self.units = ends[-1]
        self.slices = {layer.name: slice(*own) for layer, *own in zip(network.layers, ends, ends[1:])}

    def load(self, effective: EffectiveWeights, biases: dict[str, np.ndarray], readout: Readout | None = None) -> None:
        """Take over EffectiveWeights and biases (dict by layer).

        raises : ValueError when a weight or bias is NaN or infinite, or where a Readout converts
        """
        if readout is not None and (readout.conversions or readout.key or readout.dac_step):
            raise ValueError(_REFUSED)
        for parameters in (effective.forward, effective.backward, biases):
            refuse_infinite(parameters)
        with self._computing(0):
            self.graph.load(effective.forward, effective.backward, biases)

    def rest(self, samples: int, names: np.ndarray | None = None) -> DenseState:
        """Return the DenseState of `samples` networks at rest; no names are needed, since nothing draws noise."""
        with self._computing(samples):
            state = self.graph.rest(samples)
        if names is not None:
            state.names[:] = names
        return state

    def relax(self, state: Any, images: np.ndarray, steps: int, *, window: int = 1, nudge: Nudge | None = None,
              phase: int | None = None, tolerance: float = 0.0, average: Literal["state", "spikes"] = "state",
              observe: bool = False) -> Record:
        """Follow the dynamics for `steps` time steps; see `EventsEngine.relax`.

        state : DenseState, or a State of another engine, MUTATED
        returns : Record, without firings and sums
        """
        refuse_span(steps, window, tolerance)
        samples = len(state.time)
        with self._computing(samples):
            own = self._own(state)
            entering = self._entering(own, images, steps, nudge)
            outcome = Outcome.empty(self.graph, samples, self.tiles.slices)
            span = Span(steps, window, tolerance, average)

            def run(rows: slice) -> None:
                mine = outcome.rows(rows)
                follow(Relaxation(self.graph, own.rows(rows), entering.rows(rows), steps, self.tiles, mine.tally), span,
                       mine)

            self._side_by_side(run, samples)
            own.time += outcome.made
            if own is not state:
                own.give(state)
            return outcome.record()

    def follow(self, state: Any, images: np.ndarray, steps: int, *, nudge: Nudge | None = None,
               phase: int | None = None) -> Iterator[int]:
        """Make the same steps one by one; yields the number of steps made, after each; the state is MUTATED."""
        with self._computing(len(state.time)):
            own = self._own(state)
            entering = self._entering(own, images, steps, nudge)
            parts = [Relaxation(self.graph, own.rows(rows), entering.rows(rows), steps)
                     for rows in self._parts(len(state.time))]
        for t in range(steps):
            with self._computing(len(state.time)):
                for part in parts:
                    part.step(t)
                own.time += 1
                if own is not state:
                    own.give(state)
            yield t + 1

    def _own(self, state: Any) -> DenseState:
        """Return the state as it is, or what a State of arrays holds as one."""
        if isinstance(state, DenseState):
            return state
        own = self.graph.rest(len(state.time))
        own.take(state)
        return own

    def _entering(self, state: DenseState, images: np.ndarray, steps: int, nudge: Nudge | None) -> Entering:
        samples, end = len(state.time), int(state.time.max(initial=0)) + steps
        signals = self.network.source.signals(images, samples, self.network.layers[0], end, self.dtype)
        framed = signals.order.size > 0
        device = self.hardware.device
        targets = None
        if nudge is not None:
            if nudge.loss.name not in FORCES:
                raise ValueError(f'learning.loss: engine.kind = "dense" has no force of "{nudge.loss.name}", which is '
                                 'not among the losses that ship; write engine.kind = "events"')
            targets = self.graph.tensor(self._targets(nudge.targets, samples))
        if not framed:
            return Entering(self.graph.tensor(signals.images), None, None, nudge, targets)
        frames = np.require(signals.frames, requirements="W")
        return Entering(None, torch.as_tensor(frames, device=device), torch.as_tensor(signals.order, device=device),
                        nudge, targets)

    def _targets(self, values: np.ndarray, samples: int) -> np.ndarray:
        layer = self.network.layers[-1]
        rows = np.asarray(values).reshape(len(values), -1)
        if rows.shape != (samples, layer.units):
            raise ValueError(f"relax: targets are {len(rows)} rows of {rows.shape[1]} numbers; "
                             f"the state has {samples} samples and layer {layer.name} {layer.units} units, "
                             "give one row per sample and one number per unit")
        return rows

    def backpropagate(self, state: Any, images: np.ndarray, descent: Descent) -> tuple[Record, Products]:
        """Relax without a nudge, and go back through it; see `neurosim.engines.protocol.Backpropagating`."""
        samples, steps = len(state.time), descent.steps
        with self._computing(samples):
            own = self._own(state)
            with torch.inference_mode(False):
                entering, targets = self._entering(own, images, steps, None), self.graph.tensor(descent.targets)
                outcome = Outcome.empty(self.graph, samples, self.tiles.slices)
            averaged: dict[str, Tensor] = {}

            def run(rows: slice) -> list[Tensor]:
                mine = outcome.rows(rows)
                with torch.inference_mode(False), torch.enable_grad():
                    graph = UnrolledGraph(self.graph, Surrogate(descent.surrogate, descent.sharpness))
                    part = Relaxation(graph, own.rows(rows).copy(), entering.rows(rows), steps, self.tiles, mine.tally)
                    found = gradients(graph, unroll(part, descent, mine), targets[rows], descent, samples)
                own.write(rows, part.state)
                averaged.update(graph.averaged)
                return found

            parts = self._side_by_side(run, samples, whole=bool(self.network.normalised))
            own.time += steps
            if own is not state:
                own.give(state)
            return outcome.record(), products(self.graph, parts, averaged)

    def metered(self) -> AbstractContextManager[Meter]:
        """Return a block in which the memory of tensors is counted; see `neurosim.engines.protocol.Backpropagating`."""
        return GpuMeter() if self.hardware.is_gpu else TensorMeter()

    def correlate(self, plus: np.ndarray, minus: np.ndarray) -> Products:
        """Contrast the Hebbian products of two sets of states, see `neurosim.engines.dense.products`."""
        with self._computing(len(plus)):
            def run(rows: slice) -> list[Tensor]:
                return correlate(self.graph, self._layers(plus[rows]), self._layers(minus[rows]))

            parts = self._side_by_side(run, len(plus))
            return together(self.graph, parts, bias_products(self.graph, plus, minus, self.slices))

    def outer_products(self, name: str, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Write the Hebbian product of one connection as outer products: (terms, rows) and (terms, columns)."""
        connection, place = self.network.connection(name), [c.name for c in self.network.connections].index(name)
        lower, upper = (np.asarray(states)[:, self.slices[end]] for end in (connection.lower, connection.upper))
        with self._computing(len(states)):
            if connection.routes:
                spread = self.graph.unpooled(place, *map(self.graph.tensor, (lower, upper))).cpu().numpy()
            else:
                spread = connection.unpooled(upper)
        return connection.patches(lower), spread.reshape(-1, connection.weight_shape[0])

    def currents(self, signals: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """Return total currents that signals send along all connections, both ways, without biases; 0 at the input.

        signals : float (samples, units); at : float (samples, units), signals whose maxima route max pooling
        """
        with self._computing(len(signals)):
            return flat(self.graph.sent(self._layers(signals), self._layers(signals if at is None else at)))

    def unit_biases(self) -> np.ndarray:
        """Return the bias of every unit, those of maps repeated over their positions; float (units,)."""
        inputs = np.zeros(self.network.layers[0].units, self.dtype)
        return np.concatenate([inputs, *(one[0].cpu().numpy() for one in self.graph.biases)])

    def count(self, record: Record, siemens: dict[str, Any] | None = None) -> Counts:
        """Return Counts of one Record, see `neurosim.engines.census`."""
        return self._census.count(record, siemens)

    @cached_property
    def _census(self) -> Census:
        return Census(self.network, self.slices, self.tiles.floorplans, self.tiles.reads, self.tiles.first)

    def observed(self, record: Record) -> dict[tuple[str, bool], np.ndarray]:
        """Return nothing, since there are no converters to observe."""
        return {}

    def _layers(self, states: np.ndarray) -> list[Tensor]:
        return [self.graph.tensor(np.asarray(states)[:, own]) for own in self.slices.values()]

    def _parts(self, samples: int) -> list[slice]:
        """Return the parts of a batch that are computed together, whatever the number of threads."""
        if self._together or self.hardware.is_gpu:
            count = -(-samples // (self._together or samples or 1))
        else:
            count = max(-(-samples // TOGETHER), min(samples, FEWEST))
        ends = [samples * i // max(1, count) for i in range(count + 1)]
        return list(map(slice, ends, ends[1:]))

    def _side_by_side(self, run: Callable[[slice], Any], samples: int, whole: bool = False) -> list:
        """Call run(rows) for all parts of a batch, each on one thread; returns the results in their order.

        whole : the batch is one part
        """
        def alone(rows: slice) -> Any:
            torch.set_num_threads(1)
            with torch.inference_mode():
                return run(rows)

        return side_by_side(alone, [slice(0, samples)] if whole else self._parts(samples), self.threads)

    @contextmanager
    def _computing(self, samples: int) -> Iterator[None]:
        """Within the block PyTorch computes as this engine wants it, and says in a sentence what does not fit."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)    # parts of a batch are side by side, and threads that wait for each other spin
        try:
            with self.hardware.computing():
                yield
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            raise ValueError(self._too_large(samples)) from None
        finally:
            torch.set_num_threads(threads)

    def _too_large(self, samples: int) -> str:
        """Return a sentence about a batch that does not fit."""
        room = self.hardware.memory()
        fits = max(1, int(USED * room / (self.units * self.dtype.itemsize * PASSES)))
        return (f"engine: a batch of {samples} samples does not fit into the memory of the {self.hardware.name}; about "
                f"{min(fits, max(1, samples // 2))} do, write that as training.batch")
