"""A network laid out in flat arrays, so that one compiled time loop runs any graph.

*Populations* are the layers, followed by the maps in front of pooling that cannot be folded away. A *read* drives one
direction of one connection: it lists, for every target position, *segments* in which a run of neighbouring source units
meets a run of neighbouring weight rows. Dense edges, convolutions, folded average pooling and all their adjoints differ
only in these lists. `Drive`, `Span` and `Scratch` are what the kernels take besides the plan.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from neurosim._jit import BLOCK
from neurosim.network import geometry

#: Throughput of dense products over that of events, both in additions per second, and the additions that fit into the
#: time one segment takes to start; chosen for AVX-512 and not critical, since both ways give the same bits.
DENSE_SPEEDUP = 3.4
SEGMENT_COST = 90


class Plan(NamedTuple):
    """What the kernels know of a network. Integers are int64; offsets count units, positions, segments or weights."""

    layers: int                 #: populations 0 ... layers - 1 are layers, the rest are maps
    spiking: int                #: 1 where neurons send spikes, 0 where they send their state
    analog_input: int           #: 1 where layer 0 sends its state
    first_unit: np.ndarray      #: (populations + 1)
    channels: np.ndarray        #: (populations)
    first_start: np.ndarray     #: (populations + 1): where the event starts of a population begin, positions + 1 each
    low: np.ndarray             #: (layers) clip of the state, float
    high: np.ndarray            #: (layers)
    read_source: np.ndarray     #: (reads) population
    read_target: np.ndarray     #: (reads) population
    read_length: np.ndarray     #: (reads) columns, units per target position
    read_weights: np.ndarray    #: (reads) offset of the first weight row
    read_first: np.ndarray      #: (reads + 1) into target_segments; one entry more than targets each
    read_blocks: np.ndarray     #: (reads + 1) into order: targets that share weight rows, BLOCK at a time, then others
    read_others: np.ndarray     #: (reads) where the others begin in order
    read_dense: np.ndarray      #: (reads) density of signals above which dense products are faster, float
    order: np.ndarray           #: target positions
    target_segments: np.ndarray  #: first segment of each target
    segment_from: np.ndarray    #: (segments) first source position
    segment_to: np.ndarray      #: (segments) one past the last source position
    segment_shift: np.ndarray   #: (segments) first weight row minus first source unit
    pool_map: np.ndarray        #: (pools) population
    pool_target: np.ndarray     #: (pools) layer
    pool_size: np.ndarray       #: (pools) positions per window
    pool_first: np.ndarray      #: (pools) into windows
    pool_largest: np.ndarray    #: (pools) 1: maximum, 0: mean
    pool_decoded: np.ndarray    #: (pools) 1: spike currents are decoded before pooling
    pool_direct: np.ndarray     #: (pools) 1: what is pooled needs no decoder any more
    pool_backward: np.ndarray   #: (pools) factor of what flows back, float
    windows: np.ndarray         #: positions under each pooled position


class Drive(NamedTuple):
    """What acts on the network during one relaxation."""

    weights: np.ndarray     #: weight rows of all reads, flat
    bias: np.ndarray        #: (units) one per unit, conv biases repeated
    eps: np.ndarray         #: (time) step size by time step since rest
    lam: np.ndarray         #: (time) prediction factor
    step: float             #: converter: least significant bit, 0 = ideal
    lowest: float           #: converter range
    highest: float


class Span(NamedTuple):
    """How long to relax and what to keep."""

    steps: int              #: most time steps
    window: int             #: length of the averaging window
    tolerance: float        #: stop when windowed means change by less; 0 = never
    count_spikes: int       #: 1: average spikes, 0: average states


class Scratch(NamedTuple):
    """Working memory of one thread."""

    phi: np.ndarray         #: (all units) currents of this step
    current: np.ndarray     #: (all units) currents of one read before its converter
    base: np.ndarray        #: (units) bias and constant analog currents
    direct: np.ndarray      #: (units) what bypasses the decoder
    events: np.ndarray      #: indices of non-zero signals, by population
    starts: np.ndarray      #: first event of each position, by population
    largest: np.ndarray     #: (windows) position of the maximum per pooled unit
    before: np.ndarray      #: (units) mean of the window before


@dataclass(frozen=True)
class Read:
    """One direction of one connection: taps (target, source, weight row block) and the arrangement of its rows."""

    connection: int      #: index
    forward: bool
    source: int          #: population
    target: int          #: population
    length: int          #: columns of the weight rows
    block_rows: int      #: weight rows of one tap: channels of the source
    rows: int            #: weight rows in all
    taps: tuple          #: int64 arrays (target position, source position, row block)

    @cached_property
    def pairs(self):
        """Taps by row block: first pair of each block (blocks + 1), source positions, target positions."""
        target, source, block = self.taps
        order = np.lexsort((target, block))
        first = np.searchsorted(block[order], np.arange(self.rows // self.block_rows + 1))
        return first, source[order], target[order]


@dataclass(frozen=True)
class Layout:
    """A plan and what Python needs to fill it.

    plan : Plan
    reads : list of Read, in the order of the plan
    populations : list of (height, width, channels) or (1, 1, units)
    units : number of units of all layers; maps follow behind
    """

    plan: Plan
    reads: list
    populations: list
    units: int
    pools: list


def lay_out(network, fold=True, dtype=np.float32):
    """Compile a network into a Layout.

    fold : fold average pooling into the kernels; False keeps every pooled map, as hardware does that converts before
        pooling
    """
    shapes = [layer.map_shape for layer in network.layers]
    pools = [c for c in network.connections if c.pool == "max" or (c.pool == "average" and not fold)]
    maps = {connection.name: len(shapes) + i for i, connection in enumerate(pools)}
    populations = shapes + [connection.map_shape for connection in pools]
    reads = []
    for index, connection in enumerate(network.connections):
        lower, upper = network.index(connection.lower), network.index(connection.upper)
        end = maps.get(connection.name, upper)
        folded = connection.pool == "average" and end == upper
        reads += _reads(index, connection, lower, end, populations, folded, backward=lower > 0)
    reads.sort(key=lambda read: read.target < len(shapes))
    return Layout(_flatten(network, populations, reads, pools, maps, dtype), reads, populations,
                  sum(int(np.prod(shape)) for shape in shapes), pools)


def _reads(index, connection, lower, upper, populations, folded, backward):
    low, high = populations[lower], populations[upper]
    if connection.kind == "dense":
        yield _dense_read(index, True, lower, upper, low, high)
        if backward:
            yield _dense_read(index, False, upper, lower, high, low)
        return
    kernel, stride = connection.kernel, connection.stride
    if folded:
        kernel, stride = geometry.folded_size(kernel, stride, connection.pool_size)
    up, down, ky, kx = geometry.convolution_taps(low[:2], high[:2], kernel, stride, connection.padding)
    yield Read(index, True, lower, upper, high[2], low[2], kernel * kernel * low[2], (up, down, ky * kernel + kx))
    if backward:
        rank = np.argsort(geometry.adjoint_column_order(kernel, stride))
        yield Read(index, False, upper, lower, low[2], high[2], kernel * kernel * high[2],
                   (down, up, ky * kernel + rank[kx]))


def _dense_read(index, forward, source, target, sending, receiving):
    positions = np.arange(sending[0] * sending[1])
    rows, length = int(np.prod(sending)), int(np.prod(receiving))
    return Read(index, forward, source, target, length, sending[2], rows,
                (np.zeros_like(positions), positions, positions))


def _flatten(network, populations, reads, pools, maps, dtype):
    positions = np.array([shape[0] * shape[1] for shape in populations])
    channels = np.array([shape[2] for shape in populations])
    targets, segments, orders = [], [], []
    blocks, others, first, dense = [0], [], [0], []
    for read in reads:
        count = 1 if read.length == positions[read.target] * channels[read.target] else positions[read.target]
        starts, runs = _segments(read, count)
        targets.append(starts + sum(len(run) for run in segments))
        shift = (runs[:, 2] - runs[:, 0]) * read.block_rows
        segments.append(np.stack([runs[:, 0], runs[:, 1], shift], axis=1))
        blocked, rest = _share_rows(starts, runs, count)
        dense.append(1 / DENSE_SPEEDUP - SEGMENT_COST * len(runs) / (len(read.taps[0]) * read.block_rows * read.length))
        others.append(blocks[-1] + len(blocked))
        orders.append(np.concatenate([blocked, rest]))
        blocks.append(blocks[-1] + count)
        first.append(first[-1] + count + 1)
    segments = np.concatenate(segments)
    weights = np.concatenate([[0], np.cumsum([read.rows * read.length for read in reads])])
    windows = [geometry.pooling_windows(*populations[maps[c.name]][:2], c.pool_size) for c in pools]
    return Plan(
        layers=len(network.layers), spiking=int(network.spiking), analog_input=int(network.input == "analog"),
        first_unit=_offsets(positions * channels), channels=_ints(channels), first_start=_offsets(positions + 1),
        low=np.array([layer.low for layer in network.layers], dtype),
        high=np.array([layer.high for layer in network.layers], dtype),
        read_source=_ints([read.source for read in reads]), read_target=_ints([read.target for read in reads]),
        read_length=_ints([read.length for read in reads]), read_weights=_ints(weights),
        read_first=_ints(first), read_blocks=_ints(blocks), read_others=_ints(others),
        read_dense=np.array(dense), order=_ints(np.concatenate(orders)),
        target_segments=_ints(np.concatenate(targets)), segment_from=_ints(segments[:, 0]),
        segment_to=_ints(segments[:, 1]), segment_shift=_ints(segments[:, 2]),
        pool_map=_ints([maps[c.name] for c in pools]),
        pool_target=_ints([network.index(c.upper) for c in pools]), pool_size=_ints([c.pool_size ** 2 for c in pools]),
        pool_first=_offsets([w.size for w in windows]), pool_largest=_ints([c.pool == "max" for c in pools]),
        pool_decoded=_ints([c.pool_on == "decoded" and not network.sends_states(c.lower) for c in pools]),
        pool_direct=_ints([c.pool_on == "decoded" or network.sends_states(c.lower) for c in pools]),
        pool_backward=np.array([1.0 if c.pool == "max" else 1.0 / c.spread for c in pools], dtype),
        windows=_ints(np.concatenate([w.ravel() for w in windows]) if windows else []))


def _ints(values):
    return np.array(values, np.int64)


def _offsets(sizes):
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int64)


def _segments(read, count):
    """Merge taps into runs. Returns the first run of each target (count + 1) and runs (from, to, first row block)."""
    target, source, block = read.taps
    order = np.lexsort((source, target))
    target, source, block = target[order], source[order], block[order]
    fresh = np.ones(len(target), bool)
    fresh[1:] = (np.diff(target) != 0) | (np.diff(source) != 1) | (np.diff(block) != 1)
    heads = np.flatnonzero(fresh)
    lengths = np.diff(np.append(heads, len(target)))
    runs = np.stack([source[heads], source[heads] + lengths, block[heads]], axis=1)
    return np.searchsorted(target[heads], np.arange(count + 1)), runs


def _share_rows(starts, runs, count):
    """Group targets whose runs have the same lengths and weight rows, BLOCK at a time; returns (grouped, others)."""
    groups = {}
    for target in range(count):
        own = runs[starts[target]:starts[target + 1]]
        key = np.stack([own[:, 1] - own[:, 0], own[:, 2]]).tobytes()
        groups.setdefault(key, []).append(target)
    grouped, others = [], []
    for members in groups.values():
        whole = len(members) // BLOCK * BLOCK
        grouped += members[:whole]
        others += members[whole:]
    return np.array(grouped, np.int64), np.array(others, np.int64)
