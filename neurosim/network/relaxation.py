"""Relaxation: a network follows its dynamics from a state, and what happened comes out as a record."""

from dataclasses import dataclass

import numpy as np

from neurosim._jit import side_by_side, thread_count
from neurosim.network import geometry
from neurosim.network._kernels import relax_samples
from neurosim.network.plan import Drive, Scratch, Span, lay_out


#: Samples that a thread relaxes together where the weights take more memory than a processor keeps near [bytes], so
#: that what is read from far serves them all. Smaller networks relax one by one, which keeps their states near.
TOGETHER, CACHED = 10, 1 << 22


@dataclass
class State:
    """Everything that a phase hands on to the next, one row per sample; a copy of it restores the network exactly.

    x : states, d : decoded currents, v : modulator residues, s : signals sent last, each float (samples, all units)
    time : int64 (samples,), steps since rest
    """

    x: np.ndarray
    d: np.ndarray
    v: np.ndarray
    s: np.ndarray
    time: np.ndarray

    def copy(self):
        return State(*(getattr(self, name).copy() for name in ("x", "d", "v", "s", "time")))


@dataclass(frozen=True)
class Record:
    """What one relaxation leaves behind.

    mean : float (samples, units), states (or spikes) averaged over the last window
    activity : list of int64 (samples, positions), one per layer: non-zero signals that each position sent and the
        network read
    steps : int64 (samples,), time steps made
    """

    mean: np.ndarray
    activity: list
    steps: np.ndarray

    def sample(self, i):
        """The same of sample i alone."""
        return Record(self.mean[i:i + 1], [sent[i:i + 1] for sent in self.activity], self.steps[i:i + 1])


