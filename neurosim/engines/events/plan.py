"""A network laid out in flat arrays, so that one compiled time loop runs any graph.

*Populations* are the layers, followed by the maps in front of maximum pooling and, where lines are driven with one sign
in a cycle, by the positive and the negative signals of those that send both. Each is a list of *cells*: positions or,
where one position has more channels than a tile has columns, parts of positions. What is read of them is listed in
`reads` and, tile by tile, in `tiles`. `Drive`, `Span` and `Scratch` are what the kernels take besides the plan.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurosim._memory import whole_lines
from neurosim.network.connections import geometry
from neurosim.engines.events.reads import SEGMENT, connection_reads, segments_of
from neurosim.engines.events.signals import by_sign, signal_fields
from neurosim.engines.events.tiles import TileTables

#: Throughput of dense products over that of events, both in additions per second, and the additions that fit into the
#: time one segment takes to start; chosen for AVX-512 and not critical, since both ways give the same bits.
DENSE_SPEEDUP = 3.4
SEGMENT_COST = 90


class Plan(NamedTuple):
    """What the kernels know of a network. Integers are int64; offsets count units, positions, segments or weights."""

    layers: int                 #: populations 0 ... layers - 1 are layers, the rest are maps
    steady_input: int           #: 1 where layer 0 sends the same all the time
    law: np.ndarray             #: (layers) number of the law among those of the network
    parameters: np.ndarray      #: (layers, most of a law) its parameters, float
    decodes: np.ndarray         #: (layers) 1 where spikes are sent or received
    sends: np.ndarray           #: (populations) ZERO_OR_ONE, SIGNED or STATES
    signed: np.ndarray          #: (populations) where its positive signals are read alone, that population; else 0
    first_unit: np.ndarray      #: (populations + 1)
    channels: np.ndarray        #: (populations)
    part: np.ndarray            #: (populations) channels of a cell; the last one of a position may have fewer
    first_start: np.ndarray     #: (populations + 1): where the event starts of a population begin, cells + 1 each
    low: np.ndarray             #: (layers) clip of the state, float
    high: np.ndarray            #: (layers)
    read_source: np.ndarray     #: (reads) population
    read_origin: np.ndarray     #: (reads) the same before signs were told apart
    read_target: np.ndarray     #: (reads) population
    read_direct: np.ndarray     #: (reads) 1 where the target decodes, and these signals need no decoder
    read_weights: np.ndarray    #: (reads + 1) offset of the first weight
    read_stride: np.ndarray     #: (reads) weights from one row to the next
    read_first: np.ndarray      #: (reads + 1) into the groups
    read_dense: np.ndarray      #: (reads) density of signals above which dense products are faster, float
    group_first: np.ndarray     #: (groups + 1) into the segments; those of one group use the same weights
    segments: np.ndarray        #: (segments) records of SEGMENT
    read_places: np.ndarray     #: (reads + 1) into the places; none where all channels meet
    places: np.ndarray          #: by source unit, the first of its target channels
    stages: np.ndarray          #: (3) into the reads: those that end in maps, and then those that end in layers
    read_slices: np.ndarray     #: (reads + 1) into the slices
    slices: np.ndarray          #: (slices) records of SLICE, when each is read
    slice_taps: np.ndarray      #: records of TAP
    windows_most: int           #: most windows of one slice
    read_sums: np.ndarray       #: (reads + 1) into the sums; none where column sums are whole
    read_lines: np.ndarray      #: (reads + 1) into the lines, (slices, lines) of each read
    read_share: np.ndarray      #: (reads) factor of what a sum delivers, float
    sums: np.ndarray            #: (sums) records of SUM
    addends: np.ndarray         #: records of ADDEND
    deliveries: np.ndarray      #: records of DELIVERY
    pool_map: np.ndarray        #: (pools) population
    pool_target: np.ndarray     #: (pools) layer
    pool_size: np.ndarray       #: (pools) positions per window
    pool_first: np.ndarray      #: (pools) into windows
    pool_decoded: np.ndarray    #: (pools) 1: spike currents are decoded before pooling
    pool_direct: np.ndarray     #: (pools) 1: what is pooled needs no decoder any more
    windows: np.ndarray         #: positions under each pooled position


class Drive(NamedTuple):
    """What acts on the network during one relaxation."""

    weights: np.ndarray     #: weight rows of all reads, flat
    bias: np.ndarray        #: (units) one per unit, conv biases repeated
    eps: np.ndarray         #: (time) step size by time step since rest
    lam: np.ndarray         #: (time) prediction factor
    variances: np.ndarray   #: variance that each driven weight adds, flat like the weights, or empty
    step: np.ndarray        #: (slices) converter: least significant bit, 0 = ideal
    lowest: np.ndarray      #: (slices) converter range
    highest: np.ndarray     #: (slices)
    rounding: np.ndarray    #: (reads) part of a step that is added before rounding down
    gain: np.ndarray        #: (lines)
    offset: np.ndarray      #: (lines)
    floor: np.ndarray       #: (lines) variance that does not depend on what is driven
    fresh: int              #: 1: noise is drawn for every read, 0: every line of every window keeps its number
    noise: np.uint64        #: key of the noise, 0 = none
    observe: int            #: 1: count the sums in front of every converter by their size
    dac_step: float         #: quantiser of states that drive lines, 0 = exact
    dac_range: float


class Span(NamedTuple):
    """How long to relax and what to keep."""

    begin: int              #: time steps that this relaxation has made before
    end: int                #: time step up to which it goes now
    steps: int              #: most time steps
    window: int             #: length of the averaging window
    tolerance: float        #: stop when windowed means change by less; 0 = never
    count_spikes: int       #: 1: average spikes, 0: average states


class Batch(NamedTuple):
    """What acts on the samples of one relaxation, one row each, and tells them apart."""

    images: np.ndarray      #: (samples, pixels), see `neurosim.network.inputs.Signals`
    frames: np.ndarray      #: (samples, frames, pixels) int8
    order: np.ndarray       #: (time) int64, frame of every time step since rest, -1 = none
    base: np.ndarray        #: (samples or 1, at least all units) what stays all the time, see `EventsEngine.constants`
    start: np.ndarray       #: (samples) int64, time steps since rest
    names: np.ndarray       #: (samples) uint64, under which noise is drawn
    phase: int              #: number of the phase, under which noise is drawn
    loss: int               #: code of the loss whose force nudges the outputs
    beta: float             #: nudging factor, 0 = free
    targets: np.ndarray     #: (samples, classes)


class Units(NamedTuple):
    """The units of all samples, see `neurosim.engines.protocol.State`; all of shape (samples, all units)."""

    x: np.ndarray
    d: np.ndarray
    v: np.ndarray
    s: np.ndarray


class Outcome(NamedTuple):
    """What a relaxation comes to, one row per sample."""

    mean: np.ndarray        #: (samples, units) average over the last window
    steps: np.ndarray       #: (samples) int64, time steps made
    still: np.ndarray       #: (samples) uint8, whether it has settled


class Tally(NamedTuple):
    """What is counted during a relaxation, one row per sample."""

    sent: np.ndarray        #: (samples, units) uint16, non-zero signals of each unit
    slices: np.ndarray      #: (samples, slices) int64, windows in which each slice was read
    firings: np.ndarray     #: (samples, reads) int64, charges that its integrate-and-fire converters gave off
    sums: np.ndarray        #: (samples, slices, BINS) uint32, sums in front of converters in bins, or (samples, 0, 0)


class Scratch(NamedTuple):
    """Working memory of one thread, one row for each of the samples that it relaxes together."""

    phi: np.ndarray         #: (samples, all units) currents of this step
    line: np.ndarray        #: (lines) sums, one behind the other, on their way through the converters
    variance: np.ndarray    #: (lines) their variances
    places: np.ndarray      #: (lines) bins of the table of normal numbers, uint32
    parts: np.ndarray       #: (lines) parts of them, with the signs of the numbers, float32
    quantiles: np.ndarray   #: (lines) what the table holds there, uint64
    listed: np.ndarray      #: (lines) which sums these are
    place: np.ndarray       #: (lines) where each of them begins
    power: np.ndarray       #: (samples, all units) squares of the signals
    direct: np.ndarray      #: (samples, units) what bypasses the decoder
    before: np.ndarray      #: (samples, units) mean of the window before
    largest: np.ndarray     #: (samples, units) position of the maximum per pooled unit
    events: np.ndarray      #: (samples, entries) indices of non-zero signals, by population
    starts: np.ndarray      #: (samples, starts) first event of each cell, by population
    lam: np.ndarray         #: (samples) prediction factor of this step
    occupied: np.ndarray    #: (samples, starts) whether a cell sends anything
    noise: np.ndarray       #: (samples, 2) key and first counter of the noise
    window: np.ndarray      #: (windows) whether a window is read
    running: np.ndarray     #: (samples) indices of those that have not settled


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


def lay_out(network, tiling=None, sums="whole", dtype=np.float32):
    """Compile a network into a Layout.

    tiling : Tiling, to count what tiles do; None counts nothing
    sums : "whole", column sums are ideal and average pooling is folded into the kernels, or "tiles", every tile
        converts its own sums, window by window and before pooling
    """
    if sums == "tiles" and tiling is None:
        raise ValueError('network: sums = "tiles" needs a tiling; give one, for example Tiling()')
    shapes = [layer.map_shape for layer in network.layers]
    pools = [c for c in network.connections if c.routes]
    maps = {connection.name: len(shapes) + i for i, connection in enumerate(pools)}
    populations = shapes + [connection.map_shape for connection in pools]
    reads, products = [], []
    for index, connection in enumerate(network.connections):
        ends = network.index(connection.lower), maps.get(connection.name, network.index(connection.upper))
        plain, folded = (list(connection_reads(index, connection, ends, fold and connection.folds, ends[0] > 0))
                         for fold in (False, True))
        products.append(folded[0])
        reads += folded if sums == "whole" else plain
    reads.sort(key=lambda read: read.target < len(shapes))
    floorplans = [tiling and connection.floorplan(tiling) for connection in network.connections]
    senders = [*network.layers, *(network.layers[network.index(c.upper)] for c in pools)]
    reads, signed = by_sign(reads, senders if tiling and tiling.negative == "two-cycles" else [])
    populations += [populations[origin] for origin in signed for _ in range(2)]
    senders += [senders[origin] for origin in signed for _ in range(2)]
    signals = signal_fields(network, reads, senders, signed, dtype)
    plan = _flatten(network, populations, reads, pools, maps, tiling, floorplans, sums, dtype, signals)
    return Layout(plan, reads, products, populations, sum(int(np.prod(shape)) for shape in shapes), pools, floorplans,
                  folds=sums == "whole")


def _flatten(network, populations, reads, pools, maps, tiling, floorplans, sums, dtype, signals):
    positions = np.array([shape[0] * shape[1] for shape in populations])
    channels = np.array([shape[2] for shape in populations])
    cells = _cell_channels(populations, reads, tiling)
    parts = -(-channels // cells)
    weights = _offsets([whole_lines(read.weights, dtype) for read in reads])
    windows = [geometry.pooling_windows(*populations[maps[c.name]][:2], c.pool_size) for c in pools]
    return Plan(
        layers=len(network.layers), steady_input=int(network.source.steady), **signals,
        first_unit=_offsets(positions * channels), channels=_ints(channels),
        part=_ints(cells), first_start=_offsets(positions * parts + 1),
        low=np.array([layer.low for layer in network.layers], dtype),
        high=np.array([layer.high for layer in network.layers], dtype),
        read_source=_ints([read.source for read in reads]), read_target=_ints([read.target for read in reads]),
        read_weights=weights, read_stride=_ints([read.across * read.length for read in reads]),
        stages=_offsets([sum(read.target >= len(network.layers) for read in reads),
                         sum(read.target < len(network.layers) for read in reads)]),
        **_segment_fields(reads, populations, parts, weights, sums),
        **_tile_fields(network, reads, positions, cells, floorplans, weights, sums, dtype),
        pool_map=_ints([maps[c.name] for c in pools]),
        pool_target=_ints([network.index(c.upper) for c in pools]), pool_size=_ints([c.pool_size ** 2 for c in pools]),
        pool_first=_offsets([w.size for w in windows]),
        pool_decoded=_ints([c.pool_on == "decoded" and not network.sends_states(c.lower) for c in pools]),
        pool_direct=_ints([c.pool_on == "decoded" or network.sends_states(c.lower) for c in pools]),
        windows=_ints(np.concatenate([w.ravel() for w in windows]) if windows else []))


def _cell_channels(populations, reads, tiling):
    """Channels of one cell of each population: those that share tiles in all reads of it."""
    channels = [tiling.part(shape[2]) if tiling else shape[2] for shape in populations]
    for read in reads:
        channels[read.source] = math.gcd(channels[read.source], read.block_rows // read.groups) if tiling and \
            read.groups > 1 else channels[read.source]
    return np.array(channels)


def _segment_fields(reads, populations, parts, weights, sums):
    """Fields of the plan for reads whose column sums are whole; no segments where tiles convert."""
    segments, groups = [np.zeros(0, SEGMENT)] * len(reads), [np.zeros(0, np.int64)] * len(reads)
    if sums == "whole":
        segments, groups = zip(*(segments_of(read, populations[read.source][1], parts[read.source]) for read in reads))
    for records, first in zip(segments, weights):
        records["weight"] += first
    dense = [1 / DENSE_SPEEDUP - SEGMENT_COST * len(records) / (len(read.taps[0]) * read.block_rows * read.length)
             for read, records in zip(reads, segments)]
    places = [np.tile(read.places, np.prod(populations[read.source][:2])) if read.groups > 1 else np.zeros(0, np.int64)
              for read in reads]
    return {"read_first": _offsets([len(sizes) for sizes in groups]), "read_dense": np.array(dense),
            "read_places": _offsets([len(one) for one in places]), "places": np.concatenate(places),
            "group_first": _offsets(np.concatenate(groups)), "segments": np.concatenate(segments)}


def _tile_fields(network, reads, positions, cells, floorplans, weights, sums, dtype):
    """Fields of the plan about tiles: when slices are read and, where tiles convert, the sums that they convert."""
    tables = TileTables(converts=sums == "tiles")
    for read, first_weight in zip(reads, weights):
        connection, floorplan = network.connections[read.connection], floorplans[read.connection]
        if floorplan is None:
            tables.skip()
        else:
            tables.add(read, connection, floorplan, int(positions[read.source]), int(first_weight),
                       int(cells[read.source]))
    return tables.fields(dtype)


def _ints(values):
    return np.array(values, np.int64)


def _offsets(sizes):
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int64)
