"""The time loop in PyTorch: all samples of a batch and all units of a layer at once."""

from dataclasses import dataclass

import numpy as np
import torch

from neurosim.engines.dense.links import ConvolutionLink, DenseLink, MaxPooling
from neurosim.engines.dense.neurons import Cells
from neurosim.engines.protocol import MOST_STEPS, Products, Record

#: Forces of losses on outputs x with targets y, -dL/dx, by the name of the loss.
FORCES = {"squared-error": lambda x, y: y - x, "cross-entropy": lambda x, y: y - torch.softmax(x, dim=1)}


@dataclass
class DenseState:
    """The state of a batch on its device: Cells by layer, decoded currents of maps in front of max pooling, and time.

    x, d, v, s : the same as arrays (samples, units), copies
    """

    cells: list
    maps: dict
    time: np.ndarray
    names: np.ndarray

    def copy(self):
        """Return a state that shares no memory with this one."""
        return DenseState([one.copy() for one in self.cells], {name: d.clone() for name, d in self.maps.items()},
                          self.time.copy(), self.names.copy())

    x, d, v, s = (property(lambda self, name=name: _flat([getattr(one, name) for one in self.cells]))
                  for name in "xdvs")


class DenseEngine:
    """A network with its weights loaded, ready to relax batches of samples; see `neurosim.engines.protocol.Engine`.

    network : Network; threads : of PyTorch, None leaves them as they are
    dtype : float32 or float64
    device : "cpu", "cuda", or "auto", a GPU where there is one
    raises : ValueError for neurons that PyTorch has no law of, a device that is not there, tiles that convert
    """

    def __init__(self, network, threads=None, tiling=None, sums="whole", dtype=np.float32, device="auto"):
        if sums == "tiles":
            raise ValueError('engine.kind: "dense" adds up whole columns, and knows neither converters of tiles nor read '
                             'noise; write readout.kind = "ideal" and readout.noise = "off", or engine.kind = "events"')
        self.network, self.dtype, self.threads = network, np.dtype(dtype), threads or torch.get_num_threads()
        self.device = torch.device(_device(device))
        ends = np.cumsum([0, *(layer.units for layer in network.layers)])
        self.units = int(ends[-1])
        self.slices = {layer.name: slice(int(a), int(b)) for layer, a, b in zip(network.layers, ends, ends[1:])}
        self._links = [(DenseLink if c.windows(False) is None else ConvolutionLink)(c) for c in network.connections]
        self._ends = [(network.index(c.lower), network.index(c.upper)) for c in network.connections]
        self._pools = {c.name: MaxPooling(c) for c in network.connections if c.routes}
        self._decodes = [network.decodes(layer.name) for layer in network.layers]

    def load(self, effective, biases, readout=None):
        """Take over EffectiveWeights and biases (dict by layer).

        raises : ValueError when a weight or bias is NaN or infinite, or where a Readout converts
        """
        if readout is not None and (readout.conversions or readout.key):
            raise ValueError('engine.kind: "dense" has no converters and no read noise; write engine.kind = "events"')
        for name, values in {**effective.forward, **effective.backward, **biases}.items():
            if not np.isfinite(values).all():
                raise ValueError(f"network: the weights or biases of {name} contain NaN or infinity; "
                                 "lower the learning rates or start anew")
        for link in self._links:
            name = link.connection.name
            link.load(effective.forward[name], effective.backward[name], self._tensor)
        self._bias = [self._tensor(biases[layer.name]) for layer in self.network.layers[1:]]

    def rest(self, samples, names=None):
        """Return the DenseState of `samples` networks at rest."""
        cells = [Cells(layer, decodes, self._zeros(samples, *layer.shape))
                 for layer, decodes in zip(self.network.layers, self._decodes)]
        maps = {name: self._zeros(samples, *self.network.connection(name).map_shape)() for name in self._pools}
        return DenseState(cells, maps, np.zeros(samples, np.int64), np.zeros(samples, np.uint64))

    def relax(self, state, images, steps, *, window=1, nudge=None, phase=None, tolerance=0.0, average="state",
              observe=False):
        """Follow the dynamics for `steps` time steps; the state is MUTATED; see `EventsEngine.relax`. Returns Record."""
        if not 1 <= window <= steps <= MOST_STEPS or (tolerance > 0 and steps % window):
            raise ValueError(f"relax: a window of {window} does not fit {steps} steps; it must not be longer, with a "
                             f"tolerance it must divide them, and there are at most {MOST_STEPS}")
        kind, samples = "s" if average == "spikes" else "x", len(state.time)
        mean, before = [torch.zeros_like(one.x) for one in state.cells], [None] * len(state.cells)
        made, running = np.zeros(samples, np.int64), torch.ones(samples, dtype=torch.bool, device=self.device)
        sent = [torch.zeros_like(one.x, dtype=torch.int32) for one in state.cells]
        for t in self._steps(state, images, steps, nudge, running, sent):
            made[running.cpu().numpy()] = t
            place = (t - 1) % window if tolerance > 0 else t - 1 - (steps - window)
            if place < 0:
                continue
            for total, one in zip(mean, state.cells):
                if place == 0:
                    total.mul_(~_along(running, total))
                total.add_(getattr(one, kind) * _along(running, total), alpha=1 / window)
            if tolerance > 0 and place == window - 1:
                running &= ~self._settled(mean, before, tolerance)
                if not running.any():
                    break
                before = [total.clone() for total in mean]
        state.time[:] += made
        nothing = np.zeros((samples, 0), np.int64)
        return Record(_flat(mean), made, _flat(sent).astype(np.uint16), nothing, nothing, np.zeros((samples, 0, 0)))

    def follow(self, state, images, steps, *, nudge=None, phase=None):
        """Make the same steps one by one; yields the number of steps made, after each."""
        for made in self._steps(state, images, steps, nudge):
            state.time += 1
            yield made

    def _steps(self, state, inputs, steps, nudge, running=None, sent=None):
        """Make time steps, and yield their number after each.

        running : bool (samples,), those that move; sent : integers by layer, increased for every signal that is not 0
        """
        first = int(state.time[0])
        if (state.time != first).any():
            raise ValueError('engine.kind: "dense" relaxes samples that began at the same time step; '
                             'write engine.kind = "events" where they settle one by one')
        source, layer = self.network.source, self.network.layers[0]
        signals = source.signals(inputs, len(state.time), layer, first + steps, self.dtype)
        images = self._tensor(signals.images).view(-1, *layer.shape) if signals.images.size else None
        frames = torch.as_tensor(signals.frames, device=self.device)
        base, onto_maps = self._constants(state, images if source.steady else None)
        clock = self.network.neurons.schedules(first + steps, self.dtype)
        targets = None if nudge is None else self._tensor(nudge.targets)
        for t in range(steps):
            eps, lam = (float(values[first + t]) for values in clock)
            if sent is not None:
                self._count(state, sent, t, running)
            kept = None if running is None or bool(running.all()) else [
                (one.x.clone(), one.d.clone(), one.v.clone(), one.s.clone()) for one in state.cells]
            phi, direct = self._gather(state, base, onto_maps, lam)
            if nudge is not None:
                direct[-1] = direct[-1] + nudge.beta * FORCES[nudge.loss.name](state.cells[-1].x, targets)
            if signals.order.size:
                frame = int(signals.order[first + t])
                images = torch.zeros_like(state.cells[0].x) if frame < 0 else \
                    frames[:, frame].to(state.cells[0].x.dtype).view(-1, *layer.shape)
            if not source.steady:
                state.cells[0].advance(phi[0], images, 1.0, lam)
            for one, spikes, states in zip(state.cells[1:], phi[1:], direct[1:]):
                one.advance(spikes, states, eps, lam)
            if kept is not None:
                for one, then in zip(state.cells, kept):
                    one.mask(then, running)
            yield t + 1

    def _constants(self, state, images):
        """What stays during a relaxation: biases and currents of a steady input, by layer and by map; MUTATES the state.

        images : of a steady input, None for others
        """
        base, onto_maps = [0.0, *self._bias], dict.fromkeys(self._pools, 0.0)
        if images is not None:
            state.cells[0].x = state.cells[0].s = images
            for link, (lower, upper) in zip(self._links, self._ends):
                if lower == 0 and link.connection.name in self._pools:
                    onto_maps[link.connection.name] = link.forward(images)
                elif lower == 0:
                    base[upper] = base[upper] + self._shaped(link.forward(images), upper)
        return base, onto_maps

    def _gather(self, state, base, onto_maps, lam):
        """Currents into every layer: what spikes carry, and what needs no decoder."""
        cells = state.cells
        phi = [torch.zeros_like(one.x) for one in cells]
        direct = [torch.zeros_like(one.x) + constant for one, constant in zip(cells, base)]
        for link, (lower, upper) in zip(self._links, self._ends):
            connection = link.connection
            name, states = connection.name, cells[lower].layer.sends_states
            constant = lower == 0 and self.network.source.steady
            route = None
            if name in self._pools:
                currents = onto_maps[name] if constant else link.forward(cells[lower].s)
                decoded = connection.pool_on == "decoded" and not states
                if decoded:
                    currents = state.maps[name].mul_(1 - lam).add_(currents, alpha=lam)
                pooled, route = self._pools[name].forward(currents)
                (direct if decoded or states else phi)[upper].add_(self._shaped(pooled, upper))
            elif not constant:
                (direct if states and self._decodes[upper] else phi)[upper].add_(
                    self._shaped(link.forward(cells[lower].s), upper))
            if lower > 0:
                back = cells[upper].s
                if route is not None:
                    back = self._pools[name].backward(back, route)
                sends = cells[upper].layer.sends_states
                (direct if sends and self._decodes[lower] else phi)[lower].add_(
                    self._shaped(link.backward(back), lower))
        return phi, direct

    def _count(self, state, sent, t, running):
        for index, (total, one) in enumerate(zip(sent, state.cells)):
            if index > 0 or t == 0 or not one.layer.sends_states:
                total += ((one.s != 0) & _along(running, one.s)).to(total.dtype)

    def _settled(self, mean, before, tolerance):
        """Whether the mean over the units of every layer moved by less than the tolerance; bool (samples,)."""
        quiet = torch.ones(len(mean[0]), dtype=torch.bool, device=self.device)
        for now, then in zip(mean[1:], before[1:]):
            moved = torch.full_like(quiet, torch.inf, dtype=now.dtype) if then is None else \
                (now - then).abs().flatten(1).mean(dim=1)
            quiet &= moved < tolerance
        return quiet

    def correlate(self, plus, minus):
        """Return the Products h(plus) - h(minus), summed over samples; see `EventsEngine.correlate`."""
        weights = {}
        for link, (lower, upper) in zip(self._links, self._ends):
            total = 0
            for sign, states in ((1, plus), (-1, minus)):
                low, high = (self._layer(states, index) for index in (lower, upper))
                if link.connection.name in self._pools:
                    pooling = self._pools[link.connection.name]
                    high = pooling.backward(high, pooling.forward(link.forward(low))[1])
                product = link.products(low, high)
                total = total + sign * product
            weights[link.connection.name] = total.cpu().numpy()
        sums = (np.asarray(plus) - minus).sum(axis=0)
        biases = {layer.name: sums[self.slices[layer.name]].reshape(-1, layer.biases).sum(axis=0)
                  for layer in self.network.layers[1:]}
        return Products(weights, biases)

    def currents(self, signals, at=None):
        """Return what signals (samples, units) send along all connections, both ways; see `EventsEngine.currents`."""
        at, count = signals if at is None else at, len(self.network.layers)
        parts, routes = [self._layer(signals, i) for i in range(count)], [self._layer(at, i) for i in range(count)]
        phi = [torch.zeros_like(part) for part in parts]
        for link, (lower, upper) in zip(self._links, self._ends):
            ahead, back = link.forward(parts[lower]), parts[upper]
            if link.connection.name in self._pools:
                pooling = self._pools[link.connection.name]
                route = pooling.forward(link.forward(routes[lower]))[1]
                ahead = ahead.permute(0, 3, 1, 2).flatten(2).gather(2, route.flatten(2)).view(route.shape)
                ahead, back = ahead.permute(0, 2, 3, 1), pooling.backward(back, route)
            phi[upper] = phi[upper] + self._shaped(ahead, upper)
            if lower > 0:
                phi[lower] = phi[lower] + self._shaped(link.backward(back), lower)
        return _flat(phi)

    def unit_biases(self):
        """Return the bias of every unit, those of maps repeated over their positions; float (units,)."""
        found = np.zeros(self.units, self.dtype)
        for layer, bias in zip(self.network.layers[1:], self._bias):
            found[self.slices[layer.name]].reshape(-1, layer.biases)[:] = bias.cpu().numpy()
        return found

    def _layer(self, states, index):
        layer = self.network.layers[index]
        return self._tensor(np.asarray(states)[:, self.slices[layer.name]].reshape(-1, *layer.shape))

    def _shaped(self, currents, index):
        return currents.reshape(-1, *self.network.layers[index].shape)

    def _tensor(self, values):
        return torch.as_tensor(np.ascontiguousarray(values, self.dtype), device=self.device)

    def _zeros(self, *shape):
        kind = getattr(torch, self.dtype.name)
        return lambda: torch.zeros(shape, dtype=kind, device=self.device)


def _along(flags, values):
    """Flags (samples,) in a shape that broadcasts against values (samples, ...)."""
    return flags.view(-1, *(1 for _ in values.shape[1:]))


def _flat(parts):
    return np.concatenate([part.flatten(1).cpu().numpy() for part in parts], axis=1)


def _device(name):
    """Name of the device of PyTorch; raises ValueError where a GPU is asked for and absent."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError('engine.device: "cuda": PyTorch finds no GPU here; write "cpu" or "auto"')
    return name