class Simulator:
    """A network with its weights loaded, ready to relax batches of samples.

    network : Network
    threads : how many samples run side by side; the results do not depend on it
    fold : see `lay_out`; only converters need False
    dtype : float32 for training, float64 for references
    together : how many samples a thread relaxes in lockstep; the results do not depend on it
    """

    def __init__(self, network, threads=None, fold=True, dtype=np.float32):
        self.network, self.dtype, self.fold = network, np.dtype(dtype), fold
        self.threads = threads or thread_count()
        self.layout = lay_out(network, fold, dtype)
        plan = self.layout.plan
        self.together = TOGETHER if plan.read_weights[-1] * self.dtype.itemsize > CACHED else 1
        self._rows = np.zeros(plan.read_weights[-1], dtype)
        self._bias = np.zeros(self.layout.units, dtype)
        self._converter = (0.0, -np.inf, np.inf)
        self._clock = (np.zeros(0, dtype), np.zeros(0, dtype))
        first = plan.first_unit
        self.slices = {layer.name: slice(first[i], first[i + 1]) for i, layer in enumerate(network.layers)}

    def load(self, effective, biases, converter=None):
        """Take over effective weights (dicts of arrays by connection), biases (dict by layer) and a converter.

        Raises ValueError when a weight or bias is NaN or infinite.
        """
        for name, values in {**effective.forward, **effective.backward, **biases}.items():
            if not np.isfinite(values).all():
                raise ValueError(f"network: the weights or biases of {name} contain NaN or infinity; "
                                 "lower the learning rates or start anew")
        for i, read in enumerate(self.layout.reads):
            connection = self.network.connections[read.connection]
            weights = (effective.forward if read.forward else effective.backward)[connection.name]
            rows = self._rows[self.layout.plan.read_weights[i]:][:read.weights]
            arrange(connection, read.forward, weights.astype(self.dtype, copy=False), self._folds(connection), rows)
        for layer in self.network.layers[1:]:
            self._bias[self.slices[layer.name]].reshape(-1, layer.biases)[:] = biases[layer.name]
        if converter is not None:
            if converter.step > 0 and self.fold and any(c.pool == "average" for c in self.network.connections):
                raise ValueError("converter: currents are converted before pooling; make the Simulator with fold=False")
            self._converter = (converter.step, converter.low, converter.high)

    def _folds(self, connection):
        return self.fold and connection.pool == "average"

    def rest(self, samples):
        """State of `samples` networks at rest: all zero, nothing sent yet."""
        shape = samples, int(self.layout.plan.first_unit[-1])
        return State(*(np.zeros(shape, self.dtype) for _ in range(4)), np.zeros(samples, np.int64))

    def relax(self, state, images, steps, *, window=1, beta=0.0, targets=None, tolerance=0.0, average="state"):
        """Follow the dynamics for `steps` time steps; the state is MUTATED.

        images : float (samples, H, W, C) or (samples, units), pixels
        window : the record averages over this many last steps
        beta : nudging factor [1]; targets : float (samples, classes), what the outputs are nudged to
        tolerance : > 0 stops a sample once the mean of a window differs from the one before by less, in every layer [1]
        average : "state" or "spikes", what the record averages
        returns : Record
        raises : ValueError where images or targets do not fit the state and the network, or the window the steps
        """
        if not 1 <= window <= steps or (tolerance > 0 and steps % window):
            raise ValueError(f"relax: a window of {window} does not fit {steps} steps; "
                             "it must not be longer, and with a tolerance it must divide them")
        samples = len(state.time)
        plan, units = self.layout.plan, self.layout.units
        if targets is None:
            targets = np.zeros((samples, self.network.layers[-1].units))
        images = self._rows_of("images", images, samples, self.network.layers[0])
        targets = self._rows_of("targets", targets, samples, self.network.layers[-1])
        span = Span(int(steps), int(window), float(tolerance), int(average == "spikes"))
        drive = self.drive(int(state.time.max()) + int(steps))
        mean = np.zeros((samples, units), self.dtype)
        activity = np.zeros((samples, plan.first_start[-1]), np.int64)
        made = np.zeros(samples, np.int64)

        def run(part):
            relax_samples(plan, drive, span, self.dtype.type(beta), images, targets, state.time, state.x, state.d,
                          state.v, state.s, mean, activity, made, self.scratch(self.together), *part)

        chunk = max(-(-samples // (4 * self.threads)), min(self.together, -(-samples // self.threads)))
        side_by_side(run, [(i, min(i + chunk, samples)) for i in range(0, samples, chunk)], self.threads)
        state.time += made
        starts = plan.first_start
        return Record(mean, [activity[:, starts[i]:starts[i + 1] - 1] for i in range(plan.layers)], made)

    def _rows_of(self, name, values, samples, layer):
        rows = np.ascontiguousarray(values, self.dtype).reshape(len(values), -1)
        if rows.shape != (samples, layer.units):
            raise ValueError(f"relax: {name} are {len(rows)} rows of {rows.shape[1]} numbers; "
                             f"the state has {samples} samples and layer {layer.name} {layer.units} units, "
                             "give one row per sample and one number per unit")
        return rows

    def drive(self, steps):
        """What acts on the network during its first `steps` time steps, as the kernels take it."""
        if len(self._clock[0]) < steps:
            self._clock = self.network.neurons.schedules(2 * steps, self.dtype)
        return Drive(self._rows, self._bias, *self._clock, *map(self.dtype.type, self._converter))

    def scratch(self, samples=1):
        """Fresh working memory for one thread that relaxes that many samples together."""
        plan, units = self.layout.plan, self.layout.units
        everything, populations = int(plan.first_unit[-1]), len(plan.channels)
        rows = [(everything, self.dtype)] * 2 + [(units, self.dtype)] * 3 + [
            (units, np.int64), (everything + 8 * populations + 8, np.int32), (plan.first_start[-1], np.int64)]
        return Scratch(*(np.zeros((samples, length), kind) for length, kind in rows), np.zeros(samples, self.dtype),
                       np.zeros(samples, np.int64))


def arrange(connection, forward, weights, folds, rows):
    """Write the weights of one read into its rows, in the order that its plan expects; rows (flat) is mutated.

    Forward rows run over (tap row, tap column, lower channel) with one column per upper channel; backward rows over
    (tap row from the last to the first, upper channel) with one column per tap column and lower channel. Dense layers
    have one row of taps.
    """
    if connection.kind == "dense":
        rows.reshape(weights.shape[::-1] if forward else weights.shape)[:] = weights.T if forward else weights
        return
    stride = connection.stride
    if folds:
        weights = geometry.fold_average(weights, stride, connection.pool_size)
        stride *= connection.pool_size
    upper, lower, size, _ = weights.shape
    if forward:
        rows.reshape(size, size, lower, upper)[:] = weights.transpose(2, 3, 1, 0)
        return
    rows.reshape(size, upper, size, lower)[:] = weights.transpose(2, 0, 3, 1)[::-1]
    if folds and not connection.symmetric:
        rows *= weights.dtype.type(connection.pool_size ** 2 / connection.spread)
