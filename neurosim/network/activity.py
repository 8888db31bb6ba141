"""From what units sent to what that took: synaptic operations, and events of the tiles that read it."""

from functools import cached_property

import numpy as np

from neurosim._jit import kernel
from neurosim.counts import Counts
from neurosim.network import geometry
from neurosim.network.tiles import windows_of


class Census:
    """Counts the events of one network's records.

    The fan-out of a position counts the synapses of the network as it is declared: every window of a convolution,
    before pooling, however the simulator folds them and whether or not pooling drops what they give. An analog input is
    read once per relaxation, spikes in every step. Events of tiles are those of the windows that are read.

    simulator : Simulator whose records are counted; its tiling decides about the events of tiles
    """

    def __init__(self, simulator):
        self.network, self.layout = simulator.network, simulator.layout
        self._slices = simulator.slices

    @cached_property
    def fan_out(self):
        """Dict from read name to (layer that sends, int64 (positions,) synapses behind one signal of a position)."""
        reads = {}
        for connection in self.network.connections:
            lower, upper = self._ends(connection)
            up, down = _fan_outs(connection, lower, upper)
            reads[f"{connection.name} forward"] = lower, up
            if lower.name != "input":
                reads[f"{connection.name} backward"] = upper, down
        return reads

    def count(self, record, siemens=None):
        """Count one Record; returns Counts.

        siemens : dict from connection to the sums of the conductances of every row and of every column of weights [S],
            two float arrays; None where there are no devices
        """
        samples, steps = len(record.steps), int(record.steps.sum())
        total = np.zeros(record.sent.shape[1], np.int64)
        add_samples(record.sent, total)
        sent = {name: total[own] for name, own in self._slices.items()}
        operations, dense = {}, {}
        for name, (layer, fan) in self.fan_out.items():
            once = layer.name == "input" and self.network.input == "analog"
            operations[name] = int(sent[layer.name].reshape(len(fan), -1).sum(axis=1) @ fan)
            dense[name] = int(fan.sum()) * layer.map_shape[2] * (samples if once else steps)
        reads, conductance = self._tile_events(record, sent, siemens)
        return Counts(samples, steps, {name: int(numbers.sum()) for name, numbers in sent.items()}, operations, dense,
                      reads, conductance)

    def _tile_events(self, record, sent, siemens):
        plan, reads, conductance = self.layout.plan, {}, {}
        slices, firings = record.slices.sum(axis=0), record.firings.sum(axis=0)
        for i, read in enumerate(self.layout.reads):
            floorplan = self.layout.floorplans[read.connection]
            if floorplan is None:
                continue
            connection = self.network.connections[read.connection]
            driven = self._driven(connection, read.forward, sent)
            windows, lines = int(slices[plan.read_slices[i]:plan.read_slices[i + 1]].sum()), int(driven.sum())
            name = f"{connection.name} {'forward' if read.forward else 'backward'}"
            sender = connection.lower if read.forward else connection.upper
            reads[name] = _events(floorplan, read.forward, windows, lines) | {
                "firings": int(firings[i]), "hops": int(np.sum(sent[sender] * self._reached[name]))}
            if siemens is not None:
                held = siemens[connection.name][0 if read.forward else 1]
                conductance[name] = float(np.sum(driven * held))    # a dot product would depend on the threads of BLAS
        return reads, conductance

    def _driven(self, connection, forward, sent):
        """How often each row (forward) or column of weights was driven, over all windows; int64."""
        lower, upper = self._ends(connection)
        if not forward:
            return sent[upper.name].reshape(-1, connection.weight_shape[0]).sum(axis=0)
        if connection.kind == "dense":
            return sent[lower.name]
        rows, columns = self._met[connection.name]
        height, width, channels = lower.map_shape
        met = rows @ sent[lower.name].reshape(height, width * channels)
        return (columns @ met.reshape(-1, width, channels)).reshape(-1)

    @cached_property
    def _reached(self):
        """Dict from read to the tiles in which a signal of each unit drives a line: int64 (units), or one for all."""
        reached = {}
        for connection, floorplan in zip(self.network.connections, self.layout.floorplans):
            if floorplan is not None:
                rows = 1 if connection.kind == "dense" else _row_tiles(floorplan, *self._met[connection.name])
                reached[f"{connection.name} forward"] = rows * floorplan.column_tiles
                reached[f"{connection.name} backward"] = floorplan.row_tiles
        return reached

    @cached_property
    def _met(self):
        """Dict from convolution to what its taps meet along either axis: int64 (kernel, positions), 1 where they do.

        Products of integers are summed without BLAS.
        """
        met = {}
        for connection in self.network.connections:
            if connection.kind == "conv":
                windows = windows_of(connection, self._ends(connection)[0].map_shape, folded=False)
                met[connection.name] = [_met_along(windows, axis) for axis in range(2)]
        return met

    def _ends(self, connection):
        return [self.network.layers[self.network.index(name)] for name in (connection.lower, connection.upper)]


