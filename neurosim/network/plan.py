"""A network laid out in flat arrays, so that one compiled time loop runs any graph.

*Populations* are the layers, followed by the maps in front of pooling that cannot be folded away. A *read* drives one
direction of one connection: it is a list of *segments*, in each of which a run of neighbouring source units meets a run
of neighbouring target units through one block of the weight matrix. Dense edges, convolutions, folded average pooling
and all their adjoints differ only in these lists. `Drive`, `Span` and `Scratch` are what the kernels take besides the
plan.

A convolution joins one upper position and the lower positions that one row of its kernel covers. Its segments gather:
run of lower positions -> upper position. Those of the adjoint scatter: upper position -> run of lower positions. A
dense layer is a convolution with one such row. Segments that use the same weights form a *group*, and groups follow one
another so that the sources of every target ascend.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from neurosim.network import geometry

#: Throughput of dense products over that of events, both in additions per second, and the additions that fit into the
#: time one segment takes to start; chosen for AVX-512 and not critical, since both ways give the same bits.
DENSE_SPEEDUP = 3.4
SEGMENT_COST = 90

#: Most weights that one segment spans, where its positions can be split; several fit into the second-level cache.
SEGMENT_WEIGHTS = 1 << 16

#: What one segment adds up.
SEGMENT = np.dtype([
    ("weight", np.int64),       # first weight of the row that would belong to source unit 0
    ("first", np.int32),        # first source position
    ("last", np.int32),         # one past the last source position
    ("target", np.int32),       # first target unit
    ("length", np.int32),       # columns: number of target units
], align=True)


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
    read_weights: np.ndarray    #: (reads + 1) offset of the first weight
    read_stride: np.ndarray     #: (reads) weights from one row to the next
    read_first: np.ndarray      #: (reads + 1) into the groups
    read_dense: np.ndarray      #: (reads) density of signals above which dense products are faster, float
    group_first: np.ndarray     #: (groups + 1) into the segments; those of one group use the same weights
    segments: np.ndarray        #: (segments) records of SEGMENT
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
    """Working memory of one thread, one row for each of the samples that it relaxes together."""

    phi: np.ndarray         #: (samples, all units) currents of this step
    current: np.ndarray     #: (samples, all units) currents of one read before its converter
    base: np.ndarray        #: (samples, units) bias and constant analog currents
    direct: np.ndarray      #: (samples, units) what bypasses the decoder
    before: np.ndarray      #: (samples, units) mean of the window before
    largest: np.ndarray     #: (samples, units) position of the maximum per pooled unit
    events: np.ndarray      #: (samples, entries) indices of non-zero signals, by population
    starts: np.ndarray      #: (samples, starts) first event of each position, by population
    lam: np.ndarray         #: (samples) prediction factor of this step
    running: np.ndarray     #: (samples) indices of those that have not settled


@dataclass(frozen=True)
class Read:
    """One direction of one connection: taps (target, source, weight block) and the arrangement of its weight rows."""

    connection: int      #: index
    forward: bool
    source: int          #: population
    target: int          #: population
    length: int          #: columns of one tap: channels of the target
    block_rows: int      #: rows of one tap: channels of the source
    blocks: int          #: taps of the kernel
    across: int          #: taps that lie side by side in a row: those of a kernel row where the read scatters, else 1
    taps: tuple          #: int64 arrays (target position, source position, weight block)

    @property
    def weights(self):
        """Number of weights."""
        return self.blocks * self.block_rows * self.length

    @cached_property
    def pairs(self):
        """Taps by weight block: first pair of each block (blocks + 1), source positions, target positions."""
        target, source, block = self.taps
        order = np.lexsort((target, block))
        first = np.searchsorted(block[order], np.arange(self.blocks + 1))
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
        yield from _dense_reads(index, lower, upper, low, high, backward)
        return
    kernel, stride = connection.kernel, connection.stride
    if folded:
        kernel, stride = geometry.folded_size(kernel, stride, connection.pool_size)
    up, down, ky, kx = geometry.convolution_taps(low[:2], high[:2], kernel, stride, connection.padding)
    taps = kernel * kernel
    yield Read(index, True, lower, upper, high[2], low[2], taps, 1, (up, down, ky * kernel + kx))
    if backward:
        block = (kernel - 1 - ky) * kernel + kx
        yield Read(index, False, upper, lower, low[2], high[2], taps, kernel, (down, up, block))


def _dense_reads(index, lower, upper, low, high, backward):
    lows, highs = low[0] * low[1], high[0] * high[1]
    down = np.arange(lows)
    yield Read(index, True, lower, upper, highs * high[2], low[2], lows, 1, (np.zeros_like(down), down, down))
    if backward:
        up, down = np.indices((highs, lows)).reshape(2, -1)
        yield Read(index, False, upper, lower, low[2], high[2], highs * lows, lows, (down, up, up * lows + down))


def _flatten(network, populations, reads, pools, maps, dtype):
    positions = np.array([shape[0] * shape[1] for shape in populations])
    channels = np.array([shape[2] for shape in populations])
    weights = _offsets([read.weights for read in reads])
    segments, groups = zip(*(_segments(read, populations[read.source][1]) for read in reads))
    dense = [1 / DENSE_SPEEDUP - SEGMENT_COST * len(own) / (len(read.taps[0]) * read.block_rows * read.length)
             for read, own in zip(reads, segments)]
    for own, w in zip(segments, weights):
        own["weight"] += w
    windows = [geometry.pooling_windows(*populations[maps[c.name]][:2], c.pool_size) for c in pools]
    return Plan(
        layers=len(network.layers), spiking=int(network.spiking), analog_input=int(network.input == "analog"),
        first_unit=_offsets(positions * channels), channels=_ints(channels), first_start=_offsets(positions + 1),
        low=np.array([layer.low for layer in network.layers], dtype),
        high=np.array([layer.high for layer in network.layers], dtype),
        read_source=_ints([read.source for read in reads]), read_target=_ints([read.target for read in reads]),
        read_weights=weights, read_stride=_ints([read.across * read.length for read in reads]),
        read_first=_offsets([len(sizes) for sizes in groups]), read_dense=np.array(dense),
        group_first=_offsets(np.concatenate(groups)), segments=np.concatenate(segments),
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


def _segments(read, width):
    """Merge the taps of a read into segments, in the order of the plan; weights count from the first of the read.

    width : positions in a row of the source
    returns : records of SEGMENT, int64 number of segments in each group
    """
    target, source, block = read.taps
    kernel_row, column = np.divmod(block, read.across)
    longest = max(1, SEGMENT_WEIGHTS // (read.block_rows * read.length))
    if read.across == 1:
        heads, counts = _runs(target, source, block, longest)
        positions, columns = counts, np.ones_like(counts)
        groups, member = (block[heads], counts), target[heads]
    else:
        heads, counts = _runs(source, target, block + kernel_row, longest)
        positions, columns = np.ones_like(counts), counts
        groups, member = (kernel_row[heads], source[heads] % width, column[heads], counts), source[heads]
    segments = np.zeros(len(heads), SEGMENT)
    row = (kernel_row - source) * read.block_rows * read.across + column
    segments["weight"], segments["length"] = row[heads] * read.length, columns * read.length
    segments["first"], segments["last"] = source[heads], source[heads] + positions
    segments["target"] = target[heads] * read.length
    order = np.lexsort((member, *groups[::-1]))
    sizes = np.unique(np.stack(groups), axis=1, return_counts=True)[1]
    return segments[order], sizes


def _runs(fixed, moving, block, longest):
    """Merge taps with one `fixed` position whose `moving` positions and blocks go up by one, at most `longest` at once.

    returns : index of the first tap of every run, number of taps of every run
    """
    order = np.lexsort((moving, fixed))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(fixed[order]) != 0) | (np.diff(moving[order]) != 1) | (np.diff(block[order]) != 1)
    place = np.arange(len(order)) - np.flatnonzero(fresh)[np.cumsum(fresh) - 1]
    heads = np.flatnonzero(place % longest == 0)
    return order[heads], np.diff(np.append(heads, len(order)))
