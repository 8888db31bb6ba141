"""A network as a table: its layers, what joins them, and what that takes on tiles of devices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neurosim.crossbar.tiling import Tiling
from neurosim.network.connections import Connection
from neurosim.network.layer import Layer
from neurosim.summaries import Summary
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.network.graph import Network

_HEAD = "layer", "neurons", "joined by", "shape", "units", "weights", "devices", "tiles", "operations"
_WORDS = 4    #: columns of words


def network_summary(network: Network, tiling: Tiling) -> Summary:
    """Return the Summary of a Network whose weights lie on tiles of a Tiling: a row for each layer and each skip."""
    first, *above = network.layers
    rows: list[tuple[str, ...]] = [_HEAD]
    rows.append((first.name, network.input, "", *_size(first), *[""] * 4))
    totals = [0, 0, 0, 0]
    for layer in above:
        for number, connection in enumerate(c for c in network.connections if c.upper == layer.name):
            costs = _costs(connection, tiling)
            totals = [total + cost for total, cost in zip(totals, costs)]
            own = ((layer.name, layer.law.name, connection.describe(), *_size(layer)) if number == 0 else
                   ("", "", f"{connection.describe()}, from {connection.lower}", "", ""))
            rows.append((*own, *(f"{cost:,}" for cost in costs)))
    units = sum(layer.units for layer in above)
    rows.append(("all", "", "", "", f"{units:,}", *(f"{total:,}" for total in totals)))
    kind = {1: "one for a weight", 2: "a pair for a weight"}[tiling.devices]
    remark = (f"devices: {kind}, on tiles of {tiling.size} x {tiling.size}; operations: additions of one read forwards "
              "in which every unit sends (Dense of NeuroBench); biases beside the weights: "
              f"{sum(layer.biases for layer in above):,}")
    return Summary(heading=f"Network of {counted(above, 'layer')} behind {_times(first.shape)} {network.input}",
                   rows=rows, words=_WORDS, remarks=(remark,))


def _costs(connection: Connection, tiling: Tiling) -> tuple[int, int, int, int]:
    """Return weights, devices, tiles and dense synaptic operations of one connection."""
    parts = list(connection.floorplan(tiling).device_tiles())
    devices = sum((rows.stop - rows.start) * (lines.stop - lines.start) for rows, lines in parts)
    operations = int(connection.fan_outs()[0].sum()) * connection.low_shape[2]
    return math.prod(connection.weight_shape), devices, len(parts), operations


def _size(layer: Layer) -> tuple[str, str]:
    return _times(layer.shape), f"{layer.units:,}"


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
