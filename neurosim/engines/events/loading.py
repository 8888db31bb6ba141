"""Weights and readouts as the kernels of the time loop take them: flat rows, and the fields of a Drive."""

from typing import Any

import numpy as np

from neurosim._memory import aligned_zeros
from neurosim.crossbar.readout import Readout
from neurosim.engines.events.layout import Layout
from neurosim.network.graph import Connection, Network


def arrange(network: Network, layout: Layout, forward: dict[str, np.ndarray], backward: dict[str, np.ndarray],
            rows: np.ndarray) -> None:
    """Write the weights of all reads into their rows (flat), which are mutated.

    forward, backward : dicts of arrays by connection
    """
    for first, read in zip(layout.plan.read_weights, layout.reads):
        connection = network.connections[read.connection]
        values = (forward if read.forward else backward)[connection.name].astype(rows.dtype, copy=False)
        own = rows[first:first + read.weights]
        arrange_read(connection, read.forward, values, layout.folds and connection.folds, own)
        if layout.folds and not read.forward and connection.backward_gain != 1:    # tiles have it behind converters
            own *= rows.dtype.type(connection.backward_gain)


def readout_fields(network: Network, layout: Layout, readout: Readout, dtype: np.dtype) -> dict[str, Any]:
    """Return the fields of a Drive that describe a Readout, as a dict."""
    plan, reads = layout.plan, layout.reads
    slices, lines = len(plan.slices), int(plan.read_lines[-1])
    fields = {"step": np.zeros(slices), "lowest": np.full(slices, -np.inf), "highest": np.full(slices, np.inf),
              "rounding": np.zeros(len(reads)), "gain": np.ones(lines), "offset": np.zeros(lines),
              "variance_floor": np.zeros(lines)}
    for i, read in enumerate(reads):
        conversion = readout.conversions.get((network.connections[read.connection].name, read.forward))
        if conversion is not None:
            own, line = slice(*plan.read_slices[i:i + 2]), slice(*plan.read_lines[i:i + 2])
            fields["step"][own], fields["rounding"][i] = conversion.step, conversion.rounding
            fields["lowest"][own], fields["highest"][own] = conversion.low, conversion.high
            for key in ("gain", "offset", "variance_floor"):
                fields[key][line] = getattr(conversion, key).ravel()
            if read.cycle:    # what is read is as large and positive, and taken off afterwards
                fields["lowest"][own], fields["highest"][own] = -conversion.high, -conversion.low
                fields["offset"][line] *= -1
    variances = aligned_zeros(plan.read_weights[-1] if readout.variances else 0, dtype)
    if readout.variances:
        arrange(network, layout, readout.variances, readout.variances, variances)
    return {key: values.astype(dtype) for key, values in fields.items()} | {
        "variances": variances, "fresh": int(readout.fresh), "noise": np.uint64(readout.key), "observe": 0,
        "dac_step": dtype.type(readout.dac_step), "dac_range": dtype.type(readout.dac_range)}


def arrange_read(connection: Connection, forward: bool, weights: np.ndarray, folds: bool, rows: np.ndarray) -> None:
    """Write the weights of one read into its rows, in the order that its plan expects; rows (flat) is mutated.

    Forward rows run over (tap row, tap column, lower channel) with one column per upper channel; backward rows over
    (tap row from the last to the first, upper channel) with one column per tap column and lower channel. Where channels
    fall into groups, columns are those of one group, and backward rows run over (tap row, tap column, upper channel),
    taps from the last to the first.
    """
    kernel = connection.kernel_of(weights, folds, forward)
    if forward:
        rows.reshape(kernel.shape)[:] = kernel
        return
    turned = kernel.transpose(0, 3, 1, 2)[::-1] if connection.groups == 1 else kernel[::-1, ::-1].swapaxes(2, 3)
    rows.reshape(turned.shape)[:] = turned