def _events(floorplan, forward, windows, lines):
    """Events of the tiles of one read, a dict of READ_EVENTS.

    windows : windows in which slices were read, summed over slices; lines : driven lines of weights, over all windows
    """
    across = floorplan.column_tiles if forward else floorplan.row_tiles
    devices = floorplan.tiling.devices
    if forward:
        references = floorplan.column_tiles if floorplan.tiling.reference else 0
        return {"tile_reads": windows * across, "row_activations": lines * across,
                "cell_reads": lines * floorplan.bit_lines, "conversions": windows * (floorplan.upper + references)}
    return {"tile_reads": windows * across, "row_activations": lines * across * devices,
            "cell_reads": lines * floorplan.rows * devices, "conversions": windows * floorplan.rows}


def _met_along(windows, axis):
    met = np.zeros((windows.kernel, windows.low[axis]), np.int64)
    for tap in range(windows.kernel):
        met[tap, windows.stride * np.arange(*windows.inside(tap, axis)) + tap - windows.padding] = 1
    return met


def _row_tiles(floorplan, rows, columns):
    """Row tiles in which a signal of each lower unit drives a line, over all windows; int64 (units).

    rows, columns : what the taps meet along either axis, see `Census._met`
    """
    met = (rows[:, None, :, None] * columns[None, :, None, :]).reshape(floorplan.taps, -1)    # (taps, positions)
    tile = np.repeat(np.arange(floorplan.row_tiles), np.diff(floorplan.row_edges)).reshape(floorplan.taps, -1)
    return sum((met.T @ (tile == place) > 0).astype(np.int64) for place in range(floorplan.row_tiles)).reshape(-1)


@kernel
def add_samples(sent, total):
    """Add uint16 (samples, units) to int64 (units), which is mutated."""
    for b in range(sent.shape[0]):
        row = sent[b]
        for u in range(total.size):
            total[u] += row[u]


def _fan_outs(connection, lower, upper):
    low, high = lower.map_shape, connection.map_shape
    if connection.kind == "dense":
        return np.full(low[0] * low[1], upper.units), np.full(upper.map_shape[0] * upper.map_shape[1], lower.units)
    up, down, _, _ = geometry.convolution_taps(low[:2], high[:2], connection.kernel, connection.stride,
                                               connection.padding)
    fan = np.bincount(down, minlength=low[0] * low[1]) * high[2]
    if connection.pool != "none":    # nobody sends backwards from what pooling drops
        windows = geometry.pooling_windows(*high[:2], connection.pool_size)
        pooled = np.full(high[0] * high[1], -1)
        pooled[windows] = np.arange(len(windows))[:, None]
        up = pooled[up]
        up = up[up >= 0]
    return fan, np.bincount(up, minlength=upper.map_shape[0] * upper.map_shape[1]) * low[2]
