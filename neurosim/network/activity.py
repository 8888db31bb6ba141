"""From what positions sent to how many synaptic operations that took."""

from functools import cached_property

import numpy as np

from neurosim.counts import Counts
from neurosim.network import geometry


class Census:
    """Counts the events of one network's records.

    The fan-out of a position counts the synapses of the network as it is declared: every window of a convolution,
    before pooling, however the simulator folds them. An analog input is read once per relaxation, spikes in every step.
    """

    def __init__(self, network):
        self.network = network

    @cached_property
    def fan_out(self):
        """Dict from read name to (layer that sends, int64 (positions,) synapses behind one signal of a position)."""
        reads = {}
        for connection in self.network.connections:
            lower, upper = (self.network.layers[self.network.index(name)]
                            for name in (connection.lower, connection.upper))
            up, down = _fan_outs(connection, lower, upper)
            reads[f"{connection.name} forward"] = lower, up
            if lower.name != "input":
                reads[f"{connection.name} backward"] = upper, down
        return reads

    def count(self, record):
        """Count one Record; returns Counts."""
        names = [layer.name for layer in self.network.layers]
        samples, steps = len(record.steps), int(record.steps.sum())
        sent = {name: activity.sum(axis=0) for name, activity in zip(names, record.activity)}
        operations, dense = {}, {}
        for name, (layer, fan) in self.fan_out.items():
            once = layer.name == "input" and self.network.input == "analog"
            signals = sent[layer.name]
            operations[name] = int(signals @ fan)
            dense[name] = int(fan.sum()) * layer.map_shape[2] * (samples if once else steps)
        return Counts(samples, steps, {name: int(total.sum()) for name, total in sent.items()}, operations, dense)


def _fan_outs(connection, lower, upper):
    low, high = lower.map_shape, connection.map_shape
    if connection.kind == "dense":
        return np.full(low[0] * low[1], upper.units), np.full(upper.map_shape[0] * upper.map_shape[1], lower.units)
    up, down, _, _ = geometry.convolution_taps(low[:2], high[:2], connection.kernel, connection.stride,
                                               connection.padding)
    if connection.pool != "none":
        windows = geometry.pooling_windows(*high[:2], connection.pool_size)
        pooled = np.full(high[0] * high[1], -1)
        pooled[windows] = np.arange(len(windows))[:, None]
        up, down = pooled[up], down[:]
        up, down = up[up >= 0], down[up >= 0]
    positions = upper.map_shape[0] * upper.map_shape[1]
    return np.bincount(down, minlength=low[0] * low[1]) * high[2], np.bincount(up, minlength=positions) * low[2]
