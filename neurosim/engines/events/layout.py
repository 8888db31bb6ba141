"""From a network to its plan: populations, reads and tiles, laid out once before the loop."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neurosim._memory import whole_lines
from neurosim.crossbar.tiling import Tiling
from neurosim.network.connections import Connection, geometry
from neurosim.engines.events.plan import Plan
from neurosim.engines.events.reads import SEGMENT, Read, connection_reads, segments_of
from neurosim.engines.events.signals import by_sign, signal_fields
from neurosim.engines.events.sweeps import sweep_fields, turns_of
from neurosim.engines.events.tiles import TileTables
from neurosim.network.graph import Network

#: Who adds up: whole columns, ideally, or every tile its own sums, which it converts.
Sums = Literal["whole", "tiles"]

#: Throughput of dense products over that of events, both in additions per second, and the additions that fit into the
#: time one segment takes to start; chosen for AVX-512 and not critical, since both ways give the same bits.
DENSE_SPEEDUP = 3.4
SEGMENT_COST = 90


@dataclass(frozen=True)
class Layout:
    """A plan and what Python needs to fill it.

    plan : Plan
    reads : list of Read, in the order of the plan
    products : list of the forward Reads through which Hebbian products are formed, average pooling folded in
    populations : list of (height, width, channels) or (1, 1, units)
    units : number of units of all layers; maps follow behind
    pools : connections with maximum pooling, in the order of their maps
    floorplans : list of Floorplan by connection, None without tiles
    folds : whether the reads, too, have average pooling folded in
    """

    plan: Plan
    reads: list
    products: list
    populations: list
    units: int
    pools: list
    floorplans: list
    folds: bool

    def adds_spikes(self, network: Network, read: int) -> bool:
        """Whether a read of this network adds up rows of whole columns, each once or with the other sign."""
        one, origin = self.reads[read], int(self.plan.read_origin[read])
        layers, pools = network.layers, [network.index(c.upper) for c in self.pools]
        sender = layers[origin if origin < len(layers) else pools[origin - len(layers)]]
        return self.folds and one.groups == 1 and sender.bits == 1


def lay_out(network: Network, tiling: Tiling | None = None, sums: Sums = "whole",
            dtype: np.dtype | type = np.float32) -> Layout:
    """Compile a network into a Layout.

    tiling : Tiling, to count what tiles do; None counts nothing
    sums : "whole", column sums are ideal and average pooling is folded into the kernels, or "tiles", every tile
        converts its own sums, position by position and before pooling
    """
    if sums == "tiles" and tiling is None:
        raise ValueError('network: sums = "tiles" needs a tiling; give one, for example Tiling()')
    shapes = [layer.map_shape for layer in network.layers]
    pools = [c for c in network.connections if c.routes]
    maps = {connection.name: len(shapes) + i for i, connection in enumerate(pools)}
    populations = shapes + [connection.map_shape for connection in pools]
    reads: list[Read] = []
    products: list[Read] = []
    for index, connection in enumerate(network.connections):
        ends = network.index(connection.lower), maps.get(connection.name, network.index(connection.upper))
        back = network.returns(connection)
        plain, folded = (list(connection_reads(index, connection, ends, fold and connection.folds, back))
                         for fold in (False, True))
        products.append(folded[0])
        reads += folded if sums == "whole" else plain
    turns = turns_of(network, pools)
    reads.sort(key=lambda read: (read.target < len(shapes), turns[read.target]))
    floorplans = [tiling and connection.floorplan(tiling) for connection in network.connections]
    senders = [*network.layers, *(network.layers[network.index(c.upper)] for c in pools)]
    reads, signed = by_sign(reads, senders if tiling and tiling.negative == "two-cycles" else [])
    populations += [populations[origin] for origin in signed for _ in range(2)]
    senders += [senders[origin] for origin in signed for _ in range(2)]
    signals = signal_fields(network, reads, senders, signed, dtype)
    plan = _flatten(network, populations, reads, pools, maps, tiling, floorplans, sums, dtype, signals)
    return Layout(plan, reads, products, populations, sum(int(np.prod(shape)) for shape in shapes), pools, floorplans,
                  folds=sums == "whole")


def _flatten(network: Network, populations: list, reads: list[Read], pools: list[Connection], maps: dict[str, int],
             tiling: Tiling | None, floorplans: list, sums: Sums, dtype: np.dtype | type,
             signals: dict[str, Any]) -> Plan:
    positions = np.array([shape[0] * shape[1] for shape in populations])
    channels = np.array([shape[2] for shape in populations])
    cells = _cell_channels(populations, reads, tiling)
    parts = -(-channels // cells)
    weights = _offsets([whole_lines(read.weights, dtype) for read in reads])
    pool_direct = _ints([c.pool_on == "decoded" or network.sends_states(c.lower) for c in pools])
    regions = [geometry.pooling_regions(c.map_shape[0], c.map_shape[1], c.pool_size) for c in pools]
    return Plan(
        layers=len(network.layers), steady_input=int(network.source.steady), **signals,
        first_unit=_offsets(positions * channels), channels=_ints(channels),
        part=_ints(cells), first_start=_offsets(positions * parts + 1),
        low=np.array([layer.low for layer in network.layers], dtype),
        high=np.array([layer.high for layer in network.layers], dtype),
        read_source=_ints([read.source for read in reads]), read_target=_ints([read.target for read in reads]),
        read_weights=weights, read_stride=_ints([read.across * read.length for read in reads]),
        **sweep_fields(network, pools, reads, signals["read_origin"]),
        **_segment_fields(reads, populations, parts, weights, sums),
        **_tile_fields(network, reads, positions, cells, floorplans, weights, sums, dtype),
        pool_map=_ints([maps[c.name] for c in pools]),
        pool_target=_ints([network.index(c.upper) for c in pools]), pool_size=_ints([c.pool_size ** 2 for c in pools]),
        pool_first=_offsets([region.size for region in regions]),
        pool_decoded=_ints([c.pool_on == "decoded" and not network.sends_states(c.lower) for c in pools]),
        pool_direct=pool_direct, mixed=_mixed(network, reads, signals["read_direct"], pools, pool_direct),
        regions=_ints(np.concatenate([region.ravel() for region in regions]) if regions else []))


def _mixed(network: Network, reads: list[Read], read_direct: np.ndarray, pools: list[Connection],
           pool_direct: np.ndarray) -> np.ndarray:
    """Where more than biases and a steady input needs no decoder: behind states, and at outputs, which are nudged."""
    mixed = np.zeros(len(network.layers), np.int64)
    mixed[-1] = 1
    mixed[_ints([read.target for read, direct in zip(reads, read_direct) if direct])] = 1
    mixed[_ints([network.index(c.upper) for c, direct in zip(pools, pool_direct) if direct])] = 1
    return mixed


def _cell_channels(populations: list, reads: list[Read], tiling: Tiling | None) -> np.ndarray:
    """Return the channels of one cell of each population: those that share tiles in all reads of it."""
    channels = [tiling.part(shape[2]) if tiling else shape[2] for shape in populations]
    for read in reads:
        if tiling and read.groups > 1:
            channels[read.source] = math.gcd(channels[read.source], read.block_rows // read.groups)
    return np.array(channels)


def _segment_fields(reads: list[Read], populations: list, parts: np.ndarray, weights: np.ndarray,
                    sums: Sums) -> dict[str, Any]:
    """Return the fields of the plan for reads whose column sums are whole; no segments where tiles convert."""
    segments, groups = [np.zeros(0, SEGMENT)] * len(reads), [np.zeros(0, np.int64)] * len(reads)
    if sums == "whole":
        segments, groups = zip(*(segments_of(read, populations[read.source][1], parts[read.source]) for read in reads))
    for records, first in zip(segments, weights):
        records["weight"] += first
    dense = [1 / DENSE_SPEEDUP - SEGMENT_COST * len(records) / (len(read.taps[0]) * read.block_rows * read.length)
             for read, records in zip(reads, segments)]
    offsets = [np.tile(read.group_offsets, np.prod(populations[read.source][:2])) if read.groups > 1
               else np.zeros(0, np.int64) for read in reads]
    return {"read_first": _offsets([len(sizes) for sizes in groups]), "read_dense": np.array(dense),
            "read_offsets": _offsets([len(one) for one in offsets]), "group_offsets": np.concatenate(offsets),
            "group_first": _offsets(np.concatenate(groups)), "segments": np.concatenate(segments)}


def _tile_fields(network: Network, reads: list[Read], positions: np.ndarray, cells: np.ndarray, floorplans: list,
                 weights: np.ndarray, sums: Sums, dtype: np.dtype | type) -> dict[str, Any]:
    """Return fields of the plan about tiles: when slices are read and, where tiles convert, the sums that they convert.
    """
    tables = TileTables(converts=sums == "tiles")
    for read, first_weight in zip(reads, weights):
        connection, floorplan = network.connections[read.connection], floorplans[read.connection]
        if floorplan is None:
            tables.skip()
        else:
            tables.add(read, connection, floorplan, int(positions[read.source]), int(first_weight),
                       int(cells[read.source]))
    return tables.fields(dtype)


def _ints(values: Iterable[Any]) -> np.ndarray:
    return np.array(values, np.int64)


def _offsets(sizes: Iterable[Any]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int64)
