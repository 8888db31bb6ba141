"""A network laid out in flat arrays, so that one compiled time loop runs any graph.

*Populations* are the layers, followed by the maps in front of maximum pooling and, where lines are driven with one sign
in a cycle, by the positive and the negative signals of those that send both. Each is a list of *cells*: positions or,
where one position has more channels than a tile has columns, parts of positions. What is read of them is listed in
`reads` and, tile by tile, in `tiles`. `Drive`, `Span` and `Scratch` are what the kernels take besides the plan.
"""

from typing import NamedTuple

import numpy as np


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
    read_origin: np.ndarray     #: (reads) the same before signs were distinguished
    read_target: np.ndarray     #: (reads) population
    mixed: np.ndarray           #: (layers) 1 where more than what stays needs no decoder
    read_direct: np.ndarray     #: (reads) 1 where the target decodes, and these signals need no decoder
    read_weights: np.ndarray    #: (reads + 1) offset of the first weight
    read_stride: np.ndarray     #: (reads) weights from one row to the next
    read_first: np.ndarray      #: (reads + 1) into the groups
    read_dense: np.ndarray      #: (reads) density of signals above which dense products are faster, float
    group_first: np.ndarray     #: (groups + 1) into the segments; those of one group use the same weights
    segments: np.ndarray        #: (segments) records of SEGMENT
    read_offsets: np.ndarray    #: (reads + 1) into the group offsets; none where all channels meet
    group_offsets: np.ndarray   #: by source unit, the first of its target channels
    stages: np.ndarray          #: (2 sweeps + 1) into the reads: those that end in maps, sweep by sweep, then in layers
    moves: np.ndarray           #: (sweeps, populations) 1 for the layers that move in a sweep, and the maps below them
    lists: np.ndarray           #: (sweeps, layers) 1 where signals are listed, which the sweep reads and no one before
    returns: np.ndarray         #: (sweeps, pools) 1 where signals return through a map
    read_slices: np.ndarray     #: (reads + 1) into the slices
    slices: np.ndarray          #: (slices) records of SLICE, when each is read
    slice_taps: np.ndarray      #: records of TAP
    most_positions: int         #: most positions of the kernel of one slice
    read_sums: np.ndarray       #: (reads + 1) into the sums; none where column sums are whole
    read_lines: np.ndarray      #: (reads + 1) into the lines, (slices, lines) of each read
    read_share: np.ndarray      #: (reads) factor of what a sum delivers, float
    sums: np.ndarray            #: (sums) records of SUM
    addends: np.ndarray         #: records of ADDEND
    deliveries: np.ndarray      #: records of DELIVERY
    pool_map: np.ndarray        #: (pools) population
    pool_target: np.ndarray     #: (pools) layer
    pool_size: np.ndarray       #: (pools) positions per region
    pool_first: np.ndarray      #: (pools) into regions
    pool_decoded: np.ndarray    #: (pools) 1: spike currents are decoded before pooling
    pool_direct: np.ndarray     #: (pools) 1: what is pooled needs no decoder any more
    regions: np.ndarray         #: positions under each pooled position


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
    variance_floor: np.ndarray  #: (lines) variance that does not depend on what is driven
    fresh: int              #: 1: noise is drawn for every read, 0: every line keeps its number at every position
    noise: np.uint64        #: key of the noise, 0 = none
    short: np.ndarray       #: weight rows in units of a step, int16, flat like the weights, or empty
    grid: np.ndarray        #: (reads) that step, 0 = the weights are read as they are
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
    """What acts on the samples of one relaxation, one row each, and distinguishes them."""

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
    slices: np.ndarray      #: (samples, slices) int64, kernel positions at which each slice was read
    firings: np.ndarray     #: (samples, reads) int64, charges that its integrate-and-fire converters gave off
    sums: np.ndarray        #: (samples, slices, BINS) uint32, sums in front of converters in bins, or (samples, 0, 0)


class Scratch(NamedTuple):
    """Working memory of one thread, one row for each of the samples that it relaxes together."""

    phi: np.ndarray         #: (samples, all units) currents of this step
    line: np.ndarray        #: (lines) sums, one behind the other, on their way through the converters
    variance: np.ndarray    #: (lines) their variances
    bins: np.ndarray        #: (lines) bins of the table of normal numbers, uint32
    parts: np.ndarray       #: (lines) parts of them, with the signs of the numbers, float32
    quantiles: np.ndarray   #: (lines) what the table holds there, uint64
    listed: np.ndarray      #: (lines) which sums these are
    offsets: np.ndarray     #: (lines) where each of them begins
    power: np.ndarray       #: (samples, all units) squares of the signals
    direct: np.ndarray      #: (samples, units) what bypasses the decoder
    before: np.ndarray      #: (samples, units) mean of the window before
    largest: np.ndarray     #: (samples, units) position of the maximum per pooled unit
    events: np.ndarray      #: (samples, entries) indices of non-zero signals, by population
    starts: np.ndarray      #: (samples, starts) first event of each cell, by population
    lam: np.ndarray         #: (samples) prediction factor of this step
    occupied: np.ndarray    #: (samples, starts) whether a cell sends anything
    noise: np.ndarray       #: (samples, 2) key and first counter of the noise
    marked: np.ndarray      #: (kernel positions) whether a slice is read there
    running: np.ndarray     #: (samples) indices of those that have not settled
