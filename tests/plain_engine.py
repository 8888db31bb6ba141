"""An engine in plain numpy: every connection is a matrix, every step a product; slow, short and easy to believe.

It shares nothing with neurosim's engine but the protocol and the description of the network, not even the way in which
a connection writes its kernel: convolution and pooling are those of tests/reference.py, applied to unit vectors.
"""

import numpy as np

import reference as ref
from neurosim.counts import Counts
from neurosim.engines import Products, Record, State


class PlainEngine:
    """The protocol of `neurosim.engines.protocol` for rate and sigma-delta neurons, in float64."""

    def __init__(self, network):
        self.network, self.dtype, self.threads = network, np.dtype(float), 1
        ends = np.cumsum([0, *(layer.units for layer in network.layers)])
        self.units = int(ends[-1])
        self.slices = {layer.name: slice(a, b) for layer, a, b in zip(network.layers, ends, ends[1:])}
        self._outputs = self.slices[network.layers[-1].name]
        self._designs = {c.name: _design(c, network) for c in network.connections}

    def load(self, effective, biases, readout=None):
        self._ahead, self._back = ({name: self._matrix(name, weights) for name, weights in side.items()}
                                   for side in (effective.forward, effective.backward))
        self._bias = np.zeros(self.units)
        for layer in self.network.layers[1:]:
            self._bias[self.slices[layer.name]] = np.tile(biases[layer.name], layer.units // layer.biases)

    def rest(self, samples, names=None):
        zeros = (np.zeros((samples, self.units)) for _ in range(4))
        return State(*zeros, np.zeros(samples, np.int64), np.zeros(samples, np.uint64))

    def relax(self, state, images, steps, *, window=1, nudge=None, phase=None, tolerance=0.0, average="state",
              observe=False):
        mean, sent = np.zeros_like(state.x), np.zeros(state.x.shape, np.int64)
        for made in self.follow(state, images, steps, nudge=nudge):
            mean += (state.s if average == "spikes" else state.x) * (made > steps - window) / window
            sent += self._before != 0
            if self.network.input == "analog" and made > 1:    # read once, at the first step
                sent[:, :images[0].size] -= self._before[:, :images[0].size] != 0
        nothing = np.zeros((len(mean), 0), np.int64)
        return Record(mean, np.full(len(mean), steps), sent, nothing, nothing, np.zeros((len(mean), 0, 0)))

    def follow(self, state, images, steps, *, nudge=None, phase=None):
        first, events = self.slices[self.network.layers[1].name].start, self.network.input == "events"
        images = np.reshape(images, (len(images), -1, first) if events else (len(images), first))
        if self.network.input == "analog":
            state.x[:, :first] = state.s[:, :first] = images
        for made in range(1, steps + 1):
            self._before = state.s.copy()    # of what moves early, signals count when they are read in the same step
            eps, lam = (values[int(state.time[0])] for values in self.network.neurons.schedules(
                int(state.time[0]) + 1, float))
            for moving in self.network.sweeps:
                if moving[0] > 1:
                    self._before[:, first:] = state.s[:, first:]
                self._sweep(state, moving, first, nudge, eps, lam)
            if self.network.input == "spikes":
                self._spike(state, slice(0, first), images, 1.0, lam, (0.0, 1.0))
            if events:
                state.s[:, :first] = self._frame(images, int(state.time[0]))
                state.x[:, :first] = (1 - lam) * state.x[:, :first] + lam * state.s[:, :first]
            state.time += 1
            yield made

    def _sweep(self, state, moving, first, nudge, eps, lam):
        spikes = state.s.copy()
        if self.network.input == "analog":
            spikes[:, :first] = 0
        phi, direct = self.currents(spikes), self.currents(state.s - spikes) + self._bias
        if nudge is not None:
            direct[:, self._outputs] -= nudge.beta * nudge.loss.gradient(state.x[:, self._outputs], nudge.targets)
        for layer in (self.network.layers[place] for place in moving):
            own = self.slices[layer.name]
            force = phi[:, own] + direct[:, own] if not self.network.spiking else direct[:, own]
            self._step(state, own, phi[:, own], force, eps, lam, (layer.low, layer.high))

    def _frame(self, events, time):
        after, frames = self.network.spec.events, events.shape[1]
        place = time % frames if after == "repeat" else min(time, frames - 1)
        return events[:, place] * (time < frames or after != "stop")

    def _step(self, state, own, phi, direct, eps, lam, clip):
        if self.network.spiking:
            state.d[:, own] = (1 - lam) * state.d[:, own] + lam * phi
            self._spike(state, own, state.d[:, own] + direct, eps, lam, clip)
        else:
            state.x[:, own] = state.s[:, own] = np.clip((1 - eps) * state.x[:, own] + eps * direct, *clip)

    @staticmethod
    def _spike(state, own, drive, eps, lam, clip):
        before = np.clip(state.x[:, own], 0, 1)
        state.x[:, own] = np.clip((1 - eps) * state.x[:, own] + eps * drive, *clip)
        state.v[:, own] += (np.clip(state.x[:, own], 0, 1) - (1 - lam) * before) / lam
        state.s[:, own] = state.v[:, own] > 0.5
        state.v[:, own] -= state.s[:, own]

    def correlate(self, plus, minus):
        weights = {}
        for c in self.network.connections:
            (lower, upper), design = (self.slices[c.lower], self.slices[c.upper]), self._designs[c.name]
            weights[c.name] = sum(sign * np.einsum("nu,uvw,nv->w", states[:, upper], design, states[:, lower])
                                  for sign, states in ((1, plus), (-1, minus))).reshape(c.weight_shape)
        sums = (plus - minus).sum(axis=0)
        biases = {layer.name: sums[self.slices[layer.name]].reshape(-1, layer.biases).sum(axis=0)
                  for layer in self.network.layers[1:]}
        return Products(weights, biases)

    def currents(self, signals, at=None):
        phi = np.zeros_like(signals)
        for c in self.network.connections:
            lower, upper = self.slices[c.lower], self.slices[c.upper]
            phi[:, upper] += signals[:, lower] @ self._ahead[c.name].T
            if lower.start > 0:
                phi[:, lower] += c.backward_gain * signals[:, upper] @ self._back[c.name]
        return phi

    def unit_biases(self):
        return self._bias.copy()

    def count(self, record, siemens=None):
        signals = {name: int(record.sent[:, own].sum()) for name, own in self.slices.items()}
        return Counts(len(record.steps), int(record.steps.sum()), signals)

    def _matrix(self, name, weights):
        return self._designs[name] @ np.ravel(weights)


def _design(connection, network):
    """d A / d W of one connection without max pooling: (upper units, lower units, weights)."""
    lower, upper = (network.layers[network.index(name)] for name in (connection.lower, connection.upper))
    count = int(np.prod(connection.weight_shape))
    design = np.zeros((upper.units, lower.units, count))
    for v, w in np.ndindex(lower.units, count):
        image, weights = np.zeros(lower.units), np.zeros(count)
        image[v] = weights[w] = 1.0
        weights, image = weights.reshape(connection.weight_shape), image.reshape(lower.shape)
        if connection.kind == "dense":
            design[:, v, w] = weights @ image.ravel()
        else:
            map_ = ref.conv2d(image, weights, connection.stride, connection.padding)
            design[:, v, w] = (ref.average_pool(map_, connection.pool_size)
                               if connection.pool == "average" else map_).ravel()
    return design
